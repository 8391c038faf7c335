-- A deferred or an append view that is replaced by the same query keeps its rows, which are as of its last refresh, and gets the options
-- that are given. Anything else is a replacement.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA replace_by_itself;
SET search_path = replace_by_itself, public;
CREATE TABLE t (id bigserial PRIMARY KEY, at date, k int);
CREATE INDEX ON t (k);
INSERT INTO t (at, k) SELECT '2024-01-01', i % 3 FROM generate_series(1, 9) i;
CREATE PROCEDURE make(mode text, options jsonb DEFAULT '{}', query text DEFAULT 'SELECT k, count(*) AS n, max(id) AS last FROM t GROUP BY k', with_data boolean DEFAULT true)
LANGUAGE plpgsql AS $$
BEGIN
	IF mode = 'append' THEN
		options := '{"watermark": "id", "bucket": "k"}' || options;
	END IF;
	PERFORM ivm.create_view(mode || '_view', query, mode, with_data, options || '{"replace": true}');
END $$;
-- has a view been written since, and how old are its rows
CREATE TABLE before (view regclass PRIMARY KEY, state oid, written text, as_of timestamptz);
CREATE FUNCTION kept(v regclass) RETURNS TABLE (same_storage boolean, same_watermark boolean, n numeric) LANGUAGE plpgsql AS $$
BEGIN
	SELECT b.state = w.state::oid, b.as_of = m.as_of AND b.written = m.xmin::text INTO same_storage, same_watermark
	FROM before b JOIN ivm.view w USING (view) JOIN ivm.watermark m ON m.view_id = w.id WHERE b.view = v;
	INSERT INTO before SELECT w.view, w.state, m.xmin, m.as_of FROM ivm.view w JOIN ivm.watermark m ON m.view_id = w.id WHERE w.view = v
	ON CONFLICT (view) DO UPDATE SET state = EXCLUDED.state, written = EXCLUDED.written, as_of = EXCLUDED.as_of;
	EXECUTE format('SELECT sum(n) FROM %s', v) INTO n;
	RETURN NEXT;
END $$;
CALL make('deferred');
CALL make('append');
SELECT * FROM kept('deferred_view');
SELECT * FROM kept('append_view');
INSERT INTO t (at, k) VALUES ('2024-01-02', 1);

-- the same, with options
CALL make('deferred');
CALL make('append');
SELECT * FROM kept('deferred_view');
SELECT * FROM kept('append_view');
CALL make('deferred', '{"refresh": "10 min", "fillfactor": 50, "log_limit": "100MB"}');
CALL make('append', '{"refresh": "10 min", "max_staleness": "1 day"}');
SELECT * FROM kept('deferred_view');
SELECT * FROM kept('append_view');
SELECT viewname, options, next_run IS NOT NULL AS scheduled FROM ivm.views WHERE schemaname = 'replace_by_itself' ORDER BY 1;
SELECT view_name, operation, method FROM ivm.history WHERE view_name LIKE 'replace_by_itself.%' ORDER BY id;
-- they are refreshed from there on
SELECT method, rows_read FROM ivm.refresh('deferred_view', 'delta');
SELECT method, rows_read FROM ivm.refresh('append_view', 'delta');
SELECT * FROM kept('deferred_view');
SELECT * FROM kept('append_view');

-- another query, other rows, other storage
INSERT INTO t (at, k) VALUES ('2024-01-02', 1);
CALL make('deferred', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
CALL make('append', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT * FROM kept('deferred_view');
SELECT * FROM kept('append_view');
-- other names for its columns are an error, as ever
CALL make('deferred', '{}', 'SELECT k, count(*) AS m, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
-- another way to find its rows
CALL make('append', '{"overlap": 5}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT * FROM kept('append_view');
CALL make('append', '{"late": 100}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT * FROM kept('append_view');
-- the same again: what is not given stays
CALL make('append', '{"fillfactor": 80}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT * FROM kept('append_view');
-- one that is not ready is filled, also if it was rolled back; and one without data is not
ALTER TABLE t DISABLE TRIGGER ivm_capture;
ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture;
CALL make('deferred', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT same_storage, n FROM kept('deferred_view');
CALL ivm.rebuild('append_view', keep => true);
SELECT count(*) FROM ivm.rollback('append_view');
CALL make('append', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT same_storage, n FROM kept('append_view');
SELECT status FROM ivm.views WHERE view = 'append_view'::regclass;
CALL make('deferred', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k', false);
SELECT status FROM ivm.views WHERE view = 'deferred_view'::regclass;
CALL ivm.rebuild('deferred_view');

-- what is kept for ivm.rollback() stays, too
CALL ivm.rebuild('deferred_view', keep => true);
CALL make('deferred', '{}', 'SELECT k, count(*) AS n, max(id) AS last FROM t WHERE k < 100 GROUP BY k');
SELECT kept_as_of IS NOT NULL FROM ivm.views WHERE view = 'deferred_view'::regclass;
-- a window of time, and parts
SELECT ivm.create_view('recent', 'SELECT k, count(*) AS n FROM t WHERE at > now() - interval ''100 years'' AND id <> (SELECT min(id) FROM t) GROUP BY k', 'deferred');
SELECT * FROM kept('recent');
INSERT INTO t (at, k) VALUES ('2024-01-02', 1);
SELECT ivm.create_view('recent', 'SELECT k, count(*) AS n FROM t WHERE at > now() - interval ''100 years'' AND id <> (SELECT min(id) FROM t) GROUP BY k', 'deferred', options => '{"replace": true}');
SELECT * FROM kept('recent');
SELECT * FROM ivm.verify_view('recent');
DROP SCHEMA replace_by_itself CASCADE;
