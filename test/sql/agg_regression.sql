-- covar_pop, covar_samp, corr and the regr family: only pairs without a NULL count;
-- no variation gives NULL.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_regression;
SET search_path = agg_regression, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, y float8, x float8);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 2),
	(2, 1, 2, 4.5),
	(3, 1, 3, 7),
	(4, 1, 8, 1),
	(5, 2, 1, 5),
	(6, 2, 2, 5),
	(7, 3, 4, 1),
	(8, 3, 4, 2),
	(9, 4, NULL, 1),
	(10, 4, 1, NULL),
	(11, 4, 3, 3),
	(12, NULL, 0.5, 0.25),
	(13, NULL, 100, -100),
	(14, 5, NULL, NULL),
	(15, 6, 1, 1),
	(16, 6, 1, 1);
SELECT make_view('r', $$SELECT g, regr_count(y, x) AS n, round(covar_pop(y, x)::numeric, 9) AS covar_pop, round(covar_samp(y, x)::numeric, 9) AS covar_samp, round(corr(y, x)::numeric, 9) AS corr, round(regr_avgx(y, x)::numeric, 9) AS regr_avgx, round(regr_avgy(y, x)::numeric, 9) AS regr_avgy, round(regr_intercept(y, x)::numeric, 9) AS regr_intercept, round(regr_r2(y, x)::numeric, 9) AS regr_r2, round(regr_slope(y, x)::numeric, 9) AS regr_slope, round(regr_sxx(y, x)::numeric, 9) AS regr_sxx, round(regr_sxy(y, x)::numeric, 9) AS regr_sxy, round(regr_syy(y, x)::numeric, 9) AS regr_syy FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT regr_count(y, x) AS n, round(corr(y, x)::numeric, 9) AS c, round(regr_slope(y, x)::numeric, 9) AS s FROM t$$);
SELECT make_view('swapped', $$SELECT g, round(regr_slope(x, y)::numeric, 9) AS s, round(corr(x, x)::numeric, 9) AS c FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM r ORDER BY g;
DROP SCHEMA agg_regression CASCADE;
