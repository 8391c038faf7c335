-- A text key whose collation takes different strings for equal: one of them is
-- shown, as GROUP BY itself shows one.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_text_nondeterministic;
SET search_path = key_text_nondeterministic, ivm_test, public;
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (id int PRIMARY KEY, k text COLLATE ci, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
-- every string as it was written
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
-- a collation given in the query
SELECT make_view('by_c', 'SELECT k COLLATE "C" AS k, count(*) FROM t GROUP BY k COLLATE "C"');
INSERT INTO t VALUES
	(1, 'a', 3),
	(2, 'A', 6),
	(3, 'b', 9),
	(4, 'B', 12),
	(5, NULL, 15),
	(6, 'á', 18),
	(7, 'Á', 21),
	(8, '', 24);
SELECT lower(k COLLATE "C") AS k, n, s FROM grouped ORDER BY 1;
SELECT n, s FROM grouped WHERE k = 'B';
\i :change_keys
DROP SCHEMA key_text_nondeterministic CASCADE;
