-- HAVING without GROUP BY: the one row is there or not.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_global_having;
SET search_path = query_global_having, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int);
SELECT make_view('several', 'SELECT count(*) AS n, sum(x) AS s FROM t HAVING count(*) > 2');
SELECT make_view('none', 'SELECT 1 AS one FROM t HAVING count(*) = 0');
SELECT make_view('bare', 'SELECT 1 AS one FROM t HAVING true');
SELECT make_view('never', 'SELECT count(*) FROM t HAVING false');
SELECT make_view('sums', 'SELECT max(x) AS m FROM t HAVING sum(x) > 10');
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
INSERT INTO t VALUES (3, 30), (4, NULL);
SELECT * FROM several;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 3;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 2;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA query_global_having CASCADE;
