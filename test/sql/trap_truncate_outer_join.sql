-- TRUNCATE of the nullable side leaves the other side's rows, with NULL; of the other
-- side, nothing.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_truncate_outer_join;
SET search_path = trap_truncate_outer_join, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('lefts', 'SELECT a.id, b.w FROM a LEFT JOIN b ON b.k = a.k');
SELECT make_view('counts', 'SELECT a.k, count(*) AS n, count(b.id) AS m, sum(w) AS s FROM a LEFT JOIN b ON b.k = a.k GROUP BY a.k');
SELECT make_view('fulls', 'SELECT k, count(a.id) AS na, count(b.id) AS nb FROM a FULL JOIN b USING (k) GROUP BY k');
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO b VALUES (1, 1, 10), (2, 1, 20), (3, 3, 30);
TRUNCATE b;
SELECT * FROM lefts ORDER BY id;
SELECT * FROM counts ORDER BY k;
SELECT * FROM check_views();
INSERT INTO b VALUES (4, 2, 40);
BEGIN;
INSERT INTO a VALUES (5, 3);
TRUNCATE b;
INSERT INTO b VALUES (5, 3, 50);
SELECT * FROM lefts ORDER BY id;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
TRUNCATE a;
SELECT * FROM lefts;
SELECT * FROM fulls ORDER BY k;
SELECT * FROM check_views();
INSERT INTO a VALUES (7, 2);
SELECT * FROM check_views();
DROP SCHEMA trap_truncate_outer_join CASCADE;
