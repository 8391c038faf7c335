-- A row that leads, over a join, to the group without a key of a subquery: NULL
-- is a value of the region there.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA subquery_null_group;
SET search_path = subquery_null_group, ivm_test, public;
CREATE TABLE a (id int, k int, x numeric);
CREATE TABLE b (id int, k int, g numeric);
INSERT INTO a VALUES (1, 1, 2.5), (2, 2, 3.5);
INSERT INTO b VALUES (1, 1, NULL), (2, 2, 7);
SELECT make_view('sums', $$
	SELECT s.g, sum(s.n) AS n, min(s.low) AS low
	FROM (SELECT b.g, a.x / 2 AS half, count(*) AS n, min(a.x) AS low
		  FROM a JOIN b ON a.k = b.k GROUP BY b.g, a.x / 2) s
	GROUP BY s.g $$);
INSERT INTO a VALUES (3, 1, 0.5);
SELECT * FROM check_views();
SELECT * FROM sums ORDER BY g;
UPDATE a SET k = 3 - k;
SELECT * FROM check_views();
DELETE FROM b WHERE g IS NULL;
SELECT * FROM check_views();
INSERT INTO b VALUES (3, 1, NULL), (4, 2, NULL);
SELECT * FROM check_views();
DELETE FROM a WHERE x > 1;
SELECT * FROM check_views();
DROP SCHEMA subquery_null_group CASCADE;
