-- Capture triggers that are switched off and on, or replaced, where no event trigger
-- tells: views that missed a change know, and those that missed none stay ready.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA trigger_unseen;
SET search_path = trigger_unseen, ivm_test, public;
CREATE TABLE t (g int, x numeric);
CREATE TABLE u (g int, name text);
CREATE TABLE p (g int, x numeric) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
INSERT INTO u SELECT i, 'n' || i FROM generate_series(0, 2) i;
INSERT INTO p SELECT 1 + i % 2, i FROM generate_series(1, 10) i;
SELECT make_view('of_t', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('of_tu', 'SELECT name, sum(x) AS s FROM t JOIN u USING (g) GROUP BY name');
SELECT make_view('of_p', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
SELECT make_view('of_p1', 'SELECT sum(x) AS s FROM p1');
CREATE VIEW state AS SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'trigger_unseen' AND status <> 'ready' ORDER BY viewname COLLATE "C";
-- Runs a command with the event triggers switched off.
CREATE PROCEDURE unseen(command text) LANGUAGE plpgsql AS $$
BEGIN
	ALTER EVENT TRIGGER ivm_event_start DISABLE;
	ALTER EVENT TRIGGER ivm_event_end DISABLE;
	ALTER EVENT TRIGGER ivm_event_drop DISABLE;
	EXECUTE command;
	ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
	ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
	ALTER EVENT TRIGGER ivm_event_drop ENABLE ALWAYS;
END $$;
CREATE PROCEDURE missed(off text, change text, back text) LANGUAGE plpgsql AS $$
BEGIN
	CALL unseen(off);
	EXECUTE change;
	CALL unseen(back);
END $$;
-- one table, two views
CALL missed('ALTER TABLE t DISABLE TRIGGER ivm_capture', 'INSERT INTO t VALUES (1, 100)', 'ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture');
SELECT * FROM state;
SELECT * FROM check_views();
INSERT INTO t VALUES (2, 1);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('of_t');
SELECT * FROM state;
SELECT * FROM ivm.reconcile('of_tu');
SELECT * FROM state;
INSERT INTO t VALUES (2, 1);
SELECT * FROM check_views();
-- TRUNCATE unseen; the trigger of the other table
CALL missed('ALTER TABLE u DISABLE TRIGGER ivm_capture_truncate', 'TRUNCATE u', 'ALTER TABLE u ENABLE ALWAYS TRIGGER ivm_capture_truncate');
SELECT * FROM state;
SELECT * FROM check_views();
CALL ivm.refresh_all('trigger_unseen.%');
INSERT INTO u SELECT i, 'n' || i FROM generate_series(0, 2) i;
-- in two steps, a view made in between must not hide it
CALL unseen('ALTER TABLE t DISABLE TRIGGER ivm_capture');
INSERT INTO t VALUES (1, 200);
SELECT * FROM state;
SELECT make_view('later', 'SELECT max(x) AS high FROM t');
INSERT INTO t VALUES (1, 300);
SELECT viewname FROM state;
SELECT * FROM check_views();
CALL ivm.refresh_all('trigger_unseen.%');
-- dropped and made again
CALL missed('DROP TRIGGER ivm_capture ON t', 'DELETE FROM t WHERE x > 100',
			'CREATE TRIGGER ivm_capture AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture()');
CALL unseen('ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture');
SELECT * FROM state;
SELECT * FROM check_views();
CALL ivm.refresh_all('trigger_unseen.%');
-- a clone on one partition; on all
CALL missed('ALTER TABLE p1 DISABLE TRIGGER ivm_capture', 'INSERT INTO p VALUES (1, 100)', 'ALTER TABLE p1 ENABLE ALWAYS TRIGGER ivm_capture');
SELECT * FROM state;
SELECT * FROM check_views();
CALL ivm.refresh_all('trigger_unseen.%');
CALL missed('ALTER TABLE p DISABLE TRIGGER ALL', 'INSERT INTO p VALUES (2, 100)', 'ALTER TABLE p ENABLE ALWAYS TRIGGER ivm_capture');
CALL unseen('ALTER TABLE p ENABLE ALWAYS TRIGGER ivm_capture_truncate');
CALL unseen('ALTER TABLE p1 ENABLE ALWAYS TRIGGER ivm_capture_truncate');
CALL unseen('ALTER TABLE p1 ENABLE ALWAYS TRIGGER ivm_capture_truncate_leaf');
CALL unseen('ALTER TABLE p2 ENABLE ALWAYS TRIGGER ivm_capture_truncate_leaf');
SELECT viewname FROM state;
SELECT * FROM check_views();
CALL ivm.refresh_all('trigger_unseen.%');
SELECT viewname FROM state;
-- taken back
BEGIN;
CALL unseen('ALTER TABLE t DISABLE TRIGGER ivm_capture');
ROLLBACK;
SELECT viewname FROM state;
-- nothing of this is unusual: triggers that others make, names, storage, vacuum
CREATE TRIGGER mine BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TABLE t DISABLE TRIGGER mine;
ALTER TABLE t RENAME TO t2;
ALTER TABLE t2 RENAME TO t;
ALTER TABLE t ADD COLUMN more int;
ALTER TABLE t SET SCHEMA public;
ALTER TABLE public.t SET SCHEMA trigger_unseen;
COMMENT ON TRIGGER ivm_capture ON t IS 'ours';
VACUUM FULL pg_trigger;
VACUUM (FREEZE) pg_trigger;
VACUUM FULL t;
SELECT viewname FROM state;
-- nor what the extension does itself: views come and go, partitions as well
SELECT make_view('on_p2', 'SELECT count(*) AS n FROM p2');
SELECT make_view('on_p', 'SELECT count(*) AS n FROM p');
DROP VIEW of_p;
DELETE FROM ivm_test.definition WHERE view::text !~ '^[a-z]';
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
ALTER TABLE p DETACH PARTITION p1;
INSERT INTO p1 VALUES (1, 7);
INSERT INTO p VALUES (3, 7), (2, 7);
SELECT viewname FROM state;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1);
INSERT INTO p VALUES (1, 7);
SELECT viewname FROM state;
DROP VIEW on_p;
DELETE FROM ivm_test.definition WHERE view::text !~ '^[a-z]';
INSERT INTO p VALUES (1, 7), (2, 8);
SELECT make_view('on_p', 'SELECT count(*) AS n FROM p');
ALTER TABLE p DETACH PARTITION p2 CONCURRENTLY;
INSERT INTO p2 VALUES (2, 9);
SELECT viewname FROM state;
CALL ivm.refresh_all('trigger_unseen.%');
SELECT viewname FROM state;
SELECT * FROM check_views();
-- and a trigger of a partition that it has since attached is known as well
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
CALL missed('ALTER TABLE p2 DISABLE TRIGGER ivm_capture', 'INSERT INTO p VALUES (2, 100)', 'ALTER TABLE p2 ENABLE ALWAYS TRIGGER ivm_capture');
SELECT * FROM state;
SELECT * FROM check_views();
DROP SCHEMA trigger_unseen CASCADE;
