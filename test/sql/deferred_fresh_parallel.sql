-- Fresh reads in parallel plans that are run again for other values: workers take what their leader has
-- merged for the first of them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA deferred_fresh_parallel;
SET search_path = deferred_fresh_parallel, ivm_test, public;
CREATE TABLE t (k int, x int);
INSERT INTO t SELECT i % 1000, i FROM generate_series(1, 5000) i;
SELECT ivm.create_view('sums', 'SELECT k, sum(x) AS s FROM t GROUP BY k', 'deferred', options => '{"max_staleness": "0"}');
ANALYZE;
UPDATE t SET x = x + 1000000 WHERE k IN (5, 500);
INSERT INTO t VALUES (2000, 1), (1, 5);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
DO $$
DECLARE
	line	text;
BEGIN
	FOR line IN EXPLAIN (COSTS OFF) SELECT below, (SELECT sum(s) FROM sums WHERE k < (SELECT below)) FROM (VALUES (3), (10)) v (below) LOOP
		IF line ~ 'Parallel Custom Scan' THEN
			RETURN;
		END IF;
	END LOOP;
	RAISE 'the plan is not parallel';
END $$;
SELECT below, (SELECT sum(s) FROM sums WHERE k < (SELECT below)) AS merged,
	(SELECT sum(x) FROM t WHERE k < below) AS expected
FROM (VALUES (3), (10), (600), (3000), (2)) v (below);
DROP SCHEMA deferred_fresh_parallel CASCADE;
