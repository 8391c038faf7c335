-- DISTINCT inside aggregates: a value counts until the last row that has it is gone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_distinct;
SET search_path = agg_distinct, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 'a'),
	(2, 1, 1, 'a'),
	(3, 1, 2, 'A'),
	(4, 1, NULL, NULL),
	(5, 2, 3, 'b'),
	(6, 2, 3, 'b'),
	(7, 2, 3, 'c'),
	(8, 3, NULL, NULL),
	(9, NULL, 5, 'x'),
	(10, NULL, 5, 'y'),
	(11, NULL, 6, 'x');
SELECT make_view('d', $$SELECT g, count(DISTINCT x) AS c, sum(DISTINCT x) AS s, avg(DISTINCT x) AS a, min(DISTINCT x) AS lo, max(DISTINCT x) AS hi, count(x) FROM t GROUP BY g$$);
SELECT make_view('t2', $$SELECT g, count(DISTINCT s) AS c, string_agg(DISTINCT s, ',' ORDER BY s) AS l, array_agg(DISTINCT x ORDER BY x DESC) AS r, bool_or(DISTINCT x > 2) AS b FROM t GROUP BY g$$);
SELECT make_view('filtered', $$SELECT g, count(DISTINCT x) FILTER (WHERE s <> 'a') AS c, sum(DISTINCT x % 2) AS s FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT count(DISTINCT x) AS c, count(DISTINCT s) AS d FROM t$$);
\i :change_values
SELECT * FROM d ORDER BY g;
SELECT * FROM t2 ORDER BY g;
DROP SCHEMA agg_distinct CASCADE;
