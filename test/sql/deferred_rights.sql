-- Deferred views and rights: who may refresh what, as whom a definition runs, and what of it
-- stays in the session that refreshed the view: nothing.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_rights;
SET search_path = deferred_rights, ivm_test, public;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_team;
CREATE ROLE regress_ivm_member IN ROLE regress_ivm_team;
CREATE ROLE regress_ivm_reader;
GRANT ALL ON SCHEMA deferred_rights TO regress_ivm_owner, regress_ivm_team;
GRANT USAGE ON SCHEMA deferred_rights, ivm_test TO PUBLIC;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
CREATE INDEX ON t (k);
INSERT INTO t SELECT i, i % 5, i FROM generate_series(1, 2000) i;
GRANT SELECT, TRIGGER ON t TO regress_ivm_owner, regress_ivm_team;
GRANT INSERT ON t TO regress_ivm_reader;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('owned', 'SELECT k, count(*) AS n FROM t GROUP BY k', 'deferred');
GRANT SELECT ON owned TO regress_ivm_reader;
SET ROLE regress_ivm_team;
SELECT ivm.create_view('of_team', 'SELECT k, sum(v) AS s FROM t GROUP BY k', 'deferred', options => '{"max_staleness": "0"}');
GRANT SELECT ON of_team TO regress_ivm_reader;
RESET ROLE;
INSERT INTO ivm_test.definition VALUES ('owned', 'SELECT k, count(*) AS n FROM deferred_rights.t GROUP BY k', 'both'),
	('of_team', 'SELECT k, sum(v) AS s FROM deferred_rights.t GROUP BY k', 'both');
CREATE FUNCTION counts(OUT owned bigint, OUT of_team bigint) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
	SELECT (SELECT count(*) FROM ivm.history WHERE view_name = 'deferred_rights.owned' AND operation = 'refresh'),
		   (SELECT count(*) FROM ivm.history WHERE view_name = 'deferred_rights.of_team' AND operation = 'refresh') $$;
