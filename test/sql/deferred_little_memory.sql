-- Refreshes of more keys than fit into maintenance_work_mem: bit by bit where that is exact,
-- else the view is computed afresh, which sorts in files.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_little_memory;
SET search_path = deferred_little_memory, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v text);
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO t SELECT i, i, i FROM generate_series(1, 100) i;
INSERT INTO d SELECT i, 'n' || i FROM generate_series(1, 30000) i;
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
SELECT deferred('linear', 'SELECT k, count(*) AS n, sum(length(v)) AS s FROM t GROUP BY k');
SELECT deferred('extreme', 'SELECT k, max(v) AS m FROM t GROUP BY k');
SELECT deferred('joined', 'SELECT name, count(*) AS n FROM t JOIN d USING (k) GROUP BY name');
SELECT deferred('total', 'SELECT count(*) AS n, min(v) AS m FROM t JOIN d USING (k)');
CREATE INDEX ON t (k);
ANALYZE t, d;
SET maintenance_work_mem = '1MB';
SET work_mem = '64kB';
INSERT INTO t SELECT i + 1000, i, i FROM generate_series(1, 30000) i;
DELETE FROM t WHERE id % 10 = 3;
SELECT method, rows_read, rows_inserted > 26000 AS inserted FROM ivm.refresh('linear', 'delta');
SELECT * FROM ivm.refresh('extreme', 'delta');
SELECT method FROM ivm.refresh('extreme');
SELECT * FROM ivm.refresh('joined', 'delta');
SELECT count(*) FROM ivm.refresh('joined');
-- few keys, however many rows
SELECT method, rows_read FROM ivm.refresh('total', 'delta');
SELECT * FROM check_views();
UPDATE t SET v = v || 'x' WHERE k % 2 = 0;
SELECT method, rows_read FROM ivm.refresh('linear', 'delta');
-- fresh reads run the definition then
SELECT ivm.alter_view('extreme', '{"max_staleness": "0"}');
SELECT p FROM plan_of('SELECT * FROM extreme', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p WHERE p ~ 'Runs|Logged';
SELECT * FROM check_views() WHERE view IN ('linear', 'extreme');
RESET maintenance_work_mem;
RESET work_mem;
CALL ivm.refresh_all('deferred\_little\_memory.%');
SELECT * FROM check_views();
DROP SCHEMA deferred_little_memory CASCADE;
