-- Rows of the state that have left a window of time are removed: by ivm.fold(), by ivm.run_due() and by refreshes, with buckets
-- and without.  What looks further back than what is left is read from the tables.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
\i :oracle
CREATE SCHEMA time_removal;
SET search_path = time_removal, ivm_test, public;

CREATE TABLE kinds (g int PRIMARY KEY, name text);
INSERT INTO kinds SELECT g, 'kind ' || g FROM generate_series(0, 3) g;
CREATE TABLE t (id serial PRIMARY KEY, g int, at timestamptz, l timestamp, day date, x int);
CREATE INDEX ON t (at);
-- half an hour from the edges of windows
CREATE PROCEDURE fill(hours int) LANGUAGE sql AS $$
	INSERT INTO t (g, at, l, day, x)
		SELECT k % 3, a, a AT TIME ZONE 'UTC', (a AT TIME ZONE 'UTC')::date, k
		FROM generate_series(-30, hours) k, LATERAL (SELECT now() - k * interval '1 hour' + interval '30 min') q (a)
$$;
CALL fill(1000);
INSERT INTO t (g, at, l, day, x) VALUES (1, '-infinity', 'infinity', '-infinity', 1), (1, NULL, NULL, NULL, 1), (2, '1990-01-01', '1990-01-01', '1990-01-01', 3);
SET TimeZone = 'UTC';
CREATE TABLE kept (name text PRIMARY KEY, query text);
INSERT INTO kept VALUES
	('buckets', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS m FROM t WHERE at > now() - interval ''3 days'' GROUP BY g'),
	('two_sided', 'SELECT count(*) AS n FROM t WHERE l >= localtimestamp - interval ''3 days'' AND l < localtimestamp + interval ''1 day'''),
	('bag', 'SELECT id, g FROM t WHERE at > now() - interval ''3 days'''),
	('joined', 'SELECT k.name, t.x FROM t JOIN kinds k USING (g) WHERE l > localtimestamp - interval ''3 days'''),
	('days', 'SELECT at::date AS d, g, array_agg(id ORDER BY id) AS ids, max(x) AS m FROM t WHERE at::date >= current_date - 3 GROUP BY 1, 2'),
	('by_date', 'SELECT g, count(*) AS n, max(x) AS m FROM t WHERE day >= current_date - 3 GROUP BY g'),
	('today', 'SELECT g, sum(x) AS s FROM t WHERE day = current_date GROUP BY g'),
	('different', 'SELECT DISTINCT g, day FROM t WHERE day > now() - interval ''3 days'''),
	('months', 'SELECT count(*) AS n FROM t WHERE date_trunc(''hour'', at) >= date_trunc(''month'', now()) - interval ''1 day''');
SELECT make_view(name, query) FROM kept;
SELECT make_view('before', 'SELECT g, count(*) AS n FROM t WHERE at < now() - interval ''3 days'' GROUP BY g');
SELECT assert_exact();

-- where the state of each view begins, and whether it has rows of before the last 40 days (the months), and others
CREATE FUNCTION states() RETURNS TABLE (name text, noted boolean, moved boolean, old boolean, others boolean) LANGUAGE plpgsql AS $$
DECLARE
	v record;
	c name;
BEGIN
	FOR v IN SELECT d.viewname, d.state_table, w.start FROM ivm.views d LEFT JOIN ivm.time_window w ON w.view_id = d.id
			 WHERE d.schemaname = 'time_removal' ORDER BY 1 LOOP
		name := v.viewname;
		noted := v.start IS NOT NULL;
		moved := v.start > '-infinity';
		SELECT attname INTO c FROM pg_attribute WHERE attrelid = v.state_table AND atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
			ORDER BY attnum LIMIT 1;
		EXECUTE format('SELECT count(*) FILTER (WHERE %1$I < now() - interval ''40 days'') > 0, count(*) FILTER (WHERE %1$I > now() - interval ''40 days'') > 0 FROM %2$s', c, v.state_table)
			INTO old, others;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM states();

-- ivm.run_due(), when it is worth it
CALL ivm.run_due();
SELECT count(*) FILTER (WHERE moved) AS moved FROM states();
UPDATE ivm.time_window SET due_at = now() WHERE view_id IN (SELECT id FROM ivm.views WHERE schemaname = 'time_removal');
CALL ivm.run_due();
SELECT * FROM states();
SELECT min(due_at) > now() + interval '5 seconds' AS not_soon FROM ivm.time_window WHERE view_id IN (SELECT id FROM ivm.views WHERE schemaname = 'time_removal');
SELECT assert_exact();

-- what comes late, what moves into the window or out of it, what is deleted: none of it is stored, some has been before
CREATE FUNCTION corrected() RETURNS TABLE (name text, n bigint) LANGUAGE sql AS $$
	SELECT v.viewname, r.rows_inserted + r.rows_updated + r.rows_deleted FROM ivm.views v, ivm.reconcile(v.view) r
	WHERE v.schemaname = 'time_removal' AND r.rows_inserted + r.rows_updated + r.rows_deleted > 0 ORDER BY 1 $$;
CREATE FUNCTION changes() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO t (g, at, l, day, x) SELECT g, at, l, day, x + 1 FROM t WHERE at < now() - interval '41 days' AND isfinite(at);
	UPDATE t SET x = x + 1, g = (g + 1) % 3 WHERE id % 7 = 0;
	PERFORM ivm_test.assert_exact();
	UPDATE t SET at = now() - interval '1 hour', l = localtimestamp - interval '1 hour', day = current_date WHERE id % 50 = 3;
	UPDATE t SET at = at - interval '60 days', l = l - interval '60 days', day = day - 60 WHERE id % 50 = 4 AND isfinite(at);
	DELETE FROM t WHERE at < now() - interval '41 days' AND id % 3 = 0;
	PERFORM ivm_test.assert_exact();
END $$;
SELECT changes();
SELECT assert_exact();
SELECT count(*) > 0 AS left_behind FROM states() WHERE moved AND old;
SELECT * FROM corrected();
SELECT * FROM states() WHERE moved AND old;
SELECT changes();
SELECT fold_views();
SELECT * FROM states() WHERE moved AND old;
SELECT assert_exact();
SELECT sum((SELECT count(*) FROM ivm.verify_view(view))) AS differences FROM ivm.views WHERE schemaname = 'time_removal';

-- a clock that is behind the removal, which a start in the future stands for: those without buckets run the definition
UPDATE ivm.time_window SET start = now() + interval '2 days' WHERE view_id IN (SELECT id FROM ivm.views WHERE schemaname = 'time_removal' AND viewname <> 'buckets');
SELECT assert_exact();
SELECT changes();
CREATE FUNCTION runs_definition() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT g FROM today LOOP
		IF line LIKE '%Runs Definition%' THEN
			RETURN NEXT trim(line);
		END IF;
	END LOOP;
END $$;
SELECT runs_definition();
SELECT count(ivm.pause(view)::text) FROM ivm.views WHERE schemaname = 'time_removal';
SELECT changes();
SELECT count(*) FROM ivm.views v, ivm.resume(v.view) WHERE schemaname = 'time_removal';
SELECT assert_exact();
SELECT changes();
SELECT count(*) FROM (SELECT ivm.drop_view(viewname) FROM ivm.views WHERE schemaname = 'time_removal') d;
TRUNCATE t, ivm_test.definition;

-- deferred: refreshes remove, also those that find nothing new; fresh reads may look further back
CALL fill(1000);
INSERT INTO ivm_test.definition SELECT ivm.create_view(name, query, 'deferred'), query, 'both' FROM kept;
SELECT * FROM states();
CREATE FUNCTION refresh_all(how text DEFAULT 'auto') RETURNS TABLE (name text, method text, reason text) LANGUAGE sql AS $$
	SELECT v.viewname, r.method, r.reason FROM ivm.views v, ivm.refresh(v.view, how) r WHERE v.schemaname = 'time_removal' ORDER BY 1 $$;
SELECT * FROM refresh_all();
SELECT * FROM states();
SELECT assert_exact();
CREATE FUNCTION deferred_changes() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	INSERT INTO t (g, at, l, day, x) SELECT g, at, l, day, x + 1 FROM t WHERE at < now() - interval '41 days';
	UPDATE t SET x = x + 1, g = (g + 1) % 3 WHERE id % 7 = 0;
	UPDATE t SET at = now() - interval '1 hour', l = localtimestamp - interval '1 hour', day = current_date WHERE id % 50 = 3;
	UPDATE t SET at = at - interval '60 days', l = l - interval '60 days', day = day - 60 WHERE id % 50 = 4;
	DELETE FROM t WHERE at < now() - interval '41 days' AND id % 3 = 0;
END $$;
SELECT deferred_changes();
SELECT sum((SELECT count(*) FROM ivm.verify_view(view))) AS differences FROM ivm.views WHERE schemaname = 'time_removal';
SELECT method, count(*) FROM refresh_all('delta') GROUP BY 1;
SELECT assert_exact();
SELECT name FROM states() WHERE old;
SELECT deferred_changes();
SELECT method, count(*) FROM refresh_all('recompute') GROUP BY 1;
SELECT assert_exact();
SELECT name FROM states() WHERE old;
SELECT * FROM corrected();

-- the window has grown: all is stored again
UPDATE ivm.time_window SET start = now() + interval '2 days' WHERE view_id IN (SELECT id FROM ivm.views WHERE schemaname = 'time_removal');
SELECT assert_exact();
SELECT DISTINCT method, reason FROM refresh_all();
SELECT assert_exact();
SELECT name FROM states() WHERE old OR NOT moved;

-- to immediate and back
SELECT count(ivm.alter_view(view, '{"mode": "immediate"}')::text) FROM ivm.views WHERE schemaname = 'time_removal';
SELECT count(*) AS due FROM ivm.time_window w JOIN ivm.views v ON v.id = w.view_id WHERE v.schemaname = 'time_removal' AND isfinite(w.due_at);
SELECT changes();
SELECT count(ivm.alter_view(view, '{"mode": "deferred"}')::text) FROM ivm.views WHERE schemaname = 'time_removal';
SELECT count(*) AS due FROM ivm.time_window w JOIN ivm.views v ON v.id = w.view_id WHERE v.schemaname = 'time_removal' AND isfinite(w.due_at);
SELECT deferred_changes();
SELECT method, count(*) FROM refresh_all('delta') GROUP BY 1;
SELECT assert_exact();
SELECT name FROM states() WHERE old;
SET client_min_messages = error;
DROP SCHEMA time_removal CASCADE;
SELECT count(*) FROM ivm.time_window WHERE view_id NOT IN (SELECT id FROM ivm.view);
\i :worker_again
