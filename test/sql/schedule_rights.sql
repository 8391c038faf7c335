-- Functions of a hostile definition gain nothing when a superuser, or the worker, runs what is due.
\getenv srcdir PG_ABS_SRCDIR
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
\set VERBOSITY default
CREATE SCHEMA schedule_rights;
CREATE ROLE ivm_due_mallory;
GRANT ALL ON SCHEMA schedule_rights TO ivm_due_mallory;
SET search_path = schedule_rights;
CREATE TABLE secret (s text);
INSERT INTO secret VALUES ('secret');
SET ROLE ivm_due_mallory;
CREATE TABLE t (id int PRIMARY KEY, x int);
CREATE TABLE loot (way text, result text);
CREATE TABLE trap (x int);
CREATE FUNCTION gain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO schedule_rights.loot VALUES ('deferred trigger as ' || current_user, (SELECT s FROM schedule_rights.secret));
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gain AFTER INSERT ON trap DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION gain();
-- one way of the attacker, tried in a block of its own
CREATE FUNCTION try(way text, command text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	message text := 'done';
BEGIN
	BEGIN
		EXECUTE command;
	EXCEPTION WHEN OTHERS THEN
		message := sqlerrm;
	END;
	INSERT INTO schedule_rights.loot VALUES (way, message);
END $$;
CREATE FUNCTION attack(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$
BEGIN
	IF x < 0 THEN
		EXECUTE $$
			SELECT schedule_rights.try('read', 'SELECT * FROM schedule_rights.secret'),
				   schedule_rights.try('set role', 'SET ROLE ' || quote_ident(session_user)),
				   schedule_rights.try('reset role', 'RESET ROLE'),
				   schedule_rights.try('session', 'RESET SESSION AUTHORIZATION'),
				   schedule_rights.try('set_config', 'SELECT pg_catalog.set_config(''role'', session_user, false)'),
				   schedule_rights.try('temporary table', 'CREATE TEMP TABLE pg_class (x int)'),
				   schedule_rights.try('deferred trigger', 'INSERT INTO schedule_rights.trap VALUES (1)'),
				   schedule_rights.try('prepare', 'PREPARE p AS SELECT 1'),
				   schedule_rights.try('listen', 'LISTEN x'),
				   schedule_rights.try('cursor', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1'),
				   schedule_rights.try('setting', 'SELECT pg_catalog.set_config(''search_path'', ''schedule_rights, pg_catalog'', false)'),
				   schedule_rights.try('other setting', 'SELECT pg_catalog.set_config(''work_mem'', ''64kB'', false)'),
				   schedule_rights.try('superuser setting', 'SELECT pg_catalog.set_config(''session_replication_role'', ''replica'', false)'),
				   schedule_rights.try('schedule', 'UPDATE ivm.schedule SET due_at = NULL'),
				   schedule_rights.try('catalogue', 'UPDATE ivm.view SET view = view'),
				   schedule_rights.try('run_due', 'CALL ivm.run_due()'),
				   schedule_rights.try('whoami', 'INSERT INTO schedule_rights.loot VALUES (''I am'', current_user)')
		$$;
	END IF;
	RETURN x;
END $f$;
SELECT ivm.create_view('v', 'SELECT attack(x) AS a, count(*) AS n FROM t GROUP BY 1', 'deferred', options => '{"refresh": "1 day"}');
-- a name of a table of another owner does not help either
SELECT ivm.create_view('reads', 'SELECT s FROM secret', 'deferred');
INSERT INTO t VALUES (1, 1);
INSERT INTO t VALUES (2, -1);
DELETE FROM loot;
RESET ROLE;
UPDATE ivm.schedule SET due_at = '2020-01-01';
CALL ivm.run_due();
SELECT way, regexp_replace(result, '"[^"]*"', '...') AS result FROM loot ORDER BY way, result;
SELECT count(*) FROM trap;
SELECT DISTINCT role_name FROM ivm.history WHERE view_name = 'schedule_rights.v' AND operation = 'refresh';
-- the session is as it was
SELECT current_user = session_user, current_setting('search_path'), current_setting('work_mem') <> '64kB';
SELECT count(*) FROM pg_prepared_statements;

-- what fails only when it is committed does not keep the next view back
SET ROLE ivm_due_mallory;
CREATE TABLE a (id int, x int);
CREATE TABLE b (id int);
INSERT INTO b VALUES (1);
SELECT ivm.create_view('joined', 'SELECT count(*) AS n, sum(10 / x) AS s FROM a JOIN b USING (id)');
CREATE FUNCTION late(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $f$
BEGIN
	IF x = -2 THEN
		EXECUTE $$SELECT schedule_rights.try('late', 'INSERT INTO schedule_rights.a VALUES (1, 0)')$$;
	END IF;
	RETURN x;
END $f$;
SELECT ivm.create_view('w', 'SELECT late(x) AS a, count(*) AS n FROM t GROUP BY 1', 'deferred', options => '{"refresh": "1 day"}');
INSERT INTO t VALUES (5, -2);
RESET ROLE;
UPDATE ivm.schedule SET due_at = '2020-01-01';
CALL ivm.run_due();
SELECT v.view, s.failures, s.last_error, s.due_at > now() AS later
FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id ORDER BY v.id;
SELECT sum(n) FROM v;
SELECT ivm.drop_view('w');

-- an owner who lost his rights: recorded as a failure
ALTER TABLE t OWNER TO CURRENT_USER;
UPDATE ivm.schedule SET due_at = '2020-01-01';
INSERT INTO t VALUES (3, 3);
CALL ivm.run_due();
SELECT failures, last_error FROM ivm.schedule;
SET client_min_messages = warning;
DROP SCHEMA schedule_rights CASCADE;
DROP ROLE ivm_due_mallory;
\i :worker_again
