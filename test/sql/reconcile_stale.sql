-- A view whose capture was interfered with is stale, and ivm.reconcile() repairs it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA reconcile_stale;
SET search_path = reconcile_stale, ivm_test, public;

CREATE TABLE t (id int, k int) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200);
INSERT INTO t SELECT g, g % 5 FROM generate_series(1, 150) g;
SELECT make_view('a', 'SELECT k, count(*) AS n FROM t GROUP BY k');
SELECT make_view('b', 'SELECT count(*) AS n FROM t');

-- behind the back of everything that could notice
SELECT format('ALTER EVENT TRIGGER %I DISABLE', evtname) FROM pg_event_trigger WHERE evtname LIKE 'ivm%' ORDER BY evtname \gexec
ALTER TABLE t1 DISABLE TRIGGER ivm_capture;
DELETE FROM t WHERE id < 10;
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'reconcile_stale' ORDER BY 1;
SELECT * FROM check_views();
SELECT * FROM ivm.verify_view('a');

-- the other view has missed the same changes, and goes on saying so
SELECT * FROM ivm.reconcile('a');
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'reconcile_stale' ORDER BY 1;
INSERT INTO t VALUES (50, 50), (150, 50);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('b', 'n = 1');
SELECT status FROM ivm.views WHERE view = 'b'::regclass;
SELECT * FROM ivm.reconcile('b');
SELECT status FROM ivm.views WHERE view = 'b'::regclass;

-- a partition that nobody heard of
CREATE TABLE t3 (id int, k int);
INSERT INTO t3 VALUES (250, 1);
ALTER TABLE t ATTACH PARTITION t3 FOR VALUES FROM (200) TO (300);
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'reconcile_stale' ORDER BY 1;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('a');
SELECT * FROM ivm.reconcile('b');
INSERT INTO t VALUES (251, 1);
TRUNCATE t3;
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'reconcile_stale' ORDER BY 1;
SELECT * FROM check_views();

-- the key index gone
DO $$
BEGIN
	EXECUTE (SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
			 WHERE indrelid = (SELECT state_table FROM ivm.views WHERE view = 'a'::regclass));
END $$;
SELECT status, reason FROM ivm.views WHERE view = 'a'::regclass;
INSERT INTO t VALUES (60, 60);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('a');
SELECT status, reason FROM ivm.views WHERE view = 'a'::regclass;
INSERT INTO t VALUES (61, 60);
SELECT * FROM check_views();
SELECT format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', evtname) FROM pg_event_trigger WHERE evtname LIKE 'ivm%' ORDER BY evtname \gexec
DROP SCHEMA reconcile_stale CASCADE;
