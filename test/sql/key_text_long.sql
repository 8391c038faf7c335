-- Keys far longer than an index row may be, compressible or not, alike but for
-- their end.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_text_long;
SET search_path = key_text_long, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k text, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, repeat('x', 100000), 3),
	(2, repeat('x', 100000) || 'y', 6),
	(3, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i), 9),
	(4, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i) || '!', 12),
	(5, NULL, 15),
	(6, 'short', 18),
	(7, repeat('x', 100000), 21);
SELECT length(k), left(md5(k), 8) AS k, n, s FROM grouped ORDER BY 1, 2;
\i :change_keys
DROP SCHEMA key_text_long CASCADE;
