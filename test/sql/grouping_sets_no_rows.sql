-- The empty grouping set has a row even over no rows: whatever the storage holds,
-- however the view is read.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA grouping_sets_no_rows;
SET search_path = grouping_sets_no_rows, ivm_test, public;
-- new statistics in between would change plans: the order of rows, and whether a
-- change waits for the prepared transaction below
CREATE TABLE t (id int PRIMARY KEY, a int, b text, x numeric) WITH (autovacuum_enabled = off);
SELECT make_view('sums', 'SELECT a, b, count(*) AS n, sum(x) AS s, grouping(a, b) AS g FROM t GROUP BY ROLLUP (a, b)');
SELECT make_view('ends', 'SELECT a, min(x) AS lo, max(b) AS hi FROM t GROUP BY CUBE (a)');
SELECT make_view('slices', 'SELECT a, count(DISTINCT x) AS d, array_agg(x ORDER BY x) AS l, rank(1) WITHIN GROUP (ORDER BY x) AS r FROM t GROUP BY ROLLUP (a)');
SELECT make_view('twice', 'SELECT a, count(*) AS n FROM t WHERE b > ''b'' GROUP BY GROUPING SETS ((), (a), ())');
SELECT make_view('many_only', 'SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (a) HAVING count(*) > 1');
SELECT make_view('none_only', 'SELECT a, count(*) AS n FROM t GROUP BY ROLLUP (a) HAVING count(*) = 0');
SELECT make_view('total', 'SELECT count(DISTINCT x) AS d, array_agg(x ORDER BY x) AS l FROM t');
CREATE TABLE u (id int PRIMARY KEY, a int);
SELECT make_view('joined', 'SELECT t.a, count(*) AS n, min(u.id) AS lo FROM t JOIN u ON u.a = t.a GROUP BY ROLLUP (t.a)');

TABLE sums;
TABLE slices;
TABLE none_only;
SELECT * FROM check_views();
-- in one's own transaction
BEGIN;
INSERT INTO t VALUES (1, 1, 'b', 1), (2, 1, 'c', 2), (3, NULL, NULL, NULL);
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
-- filled and emptied, with and without deltas
INSERT INTO t VALUES (1, 1, 'b', 1), (2, 1, 'c', 2), (3, NULL, NULL, NULL);
INSERT INTO u VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
DELETE FROM t WHERE id < 3;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 1, 'b', 1), (2, 1, 'c', 2), (3, NULL, NULL, NULL);
SELECT fold_views();
SELECT * FROM check_views();
TRUNCATE t;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
TABLE slices;
TABLE total;
SELECT v.view, r.* FROM definition v, ivm.reconcile(v.view) r WHERE r.rows_inserted + r.rows_updated + r.rows_deleted > 0;
SELECT v.view, d.* FROM definition v, ivm.verify_view(v.view) d;
SELECT * FROM check_views();
-- its state row is missing, or wrong
DO $$
DECLARE
	v	record;
BEGIN
	FOR v IN SELECT state FROM ivm.view JOIN definition USING (view) LOOP
		EXECUTE format('DELETE FROM %s', v.state);
	END LOOP;
END $$;
SELECT * FROM check_views();
SELECT v.view, d.* FROM definition v, ivm.verify_view(v.view) d;
SELECT v.view, r.* FROM definition v, ivm.reconcile(v.view) r WHERE r.rows_inserted + r.rows_updated + r.rows_deleted > 0;
INSERT INTO t VALUES (1, 1, 'b', 1), (2, 1, 'c', 2), (3, NULL, NULL, NULL);
SELECT * FROM check_views();
DO $$
DECLARE
	v	record;
BEGIN
	FOR v IN SELECT state FROM ivm.view JOIN definition USING (view) LOOP
		EXECUTE format('UPDATE %s SET row_count = row_count + 1', v.state);
	END LOOP;
END $$;
SELECT v.view, d.* FROM definition v, ivm.verify_view(v.view) d WHERE v.view = 'sums'::regclass ORDER BY d::text COLLATE "C";
SELECT v.view, r.* FROM definition v, ivm.reconcile(v.view) r WHERE v.view = 'sums'::regclass;
SELECT v.view, r.rows_inserted, r.rows_deleted FROM definition v, ivm.reconcile(v.view) r WHERE r.rows_inserted + r.rows_deleted > 0;
SELECT * FROM check_views();
-- by key: the row is found where its key satisfies the condition, and not elsewhere
DELETE FROM t;
SELECT fold_views();
SELECT same('SELECT * FROM @sums v WHERE a IS NULL');
SELECT same('SELECT * FROM @sums v WHERE a = 1');
SELECT same('SELECT * FROM @sums v WHERE g = 3');
SELECT same('SELECT * FROM @sums v WHERE n = 0');
SELECT same('SELECT * FROM @sums v WHERE coalesce(a, 0) = 0 AND b IS NULL');
SELECT same('SELECT * FROM @sums s RIGHT JOIN (VALUES (1), (NULL)) q(a) ON s.a IS NOT DISTINCT FROM q.a');
SELECT same('SELECT * FROM @slices v ORDER BY a, d', true);
SELECT same('SELECT * FROM @sums v ORDER BY a NULLS FIRST, b LIMIT 1', true);
BEGIN;
INSERT INTO t SELECT i, i % 7, i % 2, i FROM generate_series(1, 100) i;
SELECT same('SELECT * FROM @sums v WHERE a IS NULL');
SELECT same('SELECT * FROM @sums v WHERE a = 1');
SELECT same('SELECT a, b, n, s FROM @sums v WHERE a > 4 ORDER BY a, b', true);
DELETE FROM t;
SELECT same('SELECT * FROM @sums v WHERE a IS NULL');
SELECT same('SELECT * FROM @sums v WHERE a = 1');
ROLLBACK;
-- with many rows pending, in orders of indexes, in parallel
SELECT ivm.create_index('sums', 'n DESC') IS NOT NULL;
SELECT ivm.create_index('sums', 's') IS NOT NULL;
BEGIN;
INSERT INTO t SELECT i, i % 70, i % 2, i FROM generate_series(1, 500) i;
PREPARE TRANSACTION 'regress_ivm_sets';
INSERT INTO t SELECT 1000 + i, i % 70, i % 2, -i FROM generate_series(1, 500) i;
SELECT * FROM check_views();
SELECT same('SELECT n FROM @sums v ORDER BY n DESC LIMIT 5', true);
SELECT same('SELECT s FROM @sums v ORDER BY s LIMIT 5', true);
SELECT same('SELECT a, b, s FROM @sums v ORDER BY a, b, g', true);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT same('SELECT * FROM @sums v');
SELECT same('SELECT sum(n) FROM @sums v WHERE g < 3');
DELETE FROM t;
SELECT same('SELECT n FROM @sums v ORDER BY n DESC LIMIT 5', true);
SELECT same('SELECT n FROM @sums v ORDER BY n LIMIT 5', true);
SELECT same('SELECT s FROM @sums v ORDER BY s LIMIT 5', true);
SELECT same('SELECT * FROM @sums v');
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_sets';
SELECT * FROM check_views();
-- paused, resumed, rebuilt
SELECT ivm.pause('sums');
INSERT INTO t VALUES (1, 1, 'b', 1);
TABLE sums;
DELETE FROM t;
TABLE sums;
SELECT ivm.resume('sums') IS NOT NULL;
SELECT * FROM check_views();
DROP SCHEMA grouping_sets_no_rows CASCADE;
