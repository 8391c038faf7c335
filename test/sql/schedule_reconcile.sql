-- Options reconcile, reconcile_last and bucket: views that are compared with their definition on
-- schedule, and how many rows that has corrected.
\getenv srcdir PG_ABS_SRCDIR
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE SCHEMA schedule_reconcile;
SET search_path = schedule_reconcile, public;
-- a time zone in which it is noon, so that no day ends while this runs
SELECT set_config('TimeZone', '<noon>' || extract(hour FROM now() AT TIME ZONE 'UTC') - 12, false) <> '' AS noon;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, day date, amount int);
-- five a day for ten days up to today
INSERT INTO orders (at, day, amount)
	SELECT date_trunc('day', now()) - make_interval(days => d) + make_interval(mins => i), current_date - d, 10 * d + i
	FROM generate_series(0, 9) d, generate_series(1, 5) i;
-- what is scheduled, and how it was
CREATE VIEW due AS
	SELECT v.view::text AS view, s.operation, s.due_at <= now() AS due, s.failures, s.last_error, s.corrections,
		   s.last_attempt_at = s.last_success_at AS succeeded
	FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id;
CREATE TABLE seen AS SELECT coalesce(max(id), 0) AS id FROM ivm.run;
CREATE PROCEDURE runs() LANGUAGE plpgsql AS $$
DECLARE
	r ivm.history;
BEGIN
	FOR r IN SELECT h.* FROM ivm.history h, seen WHERE h.id > seen.id ORDER BY h.id LOOP
		RAISE NOTICE '% of % by %: % % %, %, %, %', r.operation, regexp_replace(r.view_name, '.*[.]|_[0-9]+', '', 'g'), r.role_name,
			r.rows_inserted, r.rows_updated, r.rows_deleted,
			coalesce(regexp_replace(r.key_filter, '''.*''', '...'), 'all'), coalesce(regexp_replace(r.reason, 'of about \d+', 'of about ...'), 'no reason'), coalesce(r.error, 'no error');
	END LOOP;
	UPDATE seen SET id = (SELECT max(id) FROM ivm.run);
END $$;
CREATE PROCEDURE run_now(operations text[] DEFAULT '{reconcile}') LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE operation = ANY (operations);
	COMMIT;
	CALL ivm.run_due();
	CALL runs();
END $$;

