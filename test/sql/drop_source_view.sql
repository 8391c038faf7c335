-- A view that others read is not dropped alone; CASCADE takes all that read it, at any
-- depth, through plain views too, and leaves the rest.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA drop_source_view;
SET search_path = drop_source_view, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('sums', 'SELECT k, count(*) AS n, sum(v) AS s FROM a GROUP BY k');
SELECT make_view('many', 'SELECT k, s FROM sums WHERE n > 1');
SELECT make_view('pairs', 'SELECT a.id, b.id AS b, a.k, w FROM a JOIN b ON a.k = b.k');
SELECT make_view('diamond', 'SELECT p.id, s.s FROM pairs p JOIN sums s ON s.k = p.k');
CREATE VIEW plain AS SELECT s, count(*) AS n FROM many GROUP BY s;
SELECT make_view('top', 'SELECT p.s, d.id FROM plain p JOIN diamond d USING (s)');
INSERT INTO a SELECT i, i % 4, i % 3 FROM generate_series(1, 9) i;
INSERT INTO b SELECT i, i % 5, i % 3 FROM generate_series(1, 9) i;
SELECT * FROM check_views();
\set VERBOSITY sqlstate
SELECT ivm.drop_view('sums');
DROP VIEW pairs;
DROP VIEW plain;
DROP TABLE b;
\set VERBOSITY default
SELECT viewname, status FROM ivm.views WHERE schemaname = 'drop_source_view' ORDER BY 1;
-- in a transaction that has changed both tables, and takes it back
BEGIN;
INSERT INTO a VALUES (20, 1, 1);
DELETE FROM b WHERE id = 1;
SELECT ivm.drop_view('sums', cascade => true);
SELECT viewname, status FROM ivm.views WHERE schemaname = 'drop_source_view' ORDER BY 1;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
SELECT ivm.drop_view('many', cascade => true);
SELECT viewname, status FROM ivm.views WHERE schemaname = 'drop_source_view' ORDER BY 1;
UPDATE a SET v = v + 1;
SELECT * FROM check_views();
DROP VIEW pairs CASCADE;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'drop_source_view' ORDER BY 1;
UPDATE b SET k = 1;
UPDATE a SET k = 1 WHERE id < 4;
SELECT * FROM check_views();
-- nothing is left behind
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgrelid IN ('a'::regclass, 'b'::regclass) GROUP BY 1;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^(many|pairs|diamond|top)_';
DROP TABLE a CASCADE;
SELECT relname FROM pg_class WHERE relnamespace = 'drop_source_view'::regnamespace AND relkind IN ('r', 'v');
DROP SCHEMA drop_source_view CASCADE;
