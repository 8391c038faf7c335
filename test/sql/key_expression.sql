-- Expressions as keys, by position, by name, and parts of them used in the select
-- list.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_expression;
SET search_path = key_expression, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
SELECT make_view('by_position', 'SELECT k % 3, count(*), sum(v) FROM t GROUP BY 1');
SELECT make_view('by_name', 'SELECT coalesce(k, -1) AS kk, count(*) FROM t GROUP BY kk');
SELECT make_view('above', $$SELECT (k % 3) * 10 + 1 AS x, 'k' || (k % 3) AS y, sum(v) / count(*) AS z FROM t GROUP BY k % 3$$);
SELECT make_view('conditional', $$SELECT CASE WHEN v > 100 THEN 'big' WHEN k IS NULL THEN NULL ELSE 'small' END AS size, count(*), max(v) FROM t GROUP BY 1$$);
SELECT make_view('constant', $$SELECT 'all' AS k, count(*), sum(v) FROM t GROUP BY 1$$);
SELECT make_view('boolean', 'SELECT v > 100 AND k > 2 AS b, count(*) FROM t GROUP BY 1');
INSERT INTO t SELECT i, nullif(i % 7, 6), i * i FROM generate_series(1, 30) i;
SELECT * FROM above ORDER BY x;
\i :change_keys
DROP SCHEMA key_expression CASCADE;
