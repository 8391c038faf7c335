-- Views that definitions read are replaced, renamed, moved and altered: the
-- maintained views over them, and over these, go on with the new meaning.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA alter_source_view;
SET search_path = alter_source_view, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE TABLE c (id int PRIMARY KEY, k int, v int);
INSERT INTO a SELECT i, i % 5, i FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i % 5, i FROM generate_series(1, 20) i;
INSERT INTO c SELECT i, i % 3, -i FROM generate_series(1, 20) i;
CREATE VIEW source AS SELECT id, k, v FROM a WHERE v > 3;
CREATE VIEW above AS SELECT * FROM source WHERE k < 4;
SELECT make_view('j', 'SELECT s.k, sum(w) AS s, count(*) AS n FROM above s JOIN b USING (k) GROUP BY s.k');
SELECT make_view('chain', 'SELECT s % 2 AS odd, count(*) AS n FROM j GROUP BY 1');
SELECT make_view('other', 'SELECT k, max(v) AS hi FROM source WHERE EXISTS (SELECT FROM b WHERE b.k = source.k) GROUP BY k');
CREATE FUNCTION status() RETURNS TABLE (view name, status text, reason text, base_tables regclass[]) LANGUAGE sql AS $$
	SELECT viewname, status, reason, base_tables FROM ivm.views
	WHERE schemaname ~ 'alter_source_view' ORDER BY viewname $$;
CREATE FUNCTION reconciled() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM ivm.history WHERE view_name ~ 'alter_source_view' AND operation = 'reconcile' $$;
CREATE FUNCTION triggers() RETURNS TABLE (t regclass, n bigint) LANGUAGE sql AS $$
	SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname ~ '^ivm_'
	AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'alter_source_view'::regnamespace) GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION change() RETURNS void LANGUAGE sql AS $$
	INSERT INTO a SELECT max(id) + 1, max(id) % 4, max(id) FROM a;
	UPDATE b SET w = w + 1 WHERE id % 7 = 0;
	DELETE FROM c WHERE id = (SELECT min(id) FROM c);
	UPDATE c SET v = v - 1 WHERE id % 3 = 0 $$;
SELECT change();
SELECT * FROM check_views();
-- another condition
CREATE OR REPLACE VIEW source AS SELECT id, k, v FROM a WHERE v > 10;
SELECT * FROM check_views();
SELECT * FROM status();
SELECT reconciled();
SELECT change();
SELECT * FROM check_views();
-- the same once more costs nothing
CREATE OR REPLACE VIEW source AS
	SELECT id, k, v FROM a
	WHERE v > 10;
