-- Arithmetic, casts, functions, CASE and row values over aggregates and keys; the
-- same aggregate several times.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_expressions;
SET search_path = agg_expressions, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, y numeric);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 10, 1.50),
	(2, 1, 20, 2.5),
	(3, 2, 0, 0),
	(4, 2, NULL, 7),
	(5, 3, NULL, NULL),
	(6, NULL, 5, 5.0),
	(7, NULL, -5, 1);
SELECT make_view('arithmetic', $$SELECT g, sum(x) / count(*) AS a, sum(y) * 100.0 / nullif(sum(x), 0) AS b, -sum(x) AS c, sum(x + 1) - sum(x) AS d, sum(x) + sum(x) AS e, g + count(*) AS f FROM t GROUP BY g$$);
SELECT make_view('functions', $$SELECT g, coalesce(sum(x), 0) AS a, round(avg(y), 2) AS b, greatest(sum(x), max(x), 3) AS c, CASE WHEN count(*) > 1 THEN 'many' ELSE 'one' END AS d, sum(x)::text || '/' || count(*) AS e, ARRAY[min(x), max(x)] AS f FROM t GROUP BY g$$);
SELECT make_view('nested', $$SELECT g * 2 AS g2, sqrt(abs(sum(x)))::int AS a, length(string_agg(y::text, ',' ORDER BY id)) AS b, sum(x) IS NULL AS c, sum(x) > avg(y) AS d, ROW(g, count(*))::text AS e FROM t GROUP BY g$$);
SELECT make_view('same', $$SELECT g, sum(x) AS a, sum(x) AS b, avg(x) AS c, count(x) AS d, sum(x) / nullif(count(x), 0) AS e FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM arithmetic ORDER BY g;
SELECT * FROM functions ORDER BY g;
DROP SCHEMA agg_expressions CASCADE;
