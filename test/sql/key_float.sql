-- A float key: -0 and 0 are one group, all NaN are one.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_float;
SET search_path = key_float, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k float8, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '0', 3),
	(2, '-0', 6),
	(3, 'NaN', 9),
	(4, 'NaN', 12),
	(5, 'Infinity', 15),
	(6, '-Infinity', 18),
	(7, NULL, 21),
	(8, 0.1, 24),
	(9, 1e308, 27),
	(10, 5e-324, 30),
	(11, '-0', 33);
SELECT k + 0 AS k, n, s FROM grouped ORDER BY 1;
SELECT k, odd FROM bag ORDER BY k, odd, k::text;
SELECT n FROM grouped WHERE k = 0;
\i :change_keys
DROP SCHEMA key_float CASCADE;
