-- Dropping or altering what a view uses is refused, and works with what it does not use.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_used_column;
SET search_path = error_used_column, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric(10,2), spare text, spare2 int);
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 10';
SELECT make_view('grouped', 'SELECT f(g) AS g, sum(x) AS s FROM t WHERE id > 0 GROUP BY 1');
\set VERBOSITY terse
ALTER TABLE t DROP COLUMN g;
ALTER TABLE t DROP COLUMN x;
ALTER TABLE t DROP COLUMN id;
ALTER TABLE t ALTER COLUMN x TYPE numeric(20,4);
ALTER TABLE t ALTER COLUMN g TYPE bigint;
ALTER TABLE t ALTER COLUMN id TYPE bigint;
DROP TABLE t;
DROP FUNCTION f(int);
INSERT INTO t VALUES (1, 11, 1.5, 'a', 1);
ALTER TABLE t DROP COLUMN spare;
ALTER TABLE t ALTER COLUMN spare2 TYPE bigint;
ALTER TABLE t ADD COLUMN more int GENERATED ALWAYS AS (g * 2) STORED;
ALTER TABLE t DROP CONSTRAINT t_pkey;
INSERT INTO t VALUES (2, 21, 2.5, 1);
SELECT * FROM grouped;
SELECT * FROM check_views();
DROP SCHEMA error_used_column CASCADE;
