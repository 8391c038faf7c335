-- A numeric key: 1.0 and 1.00 are one group, and NaN and the infinities are
-- groups like others.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_numeric;
SET search_path = key_numeric, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k numeric, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 1.0, 3),
	(2, 1.00, 6),
	(3, 1, 9),
	(4, 0, 12),
	(5, 0.000, 15),
	(6, 'NaN', 18),
	(7, 'NaN', 21),
	(8, 'Infinity', 24),
	(9, '-Infinity', 27),
	(10, NULL, 30),
	(11, 1e-20, 33),
	(12, 123456789012345678901234567890.5, 36);
SELECT trim_scale(k) AS k, n, s FROM grouped ORDER BY 1;
SELECT k, odd FROM bag ORDER BY k, odd, k::text;
\i :change_keys
DROP SCHEMA key_numeric CASCADE;