-- writers need no right on the view or its log, readers none on the log
SET ROLE regress_ivm_reader;
INSERT INTO t VALUES (3000, 1, 1);
SELECT * FROM of_team WHERE k = 1;
-- neither reading nor writing makes one who may refresh
SELECT ivm.refresh('owned');
SELECT ivm.refresh_together('owned', 'of_team');
CALL ivm.refresh_all();
SELECT * FROM counts();
SELECT ivm.alter_view('owned', '{"max_staleness": "0"}');
SELECT ivm.alter_view('owned', '{"mode": "immediate"}');
SELECT ivm.data_as_of('owned') < clock_timestamp(), ivm.wait_for('owned', '2000-01-01', '0');
-- nobody reads or writes logs and watermarks but through the extension
SELECT count(*) FROM ivm.watermark;
UPDATE ivm.watermark SET as_of = now();
SELECT count(*) FROM ivm.change_log;
INSERT INTO ivm.run VALUES (1);
RESET ROLE;
CREATE FUNCTION try(command text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	EXECUTE command;
	RETURN 'done';
EXCEPTION WHEN insufficient_privilege OR dependent_objects_still_exist THEN
	RETURN regexp_replace(SQLERRM, '_log_\d+', '_log_N', 'g');
END $$;
SELECT 'ivm_data.' || relname AS log FROM ivm.change_log l JOIN pg_class c ON c.oid = l.segment WHERE base = 't'::regclass AND current \gset
SET ROLE regress_ivm_reader;
SELECT try('SELECT count(*) FROM ' || :'log'), try('DELETE FROM ' || :'log');
SET ROLE regress_ivm_owner;
SELECT try('SELECT count(*) FROM ' || :'log'), try('INSERT INTO ' || :'log' || ' DEFAULT VALUES'), try('TRUNCATE ' || :'log'),
	   try('DROP TABLE ' || :'log'), try('ALTER TABLE ' || :'log' || ' ADD x int'), try('CREATE TRIGGER x AFTER INSERT ON ' || :'log' || ' EXECUTE FUNCTION ivm._capture()');
-- owners of views refresh their own; members of the owning role as well
SELECT method FROM ivm.refresh('owned');
SELECT method FROM ivm.refresh('of_team');
SET ROLE regress_ivm_member;
SELECT method FROM ivm.refresh('of_team');
SELECT method FROM ivm.refresh('owned');
SELECT * FROM counts();
RESET ROLE;
INSERT INTO t VALUES (3001, 1, 1);
SET ROLE regress_ivm_member;
CALL ivm.refresh_all();
SELECT * FROM counts();
RESET ROLE;
SELECT view_name, role_name, method FROM ivm.history WHERE view_name IN ('deferred_rights.owned', 'deferred_rights.of_team') AND operation = 'refresh' ORDER BY id;
CALL ivm.refresh_all('deferred\_rights.%');
SELECT * FROM check_views();
-- the view's owner must be able to read, whoever refreshes; nothing is lost meanwhile
INSERT INTO t VALUES (3002, 1, 1);
REVOKE SELECT ON t FROM regress_ivm_owner;
SELECT method FROM ivm.refresh('owned');
SELECT method FROM ivm.refresh('owned', 'recompute');
CALL ivm.refresh_all('deferred\_rights.%');
SELECT status, reason FROM ivm.views WHERE view = 'owned'::regclass;
SELECT count(*) FILTER (WHERE view = 'owned') AS owned FROM check_views() WHERE result !~ '^exact';
GRANT SELECT ON t TO regress_ivm_owner;
SELECT method, rows_read FROM ivm.refresh('owned');
SELECT * FROM check_views();
-- A definition that tries what it can.  Each time that it runs it tells as whom, and what it may.
CREATE TABLE seen (who text, search_path text, role text, temp text);
CREATE TABLE armed ();
GRANT INSERT ON seen TO PUBLIC;
GRANT SELECT ON armed TO PUBLIC;
SET ROLE regress_ivm_owner;
CREATE FUNCTION really_volatile() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	role	text := 'taken';
	temp	text := 'made';
BEGIN
	IF NOT EXISTS (SELECT FROM deferred_rights.armed) THEN
		RETURN;
	END IF;
	BEGIN
		PERFORM set_config('role', 'none', false);
	EXCEPTION WHEN OTHERS THEN role := SQLERRM;
	END;
	BEGIN
		PERFORM set_config('session_authorization', 'regress_ivm_member', false);
		role := 'taken';
	EXCEPTION WHEN OTHERS THEN NULL;
	END;
	BEGIN
		CREATE TEMP TABLE left_behind (x int);
	EXCEPTION WHEN OTHERS THEN temp := SQLERRM;
	END;
	INSERT INTO deferred_rights.seen VALUES (current_user, current_setting('search_path'), role, temp);
	PERFORM set_config('search_path', 'hostile', false), set_config('work_mem', '1234kB', false),
			set_config('deferred_rights.note', 'left', false);
END $$;
CREATE FUNCTION hostile(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM deferred_rights.really_volatile();
	RETURN x;
END $$;
RESET ROLE;
-- in the planner's hands (constants), for each row, and in what is computed anew
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('planned', 'SELECT k, count(*) AS n FROM t WHERE v > hostile(0) GROUP BY k', 'deferred');
SELECT ivm.create_view('by_row', 'SELECT hostile(k) AS k, count(*) AS n FROM t WHERE id > 1990 GROUP BY 1', 'deferred');
SELECT ivm.create_view('by_key', 'SELECT k, string_agg(v::text, '','' ORDER BY v) AS l FROM t WHERE id > hostile(1990) GROUP BY k', 'deferred');
SELECT ivm.create_view('joined', 'SELECT a.k, count(b.id) AS n FROM t a LEFT JOIN t b ON a.k = b.k AND b.v > hostile(1990) WHERE a.id > hostile(1990) GROUP BY a.k', 'deferred');
SELECT ivm.create_view('compared', 'SELECT id FROM t WHERE id > 1990 AND v > (SELECT avg(v) FROM t WHERE v > hostile(0))', 'deferred');
RESET ROLE;
INSERT INTO armed DEFAULT VALUES;
-- a session that looks for functions and tables elsewhere
\c -
SET search_path = ivm_test, deferred_rights, pg_catalog;
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE FUNCTION deferred_rights.told() RETURNS TABLE (who text, search_path text, role_kept bool, temp text) LANGUAGE sql AS $$
	WITH d AS (DELETE FROM deferred_rights.seen RETURNING *) SELECT DISTINCT d.who, d.search_path, d.role LIKE 'cannot set parameter "role" within security-%', d.temp FROM d WHERE search_path <> 'hostile' ORDER BY 1, 2, 3, 4 $$;
CREATE FUNCTION deferred_rights.left_over() RETURNS TABLE (search_path text, work_mem_kept bool, note text, role text, tables bigint) LANGUAGE sql AS $$
	SELECT current_setting('search_path'), current_setting('work_mem') <> '1234kB',
		   nullif(current_setting('deferred_rights.note', true), ''), current_user, (SELECT count(*) FROM pg_class WHERE relname = 'left_behind') $$;
INSERT INTO t VALUES (3003, 1, 3003);
UPDATE t SET v = v + 1 WHERE id IN (1999, 2000);
SELECT * FROM told();
-- by a superuser who knows nothing of it
SELECT method FROM ivm.refresh('planned');
SELECT * FROM told();
SELECT method FROM ivm.refresh('by_row');
SELECT * FROM told();
SELECT method FROM ivm.refresh('by_key');
SELECT * FROM told();
SELECT method FROM ivm.refresh('joined');
SELECT * FROM told();
SELECT method FROM ivm.refresh('compared');
SELECT * FROM told();
SELECT * FROM left_over();
INSERT INTO t SELECT i, 1, i FROM generate_series(3004, 3400) i;
CALL ivm.refresh_all('deferred\_rights.%');
SELECT * FROM told();
SELECT * FROM left_over();
-- by computing it, by a repair, by comparing
SELECT method FROM (VALUES ('planned'::regclass), ('by_row'), ('by_key'), ('joined'), ('compared')) v(v), ivm.refresh(v, 'recompute');
SELECT * FROM told();
SELECT count(*) FROM (VALUES ('planned'::regclass), ('by_row'), ('by_key'), ('joined'), ('compared')) v(v), ivm.reconcile(v);
SELECT * FROM told();
SELECT * FROM left_over();
-- by one who does not even know that there is a view: writing; and by a fresh read of a session that has not used it yet
SELECT ivm.alter_view(v, '{"max_staleness": "0"}') FROM (VALUES ('planned'::regclass), ('by_key'), ('joined')) v(v);
\c -
SET search_path = ivm_test, deferred_rights, pg_catalog;
\set VERBOSITY terse
INSERT INTO t VALUES (3500, 1, 3500);
SELECT (SELECT count(*) FROM planned) > 0, (SELECT count(*) FROM by_key) > 0, (SELECT count(*) FROM joined) > 0;
SELECT * FROM told();
SELECT * FROM left_over();
\c -
SET search_path = ivm_test, deferred_rights, pg_catalog;
\set VERBOSITY terse
-- the same definitions, immediate: their writers fold and compute
SELECT ivm.alter_view(v, '{"mode": "immediate"}') FROM (VALUES ('planned'::regclass), ('by_key'), ('joined')) v(v);
SELECT * FROM told();
UPDATE t SET v = v + 1 WHERE id > 3300;
SELECT count(ivm.fold(v)) FROM (VALUES ('planned'::regclass), ('by_key'), ('joined')) v(v);
SELECT * FROM told();
SELECT * FROM left_over();
SET client_min_messages = warning;
DROP SCHEMA deferred_rights CASCADE;
DROP OWNED BY regress_ivm_owner, regress_ivm_team, regress_ivm_member, regress_ivm_reader;
DROP ROLE regress_ivm_owner, regress_ivm_team, regress_ivm_member, regress_ivm_reader;
