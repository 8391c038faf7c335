-- TRUNCATE taken back, kept, and nested.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA truncate_savepoints;
SET search_path = truncate_savepoints, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 4, i FROM generate_series(1, 20) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM t GROUP BY g');
SELECT make_view('extreme', 'SELECT g, min(x) AS a, max(x) AS z FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM t');
BEGIN;
TRUNCATE t;
ROLLBACK;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (1, 100);
SAVEPOINT a;
INSERT INTO t VALUES (1, 101);
TRUNCATE t;
INSERT INTO t VALUES (1, 102);
SELECT * FROM check_views();
ROLLBACK TO a;
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 103);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (1, 200);
SAVEPOINT a;
TRUNCATE t;
INSERT INTO t VALUES (1, 201);
SAVEPOINT b;
INSERT INTO t VALUES (2, 202);
TRUNCATE t;
INSERT INTO t VALUES (2, 203);
SAVEPOINT c;
INSERT INTO t VALUES (3, 204);
SELECT * FROM check_views();
ROLLBACK TO b;
SELECT * FROM check_views();
INSERT INTO t VALUES (4, 205);
RELEASE a;
SELECT * FROM check_views();
INSERT INTO t VALUES (5, 206);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT * FROM grouped ORDER BY g;
-- with a small memory limit, so that changes are written out in between
SET ivm.pending_mem = 64;
BEGIN;
INSERT INTO t SELECT i, i FROM generate_series(1, 5000) i;
SAVEPOINT a;
TRUNCATE t;
INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i;
SELECT * FROM check_views();
ROLLBACK TO a;
SELECT * FROM check_views();
INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i;
TRUNCATE t;
SELECT * FROM check_views();
INSERT INTO t SELECT i, i FROM generate_series(1, 2000) i;
COMMIT;
RESET ivm.pending_mem;
SELECT * FROM check_views();
DROP SCHEMA truncate_savepoints CASCADE;
