-- Ordered-set and hypothetical-set aggregates.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_ordered_set;
SET search_path = agg_ordered_set, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, f float8, s text);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 1, 'a'),
	(2, 1, 2, 2.5, 'b'),
	(3, 1, 2, 10, 'b'),
	(4, 1, 9, 4, 'c'),
	(5, 2, 5, 5, 'x'),
	(6, 2, 6, 7, 'y'),
	(7, 3, NULL, NULL, NULL),
	(8, NULL, 1, 1, 'q'),
	(9, NULL, 1, 3, 'q'),
	(10, NULL, 4, 5, 'r');
SELECT make_view('percentiles', $$SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY f) AS median, percentile_disc(0.9) WITHIN GROUP (ORDER BY x) AS p90, percentile_disc(ARRAY[0.1, 0.5]) WITHIN GROUP (ORDER BY x DESC) AS many FROM t GROUP BY g$$);
SELECT make_view('modes', $$SELECT g, mode() WITHIN GROUP (ORDER BY s) AS m, mode() WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 1) AS m2 FROM t GROUP BY g$$);
SELECT make_view('ranks', $$SELECT g, rank(2) WITHIN GROUP (ORDER BY x) AS r, dense_rank(3) WITHIN GROUP (ORDER BY x) AS d, cume_dist(2) WITHIN GROUP (ORDER BY x) AS c FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM percentiles ORDER BY g;
SELECT * FROM modes ORDER BY g;
SELECT * FROM ranks ORDER BY g;
DROP SCHEMA agg_ordered_set CASCADE;
