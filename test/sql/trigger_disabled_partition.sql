-- Capture triggers of single partitions count too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA trigger_disabled_partition;
SET search_path = trigger_disabled_partition, ivm_test, public;
CREATE TABLE p (g int, x numeric) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
ALTER TABLE p1 DISABLE TRIGGER ivm_capture;
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('v');
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
ALTER TABLE ONLY p2 DISABLE TRIGGER ivm_capture_truncate_leaf;
TRUNCATE p2;
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('v');
ALTER TABLE p DISABLE TRIGGER ALL;
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('v');
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgrelid IN ('p'::regclass, 'p1'::regclass, 'p2'::regclass) ORDER BY 1, 2;
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
DROP SCHEMA trigger_disabled_partition CASCADE;
