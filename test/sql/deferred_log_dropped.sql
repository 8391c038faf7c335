-- A segment of a change log that a superuser has dropped in spite of everything: views are
-- computed afresh, and then refreshed as before.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_log_dropped;
SET search_path = deferred_log_dropped, ivm_test, public;
CREATE TABLE t (id int, g int);
INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 100) i;
CREATE FUNCTION deferred(name text, query text, staleness text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition
	VALUES (ivm.create_view(name, query, 'deferred', options => jsonb_build_object('max_staleness', staleness)), query, 'both');
END $$;
SELECT deferred('v', 'SELECT g, count(*) AS n FROM t GROUP BY g', NULL);
SELECT deferred('fresh', 'SELECT g, count(*) AS n FROM t GROUP BY g', '0');
INSERT INTO t VALUES (101, 1);
DO $$
DECLARE
	s	text := (SELECT segment::text FROM ivm.change_log WHERE base = 't'::regclass);
BEGIN
	DELETE FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = s::regclass AND deptype = 'e';
	EXECUTE 'DROP TABLE ' || s;
END $$;
INSERT INTO t VALUES (102, 2);
SELECT * FROM check_views() WHERE view = 'fresh';
SELECT method, reason FROM ivm.refresh('v');
INSERT INTO t VALUES (103, 3);
SELECT * FROM check_views() WHERE view = 'fresh';
SELECT count(*) FROM ivm.refresh_together('v', 'fresh');
SELECT * FROM check_views();
INSERT INTO t VALUES (104, 4);
SELECT deferred('later', 'SELECT g, count(*) AS n FROM t WHERE id > 50 GROUP BY g', '0');
INSERT INTO t VALUES (105, 4);
SELECT * FROM check_views() WHERE view <> 'v';
-- the row of the lost segment goes as others do; an open transaction anywhere holds that up
DO $$
BEGIN
	FOR i IN 1 .. 300 LOOP
		PERFORM ivm.refresh_together('v', 'fresh', 'later');
		COMMIT;
		EXIT WHEN (SELECT count(*) = 1 FROM ivm.change_log WHERE base = 't'::regclass);
		INSERT INTO t VALUES (1000 + i, 1);
		COMMIT;
	END LOOP;
END $$;
SELECT count(*) FROM ivm.change_log WHERE base = 't'::regclass;
INSERT INTO t VALUES (106, 4);
SELECT method FROM ivm.refresh('v', 'delta');
SELECT method FROM ivm.refresh_together('fresh', 'later');
SELECT * FROM check_views();
DROP SCHEMA deferred_log_dropped CASCADE;
