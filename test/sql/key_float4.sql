-- A key of type real.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_float4;
SET search_path = key_float4, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k float4, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 0, 3),
	(2, -0, 6),
	(3, 'NaN', 9),
	(4, 1.5, 12),
	(5, 0.1, 15),
	(6, NULL, 18),
	(7, 1e38, 21),
	(8, 0.1, 24);
SELECT k + 0 AS k, n, s FROM grouped ORDER BY 1;
\i :change_keys
DROP SCHEMA key_float4 CASCADE;
