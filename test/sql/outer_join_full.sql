-- FULL JOIN: both sides gain and lose their matches.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_full;
SET search_path = outer_join_full, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('bag', 'SELECT a.id, a.v, b.w FROM a FULL JOIN b ON a.k = b.k');
SELECT make_view('grouped', 'SELECT a.k, b.k AS bk, count(*) AS n, sum(v) AS sv, sum(w) AS sw FROM a FULL JOIN b ON a.k = b.k GROUP BY a.k, b.k');
SELECT make_view('total', 'SELECT count(*) AS n, count(a.id) AS na, count(b.id) AS nb, max(w) AS hi FROM a FULL JOIN b ON a.k = b.k');
SELECT make_view('lonely', 'SELECT a.id, b.id AS b FROM a FULL JOIN b ON a.k = b.k WHERE a.id IS NULL OR b.id IS NULL');
SELECT make_view('of_parts', 'SELECT x.v, y.w FROM (SELECT * FROM a WHERE v > 1) x FULL JOIN (SELECT * FROM b WHERE w < 12) y ON x.k = y.k');
SELECT make_view('two_keys', 'SELECT a.id, b.id AS b FROM a FULL JOIN b ON a.k = b.k AND a.v = b.w');
\i :change_sides
DROP SCHEMA outer_join_full CASCADE;
