-- FILTER on every kind of aggregate; an argument is not evaluated where the filter
-- says no.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_filter;
SET search_path = agg_filter, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, y numeric, f float8, s text);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 1.5, 0.5, 'a'),
	(2, 1, 0, 2.50, 1.5, 'b'),
	(3, 1, -3, NULL, NULL, NULL),
	(4, 2, 0, 0, 0, 'z'),
	(5, 2, NULL, 1, 1, 'y'),
	(6, 3, 5, 5.0, 5, 'x'),
	(7, NULL, 7, 7, 7, 'w'),
	(8, NULL, -7, 7.000, 7, 'v');
SELECT make_view('counts', $$SELECT g, count(*) FILTER (WHERE x > 0) AS a, count(x) FILTER (WHERE y > 1) AS b, count(*) FILTER (WHERE false) AS c, count(*) FILTER (WHERE NULL) AS d, count(*) FROM t GROUP BY g$$);
SELECT make_view('sums', $$SELECT g, sum(x) FILTER (WHERE x > 0) AS a, sum(y) FILTER (WHERE x <= 0) AS b, avg(f) FILTER (WHERE s < 'y') AS c, avg(y) FILTER (WHERE y IS NOT NULL) AS d, sum(x) AS e FROM t GROUP BY g$$);
SELECT make_view('divides', $$SELECT g, sum(100 / x) FILTER (WHERE x <> 0) AS a, max(100 / x) FILTER (WHERE x <> 0) AS b FROM t GROUP BY g$$);
SELECT make_view('extremes', $$SELECT g, min(s) FILTER (WHERE x > 0) AS a, max(x) FILTER (WHERE s > 'a') AS b, bool_and(x > 0) FILTER (WHERE y > 0) AS c, var_pop(x) FILTER (WHERE x > 0) AS d FROM t GROUP BY g$$);
SELECT make_view('slices', $$SELECT g, string_agg(s, ',' ORDER BY s) FILTER (WHERE x <> 0) AS a, array_agg(x ORDER BY x) FILTER (WHERE x > 0) AS b FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT count(*) FILTER (WHERE x > 0) AS a, sum(y) FILTER (WHERE x > 0) AS b FROM t$$);
\i :change_values
SELECT * FROM counts ORDER BY g;
SELECT * FROM sums ORDER BY g;
SELECT * FROM divides ORDER BY g;
DROP SCHEMA agg_filter CASCADE;
