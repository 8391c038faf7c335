-- Window functions over a join.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_windows;
SET search_path = join_windows, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('ranks', 'SELECT a.id, b.id AS b, rank() OVER (PARTITION BY a.k ORDER BY v, w) AS r, sum(w) OVER (PARTITION BY a.k) AS s FROM a JOIN b ON a.k = b.k');
SELECT make_view('numbers', 'SELECT a.id, b.id AS b, row_number() OVER (ORDER BY a.id, b.id) AS r, lag(v) OVER (ORDER BY a.id, b.id) AS l FROM a JOIN b ON a.k = b.k');
SELECT make_view('shares', 'SELECT a.k, sum(v) AS s, sum(sum(v)) OVER () AS t, rank() OVER (ORDER BY count(*)) AS r FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('frames', 'SELECT a.id, sum(w) OVER (PARTITION BY a.k ORDER BY a.id RANGE BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE TIES) AS s FROM a LEFT JOIN b ON a.k = b.k');
\i :change_sides
DROP SCHEMA join_windows CASCADE;
