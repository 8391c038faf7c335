-- A range key, and one of a multirange type.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_range;
SET search_path = key_range, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int4range, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k');
SELECT make_view('multi', 'SELECT int4multirange(k) AS m, count(*) FROM t GROUP BY 1');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '[1,5)', 3),
	(2, '[1,4]', 6),
	(3, 'empty', 9),
	(4, NULL, 12),
	(5, '(,)', 15),
	(6, '[5,)', 18),
	(7, 'empty', 21);
SELECT * FROM grouped ORDER BY k;
SELECT * FROM multi ORDER BY m;
\i :change_keys
DROP SCHEMA key_range CASCADE;
