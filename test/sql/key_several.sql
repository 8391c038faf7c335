-- Several keys, NULL in any of them, one of them there twice.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_several;
SET search_path = key_several, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int, b text, c boolean);
SELECT make_view('three', 'SELECT k, b, c, count(*), sum(v) FROM t GROUP BY k, b, c');
SELECT make_view('turned', 'SELECT c, count(*), k, sum(v), b FROM t GROUP BY b, c, k');
SELECT make_view('twice', 'SELECT k, k AS k2, b, count(*) FROM t GROUP BY k, b, k');
SELECT make_view('listed', 'SELECT DISTINCT b, c FROM t');
INSERT INTO t SELECT i, nullif(i % 4, 3), i, nullif(chr(97 + i % 3), 'c'), nullif(i % 3, 2)::boolean
	FROM generate_series(1, 36) i;
SELECT * FROM three WHERE k = 1 ORDER BY b, c;
\i :change_keys
INSERT INTO t (id, k, b) VALUES (500, NULL, NULL), (501, NULL, 'a'), (502, 1, NULL);
UPDATE t SET b = 'd', c = NOT c WHERE id % 2 = 0;
SELECT * FROM check_views();
DROP SCHEMA key_several CASCADE;
