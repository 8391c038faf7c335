-- While an old snapshot is open no dead version of a state row is removed.  Reads pass them by: state rows
-- are looked up by their key, the newest versions first.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA read_dead_versions;
SET search_path = read_dead_versions, ivm_test, public;
CREATE TABLE t (id serial, a int, b date, n numeric(12,2), k text, x int);
INSERT INTO t (a, b, n, k, x)
SELECT nullif(i % 4, 0), CASE WHEN i % 3 > 0 THEN date '2026-01-01' + i % 3 END, i % 2 / 4.0, 'k' || i % 6, i
FROM generate_series(1, 60) i;
SELECT make_view('one', 'SELECT a, count(*) AS c, sum(x) AS s, min(x) AS lo FROM t GROUP BY a');
SELECT make_view('three', 'SELECT a, b, n, count(*) AS c, sum(x) AS s FROM t GROUP BY a, b, n');
SELECT make_view('texts', 'SELECT k, count(*) AS c, sum(x) AS s FROM t GROUP BY k');
SELECT make_view('total', 'SELECT count(*) AS c, sum(x) AS s, max(x) AS hi FROM t');
SELECT ivm.create_index('one', 's') IS NOT NULL AS made;

-- holds back the horizon until it ends
CREATE TABLE other (x int);
BEGIN;
INSERT INTO other VALUES (1);
PREPARE TRANSACTION 'regress_ivm_dead_versions';
DO $$ BEGIN
	FOR r IN 1..2400 LOOP
		INSERT INTO t (a, b, n, k, x)
		SELECT nullif(i % 4, 0), CASE WHEN i % 3 > 0 THEN date '2026-01-01' + i % 3 END, i % 2 / 4.0, 'k' || i % 6, i
		FROM generate_series(r, r + 5) i;
		COMMIT;
	END LOOP;
END $$;

