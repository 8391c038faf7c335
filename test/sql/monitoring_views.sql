-- ivm.views tells of deferred views how old they are, and what they have not taken in.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA monitoring_views;
SET search_path = monitoring_views, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE d (g int PRIMARY KEY, name text);
INSERT INTO t SELECT i, i % 5, i FROM generate_series(1, 50) i;
INSERT INTO d SELECT i, 'name' || i FROM generate_series(0, 4) i;
SELECT ivm.create_view('now', 'SELECT g, sum(x) AS total FROM t GROUP BY g');
SELECT ivm.create_view('later', 'SELECT g, sum(x) AS total FROM t GROUP BY g', mode => 'deferred');
SELECT ivm.create_view('both', 'SELECT name, count(*) AS n FROM t JOIN d USING (g) GROUP BY name', mode => 'deferred');
SELECT ivm.create_view('parts', 'SELECT g FROM t WHERE x > (SELECT count(*) FROM d)', mode => 'deferred');
SELECT ivm.create_view('empty', 'SELECT g FROM t', mode => 'deferred', with_data => false);
CREATE VIEW shown AS
	SELECT viewname, status, reason, target, failures, last_error, next_run,
		   lag >= '0' AND lag = greatest(statement_timestamp() - data_as_of, '0') AS lag, lag = '0' AS current,
		   pending_rows AS rows, pending_bytes / 8192 AS pages, oldest_pending = data_as_of AS oldest
	FROM ivm.views WHERE schemaname = 'monitoring_views';
SELECT * FROM shown ORDER BY viewname;

-- what changes is pending for the views that read the table, until they are refreshed
INSERT INTO t SELECT i, i % 5, i FROM generate_series(51, 57) i;
UPDATE d SET name = 'new' WHERE g = 1;
SELECT viewname, rows, pages > 0 AS pages, oldest, current FROM shown ORDER BY viewname;
BEGIN;
INSERT INTO t SELECT i, i % 5, i FROM generate_series(58, 59) i;
SELECT viewname, rows FROM shown WHERE viewname = 'later';
COMMIT;
SELECT method, rows_read FROM ivm.refresh('later');
SELECT viewname, rows, pages > 0 AS pages, oldest FROM shown ORDER BY viewname;
SELECT data_as_of = ivm.data_as_of(view) AS same FROM ivm.views WHERE viewname = 'later' AND schemaname = 'monitoring_views';
DELETE FROM t WHERE id = 1;
SELECT viewname, rows FROM shown WHERE viewname IN ('later', 'both') ORDER BY viewname;

-- an estimate for many pages; exact for few, wherever they begin
INSERT INTO t SELECT i, i % 5, i FROM generate_series(1001, 51000) i;
SELECT viewname, rows BETWEEN 49000 AND 51000 AS rows, pages > 200 AS pages FROM shown
WHERE viewname IN ('later', 'both') ORDER BY viewname;
SELECT method FROM ivm.refresh('later', 'delta');
SELECT viewname, rows FROM shown WHERE viewname = 'later';
INSERT INTO t SELECT i, i % 5, i FROM generate_series(60001, 60100) i;
SELECT viewname, rows, pages BETWEEN 1 AND 2 AS pages FROM shown WHERE viewname = 'later';

-- a transaction that is rolled back when it has written to the log leaves nothing pending
SELECT count(*) FROM ivm.refresh('later');
BEGIN;
INSERT INTO t VALUES (69001, 1, 1);
PREPARE TRANSACTION 'monitoring_views';
ROLLBACK PREPARED 'monitoring_views';
SELECT viewname, rows, pages FROM shown WHERE viewname = 'later';
INSERT INTO t VALUES (69002, 1, 1);
SELECT viewname, rows, pages FROM shown WHERE viewname = 'later';

-- transactions that end in another order than they began
SELECT count(*) FROM ivm.refresh('later');
BEGIN;
INSERT INTO t VALUES (70001, 1, 1);
PREPARE TRANSACTION 'monitoring_views';
INSERT INTO t VALUES (70002, 1, 1);
SELECT viewname, rows FROM shown WHERE viewname = 'later';
SELECT method, rows_read FROM ivm.refresh('later');
SELECT viewname, rows FROM shown WHERE viewname = 'later';
COMMIT PREPARED 'monitoring_views';
SELECT viewname, rows FROM shown WHERE viewname = 'later';
SELECT method, rows_read FROM ivm.refresh('later');
SELECT viewname, rows FROM shown WHERE viewname = 'later';

