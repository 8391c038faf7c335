-- Views dropped where no event trigger runs leave storage behind; it keeps nothing from being
-- dropped, and goes with the next call or DROP.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_unseen;
SET search_path = drop_unseen, ivm_test, public;
CREATE TABLE t (g int, x int);
CREATE TABLE limits (most int);
CREATE TABLE o (g int);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
INSERT INTO limits VALUES (5);
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
CREATE FUNCTION left_over(OUT views bigint, OUT storage text[], OUT triggers bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM ivm.view),
		   (SELECT array_agg(regexp_replace(relname, '_\d+', '_N', 'g') ORDER BY relname) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relkind <> 'i'),
		   (SELECT count(*) FROM pg_trigger WHERE tgname ~ '^ivm_capture') $$;
SELECT make_view('below', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('above', 'SELECT s, count(*) AS n FROM below WHERE g > 0 GROUP BY s');
SELECT make_view('parted', 'SELECT g, sum(x) * (SELECT max(most) FROM limits) AS s FROM t GROUP BY g');
CALL unseen('DROP VIEW above');
SELECT * FROM left_over();
-- writers go on, the view below can be dropped, unseen as well
INSERT INTO t VALUES (1, 1);
DELETE FROM t WHERE x = 2;
DELETE FROM ivm_test.definition WHERE view::text = 'above' OR view::text ~ '^\d';
SELECT * FROM check_views();
BEGIN;
CALL unseen('DROP VIEW below');
ROLLBACK;
DROP VIEW below;
SELECT * FROM left_over();
-- a view with a part; cleaned up by a new view, which others do not wait for
CALL unseen('DROP VIEW parted');
SELECT * FROM left_over();
DROP TABLE limits;
SELECT make_view('of_o', 'SELECT g FROM o');
SELECT * FROM left_over();
DELETE FROM ivm_test.definition;
-- the table, with all views on it
SELECT ivm.create_view('below', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('above', 'SELECT s, count(*) AS n FROM below WHERE g > 0 GROUP BY s');
SET client_min_messages = notice;
CALL unseen('DROP TABLE t CASCADE');
SET client_min_messages = warning;
SELECT * FROM left_over();
CALL ivm.refresh_all();
SELECT * FROM left_over();
-- what somebody has locked, or has built on, stays until the next time
CREATE TABLE t (g int, x int);
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('w', 'SELECT g, x FROM t');
SELECT state AS v_state FROM ivm.view WHERE view = 'v'::regclass \gset
CREATE VIEW built_on AS SELECT g FROM :v_state WHERE false;
CALL unseen('DROP VIEW v, w');
BEGIN;
SELECT count(*) FROM t;
PREPARE TRANSACTION 'ivm_drop_unseen';
SET lock_timeout = '50ms';
CALL ivm.refresh_all();
SELECT ivm.create_view('x', 'SELECT count(*) AS n FROM o');
RESET lock_timeout;
SELECT * FROM left_over();
COMMIT PREPARED 'ivm_drop_unseen';
CALL ivm.refresh_all();
SELECT * FROM left_over();
DROP VIEW built_on;
SELECT ivm.drop_view('x');
SELECT * FROM left_over();
-- a definition that is not tied to its view, as a restore leaves it until its triggers are there
SELECT ivm.create_view('below', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('above', 'SELECT s, count(*) AS n FROM below WHERE g > 0 GROUP BY s');
DELETE FROM pg_depend WHERE deptype = 'i' AND refobjid IN ('below'::regclass, 'above'::regclass) AND objid IN (SELECT definition FROM ivm.view);
CALL unseen('DROP VIEW above');
DROP VIEW below;
SELECT * FROM left_over();
-- nor does it take the view along then, when the table goes
SELECT ivm.create_view('below', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
DELETE FROM pg_depend WHERE deptype = 'i' AND refobjid = 'below'::regclass AND objid IN (SELECT definition FROM ivm.view);
CALL unseen('DROP TABLE t CASCADE');
TABLE below;
SELECT viewname, status, reason FROM ivm.views ORDER BY viewname;
SELECT ivm.reconcile('below');
CALL ivm.refresh_all();
DROP VIEW below;
SELECT * FROM left_over();
DROP SCHEMA drop_unseen CASCADE;
SELECT count(*) FROM ivm.view;
