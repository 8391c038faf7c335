-- count(*) and count(x): NULLs do not count.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_count;
SET search_path = agg_count, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 10),
	(2, 1, NULL),
	(3, 1, 10),
	(4, 2, NULL),
	(5, 2, NULL),
	(6, 3, 5),
	(7, NULL, 1),
	(8, NULL, NULL),
	(9, 4, 0);
SELECT make_view('grouped', $$SELECT g, count(*), count(x) AS cx, count(g) AS cg, count(1) AS c1, count(NULLIF(x, 10)) AS c2, count(*) - count(x) AS nulls FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT count(*), count(x) AS cx FROM t$$);
SELECT make_view('only_count', $$SELECT count(*) FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM grouped ORDER BY g;
DROP SCHEMA agg_count CASCADE;
