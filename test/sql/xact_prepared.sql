-- PREPARE TRANSACTION: changes show when it is committed, not before, never when it is
-- rolled back; others change the same groups meanwhile.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_prepared;
SET search_path = xact_prepared, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
BEGIN;
UPDATE t SET x = x + 10 WHERE g = 1;
DELETE FROM t WHERE id = 9;
INSERT INTO t VALUES (10, 5, 5);
PREPARE TRANSACTION 'regress_ivm_1';
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (11, 1, 1), (12, 0, 1000), (13, 5, 50);
PREPARE TRANSACTION 'regress_ivm_2';
SELECT * FROM check_views();
INSERT INTO t VALUES (14, 1, -5), (15, 0, -5), (16, 5, -5);
UPDATE t SET x = x * 2 WHERE id = 3;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_2';
SELECT * FROM check_views();
COMMIT PREPARED 'regress_ivm_1';
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA xact_prepared CASCADE;
