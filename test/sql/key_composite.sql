-- A key of a composite type, with NULL fields.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_composite;
SET search_path = key_composite, ivm_test, public;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY, k pair, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, row(1,'a'), 3),
	(2, row(1,'a'), 6),
	(3, row(1,NULL), 9),
	(4, row(NULL,NULL), 12),
	(5, NULL, 15),
	(6, row(2,'b'), 18);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_composite CASCADE;
