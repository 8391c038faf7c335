-- ivm.run_due() refreshes what is due, each view as its owner, and goes on past failures.
\getenv srcdir PG_ABS_SRCDIR
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
\set VERBOSITY default
CREATE SCHEMA schedule_run_due;
SET search_path = schedule_run_due, public;
CREATE ROLE ivm_due_ann;
CREATE ROLE ivm_due_bob;
GRANT ALL ON SCHEMA schedule_run_due TO ivm_due_ann, ivm_due_bob;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
GRANT ALL ON t TO ivm_due_ann, ivm_due_bob;
SET ROLE ivm_due_ann;
SELECT ivm.create_view('anns', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "1 day"}');
SELECT ivm.create_view('fails', 'SELECT g, sum(10 / (x + 1)) AS s FROM t GROUP BY g', 'deferred', options => '{"refresh": "@yearly"}');
SET ROLE ivm_due_bob;
SELECT ivm.create_view('bobs', 'SELECT g, sum(x) AS s FROM t GROUP BY g', 'deferred', options => '{"refresh": "on change"}');
SELECT ivm.create_view('demand', 'SELECT g, sum(x) AS s FROM t GROUP BY g', 'deferred');
RESET ROLE;
CREATE VIEW due AS
	SELECT v.view::text AS view, s.due_at IS NULL AS on_change, s.due_at <= now() AS due, s.failures, s.last_error,
		   s.last_attempt_at = s.last_success_at AS succeeded
	FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id;
-- runs since the last look
CREATE TABLE seen AS SELECT coalesce(max(id), 0) AS id FROM ivm.run;
CREATE PROCEDURE runs() LANGUAGE plpgsql AS $$
DECLARE
	r ivm.history;
BEGIN
	FOR r IN SELECT h.* FROM ivm.history h, seen WHERE h.id > seen.id ORDER BY h.view_name, h.id LOOP
		RAISE NOTICE '% by %: %', replace(r.view_name, 'schedule_run_due.', ''), r.role_name,
			CASE WHEN r.error IS NOT NULL THEN r.error WHEN r.method = 'nothing' THEN 'nothing' ELSE 'refreshed' END;
	END LOOP;
	UPDATE seen SET id = (SELECT max(id) FROM ivm.run);
END $$;

-- nothing is due
CALL ivm.run_due();
CALL runs();
SELECT * FROM due ORDER BY view;
-- a change is due for who waits for it
INSERT INTO t VALUES (10, 1, 100);
CALL ivm.run_due();
CALL runs();
SELECT * FROM bobs ORDER BY g;
SELECT * FROM due ORDER BY view;
-- not so soon again
INSERT INTO t VALUES (11, 1, 100);
UPDATE ivm.schedule SET last_attempt_at = now() WHERE due_at IS NULL;
CALL ivm.run_due();
CALL runs();
UPDATE ivm.schedule SET last_attempt_at = now() - interval '1 min' WHERE due_at IS NULL;
CALL ivm.run_due();
CALL runs();
-- a mark counts as a change, what was rolled back does not
TRUNCATE t;
UPDATE ivm.schedule SET last_attempt_at = now() - interval '1 min' WHERE due_at IS NULL;
BEGIN;
INSERT INTO t VALUES (1, 1, 1);
ROLLBACK;
CALL ivm.run_due();
CALL runs();
UPDATE ivm.schedule SET last_attempt_at = now() - interval '1 min' WHERE due_at IS NULL;
CALL ivm.run_due();
CALL runs();

