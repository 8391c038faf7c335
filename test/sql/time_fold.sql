-- ivm.fold() deletes the buckets that have left a window of time.  Readers who look further back, late rows and
-- changes of old rows are served from the base table.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA time_fold;
SET search_path = time_fold, ivm_test, public;

CREATE TABLE t (id serial PRIMARY KEY, g int, at timestamptz, l timestamp, x int);
CREATE INDEX ON t (at);
INSERT INTO t (g, at, l, x) SELECT k % 3, now() - k * interval '10 ms', localtimestamp - k * interval '10 ms', k FROM generate_series(-10, 200) k;
INSERT INTO t (g, at, l, x) VALUES (1, '-infinity', 'infinity', 1), (1, NULL, NULL, 1), (2, '1990-01-01', '1990-01-01', 3);
SELECT make_view('linear', 'SELECT g, count(*) AS n, sum(x) AS s FROM t WHERE at > now() - interval ''500 ms'' GROUP BY g');
SELECT make_view('extremes', 'SELECT g, min(x) AS n, max(x) AS m FROM t WHERE at >= now() - interval ''500 ms'' AND at < now() GROUP BY g');
SELECT make_view('no_group', 'SELECT count(*) AS n FROM t WHERE at >= now() - interval ''500 ms''');
SELECT make_view('local', 'SELECT g, count(*) AS n FROM t WHERE l >= localtimestamp - interval ''500 ms'' GROUP BY g');
SELECT make_view('old', 'SELECT g, count(*) AS n FROM t WHERE at < now() - interval ''500 ms'' GROUP BY g');
SELECT assert_exact();

-- where the state of each view begins, and whether it has rows from before the window
CREATE FUNCTION states() RETURNS TABLE (name text, moved boolean, older boolean) LANGUAGE plpgsql AS $$
DECLARE
	v record;
BEGIN
	FOR v IN SELECT d.viewname, d.state_table, w.start FROM ivm.views d LEFT JOIN ivm.time_window w ON w.view_id = d.id
			 WHERE d.schemaname = 'time_fold' ORDER BY 1 LOOP
		name := v.viewname;
		moved := v.start > '-infinity';
		EXECUTE format('SELECT count(*) > 0 FROM %s WHERE bucket < now() - interval ''900 ms''', v.state_table) INTO older;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM states();
SELECT fold_views();
SELECT * FROM states();
SELECT assert_exact();

-- what comes late, or changes, before the start
INSERT INTO t (g, at, l, x) SELECT 5, now() - interval '1 min', localtimestamp - interval '1 min', 1 FROM generate_series(1, 10);
UPDATE t SET x = x + 1 WHERE at < now() - interval '1 s';
SELECT assert_exact();
BEGIN;
UPDATE t SET at = now() - interval '100 ms', l = localtimestamp - interval '100 ms' WHERE g = 5;
DELETE FROM t WHERE at < now() - interval '1 s' AND g = 0;
SELECT assert_exact();
COMMIT;
SELECT assert_exact();
SELECT fold_views();
SELECT pg_sleep(0.05);
SELECT fold_views();
SELECT * FROM states();
SELECT assert_exact();

-- the definition is run: its rows before the start are not counted twice
SELECT ivm.pause('linear');
INSERT INTO t (g, at, l, x) SELECT 6, now() - k * interval '50 ms', localtimestamp, 1 FROM generate_series(1, 20) k;
SELECT assert_exact();
SELECT count(*) FROM ivm.resume('linear');
SELECT assert_exact();
SELECT count(*) FROM ivm.reconcile('extremes');
SELECT assert_exact();

-- a clock that is behind, which a start in the future stands for: more is read from the table
UPDATE ivm.time_window SET start = now() + interval '1 min' WHERE view_id IN (SELECT id FROM ivm.views WHERE schemaname = 'time_fold');
SELECT assert_exact();
INSERT INTO t (g, at, l, x) SELECT 7, now() - k * interval '50 ms', localtimestamp, 1 FROM generate_series(-20, 20) k;
SELECT assert_exact();

-- retention: old rows are deleted from the table
DELETE FROM t WHERE at < now() - interval '600 ms';
SELECT assert_exact();
SELECT ivm.drop_view('linear');
SELECT count(*) FROM ivm.time_window WHERE view_id NOT IN (SELECT id FROM ivm.view);
DROP SCHEMA time_fold CASCADE;
