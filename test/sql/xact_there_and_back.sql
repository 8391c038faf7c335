-- A row inserted, updated and deleted in one transaction, and changes that cancel out,
-- leave nothing behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_there_and_back;
SET search_path = xact_there_and_back, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
BEGIN;
INSERT INTO t VALUES (20, 5, 100);
UPDATE t SET x = 200, g = 6 WHERE id = 20;
SELECT * FROM grouped WHERE g > 4;
UPDATE t SET g = 1 WHERE id = 20;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 20;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
BEGIN;
UPDATE t SET x = x + 1;
UPDATE t SET x = x - 1;
DELETE FROM t WHERE id = 1;
INSERT INTO t VALUES (1, 1, 1);
COMMIT;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- a group emptied and filled again, then emptied for good
BEGIN;
DELETE FROM t WHERE g = 0;
SELECT * FROM grouped ORDER BY g;
INSERT INTO t VALUES (30, 0, 1);
SELECT * FROM grouped ORDER BY g;
DELETE FROM t WHERE g = 0;
COMMIT;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
INSERT INTO t VALUES (30, 0, NULL);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA xact_there_and_back CASCADE;
