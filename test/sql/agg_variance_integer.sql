-- The variance and stddev families over integers: numbers of the same digits as a
-- fresh computation.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_variance_integer;
SET search_path = agg_variance_integer, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x2 smallint, x4 int, x8 bigint);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 1, 1),
	(2, 1, 2, 2, 2),
	(3, 1, 4, 4, 4),
	(4, 2, 32767, 2147483647, 9223372036854775807),
	(5, 2, -32768, -2147483648, -9223372036854775808),
	(6, 3, 5, 5, 5),
	(7, 4, NULL, NULL, NULL),
	(8, NULL, 7, 7, 7),
	(9, NULL, 7, 7, 7),
	(10, NULL, NULL, 9, 10),
	(11, 5, 0, 0, 0),
	(12, 5, 3, 1, 100);
SELECT make_view('v2', $$SELECT g, var_pop(x2) AS vp, var_samp(x2) AS vs, variance(x2) AS v, stddev_pop(x2) AS sp, stddev_samp(x2) AS ss, stddev(x2) AS s FROM t GROUP BY g$$);
SELECT make_view('v4', $$SELECT g, var_pop(x4) AS vp, var_samp(x4) AS vs, variance(x4) AS v, stddev_pop(x4) AS sp, stddev_samp(x4) AS ss, stddev(x4) AS s FROM t GROUP BY g$$);
SELECT make_view('v8', $$SELECT g, var_pop(x8) AS vp, var_samp(x8) AS vs, variance(x8) AS v, stddev_pop(x8) AS sp, stddev_samp(x8) AS ss, stddev(x8) AS s FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT variance(x4) AS v, stddev_pop(x8) AS s FROM t$$);
\i :change_values
SELECT g, vp, vs, sp, ss FROM v4 ORDER BY g;
DROP SCHEMA agg_variance_integer CASCADE;
