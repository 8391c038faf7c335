-- GROUPING SETS, ROLLUP, CUBE and GROUPING().
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA grouping_sets;
SET search_path = grouping_sets, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('rolled', 'SELECT k, v, count(*) AS n, sum(id) AS s, grouping(k, v) AS g FROM a GROUP BY ROLLUP (k, v)');
SELECT make_view('cubed', 'SELECT k, v, count(*) AS n, min(id) AS lo FROM a GROUP BY CUBE (k, v)');
SELECT make_view('sets', $$SELECT k, v, string_agg(id::text, ',' ORDER BY id) AS l FROM a GROUP BY GROUPING SETS ((k), (v), ())$$);
SELECT make_view('of_join', 'SELECT a.k, b.w, count(*) AS n, sum(v) AS s FROM a JOIN b ON a.k = b.k GROUP BY GROUPING SETS ((a.k, b.w), (b.w), ()) HAVING count(*) > 1');
SELECT make_view('mixed', 'SELECT k, v, id % 2 AS odd, avg(id) AS m FROM a GROUP BY id % 2, ROLLUP (k), GROUPING SETS ((v), ())');
SELECT make_view('ordered', 'SELECT k, count(*) AS n, rank() OVER (ORDER BY count(*)) AS r FROM a GROUP BY ROLLUP (k) ORDER BY grouping(k), k LIMIT 5');
SELECT make_view('same_twice', 'SELECT k, count(*) AS n FROM a GROUP BY GROUPING SETS ((k), (k))');
SELECT make_view('of_left', 'SELECT a.k, b.k AS bk, count(b.id) AS n FROM a LEFT JOIN b ON a.k = b.k GROUP BY CUBE (a.k, b.k)');
\i :change_sides
DROP SCHEMA grouping_sets CASCADE;
