-- Keys that are all NULL are one group.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_null;
SET search_path = key_null, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, NULL, 3),
	(2, NULL, 6),
	(3, NULL, 9),
	(4, 1, 12);
SELECT * FROM grouped ORDER BY k;
SELECT * FROM grouped WHERE k IS NULL;
SELECT * FROM grouped WHERE k IS NOT NULL;
\i :change_keys
DROP SCHEMA key_null CASCADE;
