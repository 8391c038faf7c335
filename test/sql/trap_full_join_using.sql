-- The merged key of FULL JOIN USING stays after the last match of either side goes.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_full_join_using;
SET search_path = trap_full_join_using, ivm_test, public;
CREATE TABLE l (k int, x text);
CREATE TABLE r (k int, y text);
SELECT make_view('merged', 'SELECT k, x, y FROM l FULL JOIN r USING (k)');
SELECT make_view('grouped', 'SELECT k, count(x) AS nx, count(y) AS ny FROM l FULL JOIN r USING (k) GROUP BY k');
INSERT INTO l VALUES (1, 'l1'), (2, 'l2'), (2, 'l2 again'), (NULL, 'l?');
INSERT INTO r VALUES (1, 'r1'), (2, 'r2'), (3, 'r3'), (NULL, 'r?');
SELECT * FROM merged ORDER BY 1, 2, 3;
DELETE FROM r WHERE k = 1;
SELECT * FROM merged ORDER BY 1, 2, 3;
SELECT * FROM check_views();
DELETE FROM l WHERE k = 2;
SELECT * FROM merged ORDER BY 1, 2, 3;
SELECT * FROM grouped ORDER BY 1;
SELECT * FROM check_views();
BEGIN;
DELETE FROM l;
SELECT * FROM grouped ORDER BY 1;
INSERT INTO r VALUES (1, 'r1');
DELETE FROM r WHERE k = 3;
SELECT * FROM merged ORDER BY 1, 2, 3;
COMMIT;
SELECT * FROM check_views();
DELETE FROM r;
SELECT * FROM merged;
SELECT * FROM check_views();
DROP SCHEMA trap_full_join_using CASCADE;
