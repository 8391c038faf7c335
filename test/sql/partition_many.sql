-- Many partitions: what a session keeps for each of them is small.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA partition_many;
SET search_path = partition_many, ivm_test, public;
CREATE TABLE t (k int, x int) PARTITION BY LIST (k);
DO $$
BEGIN
	FOR i IN 1..50 LOOP
		EXECUTE format('CREATE TABLE t_%s PARTITION OF t FOR VALUES IN (%s)', i, i);
	END LOOP;
END $$;
SELECT make_view('sums', 'SELECT k, sum(x) AS total FROM t GROUP BY k');
SELECT make_view('ends', 'SELECT x % 10 AS m, min(x) AS low, max(x) AS high FROM t GROUP BY 1');
SELECT make_view('bag', 'SELECT x FROM t WHERE x < 20');
INSERT INTO t SELECT 1 + i % 50, i FROM generate_series(1, 500) i;
SELECT sum(total_bytes) < 500000 AS is_small FROM pg_backend_memory_contexts WHERE name LIKE 'ivm%';
UPDATE t SET k = 1 + (k + 7) % 50, x = x + 1 WHERE x % 3 = 0;
DELETE FROM t WHERE x < 10;
SELECT * FROM check_views();
DROP SCHEMA partition_many CASCADE;
