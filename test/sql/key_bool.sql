-- A key of type boolean.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_bool;
SET search_path = key_bool, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k boolean, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, true, 3),
	(2, false, 6),
	(3, NULL, 9),
	(4, true, 12),
	(5, false, 15),
	(6, NULL, 18),
	(7, true, 21);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_bool CASCADE;
