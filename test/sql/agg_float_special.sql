-- NaN and infinities in float sums and averages: gone without a trace when their
-- rows are.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_float_special;
SET search_path = agg_float_special, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x4 float4, x8 float8);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 'NaN', 'NaN'),
	(2, 1, 1.5, 1.5),
	(3, 2, 'Infinity', 'Infinity'),
	(4, 2, 2.25, 2.25),
	(5, 3, '-Infinity', '-Infinity'),
	(6, 3, 'Infinity', 'Infinity'),
	(7, 3, 1, 1),
	(8, 4, 'NaN', 'Infinity'),
	(9, 4, 'Infinity', 'NaN'),
	(10, 4, 3, 3),
	(11, NULL, '-Infinity', 1),
	(12, NULL, 4, 4);
SELECT make_view('sums', $$SELECT g, sum(x4) AS s4, sum(x8) AS s8, avg(x4) AS a4, avg(x8) AS a8 FROM t GROUP BY g$$);
SELECT make_view('extremes', $$SELECT g, min(x4), max(x8) FROM t GROUP BY g$$);
SELECT make_view('variances', $$SELECT g, var_pop(x4) AS v, stddev_samp(x8) AS s FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DELETE FROM t WHERE x4 IN ('NaN', 'Infinity', '-Infinity');
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA agg_float_special CASCADE;
