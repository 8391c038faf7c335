-- Each query of a transaction sees its own changes so far, in every isolation level.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_reads_own_changes;
SET search_path = xact_reads_own_changes, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo FROM t GROUP BY g');
SELECT make_view('many', 'SELECT g, sum(x) AS s FROM t GROUP BY g HAVING count(*) > 2 ORDER BY s DESC, g LIMIT 2');
SELECT make_view('slices', $$SELECT g, array_agg(x ORDER BY id) AS a FROM t GROUP BY g$$);
SELECT make_view('bag', 'SELECT g FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO t VALUES (20, 1, 20);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM many;
UPDATE t SET x = -1 WHERE id = 1;
SELECT * FROM slices ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t WHERE g = 2;
SELECT * FROM check_views();
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM grouped ORDER BY g;
INSERT INTO t VALUES (21, 1, 21), (22, 5, 5);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET g = 4 WHERE g = 5;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
INSERT INTO t VALUES (23, 4, 6);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN READ ONLY;
SELECT * FROM grouped ORDER BY g;
COMMIT;
-- turned read only after the change
BEGIN;
INSERT INTO t VALUES (24, 4, 7);
SET TRANSACTION READ ONLY;
SELECT * FROM grouped WHERE g = 4;
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA xact_reads_own_changes CASCADE;
