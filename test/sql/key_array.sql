-- An array key, with NULL elements and bounds of its own.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_array;
SET search_path = key_array, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int[], v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '{1,2}', 3),
	(2, '{1,2}', 6),
	(3, '{}', 9),
	(4, '{NULL}', 12),
	(5, NULL, 15),
	(6, '[0:1]={1,2}', 18),
	(7, '{{1,2},{3,4}}', 21),
	(8, '{1,NULL}', 24),
	(9, '{1,NULL}', 27);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_array CASCADE;
