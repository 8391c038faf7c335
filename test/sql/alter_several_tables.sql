-- What is done to each of several base tables: triggers, persistence, children,
-- names, schemas, owners.  And the functions that maintain a view over them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA alter_several_tables;
SET search_path = alter_several_tables, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, x int);
CREATE TABLE b (id int PRIMARY KEY, k int, y int);
CREATE TABLE c (id int PRIMARY KEY, k int, z int);
INSERT INTO a SELECT i, i % 4, i FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 20) i;
INSERT INTO c SELECT i, i % 4, i FROM generate_series(1, 20) i;
SELECT make_view('ab', 'SELECT a.k, sum(x + y) AS s, count(*) AS n FROM a JOIN b USING (id) GROUP BY a.k');
SELECT make_view('bc', 'SELECT b.k, count(c.z) AS n, max(z) AS hi FROM b LEFT JOIN c ON c.k = b.id GROUP BY b.k');
SELECT make_view('abc', 'SELECT id, k, x FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k AND b.y > 5) EXCEPT ALL SELECT id, k, z FROM c');
CREATE FUNCTION change() RETURNS void LANGUAGE sql AS $$
	INSERT INTO a SELECT max(id) + 1, max(id) % 5, max(id) FROM a;
	INSERT INTO b SELECT max(id) + 1, max(id) % 5, max(id) FROM b;
	UPDATE c SET z = z + 1, k = k + 1 WHERE id % 3 = 0;
	UPDATE b SET y = y + 1 WHERE id % 6 = 0;
	DELETE FROM c WHERE id = (SELECT min(id) FROM c) $$;
CREATE FUNCTION status() RETURNS TABLE (view name, status text, reason text, base_tables regclass[]) LANGUAGE sql AS $$
	SELECT viewname, status, reason, base_tables FROM ivm.views ORDER BY viewname $$;
SELECT change();
SELECT * FROM check_views();
SELECT * FROM status();
-- a trigger of one of them
ALTER TABLE b DISABLE TRIGGER ivm_capture;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
ALTER TABLE b ENABLE ALWAYS TRIGGER ivm_capture;
SELECT * FROM status();
CALL ivm.refresh_all();
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
ALTER TABLE c DISABLE TRIGGER ALL;
SELECT change();
SELECT * FROM status();
SELECT * FROM check_views();
SELECT count(*) FROM ivm.reconcile('bc');
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
DROP TRIGGER ivm_capture_truncate ON a;
SELECT * FROM status();
CALL ivm.refresh_all();
SELECT * FROM status();
SET client_min_messages = error;
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER TABLE a DISABLE TRIGGER ivm_capture;
SELECT change();
SELECT * FROM status();
SELECT * FROM check_views();
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
CALL ivm.refresh_all();
SET client_min_messages = warning;
SELECT * FROM status();
-- each is truncated
TRUNCATE a;
SELECT * FROM check_views();
INSERT INTO a SELECT i, i % 4, i FROM generate_series(1, 20) i;
BEGIN;
DELETE FROM b WHERE id < 3;
TRUNCATE c;
SELECT * FROM check_views();
INSERT INTO c SELECT i, i % 4, i FROM generate_series(1, 10) i;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
TRUNCATE a, b;
SELECT * FROM check_views();
ROLLBACK;
SELECT change();
SELECT * FROM check_views();
-- logged or not: all or none
ALTER TABLE b SET UNLOGGED;
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
ALTER TABLE a SET UNLOGGED;
ALTER TABLE c SET UNLOGGED;
SELECT relpersistence, count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relkind = 'r' GROUP BY 1;
CALL ivm.refresh_all();
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
ALTER TABLE c SET LOGGED;
SELECT * FROM status();
ALTER TABLE a SET LOGGED;
SELECT relpersistence, count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relkind = 'r' GROUP BY 1;
ALTER TABLE b SET LOGGED;
SELECT relpersistence, count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relkind = 'r' GROUP BY 1;
CALL ivm.refresh_all();
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
CREATE UNLOGGED TABLE u (id int, k int);
SELECT ivm.create_view('mixed', 'SELECT a.k, count(*) FROM a JOIN u USING (id) GROUP BY a.k');
-- children in the old way
CREATE TABLE c_child () INHERITS (c);
SELECT * FROM status();
INSERT INTO c_child VALUES (1000, 1, 1);
SELECT * FROM check_views();
CALL ivm.refresh_all();
DROP TABLE c_child;
CALL ivm.refresh_all();
SELECT * FROM status();
SELECT change();
SELECT * FROM check_views();
-- names and schemas
CREATE SCHEMA alter_several_tables_2;
ALTER TABLE b SET SCHEMA alter_several_tables_2;
ALTER TABLE alter_several_tables_2.b RENAME TO "B ""2";
ALTER TABLE alter_several_tables_2."B ""2" RENAME COLUMN k TO "K k";
ALTER TABLE a RENAME COLUMN x TO "select";
INSERT INTO alter_several_tables_2."B ""2" VALUES (500, 1, 100);
UPDATE a SET "select" = "select" + 1 WHERE id % 4 = 0;
SELECT * FROM status();
ALTER TABLE alter_several_tables_2."B ""2" RENAME COLUMN "K k" TO k;
ALTER TABLE alter_several_tables_2."B ""2" RENAME TO b;
ALTER TABLE alter_several_tables_2.b SET SCHEMA alter_several_tables;
ALTER TABLE a RENAME COLUMN "select" TO x;
SELECT * FROM check_views();
-- rewrites of each
ALTER TABLE a ADD COLUMN more int DEFAULT (random() * 10)::int;
ALTER TABLE b ADD COLUMN more text;
ALTER TABLE c DROP COLUMN IF EXISTS more;
VACUUM FULL c;
CLUSTER b USING b_pkey;
SELECT change();
SELECT * FROM check_views();
ALTER TABLE a DROP COLUMN more;
SELECT change();
SELECT * FROM check_views();
-- pause, resume, reconcile with a filter, verify
SELECT ivm.pause('ab');
SELECT change();
SELECT * FROM status();
SELECT * FROM check_views();
SELECT count(*) FROM ivm.resume('ab');
SELECT change();
SELECT * FROM check_views();
SELECT fold_views();
DO $$
DECLARE s regclass;
BEGIN
	FOR s IN SELECT state_table FROM ivm.views WHERE viewname IN ('ab', 'bc') LOOP
		EXECUTE format('UPDATE %s SET row_count = row_count + 3 WHERE k IN (1, 2)', s);
	END LOOP;
