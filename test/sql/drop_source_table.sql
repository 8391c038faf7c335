-- One of several base tables, or a view on the way to them, is dropped; two
-- views over tables in common keep the triggers that they need.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA drop_source_table;
SET search_path = drop_source_table, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, x int);
CREATE TABLE b (id int PRIMARY KEY, k int, x int);
CREATE TABLE c (id int PRIMARY KEY, k int, x int);
INSERT INTO a SELECT i, i % 4, i FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 20) i;
INSERT INTO c SELECT i, i % 4, i FROM generate_series(1, 20) i;
CREATE FUNCTION triggers() RETURNS TABLE (t regclass, n bigint) LANGUAGE sql AS $$
	SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname ~ '^ivm_'
	AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'drop_source_table'::regnamespace) GROUP BY 1 ORDER BY 1 $$;
CREATE FUNCTION left_over() RETURNS TABLE (views bigint, storage bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM ivm.view), (SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relkind <> 'i') $$;
CREATE FUNCTION make_views() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE ivm_test.definition;
	RETURN NEXT make_view('ab', 'SELECT a.k, sum(b.x) AS s FROM a JOIN b USING (k) GROUP BY a.k');
	RETURN NEXT make_view('bc', 'SELECT b.k, count(c.x) AS n FROM b LEFT JOIN c ON b.id = c.id GROUP BY b.k');
	RETURN NEXT make_view('ca', 'SELECT k, x FROM c UNION ALL SELECT k, x FROM a WHERE NOT EXISTS (SELECT FROM c WHERE c.id = a.id)');
	RETURN NEXT make_view('above', 'SELECT s % 3 AS m, count(*) AS n FROM ab GROUP BY 1');
	CREATE VIEW plain AS SELECT n, count(*) AS c FROM above JOIN c ON c.k = above.n GROUP BY n;
	RETURN NEXT make_view('top', 'SELECT c, sum(n) AS s FROM plain GROUP BY c');
END $$;
SELECT make_views();
SELECT * FROM triggers();
-- not alone
\set VERBOSITY terse
DROP TABLE b;
\set VERBOSITY default
DROP VIEW ab;
DROP VIEW plain;
SELECT ivm.drop_view('ab');
SELECT ivm.drop_view('above');
DROP VIEW top, plain;
-- one view after the other
SELECT ivm.drop_view('top');
DROP VIEW plain;
DROP VIEW above;
SELECT * FROM triggers();
DELETE FROM ivm_test.definition WHERE view::text !~ '^(bc|ca|ab)$';
DROP VIEW ab;
DELETE FROM ivm_test.definition WHERE view::text !~ '^(bc|ca)$';
SELECT * FROM triggers();
INSERT INTO a VALUES (100, 1, 1);
INSERT INTO b VALUES (100, 1, 1);
DELETE FROM c WHERE id < 5;
SELECT * FROM check_views();
SELECT ivm.drop_view('bc');
DELETE FROM ivm_test.definition WHERE view::text !~ '^(ca)$';
SELECT * FROM triggers();
UPDATE a SET x = x + 1;
SELECT * FROM check_views();
DROP VIEW ca;
SELECT * FROM triggers();
SELECT * FROM left_over();
\set VERBOSITY terse
-- with all above
SELECT make_views();
SELECT ivm.drop_view('ab', cascade => true);
SELECT * FROM left_over();
SELECT * FROM triggers();
DROP VIEW bc, ca;
SELECT * FROM left_over();
SELECT make_views();
DROP VIEW above CASCADE;
SELECT viewname FROM ivm.views ORDER BY 1;
DROP VIEW ab, bc, ca;
SELECT make_views();
DROP VIEW plain CASCADE;
SELECT viewname FROM ivm.views ORDER BY 1;
DROP VIEW above;
DROP VIEW ab, bc, ca;
SELECT * FROM left_over();
SELECT * FROM triggers();
-- a table
SELECT make_views();
BEGIN;
DROP TABLE b CASCADE;
SELECT viewname FROM ivm.views ORDER BY 1;
SELECT * FROM triggers();
INSERT INTO a VALUES (101, 1, 1);
ROLLBACK;
SELECT * FROM triggers();
INSERT INTO b VALUES (101, 1, 1);
SELECT * FROM check_views();
DROP TABLE b CASCADE;
SELECT viewname FROM ivm.views ORDER BY 1;
DELETE FROM ivm_test.definition WHERE view::text <> 'ca';
SELECT * FROM triggers();
UPDATE a SET x = x + 1;
UPDATE c SET x = x + 1, id = id + 100;
SELECT * FROM check_views();
DROP TABLE a, c CASCADE;
SELECT * FROM left_over();
-- a column, a type of one
CREATE TABLE a (id int PRIMARY KEY, k int, x int, unused text);
CREATE TABLE b (id int PRIMARY KEY, k int, x int, unused text);
CREATE TABLE c (id int PRIMARY KEY, k int, x int, unused text);
INSERT INTO a SELECT i, i % 4, i FROM generate_series(1, 20) i;
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 20) i;
SELECT make_views();
ALTER TABLE b DROP COLUMN unused;
ALTER TABLE b ADD COLUMN unused int;
ALTER TABLE c ALTER COLUMN unused TYPE varchar(10);
ALTER TABLE b DROP COLUMN x;
ALTER TABLE c ALTER COLUMN k TYPE bigint;
INSERT INTO b VALUES (31, 1, 1, 1);
INSERT INTO c VALUES (31, 1, 1, 'a');
SELECT * FROM check_views();
ALTER TABLE b DROP COLUMN x CASCADE;
SELECT viewname FROM ivm.views ORDER BY 1;
ALTER TABLE c DROP COLUMN k CASCADE;
SELECT * FROM left_over();
SELECT * FROM triggers();
-- a schema in which some of it is
CREATE SCHEMA drop_source_table_2;
CREATE TABLE drop_source_table_2.d (k int, y int);
INSERT INTO drop_source_table_2.d SELECT i % 4, i FROM generate_series(1, 20) i;
CREATE VIEW drop_source_table_2.p AS SELECT k, y FROM drop_source_table_2.d WHERE y > 3;
SELECT ivm.create_view('here', 'SELECT a.k, sum(y) AS s FROM a JOIN drop_source_table_2.p USING (k) GROUP BY a.k');
SELECT ivm.create_view('drop_source_table_2.there', 'SELECT k, count(*) AS n FROM a GROUP BY k');
SELECT make_view('stays', 'SELECT k, sum(x) AS s FROM a JOIN b USING (id, k) GROUP BY k');
DROP SCHEMA drop_source_table_2 CASCADE;
SELECT viewname, status, base_tables FROM ivm.views ORDER BY 1;
SELECT * FROM triggers();
SELECT * FROM left_over();
DELETE FROM ivm_test.definition WHERE view::text <> 'stays';
UPDATE a SET x = x + 1 WHERE id < 7;
DELETE FROM b WHERE id < 3;
SELECT * FROM check_views();
SET client_min_messages = warning;
DROP SCHEMA drop_source_table CASCADE;
SELECT count(*) FROM ivm.view;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
