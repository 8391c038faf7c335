-- What cannot be dropped or altered because a view uses it: the message names the view, not its storage.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_names_view;
SET search_path = error_names_view, ivm_test, public;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 10';
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric(10,2), name text, free int);
CREATE TABLE limits (most numeric, since date);
CREATE VIEW plain AS SELECT id, name FROM t;
SELECT make_view('grouped', 'SELECT f(g) AS g, sum(x) AS s FROM t GROUP BY 1');
SELECT make_view('dependent', 'SELECT t.id, t.g, count(*) AS n FROM t GROUP BY t.id');
SELECT make_view('parted', 'SELECT id FROM t WHERE x > (SELECT max(most) FROM limits)');
SELECT make_view('with_part', 'SELECT g, sum(x) * (SELECT max(most) FROM limits) AS s FROM t GROUP BY g');
SELECT make_view('above', 'SELECT s, count(*) AS n FROM grouped GROUP BY s');
SELECT make_view('through', 'SELECT name, count(*) AS n FROM plain GROUP BY name');
DROP TABLE t;
DROP TABLE limits;
ALTER TABLE limits DROP COLUMN most;
ALTER TABLE limits ALTER COLUMN most TYPE bigint;
ALTER TABLE t DROP COLUMN x;
ALTER TABLE t DROP CONSTRAINT t_pkey;
ALTER TABLE t ALTER COLUMN free TYPE bigint, ALTER COLUMN x TYPE numeric(20,4);
-- core's own message: the plain view is the one
ALTER TABLE t ALTER COLUMN name TYPE varchar;
DROP FUNCTION f(int);
DROP VIEW grouped;
DROP VIEW plain;
-- whoever may not alter the table is told that
CREATE ROLE regress_ivm_env;
GRANT USAGE ON SCHEMA error_names_view TO regress_ivm_env;
SET ROLE regress_ivm_env;
ALTER TABLE t ALTER COLUMN x TYPE numeric(20,4);
RESET ROLE;
-- in a partition, and for the table above
CREATE TABLE p (k int, x int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
SELECT make_view('of_one', 'SELECT sum(x) AS s FROM p1');
ALTER TABLE p ALTER COLUMN x TYPE bigint;
DROP TABLE p1;
DROP TABLE p;
INSERT INTO t VALUES (1, 11, 1.5, 'a', 1), (2, 21, 2.5, 'b', 1);
INSERT INTO limits VALUES (2);
SELECT * FROM check_views();
-- CASCADE says the same
\set VERBOSITY terse
SET client_min_messages = notice;
DROP VIEW plain CASCADE;
DROP TABLE limits CASCADE;
DROP FUNCTION f(int) CASCADE;
DROP TABLE p CASCADE;
SET client_min_messages = warning;
DELETE FROM ivm_test.definition WHERE view <> 'dependent'::regclass;
INSERT INTO t VALUES (3, 12, 1.5, 'a', 1);
SELECT * FROM check_views();

-- a table whose rows, as a whole, are stored for views
\set VERBOSITY default
CREATE TABLE whole (a int, b int);
CREATE VIEW above_whole AS SELECT a FROM whole;
SELECT make_view('rows', 'SELECT w AS r, count(*) AS n FROM whole w GROUP BY w');
SELECT make_view('arrays', 'SELECT a, array_agg(w ORDER BY b) AS r FROM whole w WHERE a > (SELECT min(id) FROM t) GROUP BY a');
DROP TABLE whole;
DROP TABLE IF EXISTS whole, t RESTRICT;
ALTER TABLE whole DROP COLUMN a;
SELECT ivm.drop_view('rows');
DROP TABLE whole;
DROP TABLE whole CASCADE;
DELETE FROM definition WHERE view IN (SELECT view FROM definition EXCEPT SELECT oid FROM pg_class);
SELECT * FROM check_views();
DROP SCHEMA error_names_view CASCADE;
DROP ROLE regress_ivm_env;
SELECT count(*) FROM ivm.view;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
