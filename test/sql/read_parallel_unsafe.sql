-- No parallel workers where a view is read whose definition calls a function that may not be called beside them: a read may
-- have to compute keys, or all rows.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA read_parallel_unsafe;
SET search_path = read_parallel_unsafe, ivm_test, public;
CREATE TABLE t (k int, x int);
INSERT INTO t SELECT i % 1000, i FROM generate_series(1, 5000) i;
CREATE FUNCTION tenth(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN 10 / i;
EXCEPTION WHEN division_by_zero THEN
	RETURN -1;
END $$;
CREATE FUNCTION half(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN i / 2; END $$;
SELECT make_view('tenths', 'SELECT k, max(tenth(x - 3)) AS m FROM t GROUP BY k');
SELECT make_view('over', 'SELECT m, count(*) AS n FROM tenths GROUP BY m');
SELECT make_view('halves', 'SELECT k, max(half(x)) AS m FROM t GROUP BY k');
ANALYZE;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
CREATE FUNCTION is_parallel(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
	line	text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Parallel Custom Scan' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT is_parallel('SELECT sum(m) FROM tenths') AS tenths, is_parallel('SELECT sum(m) FROM halves') AS halves;
BEGIN;
DELETE FROM t WHERE x IN (3, 4, 5);
SELECT sum(m) FROM tenths;
SELECT sum(n) FROM over;
SELECT sum(m) FROM halves;
-- where other tables are read by workers
SELECT count(*), (SELECT sum(m) FROM tenths) FROM t;
SELECT count(*), sum(m) FROM t JOIN tenths USING (k);
SELECT count(*), (SELECT sum(m) FROM (SELECT m, row_number() OVER () FROM tenths) q) FROM t;
PREPARE joined AS SELECT count(*), sum(m) FROM t JOIN tenths USING (k);
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE joined;
EXECUTE joined;
SELECT * FROM check_views();
-- where asserts are on, the server itself does not let errors be caught while it commits
ROLLBACK;
-- all rows
SELECT ivm.pause('tenths');
SELECT sum(m) FROM tenths;
SELECT ivm.resume('tenths');
SELECT * FROM check_views();
DROP SCHEMA read_parallel_unsafe CASCADE;
