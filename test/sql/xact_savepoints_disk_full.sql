-- No room for changed rows when those of a savepoint are added to those before it,
-- and the error is caught: the transaction cannot commit half of them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_savepoints_disk_full;
SET search_path = xact_savepoints_disk_full, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
CREATE TABLE d (k int, name text);
INSERT INTO d VALUES (1, 'one'), (2, 'two');
SELECT make_view('joined', 'SELECT d.name, count(*) AS n, sum(t.x) AS s FROM t JOIN d USING (k) GROUP BY d.name');
CREATE FUNCTION add_caught(i int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO t VALUES (i, 1, 1);
	RETURN 'added';
EXCEPTION WHEN configuration_limit_exceeded THEN
	RETURN 'caught';
END $$;
SET work_mem = '64kB';
BEGIN;
INSERT INTO t VALUES (1, 1, 1);
SAVEPOINT outermost;
INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(100, 6000) i;
SAVEPOINT a;
INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(10000, 14000) i;
RELEASE a;
SET LOCAL temp_file_limit = '16kB';
SELECT add_caught(20000);
SET LOCAL temp_file_limit = -1;
SAVEPOINT b;
\set VERBOSITY terse
SELECT add_caught(20001);
\set VERBOSITY default
ROLLBACK TO b;
SAVEPOINT b;
SELECT count(*) FROM joined;
ROLLBACK TO outermost;
SELECT add_caught(20002);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- nor does it commit by itself
BEGIN;
INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(100, 6000) i;
SAVEPOINT a;
INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(10000, 14000) i;
RELEASE a;
SET LOCAL temp_file_limit = '16kB';
SELECT add_caught(20000);
SET LOCAL temp_file_limit = -1;
COMMIT;
SELECT * FROM check_views();
-- a subtransaction commits while there is no room: that does not fail half way
BEGIN;
INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(100, 6000) i;
DO $$
BEGIN
	INSERT INTO t SELECT i, 1 + i % 2, i FROM generate_series(10000, 14000) i;
	SET LOCAL temp_file_limit = '16kB';
EXCEPTION WHEN configuration_limit_exceeded THEN
	RAISE NOTICE 'caught';
END $$;
SET LOCAL temp_file_limit = -1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA xact_savepoints_disk_full CASCADE;