END $$;
SELECT view, side, copies, v."row" - 's' - 'hi' FROM (VALUES ('ab'), ('bc')) w(view), ivm.verify_view(view::regclass) v ORDER BY 1, 2, 4;
SELECT view, side, v."row" - 's' - 'hi' FROM (VALUES ('ab'), ('bc')) w(view), ivm.verify_view(view::regclass, 'k = 1') v ORDER BY 1, 2, 3;
SELECT * FROM ivm.reconcile('ab', 'k = 1');
SELECT * FROM ivm.reconcile('bc', 'k = 2');
SELECT view, side, v."row" - 's' - 'hi' FROM (VALUES ('ab'), ('bc')) w(view), ivm.verify_view(view::regclass) v ORDER BY 1, 2, 3;
SELECT * FROM ivm.reconcile('ab');
SELECT * FROM ivm.reconcile('bc', 'k = 1');
SELECT * FROM ivm.reconcile('abc', 'k = 1 AND id < 5');
SELECT * FROM check_views();
SELECT method, reason FROM ivm.refresh('ab');
SELECT ivm.data_as_of(view) <= clock_timestamp() FROM ivm_test.definition;
SELECT change();
SELECT * FROM check_views();
-- not with changes of this transaction
BEGIN;
INSERT INTO b VALUES (600, 1, 1);
SELECT ivm.pause('ab');
ROLLBACK;
BEGIN;
INSERT INTO b VALUES (600, 1, 1);
SELECT ivm.reconcile('bc');
ROLLBACK;
BEGIN;
INSERT INTO c VALUES (600, 1, 1);
SELECT ivm.reconcile('ab');
SELECT ivm.drop_view('abc');
COMMIT;
DELETE FROM ivm_test.definition WHERE view::text !~ '^(ab|bc)$';
SELECT * FROM check_views();
SELECT * FROM ivm.verify_view('bc');
DROP SCHEMA alter_several_tables CASCADE;
DROP SCHEMA alter_several_tables_2 CASCADE;
SELECT count(*) FROM ivm.view;
