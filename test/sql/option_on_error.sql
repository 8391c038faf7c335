-- on_error: an error of the definition fails the writer, or breaks the view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA option_on_error;
SET search_path = option_on_error, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int, k int);
CREATE TABLE u (k int, y int);
INSERT INTO t VALUES (1, 2, 1), (2, 4, 2);
INSERT INTO u VALUES (1, 1), (2, 2);
SELECT ivm.create_view('fails', 'SELECT k, sum(100 / (x + 1)) AS s FROM t GROUP BY k', options => '{"on_error": "fail"}');
SELECT ivm.create_view('breaks', 'SELECT k, sum(100 / x) AS s FROM t GROUP BY k', options => '{"on_error": "break"}');
INSERT INTO definition VALUES
	('fails', 'SELECT k, sum(100 / (x + 1)) AS s FROM t GROUP BY k', 'both'),
	('breaks', 'SELECT k, sum(100 / x) AS s FROM t GROUP BY k', 'both');
-- what it may be
SELECT ivm.create_view('v', 'SELECT k FROM t', options => '{"on_error": "ignore"}');
SELECT ivm.create_view('v', 'SELECT k FROM t', options => '{"on_error": true}');
SELECT ivm.create_view('joined', 'SELECT k, sum(100 / x) AS s FROM t JOIN u USING (k) GROUP BY k', options => '{"on_error": "break"}');
SELECT ivm.create_view('joined', 'SELECT k, sum(100 / x) AS s, max(100 / y) AS m FROM t JOIN u USING (k) GROUP BY k');
INSERT INTO definition VALUES ('joined', 'SELECT k, sum(100 / x) AS s, max(100 / y) AS m FROM t JOIN u USING (k) GROUP BY k', 'both');
SELECT ivm.alter_view('joined', '{"on_error": "break"}');
-- over several tables, the commit fails
BEGIN;
INSERT INTO t VALUES (3, 0, 1);
COMMIT;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT ivm.drop_view('joined');
DELETE FROM definition WHERE query LIKE '%JOIN%';
-- broken views do not hinder the writer, and say what was wrong
INSERT INTO t VALUES (3, 0, 1), (4, 0, 2);
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM breaks;
-- the other one fails the writer as before
INSERT INTO t VALUES (5, -1, 1);
-- reads run the definition as long as nobody has repaired the view
UPDATE t SET x = 7 WHERE x = 0;
SELECT * FROM check_views();
INSERT INTO t VALUES (6, 5, 1);
SELECT * FROM check_views();
SELECT ivm.reconcile('breaks');
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
-- rolled back with what broke it
SET client_min_messages = error;
BEGIN;
SAVEPOINT s;
INSERT INTO t VALUES (7, 0, 1);
SELECT viewname, status FROM ivm.views ORDER BY 1;
ROLLBACK TO s;
INSERT INTO t VALUES (8, 1, 1);
COMMIT;
SELECT viewname, status FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- given later
SELECT ivm.alter_view('fails', '{"on_error": "break"}');
INSERT INTO t VALUES (9, -1, 1);
SELECT viewname, status FROM ivm.views ORDER BY 1;
DELETE FROM t WHERE x = -1;
SELECT ivm.reconcile('fails');
SELECT ivm.alter_view('fails', '{"on_error": null}');
INSERT INTO t VALUES (9, -1, 1);
SELECT viewname, status FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- until the commit the row of ivm.view is as it was, and so it may be changed
SELECT ivm.reconcile('breaks');
BEGIN;
SAVEPOINT s;
INSERT INTO t VALUES (10, 0, 1);
RELEASE s;
SELECT ivm.alter_view('breaks', '{"on_error": null}');
INSERT INTO t VALUES (11, 1, 1);
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM breaks;
ROLLBACK;
BEGIN;
INSERT INTO t VALUES (10, 0, 1);
SELECT ivm.reconcile('breaks');
ROLLBACK;
BEGIN;
INSERT INTO t VALUES (10, 0, 1);
SELECT ivm.alter_view('breaks', '{"on_error": null}');
DELETE FROM t WHERE x = 0;
COMMIT;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
-- written out early
SELECT ivm.reconcile('breaks');
SELECT ivm.alter_view('breaks', '{"on_error": "break"}');
SET ivm.pending_mem = '64kB';
BEGIN;
INSERT INTO t VALUES (10, 0, 1);
SAVEPOINT s;
INSERT INTO t SELECT n, n, n FROM generate_series(1000, 4000) n;
RELEASE s;
INSERT INTO t SELECT n, n, n FROM generate_series(5000, 9000) n;
COMMIT;
RESET ivm.pending_mem;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
DELETE FROM t WHERE x = 0;
SELECT ivm.reconcile('breaks') IS NOT NULL AS reconciled;
SELECT * FROM check_views();
DROP SCHEMA option_on_error CASCADE;
