-- Parallel plans: each row comes once, with deltas pending and with own changes.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_parallel;
SET search_path = read_parallel, ivm_test, public;
\i :pending
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT plan_of('SELECT count(*), sum(n), sum(s) FROM grouped');
SELECT count(*), sum(n), sum(s), min(lo), max(hi) FROM grouped;
SELECT count(*), sum(x) FROM t;
SELECT count(*), count(DISTINCT g), sum(g) FROM grouped;
SELECT count(*) FROM bag;
SELECT count(*) FROM t WHERE x < 700;
SET parallel_leader_participation = off;
SELECT count(*), sum(n), sum(s), min(lo), max(hi) FROM grouped;
SELECT count(*) FROM grouped v JOIN listed w ON w.g = v.g;
SET parallel_leader_participation = on;
SET enable_hashjoin = off;
SELECT count(*), sum(v.n) FROM grouped v JOIN grouped w ON w.g = v.g;
BEGIN;
DELETE FROM t WHERE g IN (1, 21, 31, 301);
INSERT INTO t SELECT 7000 + i, 400 + i, i, 'par' FROM generate_series(1, 10) i;
SELECT count(*), sum(n), sum(s), min(lo), max(hi) FROM grouped;
SELECT count(*), sum(x) FROM t;
SELECT count(*) FROM bag;
SELECT count(*) FROM t WHERE x < 700;
COMMIT;
SELECT count(*), sum(n), sum(s), min(lo), max(hi) FROM grouped;
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_parallel CASCADE;
