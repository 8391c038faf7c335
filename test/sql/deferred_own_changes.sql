-- A view that is filled by a transaction which changes its tables itself.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_own_changes;
SET search_path = deferred_own_changes, ivm_test, public;
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
-- a migration: table, rows and view
BEGIN;
CREATE TABLE t (id int PRIMARY KEY, k int);
INSERT INTO t SELECT i, i % 3 FROM generate_series(1, 10) i;
SELECT deferred('v', 'SELECT k, count(*) AS n FROM t GROUP BY k');
SELECT * FROM check_views();
COMMIT;
SELECT status, reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM check_views();
SELECT method, rows_read FROM ivm.refresh('v');
INSERT INTO t VALUES (11, 1);
SELECT method, rows_read FROM ivm.refresh('v');
SELECT * FROM check_views();
-- the log exists, the transaction has changed the table before
BEGIN;
INSERT INTO t VALUES (12, 1);
SELECT deferred('w', 'SELECT count(*) AS n FROM t');
COMMIT;
SELECT * FROM check_views() WHERE view = 'w';
SELECT method, rows_read FROM ivm.refresh('w');
SELECT method, rows_read FROM ivm.refresh('v');
SELECT * FROM check_views();
-- and goes on afterwards: the view is stale, and exact
BEGIN;
INSERT INTO t VALUES (13, 1);
SELECT deferred('x', 'SELECT count(*) AS n, sum(k) AS s FROM t');
INSERT INTO t VALUES (14, 1);
COMMIT;
SELECT status, reason FROM ivm.views WHERE view = 'x'::regclass;
SELECT * FROM check_views() WHERE view = 'x';
SELECT method, reason FROM ivm.refresh('x');
INSERT INTO t VALUES (15, 1);
SELECT method, rows_read FROM ivm.refresh('x');
SELECT method FROM ivm.refresh('v');
SELECT method FROM ivm.refresh('w');
SELECT * FROM check_views();
-- refreshed once more after that
BEGIN;
INSERT INTO t VALUES (16, 1);
SELECT deferred('y', 'SELECT max(id) AS m FROM t');
INSERT INTO t VALUES (17, 1);
SELECT method, reason FROM ivm.refresh('y');
TABLE y;
COMMIT;
SELECT status FROM ivm.views WHERE view = 'y'::regclass;
SELECT * FROM check_views() WHERE view = 'y';
-- savepoints: what is undone was never filled
BEGIN;
INSERT INTO t VALUES (18, 1);
SELECT deferred('z', 'SELECT min(id) AS m, count(*) AS n FROM t');
SAVEPOINT s;
INSERT INTO t VALUES (19, 1);
SELECT method FROM ivm.refresh('z');
ROLLBACK TO s;
INSERT INTO t VALUES (20, 1);
COMMIT;
SELECT status FROM ivm.views WHERE view = 'z'::regclass;
SELECT * FROM check_views() WHERE view = 'z';
CALL ivm.refresh_all('deferred\_own\_changes.%');
SELECT * FROM check_views();
-- emptied, loaded and refreshed in one transaction
BEGIN;
TRUNCATE t;
INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 20) i;
SELECT method, reason FROM ivm.refresh('v');
SELECT * FROM check_views() WHERE view = 'v';
COMMIT;
SELECT * FROM check_views() WHERE view = 'v';
SELECT method, rows_read FROM ivm.refresh('v');
CALL ivm.refresh_all('deferred\_own\_changes.%');
SELECT * FROM check_views();
-- rewritten
BEGIN;
UPDATE t SET k = 9 WHERE id = 1;
ALTER TABLE t ADD COLUMN more float8 DEFAULT random();
SELECT method, reason FROM ivm.refresh('v');
COMMIT;
CALL ivm.refresh_all('deferred\_own\_changes.%');
SELECT * FROM check_views();
DROP SCHEMA deferred_own_changes CASCADE;
