-- Columns that views of all modes and kinds use get other types, by ivm.before_alter() and ivm.after_alter().
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set no_worker :srcdir /sql/include/no_worker.sql
\i :no_worker
CREATE SCHEMA alter_column_type_modes;
SET search_path = alter_column_type_modes, ivm_test, public;
CREATE FUNCTION check_all(OUT viewname name, OUT mode text, OUT status text, OUT wrong bigint) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT viewname, mode, status, (SELECT count(*) FROM ivm.verify_view(view)) FROM ivm.views
	WHERE schemaname = 'alter_column_type_modes' ORDER BY 1 $$;

-- deferred views: refreshed by the second call; the log of others goes on
CREATE TABLE t (id int PRIMARY KEY, k int, x int, note text);
INSERT INTO t SELECT g, g % 5, g, 'n' || g % 3 FROM generate_series(1, 100) g;
SELECT ivm.create_view('d', 'SELECT k, sum(x) AS s FROM t GROUP BY k', 'deferred', options => '{"refresh": "1 hour"}');
SELECT ivm.create_view('d_above', 'SELECT sum(s) AS s FROM d', 'deferred');
SELECT ivm.create_view('d_fresh', 'SELECT x % 10 AS r, count(*) AS n FROM t GROUP BY 1', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('d_note', 'SELECT note, count(*) AS n FROM t GROUP BY note', 'deferred');
UPDATE t SET x = x + 1, note = 'new' WHERE id < 10;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE bigint;
UPDATE t SET x = 10000000000, note = 'new' WHERE id = 10;
SELECT ivm.after_alter();
UPDATE t SET x = 20000000000, note = 'new' WHERE id = 11;
SELECT * FROM d WHERE k < 2 ORDER BY k;
COMMIT;
SELECT * FROM d WHERE k < 2 ORDER BY k;
SELECT * FROM d_note ORDER BY 1;
SELECT * FROM d_fresh WHERE r = 0;
SELECT viewname, options FROM ivm.views WHERE schemaname = 'alter_column_type_modes' ORDER BY 1;
SELECT view_name, method FROM ivm.refresh_together('d', 'd_above', 'd_fresh', 'd_note') ORDER BY 1;
SELECT * FROM check_all();
SELECT sum(n) FROM d_note;
BEGIN;
UPDATE t SET x = 3 WHERE id = 3;
SELECT ivm.before_alter('t', 'x');
ROLLBACK;

-- paused, unpopulated, broken, stale, built online
SELECT ivm.create_view('paused', 'SELECT k, max(x) AS m FROM t GROUP BY k');
SELECT ivm.pause('paused');
SELECT ivm.create_view('unpopulated', 'SELECT k, min(x) AS m FROM t GROUP BY k', with_data => false);
SELECT ivm.create_view('online', 'SELECT k, min(x) AS m FROM t GROUP BY k', options => '{"build": "online"}');
SELECT ivm.create_view('broken', 'SELECT k, sum(10 / (x - 1000)) AS m FROM t GROUP BY k', options => '{"on_error": "break"}');
UPDATE t SET x = 1000 WHERE id = 20;
SELECT ivm.create_view('stale', 'SELECT k, avg(x) AS a FROM t GROUP BY k');
ALTER TABLE t DISABLE TRIGGER ALL;
UPDATE t SET x = 1001 WHERE id = 21;
ALTER TABLE t ENABLE TRIGGER ALL;
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'alter_column_type_modes' AND mode = 'immediate' ORDER BY 1;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE numeric(20, 3);
SELECT ivm.after_alter();
COMMIT;
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'alter_column_type_modes' AND mode = 'immediate' ORDER BY 1;
SELECT viewname, options FROM ivm.views WHERE schemaname = 'alter_column_type_modes' AND mode = 'immediate' AND options <> '{}' ORDER BY 1;
UPDATE t SET x = 1.5 WHERE id IN (20, 21);
CALL ivm.run_due();
SELECT method FROM ivm.refresh('d_note');
SELECT viewname, status FROM ivm.views WHERE schemaname = 'alter_column_type_modes' AND mode = 'immediate' ORDER BY 1;
SELECT rows_inserted FROM ivm.resume('paused');
SELECT method FROM ivm.refresh('unpopulated');
SELECT method FROM ivm.refresh('broken');
UPDATE t SET x = x * 1.5;
SELECT * FROM check_all();
DROP TABLE t CASCADE;

-- append views: what is closed stays, though the table has it no more
CREATE TABLE e (id int PRIMARY KEY, at date NOT NULL, x int, kind varchar(10));
INSERT INTO e SELECT g, date '2024-01-01' + g / 10, g, 'k' || g % 3 FROM generate_series(1, 99) g;
SELECT ivm.create_view('a', 'SELECT at, kind, count(*) AS n, sum(x) AS s, max(x) AS m FROM e GROUP BY at, kind', 'append',
	options => '{"watermark": "id", "overlap": 0, "late": "10 days", "bucket": "at", "fillfactor": 50}');
SELECT ivm.create_view('a_open', 'SELECT kind, avg(x) AS a FROM e GROUP BY kind', 'append', options => '{"watermark": "id", "overlap": 0}');
SELECT ivm.create_view('a_rows', 'SELECT id, x FROM e WHERE x % 10 = 0', 'append', options => '{"watermark": "id", "overlap": 0}');
SELECT ivm.create_view('a_bag', 'SELECT x % 10 AS x FROM e', 'append', options => '{"watermark": "id", "overlap": 0}');
SELECT ivm.create_index('a', 'm DESC', 'a_m');
SELECT ivm.create_view('a_paused', 'SELECT count(x) AS n FROM e', 'append', options => '{"watermark": "id", "overlap": 0}');
SELECT ivm.pause('a_paused');
DELETE FROM e WHERE id < 20;
SELECT method FROM ivm.refresh('a_open', 'recompute');
CREATE TABLE before AS SELECT * FROM a;
SELECT data_as_of AS as_of FROM ivm.data_as_of('a') data_as_of \gset
BEGIN;
SELECT ivm.before_alter('e');
SELECT * FROM a;
ROLLBACK;
BEGIN;
SELECT ivm.before_alter('e');
ALTER TABLE e ALTER id TYPE bigint, ALTER x TYPE bigint, ALTER kind TYPE text, ALTER at TYPE timestamp;
SELECT ivm.after_alter();
INSERT INTO e VALUES (100, '2024-01-10', 100, 'late'), (101, 'today', 101, 'longer than before');
COMMIT;
\d a
SELECT (SELECT count(*) FROM a) = (SELECT count(*) FROM before) AS as_many, (SELECT count(*) FROM (SELECT * FROM a INTERSECT SELECT * FROM before) q) AS same;
SELECT ivm.data_as_of('a') = :'as_of' AS as_of;
SELECT viewname, status, a.closed_before::date = (SELECT current_date - 10) AS closed FROM ivm.views v LEFT JOIN ivm.append_view a ON a.view_id = v.id WHERE schemaname = 'alter_column_type_modes' ORDER BY 1;
SELECT * FROM a_open ORDER BY 1;
SELECT method, reason FROM ivm.refresh('a');
SELECT method, reason FROM ivm.refresh('a_open');
SELECT method, reason FROM ivm.refresh('a_rows');
SELECT method, reason FROM ivm.refresh('a_bag');
SELECT * FROM check_all();
SELECT count(*), sum(n) FROM a;
SELECT at = current_date AS today, kind, n, s FROM a WHERE at > '2024-02-01';
SELECT * FROM ivm.resume('a_paused');
SELECT viewname, late_rows FROM ivm.views WHERE late_rows > 0 AND schemaname = 'alter_column_type_modes';
INSERT INTO e VALUES (102, 'today', 102, 'longer than before');
SELECT viewname, r.method, r.reason FROM ivm.views, ivm.refresh(view) r WHERE schemaname = 'alter_column_type_modes' ORDER BY 1;
SELECT * FROM check_all();
-- what cannot be cast: groups that are one in the new type, other ways to keep sums, packed states
SELECT ivm.create_view('a_bits', 'SELECT at, bit_and(x) AS b FROM e GROUP BY at', 'append', options => '{"watermark": "id", "overlap": 0}');
BEGIN;
SELECT ivm.before_alter('e', 'x');
ALTER TABLE e ALTER x TYPE int;
SELECT ivm.after_alter();
SELECT viewname, status FROM ivm.views WHERE viewname = 'a_bits';
COMMIT;
SELECT viewname, r.method FROM ivm.views, ivm.refresh(view) r WHERE schemaname = 'alter_column_type_modes' ORDER BY 1;
SELECT * FROM check_all();
BEGIN;
SELECT ivm.before_alter('e', 'x');
ALTER TABLE e ALTER x TYPE numeric;
SELECT ivm.after_alter();
ROLLBACK;
BEGIN;
SELECT ivm.before_alter('e', 'kind');
ALTER TABLE e ALTER kind TYPE varchar(1) USING left(kind, 1);
SELECT ivm.after_alter();
ROLLBACK;
BEGIN;
SELECT ivm.before_alter('e', 'at');
ALTER TABLE e ALTER at TYPE date;
SELECT ivm.after_alter();
COMMIT;
SELECT method FROM ivm.refresh('a');
SELECT * FROM check_all();
DROP TABLE e CASCADE;

-- partitions, inheritance children, a view on a partition
CREATE TABLE p (id int, k int, x int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
INSERT INTO p SELECT g, g % 4, g FROM generate_series(1, 150) g;
SELECT make_view('of_parent', 'SELECT k, sum(x) AS s FROM p GROUP BY k');
SELECT make_view('of_partition', 'SELECT k, sum(x) AS s FROM p2 GROUP BY k');
BEGIN;
SELECT ivm.before_alter('p', 'x');
ALTER TABLE p ALTER x TYPE numeric;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (200) TO (300);
DROP TABLE p1;
INSERT INTO p VALUES (250, 1, 0.5), (151, 1, 0.25);
SELECT ivm.after_alter();
COMMIT;
UPDATE p SET x = x + 0.5 WHERE k = 1;
SELECT * FROM check_views();
DROP TABLE p CASCADE;
TRUNCATE definition;

-- windows of time, settings, rows as a whole
CREATE TABLE w (id int PRIMARY KEY, at timestamp, k int, x real);
CREATE INDEX ON w (at);
INSERT INTO w SELECT g, localtimestamp - g * interval '1 hour', g % 3, g / 4.0 FROM generate_series(1, 100) g;
SET TimeZone = 'Europe/Berlin';
SET DateStyle = 'SQL, DMY';
SELECT ivm.create_view('window_', $$SELECT k, count(*) AS n FROM w WHERE at > localtimestamp - interval '2 days' GROUP BY k$$);
SELECT ivm.create_view('texts', $$SELECT at::text AS at, sum(x)::text || k AS s, timestamptz '2024-03-04 05:06' AS c FROM w WHERE at > '2024-03-04 05:06' GROUP BY at, k$$);
SELECT ivm.create_view('documents', 'SELECT id, to_jsonb(w) AS document FROM w');
SELECT ivm.create_view('whole', 'SELECT id, w AS w FROM w');
SELECT ivm.create_view('by_rows', 'SELECT w AS w, count(*) AS n FROM w GROUP BY w');
SELECT id, settings FROM ivm.view WHERE view = 'texts'::regclass \gset before_
SELECT options AS before_options FROM ivm.views WHERE view = 'window_'::regclass \gset
SET TimeZone = 'UTC';
SET DateStyle = 'ISO, MDY';
\set VERBOSITY terse
ALTER TABLE w ALTER at TYPE timestamptz;
\set VERBOSITY default
BEGIN;
SELECT ivm.before_alter('w');
ALTER TABLE w ALTER x TYPE float8, ALTER k TYPE bigint;
SELECT ivm.after_alter();
COMMIT;
SELECT settings = :'before_settings' AS same_settings FROM ivm.view WHERE view = 'texts'::regclass;
SELECT options = :'before_options' AS same_options FROM ivm.views WHERE view = 'window_'::regclass;
INSERT INTO w VALUES (101, localtimestamp, 1, 0.1);
UPDATE w SET k = 10000000000 WHERE id = 5;
SELECT * FROM check_all();
SELECT document - 'at' FROM documents WHERE id = 101;
BEGIN;
SELECT ivm.before_alter('w', 'at');
ALTER TABLE w ALTER at TYPE timestamptz;
SELECT ivm.after_alter();
COMMIT;
SELECT * FROM check_all();
DROP SCHEMA alter_column_type_modes CASCADE;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
