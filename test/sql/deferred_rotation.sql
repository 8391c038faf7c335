-- The segments of a change log: begun, closed and dropped as views take them in.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_rotation;
SET search_path = deferred_rotation, ivm_test, public;
CREATE TABLE t (id int, k int, v text);
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
CREATE FUNCTION segments() RETURNS TABLE (segments bigint, current bigint, closed bigint) LANGUAGE sql AS $$
	SELECT count(*), count(*) FILTER (WHERE current), count(closed_xid) FROM ivm.change_log WHERE base = 't'::regclass $$;
SELECT deferred('v', 'SELECT k, count(*) AS n, sum(length(v)) AS s FROM t GROUP BY k');
SELECT deferred('slow', 'SELECT count(*) AS n FROM t');
CREATE PROCEDURE load(n int) LANGUAGE sql AS $$
	INSERT INTO t SELECT i, i % 7, repeat('x', 100) FROM generate_series(1, n) i $$;
-- refreshes until the log is one segment again; an open transaction anywhere holds that up
CREATE PROCEDURE settle(views text[]) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 300 LOOP
		CALL load(1);
		COMMIT;
		PERFORM ivm.refresh(v::regclass) FROM unnest(views) v;
		COMMIT;
		EXIT WHEN (SELECT count(*) = 1 FROM ivm.change_log WHERE base = 't'::regclass);
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
SELECT * FROM segments();
CALL load(20000);
SELECT segment AS first FROM ivm.change_log WHERE base = 't'::regclass \gset
SELECT method, rows_read FROM ivm.refresh('v', 'delta');
SELECT method, rows_read FROM ivm.refresh('slow', 'delta');
-- the next refresh begins another segment, writers go on there
CALL load(10);
SELECT method, rows_read FROM ivm.refresh('v', 'delta');
SELECT segments, current FROM segments();
CALL load(10);
SELECT count(*) FROM :first;
SELECT method, rows_read FROM ivm.refresh('v', 'delta');
SELECT * FROM check_views() WHERE view = 'v';
-- the first one is dropped when both views have taken it in
SELECT method, rows_read FROM ivm.refresh('slow', 'delta');
CALL settle('{v, slow}');
SELECT * FROM segments();
SELECT to_regclass(:'first');
SELECT * FROM check_views();
-- one view alone does not let it go
CALL load(20000);
SELECT segment AS first FROM ivm.change_log WHERE base = 't'::regclass \gset
CALL settle('{v}');
SELECT to_regclass(:'first') = :'first'::regclass AS kept;
SELECT method, rows_read > 20000 AS all FROM ivm.refresh('slow', 'delta');
CALL settle('{v, slow}');
SELECT to_regclass(:'first');
SELECT * FROM check_views();
-- a view past its limit is given up, and writers go on
SELECT ivm.alter_view('slow', '{"log_limit": "1MB"}');
CALL load(30000);
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'deferred_rotation' ORDER BY 1;
SELECT * FROM check_views() WHERE view = 'slow';
SELECT method, rows_read FROM ivm.refresh('v', 'delta');
CALL settle('{v}');
SELECT * FROM segments();
SELECT method, reason FROM ivm.refresh('slow');
CALL load(10);
SELECT count(*) FROM ivm.refresh_together('slow', 'v');
SELECT * FROM check_views();
-- nobody logs for views that are all stale
SELECT ivm.alter_view('v', '{"log_limit": "1MB"}');
CALL load(30000);
SELECT viewname, status FROM ivm.views WHERE schemaname = 'deferred_rotation' ORDER BY 1;
CALL load(10);
CALL ivm.refresh_all('deferred\_rotation.%');
SELECT * FROM check_views();
CALL settle('{v, slow}');
SELECT * FROM segments();
-- a log by hand: it belongs to the extension
DO $$ DECLARE s regclass := (SELECT segment FROM ivm.change_log WHERE base = 't'::regclass AND current);
BEGIN EXECUTE 'DROP TABLE ' || s;
EXCEPTION WHEN dependent_objects_still_exist THEN RAISE NOTICE 'refused'; END $$;
DROP SCHEMA deferred_rotation CASCADE;
