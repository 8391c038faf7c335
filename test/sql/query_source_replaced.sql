-- CREATE OR REPLACE VIEW of a plain view that views read: they show what the new one
-- gives, at once and after repair, also where it reads other tables; a cycle is refused.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_source_replaced;
SET search_path = query_source_replaced, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE VIEW plain AS SELECT k, v AS x FROM a WHERE v > 1;
SELECT make_view('sums', 'SELECT k, count(*) AS n, sum(x) AS s FROM plain GROUP BY k');
SELECT make_view('above', 'SELECT n, count(*) AS groups FROM sums GROUP BY n');
SELECT make_view('joined', 'SELECT b.id, p.x FROM b LEFT JOIN plain p ON p.k = b.k');
INSERT INTO a SELECT i, i % 4, i % 5 FROM generate_series(1, 12) i;
INSERT INTO b SELECT i, i % 5, i % 3 FROM generate_series(1, 6) i;
SELECT * FROM check_views();
SET client_min_messages = error;
-- of the same tables
CREATE OR REPLACE VIEW plain AS SELECT k, v AS x FROM a WHERE v > 2;
SELECT * FROM check_views();
INSERT INTO a VALUES (20, 1, 3), (21, 2, 2);
UPDATE b SET k = 1 WHERE id = 2;
SELECT * FROM check_views();
SELECT ivm.reconcile(view) FROM definition ORDER BY view;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'query_source_replaced' ORDER BY 1;
UPDATE a SET v = v + 1;
SELECT * FROM check_views();
-- within a transaction that has changed them
BEGIN;
DELETE FROM a WHERE id < 4;
CREATE OR REPLACE VIEW plain AS SELECT k, v + 1 AS x FROM a;
SELECT * FROM check_views();
INSERT INTO b VALUES (30, 3, 3);
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
-- of other tables
CREATE OR REPLACE VIEW plain AS SELECT k, w AS x FROM b;
SELECT * FROM check_views();
INSERT INTO b VALUES (40, 3, 3);
DELETE FROM a WHERE id > 10;
SELECT * FROM check_views();
-- with one column more
CREATE OR REPLACE VIEW plain AS SELECT k, v AS x, id FROM a;
SELECT * FROM check_views();
UPDATE a SET v = v + 1;
SELECT * FROM check_views();
-- volatile: nothing to be exact with
CREATE OR REPLACE VIEW plain AS SELECT k, v AS x, id FROM a WHERE v < random() - 1;
SELECT * FROM sums ORDER BY k;
CREATE OR REPLACE VIEW plain AS SELECT k, v AS x, id FROM a;
SELECT * FROM check_views();
-- a view that would read itself
\set VERBOSITY sqlstate
CREATE OR REPLACE VIEW plain AS SELECT k, n::int AS x, k AS id FROM sums;
SELECT * FROM check_views();
SELECT ivm.create_view('sums', 'SELECT n AS k, groups AS n, 1::bigint AS s FROM above', options => '{"replace": true}');
\set VERBOSITY default
SELECT * FROM check_views();
DROP SCHEMA query_source_replaced CASCADE;
