-- RIGHT JOIN: rows of the right side gain and lose their matches.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_right;
SET search_path = outer_join_right, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('bag', 'SELECT a.v, b.id, b.w FROM a RIGHT JOIN b ON a.k = b.k');
SELECT make_view('by_right', 'SELECT b.k, count(*) AS n, count(a.id) AS m, sum(v) AS s, min(v) AS lo FROM a RIGHT JOIN b ON a.k = b.k GROUP BY b.k');
SELECT make_view('using_star', 'SELECT * FROM (SELECT k, v FROM a) x RIGHT JOIN (SELECT k, w FROM b) y USING (k)');
SELECT make_view('lists', $$SELECT b.k, string_agg(v::text, ',' ORDER BY a.id, b.id) AS l FROM a RIGHT JOIN b ON a.k = b.k AND b.w < 12 GROUP BY b.k$$);
SELECT make_view('filtered', 'SELECT a.id, b.w FROM a RIGHT JOIN b ON a.k = b.k WHERE b.w <> 1');
\i :change_sides
DROP SCHEMA outer_join_right CASCADE;
