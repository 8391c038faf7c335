-- Aggregates that compute the columns of an accumulator, and the functions
-- that compute an aggregate's result from these columns: the results are
-- those of PostgreSQL's own aggregates, to the last digit shown.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ivm;
RESET client_min_messages;
\set VERBOSITY terse

CREATE TEMP TABLE numerics (g int, x numeric);
INSERT INTO numerics VALUES
	(1, NULL),
	(2, 1.50),
	(3, 1.5), (3, 1.25), (3, NULL), (3, -7),
	(4, 0.00), (4, 0),
	(5, 1.5), (5, 'NaN'), (5, 3.123),
	(6, 'Infinity'), (6, 1.0),
	(7, 'Infinity'), (7, '-Infinity'), (7, 'Infinity'),
	(8, 12345678901234567890.123), (8, 1e-30), (8, -99999999999999999999.99),
	(9, '-Infinity'),
	(10, 3), (10, 3), (10, 3);

-- what the state of sum(numeric) holds
SELECT g, sum(x), count(x), ivm._numeric_aux(x) FROM numerics GROUP BY g ORDER BY g;

-- and that of the moments
SELECT g, ivm._numeric_squares(x), ivm._numeric_squares_aux(x) FROM numerics GROUP BY g ORDER BY g;

-- results from it; the second column tells where they differ from PostgreSQL's
SELECT g, ours, nullif(ours::text[], theirs::text[]) AS differs
FROM (SELECT g, ARRAY[ivm._var_pop(s, n, q, a), ivm._var_samp(s, n, q, a),
					  ivm._stddev_pop(s, n, q, a), ivm._stddev_samp(s, n, q, a),
					  s / nullif(n, 0)] AS ours, theirs
	  FROM (SELECT g, sum(x) s, count(x) n, ivm._numeric_squares(x) q,
				   ivm._numeric_squares_aux(x) a,
				   ARRAY[var_pop(x), var_samp(x), stddev_pop(x), stddev_samp(x), avg(x)] theirs
			FROM numerics GROUP BY g) states) results
ORDER BY g;

-- integers have no fourth column
SELECT ivm._var_pop(s, n, q, NULL) = v AND ivm._stddev_samp(s, n, q, NULL) = d AS same, v, d
FROM (SELECT sum(x) s, count(x) n, sum(x::numeric * x::numeric) q,
			 var_pop(x) v, stddev_samp(x) d
	  FROM unnest('{9223372036854775807,-9223372036854775808,0,17}'::int8[]) x) states;

-- numbers near the limit: the sum is kept beyond it, and shown if it is back
SELECT sum(x) IS NULL AS never, ivm._numeric_aux(x) IS NULL AS usual
FROM unnest(ARRAY[9e131071, 1, -9e131071]) x;
SELECT a[1], length(a[2]::text), a[3:4] FROM (SELECT ivm._numeric_aux(x) FROM unnest(ARRAY[9e131071, 9e131071, 1]) x) s(a);
SELECT sum(x) FROM unnest(ARRAY[9e131071, 9e131071, 1]) x;
SELECT ivm._var_pop(1, 2, 1, '{-6,1}');

-- states that no rows have: a change of theirs waits elsewhere
SELECT ivm._var_pop(3, 0, 5, NULL), ivm._var_samp(3, 1, 5, NULL),
	   ivm._stddev_pop(3, -1, 5, NULL), ivm._stddev_samp(3, 2, 5, '{-1,-2,1,2}');

-- bits
SELECT ivm._bit_counts(x) FROM unnest('{101,110,1}'::varbit[]::"bit"[]) x;
SELECT (ivm._bit_counts(x))[1:6] FROM unnest('{1,3,-1}'::int2[]) x;
SELECT g, ivm._bit_and(b, NULL::int4) AS "and", ivm._bit_or(b, NULL::int4) AS "or",
	   ivm._bit_xor(b, NULL::int4) AS "xor", a, o, x
FROM (SELECT g, ivm._bit_counts(v) b, bit_and(v) a, bit_or(v) o, bit_xor(v) x
	  FROM (VALUES (1, NULL), (2, 6), (2, -2147483648), (2, NULL), (3, -1), (3, 5), (3, 7)) t(g, v)
	  GROUP BY g) states
ORDER BY g;
SELECT ivm._bit_and(b, NULL::int2), ivm._bit_or(b, NULL::int2), ivm._bit_xor(b, NULL::int2),
	   pg_typeof(ivm._bit_and(b, NULL::int2))
FROM (SELECT ivm._bit_counts(x) b FROM unnest('{-32768,-1}'::int2[]) x) states;
SELECT ivm._bit_and(b, NULL::int8), ivm._bit_or(b, NULL::int8), ivm._bit_xor(b, NULL::int8)
FROM (SELECT ivm._bit_counts(x) b FROM unnest('{-9223372036854775808,-2}'::int8[]) x) states;
SELECT ivm._bit_and(b, NULL::"bit"), ivm._bit_or(b, NULL::"bit"), ivm._bit_xor(b, NULL::"bit"),
	   pg_typeof(ivm._bit_and(b, NULL::"bit"))
