-- A capture trigger dropped, renamed, replaced or doubled: stale or harmless, never wrong.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA trigger_dropped;
SET search_path = trigger_dropped, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	INSERT INTO t VALUES (1, 1);
	RETURN (SELECT status FROM ivm.views WHERE view = 'v'::regclass) || ', ' || (SELECT result FROM check_views());
END $$;
SELECT try('DROP TRIGGER ivm_capture ON t');
SELECT * FROM ivm.reconcile('v');
SELECT try('DROP TRIGGER ivm_capture_truncate ON t');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TRIGGER ivm_capture ON t RENAME TO capture');
SELECT try('ALTER TRIGGER capture ON t RENAME TO ivm_capture');
SELECT * FROM ivm.reconcile('v');
SELECT try('ALTER TRIGGER ivm_capture ON t RENAME TO capture');
-- the renamed one stays and does nothing
SELECT * FROM ivm.reconcile('v');
SELECT try('ANALYZE t');
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass ORDER BY 1;
SELECT try('CREATE OR REPLACE TRIGGER ivm_capture AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture()');
SELECT * FROM ivm.reconcile('v');
SELECT try('CREATE OR REPLACE TRIGGER ivm_capture AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION nothing()');
SELECT * FROM ivm.reconcile('v');
SELECT try('CREATE TRIGGER again AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture()');
SELECT try('CREATE TRIGGER emptied AFTER TRUNCATE ON t EXECUTE FUNCTION ivm._capture_truncate()');
SELECT try('TRUNCATE t');
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
DROP SCHEMA trigger_dropped CASCADE;
