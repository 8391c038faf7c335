-- DISABLE TRIGGER of a capture trigger makes the view stale, and it says so; ivm.reconcile() brings it back.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA trigger_disabled;
SET search_path = trigger_disabled, ivm_test, public;
CREATE TABLE t (g int, x numeric);
CREATE TRIGGER mine BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	INSERT INTO t VALUES (1, 1);
	RETURN (SELECT status FROM ivm.views WHERE view = 'v'::regclass) || ', ' || (SELECT result FROM check_views());
END $$;
-- others' triggers do not matter
SELECT try('ALTER TABLE t DISABLE TRIGGER mine');
SELECT try('ALTER TABLE t ENABLE TRIGGER mine');
\set VERBOSITY default
ALTER TABLE t DISABLE TRIGGER ivm_capture;
\set VERBOSITY terse
INSERT INTO t VALUES (1, 1);
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
-- enabling it does not bring back what was missed
SELECT try('ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture');
SELECT * FROM ivm.reconcile('v');
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT try('ALTER TABLE t DISABLE TRIGGER ALL');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TABLE t DISABLE TRIGGER USER');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TABLE t ENABLE TRIGGER ivm_capture');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TABLE t ENABLE REPLICA TRIGGER ivm_capture');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TABLE t ENABLE TRIGGER USER');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TABLE t DISABLE TRIGGER ivm_capture_truncate');
SELECT * FROM ivm.reconcile('v');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 't'::regclass ORDER BY 1;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
-- taken back with a savepoint
BEGIN;
INSERT INTO t VALUES (1, 1);
SAVEPOINT a;
ALTER TABLE t DISABLE TRIGGER ALL;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
ROLLBACK TO a;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
-- off and on in one transaction
BEGIN;
ALTER TABLE t DISABLE TRIGGER ALL;
INSERT INTO t VALUES (1, 1);
ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture;
ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture_truncate;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM ivm.reconcile('v');
-- a replication role does not keep it from firing
SET session_replication_role = replica;
INSERT INTO t VALUES (1, 1);
ALTER TABLE t DISABLE TRIGGER ALL;
RESET session_replication_role;
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
DROP SCHEMA trigger_disabled CASCADE;
