-- LEFT JOIN: rows of the left side gain and lose their matches.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_left;
SET search_path = outer_join_left, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('bag', 'SELECT a.id, a.v, b.w FROM a LEFT JOIN b ON a.k = b.k');
SELECT make_view('by_left', 'SELECT a.k, count(*) AS n, count(b.id) AS m, sum(w) AS s FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('by_right', 'SELECT b.w, count(*) AS n, max(a.v) AS hi FROM a LEFT JOIN b ON a.k = b.k GROUP BY b.w');
SELECT make_view('using_star', 'SELECT * FROM (SELECT k, v FROM a) x LEFT JOIN (SELECT k, w FROM b) y USING (k)');
SELECT make_view('more', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.k = b.k AND b.w > 1 AND a.v < 3');
SELECT make_view('on_left_only', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON a.v = 1');
SELECT make_view('unequal', 'SELECT a.id, count(b.id) AS n FROM a LEFT JOIN b ON b.k < a.k GROUP BY a.id');
SELECT make_view('keys', 'SELECT DISTINCT a.k, b.k AS bk FROM a LEFT JOIN b ON a.k = b.k');
\i :change_sides
DROP SCHEMA outer_join_left CASCADE;
