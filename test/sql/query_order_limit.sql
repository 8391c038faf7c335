-- ORDER BY, LIMIT, OFFSET and WITH TIES belong to the view: it shows the rows in
-- that order, and only those.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_order_limit;
SET search_path = query_order_limit, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('top', 'SELECT g, sum(x) AS s FROM t GROUP BY g ORDER BY s DESC, g LIMIT 3');
SELECT make_view('page', 'SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY g OFFSET 2 LIMIT 2');
SELECT make_view('ties', 'SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY count(*) DESC FETCH FIRST 1 ROWS WITH TIES');
SELECT make_view('rest', 'SELECT id, x FROM t ORDER BY x DESC, id OFFSET 5');
SELECT make_view('sorted', 'SELECT g, min(x) AS lo FROM t GROUP BY g ORDER BY max(x) - min(x) DESC NULLS LAST, g DESC');
SELECT make_view('none', 'SELECT g, count(*) FROM t GROUP BY g LIMIT 0');
SELECT make_view('all_rows', 'SELECT g, x FROM t LIMIT ALL');
INSERT INTO t SELECT i, i % 6, (i * i) % 17 FROM generate_series(1, 30) i;
SELECT * FROM top;
SELECT * FROM page;
SELECT * FROM ties ORDER BY g;
SELECT * FROM sorted;
SELECT * FROM check_views();
UPDATE t SET x = x + 40 WHERE g = 4;
INSERT INTO t SELECT i, 2, NULL FROM generate_series(31, 33) i;
SELECT * FROM top;
SELECT * FROM ties ORDER BY g;
SELECT * FROM check_views();
-- in a transaction of its own changes
BEGIN;
DELETE FROM t WHERE g IN (2, 4);
INSERT INTO t VALUES (100, -1, 1000), (101, 7, 0);
SELECT * FROM top;
SELECT * FROM page;
SELECT * FROM ties ORDER BY g;
SELECT * FROM sorted;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM top;
SELECT * FROM sorted;
SELECT * FROM check_views();
DROP SCHEMA query_order_limit CASCADE;
