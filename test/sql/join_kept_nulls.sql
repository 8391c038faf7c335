-- Kept executor states of outer joins: the NULLs in the place of a partner outlast a commit.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_kept_nulls;
SET search_path = join_kept_nulls, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int);
CREATE TABLE b (k int, w int);
SELECT make_view('below', 'SELECT q.k, q.w FROM (SELECT a.k, b.w FROM a LEFT JOIN b ON b.k = a.k AND b.w IN (0, 1)) q');
INSERT INTO a VALUES (2, 0);
INSERT INTO a VALUES (3, NULL);
INSERT INTO a VALUES (4, 4);
SELECT * FROM check_views();
INSERT INTO b VALUES (4, 1), (5, 1), (5, 2);
INSERT INTO a VALUES (5, 5);
INSERT INTO a VALUES (6, 6);
UPDATE a SET k = k - 1 WHERE id = 5;
UPDATE a SET k = k - 1 WHERE id = 6;
DELETE FROM a WHERE id = 3;
SELECT * FROM check_views();
DROP SCHEMA join_kept_nulls CASCADE;
