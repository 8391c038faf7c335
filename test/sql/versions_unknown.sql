-- Rows of ivm.view as pg_upgrade copies them, with versions of another cluster, and as a restore
-- leaves them, with none: taken for what they say, then completed.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA versions_unknown;
SET search_path = versions_unknown, ivm_test, public;
CREATE TABLE t (g int, x int);
CREATE TABLE o (g int, x int);
INSERT INTO t VALUES (1, 1), (2, 2), (1, 3);
CREATE VIEW plain AS SELECT g, x FROM t;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM plain GROUP BY g');
SELECT make_view('w', 'SELECT max(x) AS high FROM t');
CREATE FUNCTION unseen(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	ALTER EVENT TRIGGER ivm_event_start DISABLE;
	ALTER EVENT TRIGGER ivm_event_end DISABLE;
	EXECUTE command;
	ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
	ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
END $$;
CREATE VIEW known AS SELECT view, coalesce(trigger_versions[1] <> '1' AND trigger_versions::text ~ (bases[1]::oid || ':'), false) AS triggers,
	view_versions IS NOT NULL AND view_versions[1] <> '1' AS views FROM ivm.view ORDER BY id;
-- a view below is replaced
UPDATE ivm.view SET view_versions[1] = '1', trigger_versions[1] = '1';
\c -
SET search_path = versions_unknown, ivm_test, public;
SET client_min_messages = warning;
SELECT * FROM known;
SELECT * FROM check_views();
CREATE OR REPLACE VIEW plain AS SELECT g, x FROM t WHERE x <> 3;
SELECT viewname, status FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- what completes the versions of triggers: DDL on the table, ivm.fold(), ivm.refresh_all(), a new view
UPDATE ivm.view SET trigger_versions[1] = '1';
ALTER TABLE t ADD COLUMN y int;
SELECT view, triggers FROM known;
UPDATE ivm.view SET trigger_versions = NULL;
SELECT ivm.fold('v');
SELECT view, triggers FROM known;
CALL ivm.refresh_all();
SELECT view, triggers FROM known;
UPDATE ivm.view SET trigger_versions = NULL;
SELECT make_view('another', 'SELECT g FROM o');
SELECT view, triggers FROM known;
SELECT unseen('ALTER TABLE t DISABLE TRIGGER ivm_capture');
INSERT INTO t VALUES (1, 7);
SELECT unseen('ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture');
SELECT viewname, status FROM ivm.views ORDER BY 1;
CALL ivm.refresh_all();
-- not known, and a trigger is off: nothing completes that, and a new view does not hide it
SELECT unseen('ALTER TABLE t DISABLE TRIGGER ivm_capture');
UPDATE ivm.view SET trigger_versions = NULL;
INSERT INTO t VALUES (1, 8);
SELECT ivm.fold('v');
SELECT view, triggers FROM known;
SELECT make_view('later', 'SELECT min(x) AS low FROM t');
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
CALL ivm.refresh_all();
SELECT viewname, status FROM ivm.views ORDER BY 1;
INSERT INTO t VALUES (1, 9);
SELECT * FROM check_views();
DROP SCHEMA versions_unknown CASCADE;