-- everybody does his own; a failure is recorded, and the rest goes on
INSERT INTO t SELECT i, i % 3, -i FROM generate_series(1, 9) i;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE due_at IS NOT NULL;
UPDATE ivm.schedule SET last_attempt_at = now() - interval '1 min' WHERE due_at IS NULL;
SET ROLE ivm_due_bob;
CALL ivm.run_due();
RESET ROLE;
CALL runs();
SELECT * FROM due ORDER BY view;
SET ROLE ivm_due_ann;
CALL ivm.run_due();
RESET ROLE;
CALL runs();
SELECT * FROM due ORDER BY view;
SELECT * FROM anns ORDER BY g;
-- back-off: 10 s, 20 s, ... an hour, less a tenth at most
CREATE PROCEDURE fail_again(n int) LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ivm.schedule SET due_at = '2020-01-01', failures = n WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'fails'::regclass);
	COMMIT;
	SET client_min_messages = error;
	CALL ivm.run_due();
	RESET client_min_messages;
	COMMIT;
END $$;
CREATE FUNCTION delay(OUT failures int, OUT seconds int, OUT jitter bool) LANGUAGE sql AS $$
	SELECT failures, s, extract(epoch FROM due_at - last_attempt_at) BETWEEN s * 0.9 - 0.1 AND s + 5
	FROM ivm.schedule, least(10 * 2 ^ (failures - 1), 3600) s WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'fails'::regclass) $$;
SELECT * FROM delay();
CALL fail_again(1);
SELECT * FROM delay();
CALL fail_again(4);
SELECT * FROM delay();
CALL fail_again(8);
SELECT * FROM delay();
CALL fail_again(100);
SELECT * FROM delay();
-- failed runs are in the history, and it is mended by the next run
SELECT count(*), min(error) FROM ivm.history WHERE view_name = 'schedule_run_due.fails' AND error IS NOT NULL;
UPDATE seen SET id = (SELECT max(id) FROM ivm.run);
-- a run that finds nothing to do is not recorded
UPDATE t SET x = 5 WHERE x = -1;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE due_at IS NOT NULL;
UPDATE ivm.schedule SET last_attempt_at = now() WHERE due_at IS NULL;
CALL ivm.run_due();
CALL runs();
SELECT * FROM due ORDER BY view;

-- paused: left alone; stale: repaired
SELECT ivm.pause('anns');
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'anns'::regclass);
CALL ivm.run_due();
CALL runs();
SELECT * FROM due WHERE view = 'anns';
SELECT ivm.resume('anns');
UPDATE seen SET id = (SELECT max(id) FROM ivm.run);

-- views that read others are refreshed with them, to one snapshot
SET ROLE ivm_due_ann;
SELECT ivm.create_view('above', 'SELECT n, count(*) AS c FROM anns GROUP BY n', 'deferred', options => '{"refresh": "1 h"}');
RESET ROLE;
UPDATE seen SET id = (SELECT max(id) FROM ivm.run);
INSERT INTO t VALUES (20, 7, 7);
UPDATE ivm.schedule SET last_attempt_at = now() WHERE due_at IS NULL;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id IN (SELECT id FROM ivm.view WHERE view IN ('anns'::regclass, 'above'::regclass));
CALL ivm.run_due();
CALL runs();
SELECT ivm.data_as_of('anns') = ivm.data_as_of('above');
SELECT * FROM due ORDER BY view;

-- rows that are missing, as after a restore, are made; those of no view removed
DELETE FROM ivm.schedule;
INSERT INTO ivm.schedule (view_id, operation, failures) VALUES (99999, 'refresh', 0), (99999, 'reconcile', 0);
CALL ivm.run_due();
SELECT view, on_change, due, failures FROM due ORDER BY view;
SELECT count(*) FROM ivm.schedule;

-- where it may be called
BEGIN;
CALL ivm.run_due();
ROLLBACK;
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL ivm.run_due(); END';
SELECT f();
DO 'BEGIN CALL ivm.run_due(); END';
SET default_transaction_isolation = 'repeatable read';
CALL ivm.run_due();
RESET default_transaction_isolation;
SET default_transaction_read_only = on;
CALL ivm.run_due();
RESET default_transaction_read_only;
SET ROLE ivm_due_bob;
SELECT * FROM ivm.schedule;
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA schedule_run_due CASCADE;
DROP ROLE ivm_due_ann, ivm_due_bob;
\i :worker_again
