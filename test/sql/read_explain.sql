-- EXPLAIN shows the node over the scan of the state, and what it merged.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set pending :srcdir /sql/include/pending.sql
\i :oracle
CREATE SCHEMA read_explain;
SET search_path = read_explain, ivm_test, public;
\i :pending
SELECT plan_of('SELECT * FROM grouped');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT * FROM grouped WHERE g = 3');
RESET enable_seqscan;
SELECT plan_of('SELECT * FROM grouped', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
SET enable_seqscan = off;
SELECT plan_of('SELECT * FROM grouped WHERE g = 12', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
SELECT plan_of('SELECT * FROM grouped WHERE g = 120', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
RESET enable_seqscan;
SELECT plan_of('SELECT n FROM total', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF');
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT * FROM check_views();
DROP SCHEMA read_explain CASCADE;
