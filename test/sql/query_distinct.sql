-- SELECT DISTINCT: a row is there as long as one row gives it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_distinct;
SET search_path = query_distinct, ivm_test, public;
CREATE TABLE t (id int, a int, b text);
SELECT make_view('d', 'SELECT DISTINCT a, b FROM t');
SELECT make_view('e', 'SELECT DISTINCT a % 2 AS odd FROM t WHERE a IS NOT NULL');
SELECT make_view('over_groups', 'SELECT DISTINCT count(*) AS n, max(b) AS hi FROM t GROUP BY a');
SELECT make_view('ordered', 'SELECT DISTINCT b FROM t ORDER BY b DESC LIMIT 2');
SELECT make_view('constants', $$SELECT DISTINCT 1 AS one, 'x' AS x FROM t$$);
INSERT INTO t VALUES (1, 1, 'a'), (1, 1, 'a'), (2, 1, 'b'), (3, NULL, NULL), (4, NULL, NULL), (5, 2, NULL), (6, 2, 'c');
SELECT * FROM d ORDER BY a, b;
SELECT * FROM over_groups ORDER BY n, hi;
SELECT * FROM check_views();
DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE id = 1);
SELECT * FROM check_views();
DELETE FROM t WHERE id IN (1, 3);
SELECT * FROM d ORDER BY a, b;
SELECT * FROM check_views();
UPDATE t SET b = 'c' WHERE b IS NULL;
SELECT * FROM check_views();
INSERT INTO t SELECT * FROM t;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA query_distinct CASCADE;
