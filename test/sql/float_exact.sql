-- Exact floating-point sums: independent of order, undone without a trace,
-- rounded once, with the built-in aggregates' rules for NULL, NaN, Infinity.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ivm;
RESET client_min_messages;
SET extra_float_digits = 1;
\set VERBOSITY terse

-- results as the finishing computes them
CREATE FUNCTION pg_temp.sum8(float8[]) RETURNS float8 LANGUAGE sql AS $$
	SELECT coalesce(s, ivm._float8_sum_overflow(n))
	FROM (SELECT ivm._float_sum(x) s, count(x) n FROM unnest($1) x) q $$;
CREATE FUNCTION pg_temp.sum4(float4[]) RETURNS float4 LANGUAGE sql AS $$
	SELECT coalesce(s, ivm._float4_sum_overflow(n))
	FROM (SELECT ivm._float_sum(x) s, count(x) n FROM unnest($1) x) q $$;
CREATE FUNCTION pg_temp.avg8(float8[]) RETURNS float8 LANGUAGE sql AS $$
	SELECT ivm._float_avg(count(x), ivm._float_exact(x)) FROM unnest($1) x $$;

-- sums that rounding at each step gets wrong
SELECT pg_temp.sum8('{0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.1}') AS ten_tenths,
	   pg_temp.sum8('{1e308,1,-1e308}') AS cancelled,
	   pg_temp.sum8('{1e308,1e308,-1e308}') AS beyond_and_back,
	   pg_temp.sum8('{5e-324,1,-1}') AS smallest,
	   pg_temp.sum8('{1.7976931348623157e308,5e-324,-1.7976931348623157e308}') AS full_range;

-- ties go to even, and the smallest bit below a tie decides
SELECT pg_temp.sum8('{9007199254740992,1}') AS down,
	   pg_temp.sum8('{9007199254740994,1}') AS up,
	   pg_temp.sum8('{9007199254740992,1,5e-324}') AS sticky;

-- float4 is rounded directly, not through float8
SELECT pg_temp.sum4('{16777216,1,1e-40}') AS directly,
	   pg_temp.sum8('{16777216,1,1e-40}')::float4 AS twice;

-- overflow is an error of the reader; the stored sum is NULL then
SELECT ivm._float_sum(x), ivm._float_sum(x::float4), ivm._float_exact(x)
FROM unnest('{3e38,3e38}'::float8[]) x;
SELECT ivm._float_sum(x) FROM unnest('{1e308,1e308}'::float8[]) x;
SELECT pg_temp.sum8('{1e308,1e308}');
SELECT pg_temp.sum4('{3e38,3e38}');
SELECT pg_temp.avg8('{1e308,1e308}') AS mean_fits;

-- no rows, only NULLs, zeros
SELECT pg_temp.sum8('{}'), pg_temp.sum8('{NULL}'), pg_temp.avg8('{NULL}'),
	   pg_temp.sum8('{0,NULL}'), pg_temp.avg8('{0}');
SELECT v, pg_temp.sum8(v), (SELECT sum(x) FROM unnest(v) x) AS builtin,
	   pg_temp.avg8(v)
FROM (VALUES ('{-0}'::float8[]), ('{-0,-0}'), ('{-0,0}'), ('{-1,1}')) t(v);

-- NaN and infinities
SELECT v, pg_temp.sum8(v), (SELECT sum(x) FROM unnest(v) x) AS builtin,
	   pg_temp.avg8(v), pg_temp.sum4(v::float4[])
FROM (VALUES ('{1,NaN}'::float8[]), ('{1,Infinity}'), ('{-Infinity,1}'),
			 ('{Infinity,-Infinity}'), ('{Infinity,NaN}')) t(v);

-- the stored form is canonical: it depends on the sum alone
SELECT ivm._float_exact(x) FROM unnest('{1}'::float8[]) x;
SELECT ivm._float_exact(x) FROM unnest('{-1}'::float8[]) x;
SELECT ivm._float_exact(x) FROM unnest('{128,-0.5,0.5,1e300,-1e300}'::float8[]) x;
SELECT ivm._float_exact(x) FROM unnest('{NaN,Infinity,Infinity,-0,0.1}'::float8[]) x;
SELECT ivm._float_moments(x) FROM unnest('{1,2,NULL}'::float8[]) x;
SELECT ivm._float_comoments(y, x)
FROM (VALUES (1::float8, 3::float8), (NULL, 7), (2, 0)) t(y, x);

