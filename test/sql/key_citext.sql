-- A key of an extension's type, citext, that takes case for nothing.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_citext;
SET search_path = key_citext, ivm_test, public;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE TABLE t (id int PRIMARY KEY, k citext, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 'a', 3),
	(2, 'A', 6),
	(3, 'b', 9),
	(4, NULL, 12),
	(5, 'B', 15),
	(6, 'ab', 18);
SELECT lower(k) AS k, n, s FROM grouped ORDER BY 1;
SELECT n FROM grouped WHERE k = 'B';
\i :change_keys
DROP SCHEMA key_citext CASCADE;
DROP EXTENSION citext;
