-- A text key: case, spaces and accents tell values apart.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_text;
SET search_path = key_text, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k text, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 'a', 3),
	(2, 'A', 6),
	(3, 'a ', 9),
	(4, '', 12),
	(5, NULL, 15),
	(6, 'a', 18),
	(7, 'ä', 21),
	(8, '日本', 24),
	(9, '', 27),
	(10, 'it''s "x"', 30);
SELECT * FROM grouped ORDER BY k COLLATE "C";
\i :change_keys
DROP SCHEMA key_text CASCADE;
