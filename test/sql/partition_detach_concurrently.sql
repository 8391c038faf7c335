-- DETACH CONCURRENTLY: writers go on in between, so the view is stale.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_detach_concurrently;
SET search_path = partition_detach_concurrently, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
INSERT INTO p SELECT i, i % 4, i FROM generate_series(1, 199, 2) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
ALTER TABLE p DETACH PARTITION p2 CONCURRENTLY;
SELECT status, reason, partitions FROM ivm.views WHERE view = 'grouped'::regclass;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'p2'::regclass;
INSERT INTO p VALUES (2, 2, 2);
INSERT INTO p2 VALUES (102, 2, 2);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('grouped');
INSERT INTO p VALUES (2, 2, 2);
SELECT * FROM check_views();
SELECT status, reason, partitions FROM ivm.views WHERE view = 'grouped'::regclass;
DROP SCHEMA partition_detach_concurrently CASCADE;
