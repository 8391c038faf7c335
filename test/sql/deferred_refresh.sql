-- Deferred views: what a refresh does, and what it says.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_refresh;
SET search_path = deferred_refresh, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric, note text);
INSERT INTO t SELECT i, i % 4, i FROM generate_series(1, 1000) i;
CREATE INDEX ON t (g);
-- what a refresh did, without times
CREATE FUNCTION refreshed(view regclass, how text DEFAULT 'auto')
RETURNS TABLE (view_name text, method text, rows_read bigint, inserted bigint, updated bigint, deleted bigint, dated bool, reason text)
LANGUAGE sql AS $$
	SELECT split_part(r.view_name, '.', 2), r.method, r.rows_read, r.rows_inserted, r.rows_updated, r.rows_deleted,
		   r.data_as_of BETWEEN statement_timestamp() AND clock_timestamp(), r.reason
	FROM ivm.refresh(view, how) r ORDER BY 1 $$;
SELECT ivm.create_view('v', 'SELECT g, count(*) AS n, sum(x) AS s, max(x) AS m FROM t GROUP BY g', 'deferred');
INSERT INTO ivm_test.definition VALUES ('v', 'SELECT g, count(*) AS n, sum(x) AS s, max(x) AS m FROM t GROUP BY g', 'both');
SELECT viewname, mode, status FROM ivm.views WHERE schemaname = 'deferred_refresh';
SELECT * FROM check_views();
-- stored rows stay as they are until the refresh
INSERT INTO t VALUES (2001, 1, 1), (2002, 9, 5000);
DELETE FROM t WHERE id = 1000;
UPDATE t SET x = x + 1 WHERE id = 3;
UPDATE t SET note = 'not read' WHERE id < 10;
SELECT * FROM v ORDER BY g;
SELECT * FROM refreshed('v');
SELECT * FROM v ORDER BY g;
SELECT * FROM check_views();
-- nothing has changed
SELECT * FROM refreshed('v');
-- what comes and goes is nothing, even in two transactions
INSERT INTO t VALUES (3000, 1, 1);
DELETE FROM t WHERE id = 3000;
SELECT * FROM refreshed('v');
-- a group goes, its deleted maximum is looked for
DELETE FROM t WHERE g = 9 OR id = 999;
SELECT * FROM refreshed('v', 'delta');
SELECT * FROM check_views();
-- as asked for
UPDATE t SET x = 0 WHERE id = 5;
SELECT * FROM refreshed('v', 'recompute');
SELECT * FROM check_views();
-- much has changed
UPDATE t SET x = x + 1;
INSERT INTO t SELECT i, i % 4, i FROM generate_series(4000, 9000) i;
SELECT method, reason FROM refreshed('v');
SELECT * FROM check_views();
-- emptied
TRUNCATE t;
INSERT INTO t VALUES (1, 1, 1);
SELECT * FROM refreshed('v', 'delta');
SELECT * FROM refreshed('v');
SELECT * FROM check_views();
-- the history has a row for each run that was not undone
SELECT operation, method, rows_read, rows_inserted, rows_updated, rows_deleted, reason,
	   predicted_delta_ms IS NOT NULL AS delta, predicted_recompute_ms IS NOT NULL AS recompute, error
FROM ivm.history WHERE view_name = 'deferred_refresh.v' ORDER BY id;
-- one watermark
SELECT count(*), bool_and(as_of = ivm.data_as_of('v')) FROM ivm.watermark w JOIN ivm.views v ON v.id = w.view_id WHERE v.view = 'v'::regclass;
-- in a transaction: its own changes are left for the next refresh
BEGIN;
INSERT INTO t VALUES (2, 2, 2);
SELECT * FROM refreshed('v');
SELECT * FROM v ORDER BY g;
INSERT INTO t VALUES (3, 2, 2);
SELECT * FROM refreshed('v');
COMMIT;
SELECT * FROM v ORDER BY g;
SELECT * FROM refreshed('v');
SELECT * FROM check_views();
-- undone with its transaction
INSERT INTO t VALUES (4, 4, 4);
BEGIN;
SELECT * FROM refreshed('v');
ROLLBACK;
SELECT * FROM v ORDER BY g;
BEGIN;
SAVEPOINT s;
SELECT * FROM refreshed('v');
ROLLBACK TO s;
INSERT INTO t VALUES (5, 4, 4);
COMMIT;
SELECT * FROM refreshed('v');
SELECT * FROM check_views();
-- in a DO block and a function, in REPEATABLE READ to its own snapshot
INSERT INTO t VALUES (6, 4, 4);
DO $$ BEGIN PERFORM ivm.refresh('v'); END $$;
SELECT * FROM check_views();
INSERT INTO t VALUES (7, 4, 4);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT method, rows_read FROM ivm.refresh('v');
SELECT * FROM check_views();
COMMIT;
-- several to one snapshot, or all
SELECT ivm.create_view('w', 'SELECT count(*) AS n FROM t', 'deferred');
INSERT INTO ivm_test.definition VALUES ('w', 'SELECT count(*) AS n FROM t', 'both');
INSERT INTO t VALUES (8, 8, 8);
SELECT split_part(view_name, '.', 2) AS view, method, rows_read FROM ivm.refresh_together('w', 'v', 'w') ORDER BY 1;
SELECT count(DISTINCT data_as_of) FROM ivm.data_as_of('v') a(data_as_of), ivm.data_as_of('w') b WHERE a.data_as_of = b;
SELECT * FROM check_views();
INSERT INTO t VALUES (9, 8, 8);
CALL ivm.refresh_all('deferred\_refresh.%');
SELECT * FROM check_views();
-- refused
SELECT * FROM ivm.refresh('v', 'soon');
SELECT * FROM ivm.refresh('v', NULL);
SELECT * FROM ivm.refresh('t');
SELECT ivm.reconcile('v', 'g = 1');
SELECT ivm.create_view('i', 'SELECT max(x) FROM t');
SELECT * FROM ivm.refresh_together('v', 'i');
CALL ivm.refresh_all('deferred\_refresh.%', -1);
BEGIN READ ONLY;
SELECT * FROM ivm.refresh('v');
ROLLBACK;
-- reconcile, pause and resume do what they do
INSERT INTO t VALUES (10, 8, 8);
SELECT * FROM ivm.reconcile('v');
SELECT * FROM refreshed('v');
SELECT ivm.pause('v');
INSERT INTO t VALUES (11, 8, 8);
SELECT * FROM check_views() WHERE view = 'v';
SELECT * FROM ivm.refresh('v');
SELECT * FROM ivm.resume('v');
SELECT * FROM refreshed('v');
INSERT INTO t VALUES (12, 8, 8);
SELECT * FROM refreshed('v');
-- not filled at first
SELECT ivm.create_view('later', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'deferred', with_data => false);
INSERT INTO ivm_test.definition VALUES ('later', 'SELECT g, count(*) AS n FROM t GROUP BY g', 'both');
INSERT INTO t VALUES (13, 8, 8);
SELECT status FROM ivm.views WHERE view = 'later'::regclass;
SELECT method, reason FROM refreshed('later');
INSERT INTO t VALUES (14, 8, 8);
SELECT * FROM refreshed('later');
CALL ivm.refresh_all('deferred\_refresh.%');
SELECT * FROM check_views();
-- the view is compared with its definition as of now, whatever it shows
INSERT INTO t VALUES (15, 8, 8);
SELECT * FROM ivm.verify_view('v');
SELECT count(*) FROM v WHERE g = 8 AND n = 8;
DROP SCHEMA deferred_refresh CASCADE;
