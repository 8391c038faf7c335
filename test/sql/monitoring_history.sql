-- ivm.history has each run, with what was predicted and what became of it; old ones are
-- deleted.  ivm.stat_views counts runs.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA monitoring_history;
SET search_path = monitoring_history, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, g int, x int);
INSERT INTO t SELECT i, i % 5, i FROM generate_series(1, 50) i;
SELECT ivm.create_view('v', 'SELECT g, sum(100 / x) AS total FROM t GROUP BY g', mode => 'deferred');
SELECT ivm.create_view('now', 'SELECT g, count(*) AS n FROM t GROUP BY g');
CREATE VIEW runs AS
	SELECT view_name, operation, method, reason, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_deleted AS del,
		   predicted_delta_ms > 0 AS delta, predicted_recompute_ms > 0 AS recompute,
		   round(actual_ms::numeric, 3) = round(extract(epoch FROM duration) * 1000, 3) AS actual, error
	FROM ivm.history WHERE view_name LIKE 'monitoring_history.%' ORDER BY id;
CREATE VIEW counts AS
	SELECT viewname, refreshes, refresh_failures AS failures, refresh_rows_read AS read, refresh_rows_written AS written,
		   refresh_ms > 0 AS ms, last_refresh IS NOT NULL AS last, last_refresh_failure IS NOT NULL AS last_failure, repairs, corrections
	FROM ivm.stat_views WHERE schemaname = 'monitoring_history';
INSERT INTO t VALUES (51, 1, 51);
SELECT method FROM ivm.refresh('v');
SELECT method FROM ivm.refresh('v');
SELECT method FROM ivm.refresh('v', 'recompute');
TABLE runs;
SELECT * FROM counts ORDER BY viewname;

-- a refresh that fails takes its row with it; refresh_all records it
INSERT INTO t VALUES (52, 1, 0);
SELECT method FROM ivm.refresh('v');
CALL ivm.refresh_all('monitoring_history.%');
DELETE FROM t WHERE x = 0;
CALL ivm.refresh_all('monitoring_history.%');
TABLE runs OFFSET 5;
SELECT * FROM counts ORDER BY viewname;

-- repairs, with the reason for them
SELECT ivm.pause('v');
UPDATE t SET x = 7 WHERE id = 7 OR id = 8;
SELECT * FROM ivm.resume('v');
SELECT ivm.pause('now');
DELETE FROM t WHERE id = 9;
SELECT rows_updated FROM ivm.reconcile('now');
SELECT method, reason FROM ivm.refresh('now');
TABLE runs OFFSET 7;
SELECT * FROM counts ORDER BY viewname;

-- runs older than ivm.history_days are deleted, as refresh_all does first; those of other
-- tests come before
CREATE FUNCTION age_all() RETURNS bigint LANGUAGE sql AS
	$$ WITH u AS (UPDATE ivm.run SET started_at = now() - interval '31 days' RETURNING 1) SELECT count(*) FROM u $$;
SELECT age_all() > 5 AS aged;
CALL ivm.refresh_all('no such view');
SELECT count(*) FROM runs WHERE operation = 'create';
SELECT method FROM ivm.refresh('v');
SELECT age_all();
SET ivm.history_days = 32;
CALL ivm.refresh_all('no such view');
SELECT count(*) FROM runs;
SET ivm.history_days = -1;
CALL ivm.refresh_all('no such view');
SELECT count(*) FROM runs;
RESET ivm.history_days;
-- the counters stay
SELECT * FROM counts ORDER BY viewname;
-- so does any run, now and then
DO $$ BEGIN FOR i IN 1..64 LOOP PERFORM ivm.refresh('v'); END LOOP; END $$;
SELECT count(*), min(started_at) > now() - interval '1 day' AS young FROM ivm.history WHERE view_name LIKE 'monitoring_history.%';
SELECT refreshes FROM counts WHERE viewname = 'v';
-- not for everybody to set
CREATE ROLE regress_ivm_reader;
SET ROLE regress_ivm_reader;
SET ivm.history_days = 0;
RESET ROLE;
DROP ROLE regress_ivm_reader;

-- a view that is dropped is not counted any more; its runs stay
SELECT id AS dropped FROM ivm.view WHERE view = 'v'::regclass \gset
SELECT ivm.drop_view('v');
SELECT count(*) FROM ivm.run_count WHERE view_id = :dropped;
SELECT count(*) FROM ivm.recomputation WHERE view_id = :dropped;
SELECT count(*) > 60 AS runs FROM ivm.run WHERE view_id = :dropped;

-- nothing to refresh
SELECT * FROM ivm.refresh_together(VARIADIC '{}');
DROP SCHEMA monitoring_history CASCADE;
