-- Append views: buckets that are closed, rows that come late, and retention.
\set VERBOSITY terse
CREATE SCHEMA append_late;
SET search_path = append_late, public;
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir /sql/include/append.sql
\i :helpers
CREATE TABLE e (id bigserial PRIMARY KEY, at timestamptz NOT NULL, x int);
CREATE INDEX ON e (at);
INSERT INTO e (at, x) SELECT now() - i * interval '1 day', i FROM generate_series(0, 9) i;
SELECT ivm.create_view('v', $$ SELECT date_trunc('day', at) AS day, count(*) AS n, sum(x) AS s FROM e GROUP BY 1 $$,
	'append', options => '{"watermark": "id", "late": "3 days"}');
CREATE VIEW ages AS SELECT date_trunc('day', now())::date - day::date AS age, n, s FROM v;
SELECT * FROM ages ORDER BY 1;
SELECT closed_before::timestamptz = date_trunc('day', now() - interval '3 days') FROM ivm.views WHERE view = 'v'::regclass;
-- new rows of an open and of closed buckets
INSERT INTO e (at, x) VALUES (now(), 100), (now() - interval '5 days', 100), (now() - interval '20 days', 100);
SELECT * FROM refreshed('v');
SELECT * FROM ages ORDER BY 1;
SELECT late_rows FROM ivm.views WHERE view = 'v'::regclass;
SELECT method, rows_read, late_rows FROM ivm.history WHERE view_name = 'append_late.v' ORDER BY id DESC LIMIT 1;
-- they are no difference, nor corrected
SELECT * FROM ivm.verify_view('v');
SELECT * FROM ivm.reconcile('v');
SELECT * FROM ages ORDER BY 1;
-- taken in by a backfill of a range
DO $$ BEGIN
	EXECUTE format('CALL ivm.backfill(%L, %L, %L)', 'v', date_trunc('day', now()) - interval '5 days', date_trunc('day', now()) - interval '4 days');