SELECT reconciled();
SELECT * FROM status();
-- one more column
CREATE OR REPLACE VIEW source AS SELECT id, k, v, v + 1 AS more FROM a WHERE v > 10;
SELECT * FROM check_views();
-- other tables
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 0 AS more FROM c;
SELECT * FROM check_views();
SELECT * FROM status();
SELECT * FROM triggers();
SELECT change();
SELECT * FROM check_views();
CREATE OR REPLACE VIEW source AS SELECT id, a.k, c.v, b.id AS more FROM a JOIN c USING (id) JOIN b USING (id);
SELECT change();
SELECT * FROM check_views();
SELECT * FROM triggers();
-- undone
BEGIN;
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 2 AS more FROM a;
SELECT * FROM check_views();
SELECT change();
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
BEGIN;
SAVEPOINT s;
CREATE OR REPLACE VIEW above AS SELECT * FROM source WHERE k < 2;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
COMMIT;
SELECT change();
SELECT * FROM check_views();
SELECT * FROM status();
-- by a rule, as old dumps do it
CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO above DO INSTEAD SELECT id, k, v FROM source WHERE k < 3;
SELECT * FROM check_views();
-- circles
CREATE OR REPLACE VIEW source AS SELECT n::int AS id, k, s::int AS v, 1 AS more FROM j;
CREATE OR REPLACE VIEW above AS SELECT n::int AS id, odd::int AS k, 1 AS v FROM chain;
CREATE OR REPLACE VIEW above AS SELECT id, k, v FROM a WHERE k IN (SELECT n FROM chain);
-- what cannot be maintained
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a WHERE random() < 0.5;
CREATE OR REPLACE VIEW source AS SELECT 1 AS id, 2 AS k, 3 AS v, 4 AS more;
CREATE OR REPLACE VIEW source AS SELECT oid::int AS id, 2 AS k, 3 AS v, 4 AS more FROM pg_class;
-- an error while it is computed
CREATE OR REPLACE VIEW source AS SELECT id, k / (k - k) AS k, v, 1 AS more FROM a;
SELECT * FROM check_views();
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
-- names, schemas, owners and options mean nothing
CREATE SCHEMA alter_source_view_2;
ALTER VIEW source RENAME TO "so ""urce";
ALTER VIEW "so ""urce" RENAME COLUMN v TO "v ""2";
ALTER VIEW "so ""urce" SET SCHEMA alter_source_view_2;
ALTER VIEW above SET (security_barrier = true);
ALTER TABLE a RENAME COLUMN k TO kk;
ALTER TABLE b RENAME TO bb;
ALTER VIEW j RENAME TO jj;
ALTER VIEW jj RENAME COLUMN s TO ss;
ALTER TABLE bb RENAME TO b;
ALTER TABLE a RENAME COLUMN kk TO k;
SELECT * FROM status();
UPDATE ivm_test.definition SET query = replace(replace(replace(query, 'source', 'alter_source_view_2."so ""urce"'), 'max(v)', 'max("v ""2")'), ' s % 2', ' ss % 2');
UPDATE ivm_test.definition SET query = replace(query, ' FROM j ', ' FROM jj ');
SELECT change();
SELECT * FROM check_views();
\c -
SET search_path = alter_source_view, ivm_test, public;
SELECT change();
SELECT * FROM check_views();
ALTER VIEW alter_source_view_2."so ""urce" SET SCHEMA alter_source_view;
ALTER VIEW "so ""urce" RENAME COLUMN "v ""2" TO v;
ALTER VIEW "so ""urce" RENAME TO source;
ALTER VIEW jj RENAME COLUMN ss TO s;
ALTER VIEW jj RENAME TO j;
UPDATE ivm_test.definition SET query = replace(replace(replace(query, 'alter_source_view_2."so ""urce"', 'source'), 'max("v ""2")', 'max(v)'), ' ss % 2', ' s % 2');
UPDATE ivm_test.definition SET query = replace(query, ' FROM jj ', ' FROM j ');
SELECT * FROM check_views();
-- in a transaction that keeps its snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a WHERE v > 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
SELECT view, r.method, r.reason FROM (SELECT view FROM ivm_test.definition ORDER BY view::text) d, ivm.refresh(view) r;
SELECT change();
SELECT * FROM check_views();
-- where it cannot be brought up to date at once
BEGIN;
INSERT INTO b VALUES (1000, 1, 1);
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a WHERE v > 5;
INSERT INTO b VALUES (1001, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM status();
SELECT * FROM check_views();
SELECT view, r.method, r.reason FROM (SELECT view FROM ivm_test.definition ORDER BY view::text) d, ivm.refresh(view) r;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
-- paused
SELECT ivm.pause('other');
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM c;
SELECT * FROM check_views();
SELECT change();
SELECT count(*) FROM ivm.resume('other');
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
-- without event triggers, and back again: what the state was is not known
ALTER EVENT TRIGGER ivm_event_start DISABLE;
ALTER EVENT TRIGGER ivm_event_end DISABLE;
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a WHERE v > 7;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM c;
SELECT * FROM status();
SELECT * FROM check_views();
ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
\c -
SET search_path = alter_source_view, ivm_test, public;
SELECT * FROM status();
SELECT * FROM check_views();
SELECT view, r.method, r.reason FROM (SELECT view FROM ivm_test.definition ORDER BY view::text) d, ivm.refresh(view) r;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
-- a view of this extension, read by others
SELECT ivm.create_view('j', 'SELECT k, 1 AS s FROM a', options => '{"replace": true}');
CREATE OR REPLACE VIEW j AS SELECT k, 1::bigint AS s, 1::bigint AS n FROM a;
-- versions not known, as after a restore: they are completed when it counts
UPDATE ivm.view SET view_versions = NULL WHERE view::text ~ 'j|chain|other';
SELECT * FROM check_views();
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a WHERE v > 8;
SELECT count(*) FROM ivm.view WHERE view_versions IS NULL;
SELECT * FROM check_views();
SELECT change();
SELECT * FROM check_views();
SELECT * FROM status();
-- a placeholder, as pg_dump makes it
CREATE OR REPLACE VIEW source AS SELECT NULL::int AS id, NULL::int AS k, NULL::int AS v, NULL::int AS more;
SELECT * FROM status();
SELECT * FROM check_views();
CREATE OR REPLACE VIEW source AS SELECT id, k, v, 1 AS more FROM a;
SELECT * FROM check_views();
SELECT view, r.method, r.reason FROM (SELECT view FROM ivm_test.definition ORDER BY view::text) d, ivm.refresh(view) r;
SELECT * FROM check_views();
SET client_min_messages = warning;
DROP SCHEMA alter_source_view CASCADE;
DROP SCHEMA alter_source_view_2 CASCADE;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
