-- Keys that are not in the select list: rows that look alike are as many as there
-- are groups.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_not_selected;
SET search_path = key_not_selected, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
SELECT make_view('alike', 'SELECT count(*) AS n, sum(v) AS s FROM t GROUP BY k');
SELECT make_view('nothing', $$SELECT 'x' AS x FROM t GROUP BY k$$);
SELECT make_view('half', 'SELECT k, count(*) FROM t GROUP BY k, v');
SELECT make_view('coarse', 'SELECT k % 2 AS parity, sum(v) FROM t GROUP BY k');
INSERT INTO t SELECT i, i % 5, 1 FROM generate_series(1, 30) i;
SELECT * FROM alike;
SELECT * FROM nothing;
\i :change_keys
DROP SCHEMA key_not_selected CASCADE;
