-- The variance and stddev families over numeric: the same digits and scale as a
-- fresh computation.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_variance_numeric;
SET search_path = agg_variance_numeric, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1.0),
	(2, 1, 2.00),
	(3, 1, 4.5),
	(4, 2, 1e20),
	(5, 2, 1e-20),
	(6, 3, 5.125),
	(7, 4, NULL),
	(8, NULL, 7),
	(9, NULL, 7.0),
	(10, 5, 0.000),
	(11, 5, 3),
	(12, 5, 1e-10),
	(13, 6, 123456789.123456789),
	(14, 6, -987654321.987654321);
SELECT make_view('v', $$SELECT g, var_pop(x) AS vp, var_samp(x) AS vs, variance(x) AS v, stddev_pop(x) AS sp, stddev_samp(x) AS ss, stddev(x) AS s FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT variance(x) AS v, stddev_pop(x) AS s FROM t$$);
\i :change_values
SELECT g, vp, vs, sp, ss FROM v ORDER BY g;
DROP SCHEMA agg_variance_numeric CASCADE;
