-- Rows changed on one side meet the other side as it was before the statement where
-- they should, and as it is after it where they should: each pair counts once.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_state_bug;
SET search_path = trap_state_bug, ivm_test, public;
CREATE TABLE r (k int, x int);
CREATE TABLE s (k int, y int);
CREATE TABLE u (k int, z int);
SELECT make_view('pairs', 'SELECT r.k, x, y FROM r JOIN s ON s.k = r.k');
SELECT make_view('sums', 'SELECT count(*) AS n, sum(x * y) AS p FROM r JOIN s USING (k)');
SELECT make_view('triples', 'SELECT r.k, count(*) AS n, sum(x * y * z) AS p FROM r, s, u WHERE r.k = s.k AND s.k = u.k GROUP BY r.k');
SELECT make_view('lefts', 'SELECT r.k, x, y FROM r LEFT JOIN s ON s.k = r.k');
-- new rows of both sides
BEGIN;
INSERT INTO r VALUES (1, 2), (2, 3);
INSERT INTO s VALUES (1, 5), (2, 7);
INSERT INTO u VALUES (1, 11), (2, 13);
SELECT * FROM sums;
COMMIT;
SELECT * FROM sums;
SELECT * FROM check_views();
-- in one statement
WITH i AS (INSERT INTO r VALUES (3, 1), (1, 4)), j AS (INSERT INTO s VALUES (3, 1), (1, 6))
INSERT INTO u VALUES (3, 1), (1, 1);
SELECT * FROM sums;
SELECT * FROM check_views();
-- rows of both sides gone: their pair is not taken away twice
WITH i AS (DELETE FROM r WHERE k = 1), j AS (DELETE FROM s WHERE k = 1)
DELETE FROM u WHERE k = 1;
SELECT * FROM sums;
SELECT * FROM check_views();
-- one gone and its partner new, both changed, both moved
BEGIN;
DELETE FROM r WHERE k = 2;
INSERT INTO s VALUES (2, 8);
INSERT INTO r VALUES (4, 4);
UPDATE s SET k = 4 WHERE k = 3;
UPDATE u SET k = 4, z = z + 1 WHERE k = 3;
SELECT * FROM triples ORDER BY k;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
UPDATE r SET x = x + 1, k = k + 1;
UPDATE s SET y = y + 1, k = k + 1;
SELECT * FROM check_views();
UPDATE r SET k = k - 1;
UPDATE s SET k = k - 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA trap_state_bug CASCADE;
