-- Reconciling some buckets of a time: the rows of these are read by an index on the time, and none of
-- them is missed.
CREATE SCHEMA reconcile_buckets;
SET search_path = reconcile_buckets, public;
SET client_min_messages = warning;
SET TimeZone = 'Europe/Berlin';
SET datestyle = 'ISO, YMD';
CREATE TABLE t (at timestamptz, local timestamp, x int);
-- three years of every six hours, with some odd ones
INSERT INTO t SELECT '2023-01-01'::timestamptz + make_interval(hours => 6 * i, mins => i % 60), '2023-01-01'::timestamp + make_interval(hours => 6 * i, mins => i % 60), i
	FROM generate_series(1, 4400) i;
INSERT INTO t VALUES (NULL, NULL, 1), ('infinity', 'infinity', 2), ('-infinity', '-infinity', 3), ('0044-03-15 BC', '0044-03-15 BC', 4),
	('2025-10-26 01:30:00+02', '2025-10-26 02:30', 5), ('2025-10-26 02:30:00+01', '2025-10-26 02:30', 6);
CREATE INDEX t_at ON t (at);
CREATE INDEX t_local ON t (local);
ANALYZE t;
-- How many rows are wrong at or after a bucket when these, and a NULL, were reconciled, and how many before
-- it are right although they were not; all rows were made wrong.  Was an index used?
CREATE FUNCTION try(bucket text, since text, OUT wrong bigint, OUT right bigint, OUT by_index bool) LANGUAGE plpgsql AS $$
DECLARE
	before bigint;
	filter text := format('b >= %L OR b IS NULL', since);
	state regclass;
	def text;
BEGIN
	PERFORM ivm.drop_view('v', true);
	PERFORM ivm.create_view('v', format('SELECT %s AS b, count(*) AS n, sum(x) AS s FROM t GROUP BY 1', bucket));
	before := (SELECT sum(idx_scan) FROM pg_stat_xact_user_tables WHERE relid = 't'::regclass);
	state := (SELECT state_table FROM ivm.views WHERE view = 'v'::regclass);
	EXECUTE format('UPDATE %s SET row_count = row_count + 1', state);
	EXECUTE format('DELETE FROM %s WHERE ctid IN (SELECT ctid FROM %1$s ORDER BY b NULLS FIRST LIMIT 1)', state);
	PERFORM ivm.reconcile('v', filter);
	by_index := (SELECT sum(idx_scan) FROM pg_stat_xact_user_tables WHERE relid = 't'::regclass) > before;
	def := format('SELECT %s, count(*), sum(x) FROM t GROUP BY 1', bucket);
	EXECUTE format('SELECT (SELECT count(*) FROM ((SELECT * FROM v WHERE %1$s) EXCEPT ALL (%2$s)) d) +
		(SELECT count(*) FROM (SELECT * FROM (%2$s) d(b, n, s) WHERE %1$s EXCEPT ALL TABLE v) d),
		(SELECT count(*) FROM (SELECT * FROM v WHERE NOT (%1$s) INTERSECT ALL (%2$s)) d)', filter, def) INTO wrong, right;
END $$;
SELECT * FROM try($$date_trunc('day', at)$$, '2025-10-26');
SELECT * FROM try($$date_trunc('hour', at)$$, '2025-10-26 02:00+02');
SELECT * FROM try($$date_trunc('month', at)$$, '2025-10-01');
SELECT * FROM try($$date_trunc('day', at, 'Pacific/Apia')$$, '2025-10-25 12:00');
SELECT * FROM try($$date_trunc('week', local)$$, '2025-10-06');
SELECT * FROM try($$date_bin('7 hours', at, '2030-01-01')$$, (SELECT date_bin('7 hours', '2025-10-26', '2030-01-01'))::text);
SELECT * FROM try($$date_bin('7 hours', local, '2001-01-01')$$, (SELECT date_bin('7 hours', timestamp '2025-10-26', '2001-01-01'))::text);
SELECT * FROM try($$at::date$$, '2025-10-26');
SELECT * FROM try($$local::date$$, '2025-10-26');
-- not cut, or in another way
SELECT * FROM try($$at$$, '2025-10-26');
SELECT * FROM try($$date_trunc('day', at) + interval '1 day'$$, '2025-10-26');
SELECT * FROM try($$date_trunc('day', at + interval '90 days')$$, '2025-10-26');
SELECT * FROM try($$(at AT TIME ZONE 'UTC')::date$$, '2025-10-26');
-- ends of what there is
SELECT * FROM try($$date_trunc('century', at)$$, '-infinity');
SELECT * FROM try($$date_trunc('century', at)$$, 'infinity');
SELECT * FROM try($$local::date$$, 'infinity');
SELECT * FROM try($$local::date$$, '4714-11-24 BC');
SELECT * FROM try($$date_trunc('day', at)$$, '4713-01-01 BC');
-- a time zone of seven days
SET TimeZone = '<far>-167';
SELECT * FROM try($$at::date$$, '2025-10-26');
SELECT * FROM try($$date_trunc('week', at)$$, (SELECT date_trunc('week', timestamptz '2025-10-06') AT TIME ZONE 'UTC')::text || '+00');
SET TimeZone = '<far>167<near>-167';
SELECT * FROM try($$at::date$$, '2025-10-26');
SELECT * FROM try($$date_trunc('week', at)$$, (SELECT date_trunc('week', timestamptz '2025-10-26') AT TIME ZONE 'UTC')::text || '+00');
DROP SCHEMA reconcile_buckets CASCADE;
