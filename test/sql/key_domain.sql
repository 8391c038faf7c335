-- A key of a domain, over text and over another domain.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_domain;
SET search_path = key_domain, ivm_test, public;
CREATE DOMAIN label AS text CHECK (length(value) < 10);
CREATE DOMAIN tag AS label CHECK (value <> 'x');
CREATE TABLE t (id int PRIMARY KEY, k tag, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 'a', 3),
	(2, 'b', 6),
	(3, 'a', 9),
	(4, NULL, 12),
	(5, '', 15);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
DROP SCHEMA key_domain CASCADE;
