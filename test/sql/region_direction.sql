-- An equation leads from where a row counts only if it is satisfied: from the
-- nullable side of an outer join, and from within a subquery, but not back.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA region_direction;
SET search_path = region_direction, ivm_test, public;
CREATE TABLE t (k int, y int);
CREATE TABLE s (k int, x int);
CREATE TABLE a (x int, y int);
SELECT make_view('missing', 'SELECT t.k, t.y, s.x FROM t JOIN s ON t.k < s.k WHERE NOT EXISTS (SELECT FROM a WHERE a.x = s.x AND a.y = t.y)');
SELECT make_view('counted', 'SELECT t.k, t.y, (SELECT count(*) FROM a WHERE a.x = s.x AND a.y = t.y) AS n FROM t JOIN s ON t.k < s.k');
SELECT make_view('either', 'SELECT t.k, t.y, s.x FROM t JOIN s ON t.k < s.k WHERE t.k = 2 OR EXISTS (SELECT FROM a WHERE a.x = s.x AND a.y = t.y)');
SELECT make_view('around', 'SELECT t.k, t.y, s.x FROM t JOIN s ON t.k < s.k WHERE NOT EXISTS (SELECT FROM a WHERE t.y = s.x AND a.x > 0)');
SELECT make_view('lateral', 'SELECT t.k, t.y, s.x, q.n FROM t JOIN s ON t.k < s.k LEFT JOIN LATERAL (SELECT count(*) AS n FROM a WHERE a.x = s.x AND a.y = t.y GROUP BY a.x) q ON true');
SELECT make_view('grouped', 'SELECT * FROM (SELECT t.y, count(*) AS n FROM t LEFT JOIN s ON t.k < s.k LEFT JOIN a ON s.x = a.x AND a.y = t.y GROUP BY t.y) q');
SELECT make_view('beside', 'SELECT p.k, q.n FROM t p LEFT JOIN (SELECT t.k, count(*) AS n FROM t LEFT JOIN s ON t.k < s.k LEFT JOIN a ON s.x = a.x AND a.y = t.y GROUP BY t.y, t.k) q ON p.k = q.k');
SELECT make_view('full_join', 'SELECT * FROM (SELECT t.y, count(s.x) AS n, count(a.y) AS m FROM t LEFT JOIN (s FULL JOIN a ON s.x = a.x) ON a.y = t.y OR s.k > t.k GROUP BY t.y) q');
SELECT make_view('right_join', 'SELECT * FROM (SELECT t.y, count(s.x) AS n FROM a RIGHT JOIN (s RIGHT JOIN t ON t.k < s.k) ON s.x = a.x AND a.y = t.y GROUP BY t.y) q');
INSERT INTO t VALUES (1, 1);
INSERT INTO s VALUES (5, 7);
SELECT * FROM check_views();
-- one table at a time
INSERT INTO s VALUES (7, 3);
SELECT * FROM check_views();
INSERT INTO t VALUES (6, 7);
SELECT * FROM check_views();
-- all in one transaction
BEGIN;
INSERT INTO t VALUES (2, 2);
INSERT INTO s VALUES (6, 8);
INSERT INTO a VALUES (9, 9);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
INSERT INTO a VALUES (7, 2), (3, 1), (NULL, 1);
SELECT * FROM check_views();
BEGIN;
UPDATE a SET y = y + 1;
UPDATE s SET k = k - 1, x = 10 - x;
UPDATE t SET y = 3 - y WHERE k < 3;
COMMIT;
SELECT * FROM check_views();
DELETE FROM s WHERE x = 3;
SELECT * FROM check_views();
BEGIN;
DELETE FROM a WHERE x = 9;
DELETE FROM t WHERE k = 1;
INSERT INTO s VALUES (9, 9), (3, NULL);
COMMIT;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA region_direction CASCADE;
