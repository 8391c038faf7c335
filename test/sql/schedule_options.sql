-- The option refresh: what it may be, and rows of ivm.schedule that follow it.
\getenv srcdir PG_ABS_SRCDIR
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
CREATE SCHEMA schedule_options;
SET search_path = schedule_options, public;
\set SHOW_CONTEXT never
SET TimeZone = 'Europe/Berlin';
CREATE TABLE t (id int PRIMARY KEY, g int);
INSERT INTO t SELECT i, i % 3 FROM generate_series(1, 20) i;
CREATE FUNCTION pg_temp.make(refresh jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	row ivm.schedule;
	created timestamptz := clock_timestamp();
BEGIN
	PERFORM ivm.create_view('v', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred',
							options => jsonb_build_object('refresh', refresh, 'replace', true));
	SELECT s.* INTO row FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'v'::regclass;
	RETURN CASE WHEN NOT FOUND THEN 'no schedule'
		WHEN row.due_at IS NULL THEN 'when changed'
		WHEN row.due_at = ivm._next_run(CASE WHEN refresh #>> '{}' ~ '^@[a-z]|[*]' THEN refresh #>> '{}' ELSE '0 0 1 1 *' END, created) THEN 'next match'
		ELSE 'after ' || round(extract(epoch FROM row.due_at - created)::numeric, -1) || ' s' END;
END $$;
SELECT pg_temp.make('"on demand"');
SELECT pg_temp.make('null');
SELECT pg_temp.make('"on change"');
SELECT pg_temp.make('"On Change"');
SELECT pg_temp.make('"0 3 * * mon"');
SELECT pg_temp.make('"@daily"');
SELECT pg_temp.make('"59 23 31 12 *"');
-- some seconds are left for the run, up to a tenth for the jitter
SELECT pg_temp.make('"100 s"') ~ '^after (90|100) s$';
SELECT pg_temp.make('"@ 100 secs"') ~ '^after (90|100) s$';
SELECT pg_temp.make('"00:01:40"') ~ '^after (90|100) s$';
-- wrong
SELECT pg_temp.make('"0 s"');
SELECT pg_temp.make('"-1 min"');
SELECT pg_temp.make('"0.5 s"');
SELECT pg_temp.make('"2000 years"');
SELECT pg_temp.make('"sometimes"');
SELECT pg_temp.make('"every 5 min"');
SELECT pg_temp.make('5');
SELECT pg_temp.make('true');
SELECT pg_temp.make('"*/5 * * *"');
SELECT pg_temp.make('"61 * * * *"');
SELECT pg_temp.make('"1 2 3"');
SELECT pg_temp.make('"@fortnightly"');

-- changed later
SELECT pg_temp.make('"on demand"');
SELECT ivm.alter_view('v', '{"refresh": "on change"}');
SELECT due_at, failures FROM ivm.schedule;
SELECT ivm.alter_view('v', '{"refresh": "@yearly"}');
SELECT due_at = ivm._next_run('@yearly', now()) FROM ivm.schedule;
SELECT ivm.alter_view('v', '{"refresh": "@reboot"}');
SELECT ivm.alter_view('v', '{"fillfactor": 80}');
SELECT count(*) FROM ivm.schedule;
SELECT options FROM ivm.views WHERE viewname = 'v';
SELECT ivm.alter_view('v', '{"refresh": null}');
SELECT count(*) FROM ivm.schedule;
SELECT ivm.alter_view('v', '{"refresh": "1 day"}');
SELECT count(*) FROM ivm.schedule;
-- rolled back, dropped
BEGIN;
SELECT ivm.drop_view('v');
SELECT count(*) FROM ivm.schedule;
ROLLBACK;
SELECT count(*) FROM ivm.schedule;
DROP VIEW v;
SELECT count(*) FROM ivm.schedule;
-- the time zone is the view's
SET TimeZone = 'Asia/Tokyo';
SELECT ivm.create_view('tokyo', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', options => '{"refresh": "0 3 * * *"}');
SET TimeZone = 'UTC';
SELECT ivm.alter_view('tokyo', '{"refresh": "0 4 * * *"}');
SELECT extract(hour FROM due_at) FROM ivm.schedule;
SET client_min_messages = warning;
DROP SCHEMA schedule_options CASCADE;
SELECT count(*) FROM ivm.schedule;
\i :worker_again
