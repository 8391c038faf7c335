-- DISTINCT, DISTINCT ON, ORDER BY and LIMIT over a join.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_distinct;
SET search_path = join_distinct, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('pairs', 'SELECT DISTINCT v, w FROM a JOIN b ON a.k = b.k');
SELECT make_view('firsts', 'SELECT DISTINCT ON (a.k) a.k, v, w FROM a JOIN b ON a.k = b.k ORDER BY a.k, v, w');
SELECT make_view('top', 'SELECT a.id, b.id AS b, v FROM a JOIN b ON a.k = b.k ORDER BY v DESC, a.id, b.id LIMIT 3 OFFSET 1');
SELECT make_view('ties', 'SELECT v, w FROM a JOIN b ON a.k = b.k ORDER BY v DESC FETCH FIRST 2 ROWS WITH TIES');
SELECT make_view('biggest', 'SELECT a.k, sum(w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k ORDER BY s DESC NULLS LAST, k LIMIT 2');
\i :change_sides
DROP SCHEMA join_distinct CASCADE;
