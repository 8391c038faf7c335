-- With hardly any memory for the pending change: many groups are written out before
-- commit, in savepoints too, and all is as exact, in the transaction and after.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_little_memory;
SET search_path = xact_little_memory, ivm_test, public;
SET ivm.pending_mem = '64kB';
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g / 10 AS g, string_agg(s, ',' ORDER BY id) AS l FROM t GROUP BY 1$$);
SELECT make_view('bag', 'SELECT s, x FROM t');
INSERT INTO t SELECT i, i % 3000, i, 's' || i FROM generate_series(1, 6000) i;
SELECT * FROM check_views();
BEGIN;
UPDATE t SET x = x + 1;
SELECT * FROM check_views();
SAVEPOINT a;
DELETE FROM t WHERE id % 2 = 0;
SELECT count(*), sum(n), sum(s) FROM grouped;
SAVEPOINT b;
UPDATE t SET g = g + 5000;
SELECT * FROM check_views();
ROLLBACK TO b;
SELECT * FROM check_views();
INSERT INTO t SELECT i, i, i, '' FROM generate_series(10001, 14000) i;
RELEASE b;
SELECT * FROM check_views();
ROLLBACK TO a;
SELECT * FROM check_views();
DELETE FROM t WHERE id % 3 = 0;
SAVEPOINT c;
INSERT INTO t SELECT i, i % 4000, -i, 'again' FROM generate_series(20001, 24000) i;
RELEASE c;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
BEGIN;
DELETE FROM t;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
BEGIN;
DELETE FROM t;
PREPARE TRANSACTION 'regress_ivm_little';
SELECT count(*), sum(n) FROM grouped;
COMMIT PREPARED 'regress_ivm_little';
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA xact_little_memory CASCADE;