-- Does a query read state rows by key?  It shows the same as over the definitions in any case.
CREATE FUNCTION by_key(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored	text := q;
	plain	text := q;
	d		record;
	plan	text;
	found	bool := false;
	diff	bigint;
BEGIN
	FOR d IN SELECT view, query FROM ivm_test.definition LOOP
		stored := replace(stored, '@' || d.view, d.view::text);
		plain := replace(plain, '@' || d.view, format('(%s) AS %s', d.query, d.view));
	END LOOP;
	FOR plan IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || stored LOOP
		found := found OR plan LIKE '%State Rows: read by key%';
	END LOOP;
	EXECUTE format('WITH a AS (SELECT q, row_number() OVER () AS n FROM (%s) q), b AS (SELECT q, row_number() OVER () AS n FROM (%s) q)
		SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) d', stored, plain) INTO diff;
	RETURN CASE WHEN diff > 0 THEN format('WRONG: %s rows', diff) WHEN found THEN 'by key' ELSE 'scanned' END;
END $$;
CREATE FUNCTION all_queries() RETURNS TABLE (query text, read text) LANGUAGE sql AS $$
	SELECT q, by_key(q) FROM unnest(ARRAY[
		'SELECT * FROM @one ORDER BY a',
		'SELECT * FROM @one ORDER BY a DESC NULLS LAST',
		'SELECT * FROM @one WHERE a = 3',
		'SELECT * FROM @one WHERE a = 99',
		'SELECT * FROM @one WHERE a = NULL',
		'SELECT * FROM @one WHERE a IS NULL',
		'SELECT * FROM @one WHERE a BETWEEN 2 AND 4 ORDER BY a',
		'SELECT * FROM @one WHERE a < 3 AND s > 10 ORDER BY a',
		'SELECT * FROM @one ORDER BY s DESC LIMIT 3',
		'SELECT * FROM @three ORDER BY a, b, n',
		'SELECT * FROM @three WHERE a = 2 ORDER BY b, n',
		'SELECT * FROM @three WHERE a = 2 AND b = ''2026-01-02'' AND n = 0',
		'SELECT * FROM @three WHERE a > 2 AND b < ''2026-01-03'' ORDER BY a, b, n',
		'SELECT * FROM @three WHERE b IS NULL ORDER BY a, n',
		'SELECT * FROM @texts ORDER BY k',
		'SELECT * FROM @texts WHERE k = ''k3''',
		'SELECT * FROM @total',
		'SELECT g, (SELECT c FROM @one WHERE a = g) FROM generate_series(0, 9) g ORDER BY g',
		'SELECT g, s FROM generate_series(0, 9) g, LATERAL (SELECT * FROM @one WHERE a = g) o ORDER BY g']) q
$$;
SELECT * FROM check_views();
SELECT * FROM all_queries();

-- more conditions than an index has columns
SELECT by_key('SELECT * FROM @one WHERE a > -1' || string_agg(' AND a > ' || i, '') || ' ORDER BY a') FROM generate_series(-150, -2) i;

-- the same with another choice of the plan, and no scans
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT read, count(*) FROM all_queries() GROUP BY read;
RESET enable_seqscan;
RESET enable_bitmapscan;
SET parallel_setup_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT read, count(*) FROM all_queries() GROUP BY read;
RESET parallel_setup_cost;
RESET min_parallel_table_scan_size;

-- keys whose locks others hold, so that they are pending: new ones, emptied ones, dirty ones
INSERT INTO t (a, b, n, k, x) VALUES (1, NULL, 0, 'k1', -5), (8, '2026-01-01', 1, 'k8', 2);
BEGIN;
INSERT INTO t (a, b, n, k, x) SELECT i, '2026-01-01', 0, 'k' || i, -i FROM generate_series(1, 8) i;
PREPARE TRANSACTION 'regress_ivm_pending';
INSERT INTO t (a, b, n, k, x) SELECT i, '2026-01-01', 0, 'k' || i, -i FROM generate_series(1, 9) i;
DELETE FROM t WHERE a = 2 OR x = -5;
SELECT * FROM check_views();
SELECT count(*) AS wrong FROM all_queries() WHERE read LIKE 'WRONG%';

-- changes of the own transaction, and a cursor that stays as it was
BEGIN;
DECLARE before CURSOR FOR SELECT a, c FROM one ORDER BY a;
FETCH 2 FROM before;
DELETE FROM t WHERE a = 3;
INSERT INTO t (a, x) VALUES (10, 1);
SELECT * FROM check_views();
SELECT count(*) AS wrong FROM all_queries() WHERE read LIKE 'WRONG%';
FETCH ALL FROM before;
COMMIT;
ROLLBACK PREPARED 'regress_ivm_pending';
SELECT fold_views();
SELECT * FROM check_views();

-- Two texts with one hash.  It is noted, once for each that was inserted beside the other, and the view is scanned from then on.
CREATE VIEW notes AS
	SELECT (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s WHERE slot = 65', c.oid::regclass), false, true, '')))[1]::text AS n
	FROM pg_class c WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^texts_\d+_delta$';
SELECT hashtextextended('first-text-1D9w0ao+>.J12', 0) = hashtextextended('hDzCX[kVYyPa.X#S2#vu`vqW', 0) AS alike;
INSERT INTO t (k, x) VALUES ('first-text-1D9w0ao+>.J12', 1);
SELECT n, by_key('SELECT * FROM @texts ORDER BY k') FROM notes;
INSERT INTO t (k, x) VALUES ('hDzCX[kVYyPa.X#S2#vu`vqW', 1);
SELECT n, by_key('SELECT * FROM @texts ORDER BY k') FROM notes;
DELETE FROM t WHERE k = 'hDzCX[kVYyPa.X#S2#vu`vqW';
INSERT INTO t (k, x) VALUES ('hDzCX[kVYyPa.X#S2#vu`vqW', 2);
SELECT fold_views();
SELECT n, by_key('SELECT * FROM @texts ORDER BY k') FROM notes;
DELETE FROM t WHERE k = 'hDzCX[kVYyPa.X#S2#vu`vqW';
DELETE FROM t WHERE k = 'first-text-1D9w0ao+>.J12';
INSERT INTO t (k, x) VALUES ('hDzCX[kVYyPa.X#S2#vu`vqW', 3), ('first-text-1D9w0ao+>.J12', 4);
SELECT n, by_key('SELECT * FROM @texts ORDER BY k') FROM notes;
DELETE FROM t WHERE k IN ('first-text-1D9w0ao+>.J12', 'hDzCX[kVYyPa.X#S2#vu`vqW');
-- by a fold: the lock of the hash is another's when the keys are new
BEGIN;
INSERT INTO t (k, x) VALUES ('first-text-1D9w0ao+>.J12', 5);
PREPARE TRANSACTION 'regress_ivm_pending';
INSERT INTO t (k, x) VALUES ('hDzCX[kVYyPa.X#S2#vu`vqW', 6);
COMMIT PREPARED 'regress_ivm_pending';
SELECT fold_views();
SELECT n, by_key('SELECT * FROM @texts ORDER BY k') FROM notes;
SELECT * FROM check_views();
DROP VIEW notes;
-- found when the state is made, and when it is corrected
SELECT make_view('more', 'SELECT k, count(*) AS c FROM t GROUP BY k');
SELECT relname ~ 'more' AS more, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s WHERE slot = 65', c.oid::regclass), false, true, '')))[1]::text AS notes
FROM pg_class c WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^(texts|more)_\d+_delta$' ORDER BY 1;
SELECT count(*) FROM ivm.reconcile('more');
SELECT count(*) FROM ivm.reconcile('texts');
SELECT relname ~ 'more' AS more, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s WHERE slot = 65', c.oid::regclass), false, true, '')))[1]::text AS notes
FROM pg_class c WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^(texts|more)_\d+_delta$' ORDER BY 1;
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_dead_versions';
SELECT * FROM check_views();
DROP SCHEMA read_dead_versions CASCADE;
