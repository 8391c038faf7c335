-- The query of an online build runs with parallel workers, where the planner wants that.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA rebuild_parallel;
SET search_path = rebuild_parallel, ivm_test, public;
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
INSERT INTO t SELECT i, i % 7, i FROM generate_series(1, 10000) i;
ANALYZE t;
CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ivm.verify_view(view)';
CREATE FUNCTION is_parallel(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		IF line LIKE '%Gather%' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT is_parallel('SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k');
SELECT ivm.create_view('sums', 'SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k', with_data => false);
SELECT ivm.create_view('bag', 'SELECT k, x FROM t', with_data => false);
CALL ivm.rebuild('sums');
CALL ivm.rebuild('bag');
SELECT viewname, status FROM ivm.views WHERE viewname IN ('sums', 'bag') ORDER BY 1;
UPDATE t SET x = x + 1 WHERE id % 3 = 0;
SELECT wrong('sums'), wrong('bag');
CALL ivm.rebuild('sums');
CALL ivm.rebuild('bag');
SELECT wrong('sums'), wrong('bag');
DROP SCHEMA rebuild_parallel CASCADE;