-- what the options may be
CREATE FUNCTION try(query text, mode text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	created timestamptz := clock_timestamp();
	row ivm.schedule;
BEGIN
	PERFORM ivm.drop_view('tried', true);
	PERFORM ivm.create_view('tried', query, mode, options => options);
	SELECT s.* INTO row FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'tried'::regclass AND operation = 'reconcile';
	RETURN CASE WHEN NOT FOUND THEN 'no schedule'
		WHEN row.due_at = ivm._next_run('0 3 * * *', created) THEN 'next match'
		ELSE 'after ' || round(extract(epoch FROM row.due_at - created)::numeric, -4) || ' s' END;
END $$;
\set daily '\'SELECT date_trunc(\'\'day\'\', at) AS at_day, count(*) AS n, sum(amount) AS s FROM orders GROUP BY 1\''
SELECT try(:daily, 'immediate', '{}');
SELECT try(:daily, 'immediate', '{"reconcile": null}');
SELECT try(:daily, 'immediate', '{"reconcile": "0 3 * * *"}');
SELECT try(:daily, 'deferred', '{"reconcile": "0 3 * * *", "reconcile_last": "2 days"}');
-- less a tenth, by chance
SELECT try(:daily, 'immediate', '{"reconcile": "100000 s"}') ~ '^after (90000|100000) s$';
SELECT try(:daily, 'append', '{"watermark": "id", "reconcile": "100000 s", "reconcile_last": 0}') ~ '^after (90000|100000) s$';
SELECT try(:daily, 'immediate', '{"reconcile": "on change"}');
SELECT try(:daily, 'immediate', '{"reconcile": "0.1 s"}');
SELECT try(:daily, 'immediate', '{"reconcile": "61 * * * *"}');
SELECT try(:daily, 'immediate', '{"reconcile": true}');
SELECT try(:daily, 'immediate', '{"reconcile_last": "1 day"}');
SELECT try(:daily, 'immediate', '{"reconcile": "1 day", "reconcile_last": true}');
SELECT try(:daily, 'immediate', '{"reconcile": "1 day", "reconcile_last": 3}');
SELECT try(:daily, 'immediate', '{"reconcile": "1 day", "reconcile_last": "-1 day"}');
SELECT try(:daily, 'immediate', '{"reconcile": "1 day", "reconcile_last": "99999999 years"}');
SELECT try(:daily, 'append', '{"watermark": "id", "late": "1001 years"}');
SELECT try(:daily, 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day", "bucket": "n"}');
SELECT try(:daily, 'immediate', '{"bucket": "at_day"}');
SELECT try(:daily, 'immediate', '{"refresh": "1 day"}');
SELECT try('SELECT amount, count(*) FROM orders GROUP BY 1', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT try('SELECT amount, count(*) FROM orders GROUP BY 1', 'append', '{"watermark": "id", "reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT try('SELECT id, at, amount FROM orders', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day", "bucket": "at"}');
SELECT try('SELECT amount::text AS a, count(*) FROM orders GROUP BY 1', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day", "bucket": "a"}');
SELECT try('SELECT day, at::date AS at_day, count(*) FROM orders GROUP BY 1, 2', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT try('SELECT day, count(*) FROM orders GROUP BY ROLLUP (day)', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT try('SELECT day, amount, count(*) FROM orders GROUP BY day, ROLLUP (amount)', 'immediate', '{"reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT try('SELECT day, count(*) FROM orders GROUP BY ROLLUP (day)', 'immediate', '{"reconcile": "0 3 * * *"}');
SELECT try('SELECT day, at::date AS at_day, count(*) FROM orders GROUP BY 1, 2', 'immediate', '{"reconcile": "0 3 * * *", "reconcile_last": "1 day", "bucket": "day"}');
SELECT try('SELECT id / 10 AS tens, count(*) FROM orders GROUP BY 1', 'immediate', '{"reconcile": "0 3 * * *", "reconcile_last": 2}');
SELECT try('SELECT amount AS tens, count(*) FROM orders GROUP BY 1', 'immediate', '{"reconcile": "0 3 * * *", "reconcile_last": 2, "bucket": "tens"}');
DROP VIEW tried;
UPDATE seen SET id = (SELECT max(id) FROM ivm.run);

-- an immediate view, of which the last three days are compared
CREATE ROLE ivm_reconcile_ann;
GRANT ALL ON SCHEMA schedule_reconcile TO ivm_reconcile_ann;
GRANT ALL ON orders TO ivm_reconcile_ann;
SET ROLE ivm_reconcile_ann;
SELECT ivm.create_view('daily', :daily, options => '{"reconcile": "1 day", "reconcile_last": "2 days"}');
RESET ROLE;
SELECT state_table AS daily_state FROM ivm.views WHERE viewname = 'daily' \gset
CALL runs();
SELECT * FROM due;
SELECT next_reconcile > now() + interval '20 hours' AS due, last_corrections, reconcile_failures, reconcile_error,
	next_run, lag < '1 min' AS current, status, failures FROM ivm.views WHERE viewname = 'daily';
-- not due
CALL ivm.run_due();
CALL runs();
-- nothing is wrong
CALL run_now();
SELECT * FROM due;
-- wrong are: today, the day before yesterday, and one that is too old
DELETE FROM :daily_state WHERE at_day = date_trunc('day', now());
UPDATE :daily_state SET row_count = row_count + 1 WHERE at_day IN (date_trunc('day', now()) - interval '2 days', date_trunc('day', now()) - interval '3 days');
CALL run_now();
SELECT * FROM due;
SELECT last_corrections, reconcile_failures FROM ivm.views WHERE viewname = 'daily';
SELECT repairs, corrections FROM ivm.stat_views WHERE viewname = 'daily';
SELECT side, copies, "row"->>'n' AS n FROM ivm.verify_view('daily') ORDER BY 1;
-- all that is wrong
SELECT ivm.alter_view('daily', '{"reconcile_last": null}');
CALL run_now();
SELECT * FROM ivm.verify_view('daily');
-- changed in place, with when the last one was
SELECT due_at < last_success_at + interval '2 days' AND due_at > last_success_at + interval '20 hours' FROM ivm.schedule;
SELECT ivm.alter_view('daily', '{"reconcile": "0 3 * * *", "reconcile_last": "1 day", "bucket": "at_day"}');
SELECT due_at = ivm._next_run('0 3 * * *', now()) AS next_match, corrections FROM ivm.schedule;
SELECT ivm.alter_view('daily', '{"reconcile_last": 3}');
SELECT ivm.alter_view('daily', '{"bucket": "s"}');
SELECT ivm.alter_view('daily', '{"reconcile": null}');
SELECT count(*) FROM ivm.schedule;
SELECT ivm.alter_view('daily', '{"reconcile_last": "2 days"}');
SELECT ivm.alter_view('daily', '{"reconcile": "1 week", "reconcile_last": "2 days", "bucket": null}');
-- rows come into it meanwhile, with deltas that wait
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO orders (at, day, amount) VALUES (now(), current_date, 1000), (now() - interval '5 days', current_date - 5, 1000);
COMMIT;
CALL run_now();
SELECT * FROM ivm.verify_view('daily');
-- a row without its time, in a bucket of NULL
CREATE TABLE untimed (at timestamp);
INSERT INTO untimed VALUES (NULL), (now()), (now() - interval '1 year');
SELECT ivm.create_view('by_month', 'SELECT date_trunc(''month'', at) AS month, count(*) AS n FROM untimed GROUP BY 1',
	options => '{"reconcile": "1 day", "reconcile_last": "0"}');
SELECT state_table AS by_month FROM ivm.views WHERE viewname = 'by_month' \gset
UPDATE :by_month SET row_count = 7;
CALL run_now();
SELECT n FROM by_month ORDER BY month;
DROP TABLE untimed CASCADE;
-- numbers
SELECT ivm.create_view('tens', 'SELECT id / 10 AS ten, count(*) AS n FROM orders GROUP BY 1', options => '{"reconcile": "1 day", "reconcile_last": 1}');
SELECT state_table AS tens FROM ivm.views WHERE viewname = 'tens' \gset
UPDATE :tens SET row_count = 7;
CALL run_now();
SELECT * FROM tens ORDER BY 1;
DROP VIEW tens;

-- a part is compared as a whole
SELECT ivm.create_view('share', 'SELECT day, sum(amount) AS s, (SELECT sum(amount) FROM orders) AS total FROM orders GROUP BY day',
	options => '{"reconcile": "1 day", "reconcile_last": "1 day"}');
SELECT p.state AS part FROM ivm.view p JOIN ivm.view v ON v.id = p.part_of WHERE v.view = 'share'::regclass \gset
DELETE FROM :part;
SELECT count(*) FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.part_of IS NOT NULL;
CALL run_now();
SELECT * FROM ivm.verify_view('share');
SELECT corrections FROM due WHERE view = 'share';
DROP VIEW share;

-- paused, unpopulated: left out; stale: all is compared, and it is ready again
SELECT ivm.create_view('empty', :daily, with_data => false, options => '{"reconcile": "1 day"}');
SELECT ivm.pause('daily');
CALL run_now();
SELECT * FROM due ORDER BY view;
SELECT viewname, status FROM ivm.views WHERE viewname IN ('daily', 'empty') ORDER BY 1;
SELECT * FROM ivm.resume('daily');
DROP VIEW empty;
CALL runs();
ALTER TABLE orders DISABLE TRIGGER ALL;
INSERT INTO orders (at, day, amount) VALUES (now() - interval '9 days', current_date - 9, 1000);
ALTER TABLE orders ENABLE TRIGGER ALL;
SELECT status FROM ivm.views WHERE viewname = 'daily';
CALL run_now();
SELECT status FROM ivm.views WHERE viewname = 'daily';
SELECT * FROM ivm.verify_view('daily');

-- a failure: tried again after a while; it does not count as one of refreshes, nor hide them
SET ROLE ivm_reconcile_ann;
SELECT ivm.create_view('later', 'SELECT day, count(*) AS n, sum(amount) AS s FROM orders GROUP BY day', 'deferred',
	options => '{"refresh": "1 day", "reconcile": "1 day", "reconcile_last": "3 days"}');
RESET ROLE;
CALL runs();
SELECT * FROM due ORDER BY view, operation;
REVOKE SELECT ON orders FROM ivm_reconcile_ann;
CALL run_now();
SELECT * FROM due ORDER BY view, operation;
SELECT viewname, failures, last_error, reconcile_failures, reconcile_error FROM ivm.views WHERE viewname IN ('daily', 'later') ORDER BY 1;
SELECT DISTINCT due_at BETWEEN last_attempt_at + interval '8 s' AND last_attempt_at + interval '20 s' AS soon FROM ivm.schedule WHERE failures > 0;
CALL run_now('{refresh,reconcile}');
SELECT * FROM due ORDER BY view, operation;
GRANT SELECT ON orders TO ivm_reconcile_ann;
CALL run_now('{refresh}');
SELECT * FROM due ORDER BY view, operation;
CALL run_now();
SELECT * FROM due ORDER BY view, operation;

-- a deferred view: what a refresh takes in is no correction
SELECT state_table AS later FROM ivm.views WHERE viewname = 'later' \gset
INSERT INTO orders (at, day, amount) VALUES (now(), current_date, 2000);
UPDATE :later SET row_count = row_count + 1 WHERE day IN (current_date - 1, current_date - 4);
DELETE FROM :later WHERE day = current_date - 3;
CALL run_now();
SELECT view, corrections FROM due ORDER BY view, operation;
SELECT s FROM later WHERE day = current_date;
SELECT side, copies FROM ivm.verify_view('later') ORDER BY 1;
-- changed to immediate and back, it keeps that schedule
SELECT ivm.alter_view('later', '{"refresh": null}');
SELECT ivm.alter_view('later', '{"mode": "immediate"}');
SELECT view, operation FROM due ORDER BY view;
CALL run_now();
SELECT ivm.alter_view('later', '{"mode": "deferred"}');
SELECT view, operation FROM due ORDER BY view;
DROP VIEW later, daily;

-- append views: an UPDATE and a DELETE are not followed, until the last days are compared
SET ROLE ivm_reconcile_ann;
SELECT ivm.create_view('appended', :daily, 'append',
	options => '{"watermark": "id", "late": "6 days", "refresh": "1 min", "reconcile": "0 3 * * *", "reconcile_last": "2 days"}');
RESET ROLE;
CALL runs();
UPDATE orders SET amount = amount + 1 WHERE day IN (current_date - 1, current_date - 4, current_date - 8);
DELETE FROM orders WHERE day = current_date - 2;
INSERT INTO orders (at, day, amount) VALUES (now(), current_date, 1);
CALL run_now('{refresh}');
CREATE VIEW off AS
	SELECT date_trunc('day', now())::date - a.at_day::date AS days_ago, a.s - o.s AS off
	FROM appended a LEFT JOIN (SELECT day, sum(amount) AS s FROM orders GROUP BY day) o ON o.day = a.at_day::date
	WHERE a.s IS DISTINCT FROM o.s;
SELECT * FROM off ORDER BY 1;
INSERT INTO orders (at, day, amount) VALUES (now(), current_date, 1);
CALL run_now();
SELECT * FROM off ORDER BY 1;
SELECT * FROM due ORDER BY view, operation;
SELECT ivm.alter_view('appended', '{"reconcile_last": null}');
CALL run_now();
SELECT * FROM off ORDER BY 1;
SELECT ivm.alter_view('appended', '{"reconcile_last": 3}');
SELECT ivm.pause('appended');
CALL run_now();
SELECT * FROM ivm.resume('appended');
CALL runs();

-- one that is filled in batches is left to that
SELECT ivm.create_view('filling', :daily, 'append', false,
	options => '{"watermark": "id", "batch_rows": 20, "newest_first": true, "reconcile": "1 day"}');
SELECT method, rows_read FROM ivm.refresh('filling');
CALL run_now();
SELECT view, due, corrections FROM due WHERE view = 'filling';
SELECT fill_rows FROM ivm.append_view WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'filling'::regclass);
CALL ivm.refresh_all('%.filling');
CALL run_now();
SELECT view, due, corrections FROM due WHERE view = 'filling';
DROP VIEW filling;

-- rows that are missing, as after a restore, are made
DELETE FROM ivm.schedule;
CALL ivm.run_due();
SELECT * FROM due ORDER BY view, operation;
DROP VIEW appended CASCADE;
SELECT count(*) FROM ivm.schedule;
SET client_min_messages = warning;
DROP SCHEMA schedule_reconcile CASCADE;
DROP ROLE ivm_reconcile_ann;
\i :worker_again
