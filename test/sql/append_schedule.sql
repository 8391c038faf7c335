-- Append views with a schedule: refreshed by run_due(), as their owner, and shown by ivm.views.
CREATE SCHEMA append_schedule;
SET search_path = append_schedule, public;
SET client_min_messages = warning;
CREATE ROLE ivm_append_ann;
GRANT USAGE, CREATE ON SCHEMA append_schedule TO ivm_append_ann;
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind int, n int);
GRANT SELECT ON events TO ivm_append_ann;
INSERT INTO events (kind, n) SELECT i % 3, i FROM generate_series(1, 9) i;
SET ROLE ivm_append_ann;
SELECT ivm.create_view('by_kind', 'SELECT kind, count(*) AS c, sum(n) AS s FROM events GROUP BY kind', 'append',
	options => '{"watermark": "id", "refresh": "1 min"}');
RESET ROLE;
CREATE VIEW seen AS
	SELECT v.status, v.lag < '10 s' AS young, v.target, v.next_run > now() AS due_later, v.failures FROM ivm.views v WHERE viewname = 'by_kind';
SELECT * FROM seen;
INSERT INTO events (kind, n) VALUES (1, 100);
-- not due
CALL ivm.run_due();
SELECT * FROM by_kind ORDER BY kind;
UPDATE ivm.watermark SET as_of = now() - interval '1 h' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'by_kind');
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'by_kind');
SELECT * FROM seen;
CALL ivm.run_due();
SELECT * FROM by_kind ORDER BY kind;
SELECT * FROM seen;
SELECT role_name, method, rows_read FROM ivm.history WHERE view_name = 'append_schedule.by_kind' AND operation = 'refresh' ORDER BY id;
-- a run that finds nothing is not recorded
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'by_kind');
CALL ivm.run_due();
SELECT * FROM seen;
SELECT count(*) FROM ivm.history WHERE view_name = 'append_schedule.by_kind' AND operation = 'refresh';
-- a run that fails
REVOKE SELECT ON events FROM ivm_append_ann;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'by_kind');
INSERT INTO events (kind, n) VALUES (2, 200);
CALL ivm.run_due();
SELECT * FROM seen;
GRANT SELECT ON events TO ivm_append_ann;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'by_kind');
CALL ivm.run_due();
SELECT * FROM seen;
SELECT * FROM by_kind ORDER BY kind;
-- what does not go with append views
\set VERBOSITY default
SELECT ivm.alter_view('by_kind', '{"refresh": "on change"}');
SELECT ivm.create_view('w', 'SELECT kind, count(*) AS c FROM events GROUP BY kind', 'append', options => '{"watermark": "id", "refresh": "on change"}');
CREATE TABLE stamped (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);
SELECT ivm.create_view('w', 'SELECT count(*) AS c FROM stamped WHERE at > now() - interval ''1 h''', 'append', options => '{"watermark": "id"}');
SELECT ivm.create_view('w', 'SELECT count(*) AS c FROM stamped WHERE at > now() - interval ''1 h''', 'append',
	options => '{"watermark": "id", "time_bucket": "none"}');
DROP SCHEMA append_schedule CASCADE;
DROP ROLE ivm_append_ann;
