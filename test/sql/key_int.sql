-- A key of type int, and its extremes.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_int;
SET search_path = key_int, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 1, 3),
	(2, 2, 6),
	(3, 1, 9),
	(4, NULL, 12),
	(5, 2147483647, 15),
	(6, -2147483648, 18),
	(7, NULL, 21),
	(8, 0, 24);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_int CASCADE;
