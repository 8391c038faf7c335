-- The variance and stddev families over real and double precision.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_variance_float;
SET search_path = agg_variance_float, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x4 float4, x8 float8);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 1),
	(2, 1, 2.5, 2.5),
	(3, 1, 4, 4),
	(4, 2, 1024.5, 1048576.25),
	(5, 2, 0.125, 0.125),
	(6, 3, 5, 5),
	(7, 4, NULL, NULL),
	(8, NULL, 7, 7),
	(9, NULL, 7, 7),
	(10, NULL, NULL, 9),
	(11, 5, 0, 0),
	(12, 5, '-0', '-0'),
	(13, 5, 3, 3);
SELECT make_view('v4', $$SELECT g, round(var_pop(x4)::numeric, 9) AS var_pop, round(var_samp(x4)::numeric, 9) AS var_samp, round(variance(x4)::numeric, 9) AS variance, round(stddev_pop(x4)::numeric, 9) AS stddev_pop, round(stddev_samp(x4)::numeric, 9) AS stddev_samp, round(stddev(x4)::numeric, 9) AS stddev FROM t GROUP BY g$$);
SELECT make_view('v8', $$SELECT g, round(var_pop(x8)::numeric, 9) AS var_pop, round(var_samp(x8)::numeric, 9) AS var_samp, round(variance(x8)::numeric, 9) AS variance, round(stddev_pop(x8)::numeric, 9) AS stddev_pop, round(stddev_samp(x8)::numeric, 9) AS stddev_samp, round(stddev(x8)::numeric, 9) AS stddev FROM t GROUP BY g$$);
SELECT make_view('pairs', $$SELECT g, var_pop(x8) AS vp, stddev_samp(x4) AS ss FROM t WHERE g IN (2, 3, 4) GROUP BY g$$);
\i :change_values
SELECT g, var_pop, var_samp, stddev_pop, stddev_samp FROM v8 ORDER BY g;
DROP SCHEMA agg_variance_float CASCADE;