CREATE TEMP TABLE num AS
SELECT i, CASE i % 4
		   WHEN 0 THEN ((i * 7919) % 100003) / 100.0::float8
		   WHEN 1 THEN -((i * 104729) % 1000003) * 1e-9::float8
		   WHEN 2 THEN ((i * 31) % 977) * 1e18::float8
		   ELSE -((i * 17) % 1009) * 5e-324::float8 END AS x,
	   ((i * 2654435761) % 4294967296) / 65536.0::float8 AS y
FROM generate_series(1::bigint, 20000) i;

SELECT count(DISTINCT md5(e)) = 1 AS canonical,
	   count(DISTINCT s) = 1 AS independent_of_order
FROM (SELECT ivm._float_exact(x ORDER BY i) e, ivm._float_sum(x ORDER BY i) s FROM num
	  UNION ALL
	  SELECT ivm._float_exact(x ORDER BY i DESC), ivm._float_sum(x ORDER BY i DESC) FROM num
	  UNION ALL
	  SELECT ivm._float_exact(x ORDER BY x), ivm._float_sum(x ORDER BY x) FROM num) q;
SELECT m1 = m2 AS moments, c1 = c2 AS comoments
FROM (SELECT ivm._float_moments(x ORDER BY y) m1, ivm._float_comoments(y, x ORDER BY x) c1,
			 ivm._float_moments(x ORDER BY x DESC) m2, ivm._float_comoments(y, x ORDER BY i) c2
	  FROM num) q;

-- integers: the same as numeric says
SELECT ivm._float_sum(i::float8) = sum(i) AS sum,
	   ivm._float_avg(count(*), ivm._float_exact(i::float8)) = avg(i) AS avg,
	   ivm._float_var_samp(count(*), ivm._float_moments(i::float8)) = var_samp(i)::float8 AS var
FROM num;

-- variance of values that differ little
SELECT ivm._float_var_pop(n, m), ivm._float_var_samp(n, m),
	   ivm._float_stddev_pop(n, m), ivm._float_stddev_samp(n, m)
FROM (SELECT count(x) n, ivm._float_moments(x) m
	  FROM unnest('{1000000000000001,1000000000000002,1000000000000003}'::float8[]) x) q;
SELECT ivm._float_var_pop(n, m), ivm._float_stddev_pop(n, m)
FROM (SELECT count(x) n, ivm._float_moments(x) m
	  FROM unnest('{0.1,0.1,0.1}'::float8[]) x) q;
SELECT ivm._float_stddev_pop(n, m)
FROM (SELECT count(x) n, ivm._float_moments(x) m FROM unnest('{1e200,3e200}'::float8[]) x) q;
SELECT ivm._float_var_pop(n, m)
FROM (SELECT count(x) n, ivm._float_moments(x) m FROM unnest('{1e200,3e200}'::float8[]) x) q;

-- a straight line
SELECT ivm._float_regr_slope(n, m) AS slope, ivm._float_regr_intercept(n, m) AS intercept,
	   ivm._float_corr(n, m) AS corr, ivm._float_regr_r2(n, m) AS r2,
	   ivm._float_regr_avgx(n, m) AS avgx, ivm._float_regr_avgy(n, m) AS avgy,
	   ivm._float_covar_pop(n, m) AS covar_pop, ivm._float_covar_samp(n, m) AS covar_samp,
	   ivm._float_regr_sxx(n, m) AS sxx, ivm._float_regr_syy(n, m) AS syy,
	   ivm._float_regr_sxy(n, m) AS sxy
FROM (SELECT regr_count(y, x) n, ivm._float_comoments(y, x) m
	  FROM (SELECT 5 - 3 * x AS y, x FROM unnest('{1,2,3,NULL,10}'::float8[]) x) t) q;

-- the built-in aggregates agree, on special cases too: exactly where a result
-- is NULL, NaN or infinite, nearly elsewhere
CREATE FUNCTION pg_temp.agree(exact float8, builtin float8) RETURNS bool LANGUAGE sql AS $$
	SELECT CASE WHEN builtin IS NULL OR builtin IN ('NaN', 'Infinity', '-Infinity')
					OR exact IS NULL OR exact IN ('NaN', 'Infinity', '-Infinity')
				THEN exact IS NOT DISTINCT FROM builtin
				ELSE abs(exact - builtin) <= 1e-9 * greatest(1, abs(builtin)) END $$;