END $$;
SELECT * FROM ages ORDER BY 1;
SELECT late_rows FROM ivm.views WHERE view = 'v'::regclass;
-- retention: rows of closed buckets go, and their buckets stay
DELETE FROM e WHERE at < now() - interval '6 days 12 hours';
SELECT * FROM refreshed('v', 'recompute');
SELECT * FROM ages ORDER BY 1;
SELECT * FROM ivm.verify_view('v');
-- in an open one, a deleted row shows when it is computed
DELETE FROM e WHERE x = 1;
SELECT * FROM refreshed('v');
SELECT side, copies FROM ivm.verify_view('v');
SELECT * FROM ivm.reconcile('v');
SELECT * FROM ages ORDER BY 1;
-- the table is emptied and loaded again: closed buckets stay, the others are as they are now
BEGIN;
TRUNCATE e;
COPY e (at, x) FROM stdin WITH (FREEZE);
2100-01-01	1
2100-01-01	1
\.
INSERT INTO e (at, x) VALUES (now(), 2), (now() - interval '5 days', 3);
COMMIT;
SELECT * FROM refreshed('v');
SELECT CASE WHEN age > -9 THEN age END AS age, n, s FROM ages ORDER BY 1;
-- a range without an end; a view without buckets has none; other modes have other means
CALL ivm.backfill('v', NULL, NULL);
SELECT CASE WHEN age > -9 THEN age END AS age, n, s FROM ages ORDER BY 1;
SELECT ivm.create_view('w', 'SELECT count(*) AS n FROM e', 'append', options => '{"watermark": "id"}');
CALL ivm.backfill('w', '1', '2');
SELECT ivm.create_view('i', 'SELECT count(*) AS n FROM e', 'deferred');
CALL ivm.backfill('i', '1', '2');
CALL ivm.backfill('v', 'yesterdayish', NULL);
-- a fresh read leaves late rows out, too
SELECT ivm.alter_view('v', '{"max_staleness": "0"}');
INSERT INTO e (at, x) VALUES (now(), 5), (now() - interval '7 days', 5);
SELECT CASE WHEN age > -9 THEN age END AS age, n, s FROM ages ORDER BY 1;
-- where what is new cannot be told, and closed buckets keep the definition from being run, it says so
CLUSTER e USING e_pkey;
SELECT CASE WHEN age > -9 THEN age END AS age, n, s FROM ages ORDER BY 1;
SELECT ivm.alter_view('v', '{"max_staleness": "1 h"}');
SELECT count(*) FROM v;
SELECT ivm.alter_view('v', '{"max_staleness": "0"}');
SELECT method FROM refreshed('v');
SELECT CASE WHEN age > -9 THEN age END AS age, n, s FROM ages ORDER BY 1;
-- a time as the bucket and as the watermark; equal values
SELECT ivm.create_view('t', $$ SELECT at::date AS day, count(*) AS n FROM e GROUP BY at::date $$, 'append', options => '{"watermark": "at", "overlap": "1 min", "late": "2 days", "bucket": "day"}');
INSERT INTO e (at, x) SELECT now(), 1 FROM generate_series(1, 5);
INSERT INTO e (at, x) SELECT now() - interval '30 sec', 1 FROM generate_series(1, 5);
SELECT * FROM refreshed('t');
SELECT * FROM ivm.verify_view('t');
-- a bucket is not late before its end is
SELECT ivm.create_view('months', $$ SELECT date_trunc('month', at) AS month, count(*) AS n FROM e GROUP BY 1 $$, 'append', options => '{"watermark": "id", "late": "1 sec"}');
SELECT closed_before::timestamptz = date_trunc('month', now()) FROM ivm.views WHERE viewname = 'months';
-- new rows of a closed bucket that were updated, or frozen, do not make it be computed
CREATE TABLE u (id bigserial PRIMARY KEY, at timestamptz NOT NULL, x int);
INSERT INTO u (at, x) SELECT now() - i * interval '1 day', i FROM generate_series(0, 5) i;
SELECT ivm.create_view('updated', $$ SELECT date_trunc('day', at) AS day, count(*) AS n FROM u GROUP BY 1 $$, 'append', options => '{"watermark": "id", "late": "3 days"}');
DELETE FROM u WHERE x > 0;
INSERT INTO u (at, x) VALUES (now(), 10), (now() - interval '5 days', 10);
UPDATE u SET x = 11 WHERE x = 10;
SELECT method, rows_read FROM refreshed('updated');
INSERT INTO u (at, x) VALUES (now(), 12), (now() - interval '5 days', 12);
VACUUM FREEZE u;
SELECT method, rows_read FROM refreshed('updated');
SELECT date_trunc('day', now())::date - day::date AS age, n FROM updated ORDER BY 1;
SELECT late_rows FROM ivm.views WHERE viewname = 'updated';
-- steps of a number
CREATE TABLE n (id int PRIMARY KEY, x int);
INSERT INTO n SELECT i, i FROM generate_series(1, 1000) i;
SELECT ivm.create_view('steps', 'SELECT id / 100 AS step, count(*) AS n FROM n GROUP BY 1', 'append', options => '{"watermark": "id", "overlap": 1000, "late": 3}');
SELECT closed_before FROM ivm.views WHERE viewname = 'steps';
DELETE FROM n WHERE id < 400;
INSERT INTO n VALUES (1001, 1), (1100, 1), (350, 1), (1250, 1);
SELECT * FROM refreshed('steps');
SELECT * FROM steps ORDER BY 1;
SELECT closed_before, late_rows FROM ivm.views WHERE viewname = 'steps';
INSERT INTO n VALUES (300, 1), (950000, 1);
DELETE FROM n WHERE id > 900000;
DELETE FROM n WHERE id = 900;
SELECT * FROM ivm.reconcile('steps');
SELECT * FROM steps ORDER BY 1;
CALL ivm.backfill('steps', '3', '5');
SELECT * FROM steps ORDER BY 1;
-- a smaller or larger window
SELECT ivm.alter_view('steps', '{"late": 1}');
SELECT * FROM refreshed('steps');
SELECT closed_before FROM ivm.views WHERE viewname = 'steps';
SELECT ivm.alter_view('steps', '{"late": null}');
INSERT INTO n VALUES (5000, 1);
SELECT * FROM refreshed('steps');
SELECT closed_before FROM ivm.views WHERE viewname = 'steps';
DROP SCHEMA append_late CASCADE;
