-- Append views: no trigger, new rows by a watermark column, each counted once.
\set VERBOSITY terse
CREATE SCHEMA append_refresh;
SET search_path = append_refresh, public;
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir /sql/include/append.sql
\i :helpers
CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamp NOT NULL, k int, x numeric);
INSERT INTO e (at, k, x) SELECT timestamp '2024-01-01' + i * interval '7 min', i % 5, i FROM generate_series(1, 1000) i;
SELECT ivm.create_view('v', $$ SELECT date_trunc('day', at) AS day, k, count(*) AS n, sum(x) AS s, min(x) AS low, max(x) AS high FROM e GROUP BY 1, 2 $$,
	'append', options => '{"watermark": "id"}');
\set q 'SELECT date_trunc(''day'', at) AS day, k, count(*) AS n, sum(x) AS s, min(x) AS low, max(x) AS high FROM e GROUP BY 1, 2'
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'e'::regclass;
SELECT viewname, mode, status, base_tables, late_rows, closed_before FROM ivm.views WHERE schemaname = 'append_refresh';
SELECT * FROM differences('v', :'q');
SELECT ivm.data_as_of('v') <= now();
SELECT * FROM refreshed('v');
-- new rows; reads show them after the refresh
INSERT INTO e (at, k, x) VALUES ('2024-01-01 05:00', 1, 1000000), ('2024-03-01 05:00', 1, 1), ('2024-03-01 06:00', NULL, 2);
SELECT * FROM differences('v', :'q');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
SELECT * FROM refreshed('v', 'delta');
-- rolled back, to a savepoint, or as a whole: ids that never come
BEGIN;
INSERT INTO e (at, k, x) VALUES ('2024-03-01 07:00', 2, 3);
SAVEPOINT a;
INSERT INTO e (at, k, x) VALUES ('2024-03-01 07:00', 2, 4);
ROLLBACK TO a;
INSERT INTO e (at, k, x) VALUES ('2024-03-01 07:00', 2, 5);
COMMIT;
BEGIN;
INSERT INTO e (at, k, x) VALUES ('2024-03-01 07:00', 2, 6);
ROLLBACK;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- a refresh leaves changes of its own transaction to the next one
BEGIN;
INSERT INTO e (at, k, x) VALUES ('2024-03-02', 3, 7);
SELECT * FROM refreshed('v');
INSERT INTO e (at, k, x) VALUES ('2024-03-02', 3, 8);
SAVEPOINT b;
INSERT INTO e (at, k, x) VALUES ('2024-03-02', 3, 9);
RELEASE b;
SELECT * FROM refreshed('v');
COMMIT;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- an id that somebody has made up does not hide those of the sequence
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (450000, '2024-03-02', 3, 10);
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
INSERT INTO e (at, k, x) VALUES ('2024-03-02', 3, 10);
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- ids that were drawn first and come last, as far as overlap goes
SELECT ivm.alter_view('v', '{"overlap": 1000}');
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (500000, '2024-03-02', 3, 10);
SELECT * FROM refreshed('v');
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (499500, '2024-03-02', 3, 11);
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- ... and not further: the rows are found by comparing
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (400000, '2024-03-02', 3, 12);
SELECT * FROM refreshed('v');
SELECT side, "row" ->> 'n' AS n FROM ivm.verify_view('v') ORDER BY 1;
SELECT * FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'q');
-- updates of new rows; of old ones, they show where a bucket is computed
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (600000, '2024-03-03', 1, 13);
UPDATE e SET x = 14 WHERE id = 600000;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
DELETE FROM e WHERE id = 600000;
UPDATE e SET x = 0 WHERE id = 1;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
SELECT * FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'q');
-- paused: what was stored shows, and is not lost
SELECT ivm.pause('v');
SELECT status FROM ivm.views WHERE view = 'v'::regclass;
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (700000, '2024-03-04', 1, 15);
SELECT * FROM refreshed('v');
SELECT n FROM v WHERE day = '2024-03-04';
SELECT * FROM ivm.resume('v');
SELECT * FROM differences('v', :'q');
-- fresh reads
SELECT ivm.alter_view('v', '{"max_staleness": "0"}');
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (700001, '2024-03-05', 1, 16), (700002, '2024-01-01', 1, 17);
SELECT * FROM differences('v', :'q');
UPDATE e SET x = 18 WHERE id = 700002;
SELECT * FROM differences('v', :'q');
BEGIN;
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (700003, '2024-03-05', 1, 19);
SELECT * FROM differences('v', :'q');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
ROLLBACK;
SELECT * FROM differences('v', :'q');
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- without data; filled by the first refresh
SELECT ivm.create_view('w', 'SELECT k, x FROM e WHERE x > 500', 'append', with_data => false, options => '{"watermark": "id", "overlap": 0}');
SELECT status FROM ivm.views WHERE viewname = 'w' AND schemaname = 'append_refresh';
SELECT * FROM differences('w', 'SELECT k, x FROM e WHERE x > 500');
SELECT method FROM ivm.refresh('w');
SELECT status FROM ivm.views WHERE viewname = 'w' AND schemaname = 'append_refresh';
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (700004, '2024-03-05', 1, 700), (700005, '2024-03-05', 1, 700), (700006, '2024-03-05', 1, 400);
CALL ivm.refresh_all('append_refresh.%');
SELECT * FROM differences('w', 'SELECT k, x FROM e WHERE x > 500');
SELECT * FROM differences('v', :'q');
-- on a schedule
SELECT ivm.alter_view('w', '{"refresh": "on change"}');
SELECT ivm.alter_view('w', '{"refresh": "1 hour"}');
SELECT target, next_run - data_as_of <= '1 hour' AS soon, failures FROM ivm.views WHERE view = 'w'::regclass;
INSERT INTO e (id, at, k, x) OVERRIDING SYSTEM VALUE VALUES (700006 + 1000, '2024-03-05', 1, 900);
UPDATE ivm.schedule SET due_at = now();
CALL ivm.run_due();
SELECT * FROM differences('w', 'SELECT k, x FROM e WHERE x > 500');
SELECT method, rows_read FROM ivm.history WHERE view_name = 'append_refresh.w' ORDER BY id DESC LIMIT 1;
-- a column that is renamed
ALTER TABLE e RENAME COLUMN id TO number;
INSERT INTO e (number, at, k, x) OVERRIDING SYSTEM VALUE VALUES (800007, '2024-03-05', 1, 800);
SELECT method, rows_read FROM ivm.refresh('w');
SELECT options FROM ivm.views WHERE view = 'w'::regclass;
SELECT part, construct, strategy, note FROM ivm.explain_view('w') WHERE part IN ('mode', 'status');
-- it goes with its table, or leaves that as it was
DROP VIEW w;
DROP TABLE e;
DROP TABLE e CASCADE;
SELECT count(*) FROM ivm.append_view WHERE view_id NOT IN (SELECT id FROM ivm.view);
SELECT count(*) FROM ivm.views WHERE schemaname = 'append_refresh';
DROP SCHEMA append_refresh CASCADE;
