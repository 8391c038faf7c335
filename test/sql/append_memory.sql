-- What a refresh of an append view keeps in memory is bounded: it is applied bit by bit.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA append_memory;
SET search_path = append_memory, ivm_test, public;
SET maintenance_work_mem = '1MB';
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, x int);
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO d SELECT i, 'name ' || i % 17 FROM generate_series(0, 59) i;
CREATE FUNCTION differences(view regclass, query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('WITH q AS (%s) SELECT count(*) FROM ((TABLE %s EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE %2$s)) d', query, view) INTO n;
	RETURN n;
END $$;
\set keys 'SELECT k, count(*) AS n, sum(x) AS s, max(x) AS m FROM t GROUP BY k'
\set buckets 'SELECT id / 1000 AS thousand, k % 100 AS k, count(*) AS n FROM t GROUP BY 1, 2'
\set joined 'SELECT name, id / 1000 AS thousand, k % 100 AS k, count(*) AS n FROM t JOIN d USING (k) GROUP BY 1, 2, 3'
SELECT ivm.create_view('keys', :'keys', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('buckets', :'buckets', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('joined', :'joined', 'append', options => '{"watermark": "t.id"}');
INSERT INTO t (k, x) SELECT i % 20000, i FROM generate_series(1, 60000) i;
INSERT INTO t (k, x) SELECT i % 60, i FROM generate_series(1, 60000) i;
-- new versions of rows that were not taken in: of more keys and of more buckets than are kept
UPDATE t SET x = x + 1 WHERE id % 3 = 0;
SELECT method, rows_read, reason FROM ivm.refresh('keys');
SELECT differences('keys', :'keys');
SELECT method, rows_read FROM ivm.refresh('buckets');
SELECT differences('buckets', :'buckets');
SELECT method, rows_read FROM ivm.refresh('joined');
SELECT differences('joined', :'joined');
-- a few of them
INSERT INTO t (k, x) SELECT i, i FROM generate_series(1, 30000) i;
UPDATE t SET x = x + 1 WHERE id > 120000 AND id % 1000 = 0;
-- fresh reads with more than fits run the definition
SELECT ivm.alter_view(v, '{"max_staleness": "0"}') FROM unnest('{keys,buckets,joined}'::regclass[]) v;
SELECT differences('keys', :'keys'), differences('buckets', :'buckets'), differences('joined', :'joined');
SELECT method, rows_read, rows_inserted > 10000 AS inserted FROM ivm.refresh('keys');
SELECT method, rows_read FROM ivm.refresh('buckets');
SELECT method, rows_read FROM ivm.refresh('joined');
SELECT ivm.alter_view(v, '{"max_staleness": null}') FROM unnest('{keys,buckets,joined}'::regclass[]) v;
SELECT differences('keys', :'keys'), differences('buckets', :'buckets'), differences('joined', :'joined');
DROP SCHEMA append_memory CASCADE;