FROM (SELECT ivm._bit_counts(x) b FROM unnest('{1010000001,1100000001}'::"bit"[]) x) states;
SELECT ivm._bit_xor(ivm._bit_counts(x), NULL::"bit") FROM unnest('{101,1}'::"bit"[]) x;
SELECT ivm._bit_xor('{3,1,1,0,1,5,-1,0,0,0,0,0}', NULL::"bit");

-- intervals
SET intervalstyle = postgres;
SELECT ivm._interval_result(s, n, a) AS sum, sum, ivm._interval_result(s, n, a) / nullif(n, 0)::float8 AS avg, avg, a
FROM (SELECT ivm._interval_sum(x) s, count(x) n, ivm._interval_aux(x) a, sum(x), avg(x)
	  FROM (VALUES (1, '1 month 3 days -04:05:06.789'::interval), (1, '-2 days'), (1, '1 year'),
				   (2, NULL), (3, NULL), (3, '1 second')) t(g, x) GROUP BY g ORDER BY g) states;
SELECT ivm._interval_sum(x), ivm._interval_aux(x)
FROM unnest('{2562047788:00:54.775807,2562047788:00:54.775807,1 day}'::interval[]) x;
SELECT ivm._interval_result(ivm._interval_sum(x), count(x), ivm._interval_aux(x))
FROM unnest('{2562047788:00:54.775807,2562047788:00:54.775807,1 day}'::interval[]) x;
SELECT ivm._interval_result(ivm._interval_sum(x), count(x), ivm._interval_aux(x)), ivm._interval_aux(x)
FROM unnest('{178000000 years,178000000 years,-178000000 years}'::interval[]) x;
SELECT ivm._interval_result(NULL, 0, '{0,0,1,2,3,4}'), ivm._interval_result(NULL, 1, '{2,-1,0,0,0,0}');
DO $$
DECLARE
	shown text;
BEGIN
	IF current_setting('server_version_num')::int < 170000 THEN
		RETURN;					-- no infinite intervals
	END IF;
	SELECT ivm._interval_result(ivm._interval_sum(x), count(x), ivm._interval_aux(x)) || ' ' ||
		   ivm._interval_aux(x)::text INTO shown
	FROM unnest('{1 day,-infinity,-infinity}'::interval[]) x;
	ASSERT shown = '-infinity {0,2,0,1,0,0}', shown;
	BEGIN
		SELECT ivm._interval_result(ivm._interval_sum(x), count(x), ivm._interval_aux(x)) INTO shown
		FROM unnest('{infinity,-infinity}'::interval[]) x;
		ASSERT false, shown;
	EXCEPTION WHEN datetime_field_overflow THEN NULL;
	END;
END $$;

-- money
SET lc_monetary = 'C';
SELECT ivm._money_result(ivm._money_sum(x), ivm._money_high(x)) = sum(x) AS same, ivm._money_high(x)
FROM unnest('{92233720368547758.07,-1.25,-92233720368547758.08}'::money[]) x;
SELECT ivm._money_high(x) FROM unnest('{92233720368547758.07,92233720368547758.07,92233720368547758.07}'::money[]) x;
SELECT ivm._money_result(ivm._money_sum(x), ivm._money_high(x)) FROM unnest('{92233720368547758.07,1}'::money[]) x;
SELECT ivm._money_sum(x), ivm._money_high(x) FROM unnest('{}'::money[]) x;

-- parallel plans give the same
CREATE TABLE accum_rows AS
SELECT i AS i, CASE WHEN i % 1000 = 0 THEN 'NaN' WHEN i % 7 = 0 THEN round(i / 7.0, 3) ELSE i / 4.0 END::numeric AS x,
	   make_interval(days => i, secs => i / 1000.0) AS t, i::numeric::money AS m
FROM generate_series(1, 20000) i;
SELECT md5(row(ivm._numeric_aux(x), ivm._numeric_squares(x), ivm._numeric_squares_aux(x), ivm._bit_counts(i),
			   ivm._interval_sum(t), ivm._interval_aux(t), ivm._money_sum(m), ivm._money_high(m))::text) AS serial
FROM accum_rows \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE accum_rows SET (parallel_workers = 2);
DO $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXPLAIN SELECT ivm._numeric_aux(x), ivm._bit_counts(i), ivm._interval_sum(t), ivm._money_high(m) FROM accum_rows LOOP
		plan := plan || line;
	END LOOP;
	ASSERT plan LIKE '%Partial Aggregate%', plan;
END $$;
SELECT md5(row(ivm._numeric_aux(x), ivm._numeric_squares(x), ivm._numeric_squares_aux(x), ivm._bit_counts(i),
			   ivm._interval_sum(t), ivm._interval_aux(t), ivm._money_sum(m), ivm._money_high(m))::text) AS parallel
FROM accum_rows \gset
SELECT :'parallel' = :'serial' AS same;
SELECT ivm._numeric_aux(x) FROM accum_rows;
DROP TABLE accum_rows;