-- what is to be computed afresh has no estimate
SELECT ivm.pause('later');
UPDATE ivm.watermark SET snapshot = NULL WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'both'::regclass);
SELECT viewname, status, rows, pages, current FROM shown WHERE viewname IN ('later', 'both') ORDER BY viewname;
SELECT method, reason FROM ivm.refresh('both');
SELECT rows_inserted FROM ivm.resume('later');
SELECT viewname, status, rows FROM shown WHERE viewname IN ('later', 'both') ORDER BY viewname;

-- targets: the option refresh, if it is an interval, of deferred views
CREATE FUNCTION set_refresh(name text, value text) RETURNS void LANGUAGE sql AS $$
	UPDATE ivm.view SET options = options || jsonb_build_object('refresh', value) WHERE view = name::regclass $$;
CREATE PROCEDURE show_target(value text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_refresh('later', value);
	RAISE NOTICE '%: %', value, (SELECT target FROM shown WHERE viewname = 'later');
END $$;
SET client_min_messages = notice;
DO $$
DECLARE v text;
BEGIN
	FOREACH v IN ARRAY ARRAY['5 min', '1:30', '@ 2 hours', 'PT15M', '1 day 02:00', 'on demand', 'on change',
		'*/5 * * * *', '0 3 1 1 0', '15,45 8-18 * * mon-fri', '@daily', NULL] LOOP
		CALL show_target(v);
	END LOOP;
END $$;
SET client_min_messages = warning;
SELECT set_refresh('later', '1 hour'), set_refresh('now', '0.000001 s'), set_refresh('both', '1 hour');
UPDATE ivm.watermark SET as_of = now() - interval '2 hours' WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'later'::regclass);
SELECT viewname, status, reason, target FROM shown WHERE viewname <> 'empty' ORDER BY viewname;
SELECT method FROM ivm.refresh('later');
SELECT viewname, status, reason FROM shown WHERE viewname = 'later';
-- a view that is not ready is not late
SELECT ivm.pause('both');
UPDATE ivm.watermark SET as_of = now() - interval '2 hours' WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'both'::regclass);
SELECT viewname, status, current FROM shown WHERE viewname = 'both';

-- the schedule, and errors for those who may read the view
DELETE FROM ivm.schedule;
INSERT INTO ivm.schedule (view_id, operation, due_at, failures, last_error)
	SELECT id, 'refresh', '2030-01-01 00:00+00', 3, 'secret value' FROM ivm.view WHERE view = 'later'::regclass;
SET TIME ZONE 'UTC';
SELECT viewname, next_run, failures, last_error FROM shown WHERE viewname IN ('later', 'now') ORDER BY viewname;
CREATE ROLE regress_ivm_reader;
GRANT USAGE ON SCHEMA monitoring_views TO regress_ivm_reader;
CREATE ROLE regress_ivm_monitor IN ROLE pg_monitor;
SET ROLE regress_ivm_reader;
SELECT failures, last_error, definition, pending_rows FROM ivm.views
	WHERE viewname = 'later' AND schemaname = 'monitoring_views';
SELECT count(*) FROM ivm.schedule;
SELECT count(*) FROM ivm.watermark;
SELECT count(*) FROM ivm.change_log;
SELECT count(*) FROM ivm.run_count;
RESET ROLE;
GRANT SELECT ON later TO regress_ivm_reader;
SET ROLE regress_ivm_reader;
SELECT failures, last_error FROM ivm.views WHERE viewname = 'later' AND schemaname = 'monitoring_views';
RESET ROLE;
SET ROLE regress_ivm_monitor;
SELECT failures, last_error, definition IS NOT NULL AS definition FROM ivm.views
	WHERE viewname = 'later' AND schemaname = 'monitoring_views';
SELECT count(*) > 0 AS history FROM ivm.history;
SELECT count(*) FROM ivm.progress;
SELECT count(*) FROM ivm.lock_waits;
SELECT count(*) > 0 AS counters FROM ivm.stat_views;
SELECT count(*) FROM monitoring_views.later;
RESET ROLE;

DROP SCHEMA monitoring_views CASCADE;
DROP OWNED BY regress_ivm_reader, regress_ivm_monitor;
DROP ROLE regress_ivm_reader, regress_ivm_monitor;
