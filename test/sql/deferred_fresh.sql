-- Deferred views that tolerate rows of a certain age: read with what is logged.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_fresh;
SET search_path = deferred_fresh, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO t SELECT i, i % 10, i FROM generate_series(1, 500) i;
INSERT INTO d SELECT i, 'n' || i % 4 FROM generate_series(0, 9) i;
CREATE INDEX ON t (k);
CREATE FUNCTION fresh(name text, query text, staleness text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ivm.create_view(name, query, 'deferred', options => jsonb_build_object('max_staleness', staleness));
	IF staleness = '0' THEN
		INSERT INTO ivm_test.definition VALUES (name, query, 'both');
	END IF;
END $$;
SELECT fresh('grouped', 'SELECT k, count(*) AS n, max(v) AS m FROM t GROUP BY k', '0');
SELECT fresh('joined', 'SELECT name, sum(v) AS s FROM t RIGHT JOIN d USING (k) GROUP BY name', '0');
SELECT fresh('hourly', 'SELECT count(*) AS n FROM t', '1 hour');
SELECT fresh('any', 'SELECT count(*) AS n FROM t', NULL);
INSERT INTO t VALUES (1001, 1, 1), (1002, 77, 5);
DELETE FROM t WHERE id IN (500, 250);
SELECT * FROM check_views();
TABLE hourly;
TABLE "any";
-- own changes, undone ones, cursors
BEGIN;
DELETE FROM t WHERE k = 3;
UPDATE d SET name = 'own' WHERE k = 4;
SELECT * FROM check_views();
SAVEPOINT s;
INSERT INTO t VALUES (1003, 3, 3);
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
DECLARE c CURSOR FOR SELECT * FROM grouped WHERE k = 1;
UPDATE t SET v = 0 WHERE k = 1;
FETCH c;
SELECT * FROM grouped WHERE k = 1;
TABLE hourly;
COMMIT;
SELECT * FROM check_views();
-- after the refresh the log has nothing for the view
SELECT view_name ~ 'grouped' AS grouped, method FROM ivm.refresh_together('grouped', 'joined') ORDER BY 1;
SELECT p FROM plan_of('SELECT * FROM grouped', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p WHERE p ~ 'Logged|As Of|Runs';
INSERT INTO t VALUES (1004, 4, 4);
SELECT p FROM plan_of('SELECT * FROM grouped', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p WHERE p ~ 'Logged|As Of|Runs';
SELECT regexp_replace(p, '\d{4}-.*', 'T') FROM plan_of('SELECT * FROM hourly', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p;
SELECT same('SELECT * FROM @grouped g ORDER BY k', true);
SELECT same('SELECT name, n FROM @joined a JOIN @grouped b ON m = s');
-- emptied: the definition is run until the next refresh
TRUNCATE t;
SELECT * FROM check_views();
SELECT p FROM plan_of('SELECT * FROM grouped', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p WHERE p ~ 'Logged|As Of|Runs';
INSERT INTO t VALUES (1, 1, 1);
SELECT * FROM check_views();
SELECT method, reason FROM ivm.refresh('grouped');
INSERT INTO t VALUES (2, 1, 1);
SELECT p FROM plan_of('SELECT * FROM grouped', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p WHERE p ~ 'Logged|As Of|Runs';
SELECT * FROM check_views();
-- when the data is of
SELECT ivm.data_as_of('grouped') = statement_timestamp() AS now, ivm.data_as_of('hourly') < statement_timestamp() AS earlier,
	   ivm.data_as_of('hourly') = (SELECT as_of FROM ivm.watermark w JOIN ivm.views v ON v.id = w.view_id WHERE v.view = 'hourly'::regclass) AS told;
SELECT ivm.wait_for('grouped', clock_timestamp(), '1 s'), ivm.wait_for('hourly', clock_timestamp(), '100 ms'),
	   ivm.wait_for('any', clock_timestamp() - interval '1 day', '0');
SELECT method FROM ivm.refresh('hourly');
SELECT ivm.wait_for('hourly', now(), '0');
-- another tolerance
SELECT ivm.alter_view('hourly', '{"max_staleness": "0"}');
INSERT INTO t VALUES (3, 1, 1);
TABLE hourly;
SELECT ivm.alter_view('hourly', '{"max_staleness": null}');
INSERT INTO t VALUES (4, 1, 1);
TABLE hourly;
-- wrong values
SELECT ivm.alter_view('hourly', '{"max_staleness": 5}');
SELECT ivm.alter_view('hourly', '{"max_staleness": "soon"}');
SELECT ivm.alter_view('hourly', '{"max_staleness": "-1 s"}');
SELECT ivm.alter_view('hourly', '{"max_staleness": "1001 years"}');
SELECT ivm.alter_view('hourly', '{"log_limit": "1 kB"}');
SELECT ivm.alter_view('hourly', '{"log_limit": "much"}');
SELECT ivm.create_view('i', 'SELECT count(*) FROM t', options => '{"max_staleness": "0"}');
DROP SCHEMA deferred_fresh CASCADE;