CREATE TEMP TABLE pair(name text, y float8, x float8);
INSERT INTO pair VALUES
	('null', NULL, 1), ('null', 1, NULL),
	('one', 1, 2),
	('point', 1, 2), ('point', 1, 2),
	('vertical', 1, 2), ('vertical', 3, 2),
	('horizontal', 1, 2), ('horizontal', 1, 3),
	('some', 1, 2), ('some', 4, -3), ('some', 0.5, 7), ('some', NULL, 7),
	('one nan', 'NaN', 1), ('one inf', 1, 'Infinity'),
	('y nan', 'NaN', 1), ('y nan', 2, 2), ('y nan', 3, 4),
	('x nan', 1, 'NaN'), ('x nan', 1, 2),
	('x inf', 1, 'Infinity'), ('x inf', 5, 2),
	('x -inf, y horizontal', 1, '-Infinity'), ('x -inf, y horizontal', 1, 2),
	('y inf, x vertical', 'Infinity', 2), ('y inf, x vertical', 4, 2),
	('x both', 1, '-Infinity'), ('x both', 3, 'Infinity'), ('x both', 3, 8),
	('hidden by null', 'NaN', NULL), ('hidden by null', 1, 2), ('hidden by null', 2, 3);
INSERT INTO pair SELECT 'many', y, i FROM num;
SELECT name,
	   pg_temp.agree(ivm._float_avg(n1, e1), avg(x)) AS avg,
	   pg_temp.agree(ivm._float_var_pop(n1, m1), var_pop(x)) AS var_pop,
	   pg_temp.agree(ivm._float_var_samp(n1, m1), var_samp(x)) AS var_samp,
	   pg_temp.agree(ivm._float_stddev_pop(n1, m1), stddev_pop(x)) AS stddev_pop,
	   pg_temp.agree(ivm._float_stddev_samp(n1, m1), stddev_samp(x)) AS stddev_samp,
	   pg_temp.agree(ivm._float_covar_pop(n2, m2), covar_pop(y, x)) AS covar_pop,
	   pg_temp.agree(ivm._float_covar_samp(n2, m2), covar_samp(y, x)) AS covar_samp,
	   pg_temp.agree(ivm._float_corr(n2, m2), corr(y, x)) AS corr,
	   pg_temp.agree(ivm._float_regr_sxx(n2, m2), regr_sxx(y, x)) AS sxx,
	   pg_temp.agree(ivm._float_regr_syy(n2, m2), regr_syy(y, x)) AS syy,
	   pg_temp.agree(ivm._float_regr_sxy(n2, m2), regr_sxy(y, x)) AS sxy,
	   pg_temp.agree(ivm._float_regr_avgx(n2, m2), regr_avgx(y, x)) AS avgx,
	   pg_temp.agree(ivm._float_regr_avgy(n2, m2), regr_avgy(y, x)) AS avgy,
	   pg_temp.agree(ivm._float_regr_r2(n2, m2), regr_r2(y, x)) AS r2,
	   pg_temp.agree(ivm._float_regr_slope(n2, m2), regr_slope(y, x)) AS slope,
	   pg_temp.agree(ivm._float_regr_intercept(n2, m2), regr_intercept(y, x)) AS intercept
FROM (SELECT name, count(x) n1, ivm._float_exact(x) e1, ivm._float_moments(x) m1,
			 regr_count(y, x) n2, ivm._float_comoments(y, x) m2
	  FROM pair GROUP BY name) s
	 JOIN pair USING (name)
GROUP BY name, n1, e1, m1, n2, m2
ORDER BY name COLLATE "C";

-- parallel: partial sums are combined
CREATE TABLE float_exact_num AS SELECT * FROM num;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT ivm._float_sum(x) FROM float_exact_num;
SELECT ivm._float_exact(x) AS e, ivm._float_sum(x) AS s, ivm._float_sum(y::float4) AS s4,
	   ivm._float_moments(x) AS m, ivm._float_comoments(y, x) AS c
FROM float_exact_num \gset parallel_
SET max_parallel_workers_per_gather = 0;
SELECT ivm._float_exact(x) = :'parallel_e' AS e, ivm._float_sum(x) = :'parallel_s' AS s,
	   ivm._float_sum(y::float4) = :'parallel_s4' AS s4,
	   ivm._float_moments(x) = :'parallel_m' AS m, ivm._float_comoments(y, x) = :'parallel_c' AS c
FROM float_exact_num;
DROP TABLE float_exact_num;

-- anyone may call the functions with anything
SELECT ivm._float_avg(1, '\x');
SELECT ivm._float_avg(1, '\x02');
SELECT ivm._float_avg(1, '\x0202200101');
SELECT ivm._float_avg(1, '\x02ffff01');
SELECT ivm._float_avg(1, '\x8080808080808080808080');
SELECT ivm._float_var_pop(1, ivm._float_moments(x)) FROM unnest('{1,2}'::float8[]) x;
SELECT ivm._float_avg(NULL, NULL), ivm._float_avg(-1, NULL), ivm._float_var_samp(1, NULL);
