-- pause and resume: a bulk load that no view follows.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA pause_resume;
SET search_path = pause_resume, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k int, x int);
INSERT INTO t SELECT g, g % 5, g FROM generate_series(1, 50) g;
SELECT make_view('v', 'SELECT k, sum(x) AS sum FROM t GROUP BY k');
SELECT make_view('w', 'SELECT count(*) AS n FROM t');
SELECT ivm.pause('v');
SELECT ivm.pause('v');
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'pause_resume' ORDER BY 1;
INSERT INTO t SELECT g, g % 7, g FROM generate_series(51, 150) g;
DELETE FROM t WHERE k = 3;
-- reads stay exact meanwhile
SELECT * FROM check_views();
SELECT method, reason FROM ivm.refresh('v');
SELECT * FROM ivm.resume('v');
SELECT * FROM ivm.resume('v');
SELECT viewname, status FROM ivm.views WHERE schemaname = 'pause_resume' ORDER BY 1;
UPDATE t SET x = x + 1 WHERE id < 60;
SELECT * FROM check_views();

-- in one transaction with the load
BEGIN;
SELECT ivm.pause('v');
INSERT INTO t SELECT g, g % 7, g FROM generate_series(151, 200) g;
SELECT * FROM check_views();
SELECT * FROM ivm.resume('v');
SELECT * FROM check_views();
INSERT INTO t VALUES (201, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();

-- deltas from before the pause do not come back
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO t VALUES (300, 30, 30);
COMMIT;
SELECT ivm.pause('v');
DELETE FROM t WHERE id = 300;
SELECT * FROM check_views();
SELECT * FROM ivm.resume('v');
SELECT * FROM check_views();

-- rolled back
BEGIN;
SELECT ivm.pause('v');
DELETE FROM t WHERE id < 100;
ROLLBACK;
BEGIN;
SELECT ivm.pause('v');
SAVEPOINT s;
SELECT * FROM ivm.resume('v');
INSERT INTO t VALUES (400, 4, 4);
ROLLBACK TO s;
INSERT INTO t VALUES (401, 4, 4);
COMMIT;
SELECT status FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
SELECT * FROM ivm.resume('v');
SELECT * FROM check_views();

-- not after own changes
BEGIN;
INSERT INTO t VALUES (500, 5, 5);
SELECT ivm.pause('v');
ROLLBACK;
SELECT ivm.pause('t');
SELECT ivm.resume('t');
SELECT ivm.pause(NULL);
SELECT ivm.resume(NULL);
SELECT * FROM check_views();
-- a view that was never filled has nothing to pause; nor while that is going on, here in a session that has died
SELECT ivm.create_view('never', 'SELECT k, count(*) AS n FROM t GROUP BY k', with_data => false);
SET client_min_messages = notice;
SELECT ivm.pause('never');
UPDATE ivm.view SET building = true WHERE view = 'never'::regclass;
SELECT ivm.pause('never');
SET client_min_messages = warning;
DROP SCHEMA pause_resume CASCADE;
