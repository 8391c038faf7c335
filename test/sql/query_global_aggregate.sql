-- Aggregates without GROUP BY: one row, over an empty table too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_global_aggregate;
SET search_path = query_global_aggregate, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int, y numeric, s text);
SELECT make_view('g', 'SELECT count(*) AS n, count(x) AS nx, sum(x) AS s, avg(y) AS a, min(s) AS lo, max(x) AS hi, bool_and(x > 0) AS b FROM t');
SELECT make_view('filtered', $$SELECT count(*) AS n, sum(y) AS s FROM t WHERE s <> 'a'$$);
SELECT make_view('plus', 'SELECT coalesce(sum(x), 0) + 1 AS s, count(*) = 0 AS none FROM t');
SELECT make_view('slice', $$SELECT string_agg(s, ',' ORDER BY id) AS l FROM t$$);
SELECT make_view('ordered', 'SELECT count(*) FROM t ORDER BY 1 LIMIT 1');
SELECT * FROM g;
SELECT * FROM plus;
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 5, 1.50, 'b'), (2, NULL, NULL, NULL), (3, -1, 2, 'a');
SELECT * FROM g;
SELECT * FROM check_views();
UPDATE t SET x = x + 1, s = s || s;
SELECT * FROM check_views();
BEGIN;
DELETE FROM t;
SELECT * FROM g;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 1;
DELETE FROM t WHERE id <> 1;
SELECT * FROM g;
SELECT * FROM check_views();
INSERT INTO t SELECT i, i, i / 4.0, i FROM generate_series(1, 100) i;
SELECT * FROM g;
SELECT * FROM check_views();
-- made when there are rows
SELECT make_view('late', 'SELECT count(*) AS n, max(s) AS hi FROM t');
SELECT make_view('late_empty', 'SELECT count(*) AS n, max(s) AS hi FROM t WHERE id < 0');
SELECT * FROM check_views();
DROP SCHEMA query_global_aggregate CASCADE;
