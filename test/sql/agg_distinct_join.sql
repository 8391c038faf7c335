-- DISTINCT aggregates over a join.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA agg_distinct_join;
SET search_path = agg_distinct_join, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('counts', 'SELECT a.k, count(DISTINCT w) AS n, sum(DISTINCT v) AS s, avg(DISTINCT v + w) AS m FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('total', 'SELECT count(DISTINCT v) AS nv, count(DISTINCT w) AS nw, count(*) AS n FROM a JOIN b ON a.k = b.k');
SELECT make_view('lists', $$SELECT v, string_agg(DISTINCT w::text, ',' ORDER BY w::text) AS l, array_agg(DISTINCT b.k ORDER BY b.k) AS r FROM a JOIN b ON a.k = b.k GROUP BY v$$);
SELECT make_view('of_left', 'SELECT a.k, count(DISTINCT b.id) AS n, count(DISTINCT w) FILTER (WHERE w > 1) AS f FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k');
\i :change_sides
DROP SCHEMA agg_distinct_join CASCADE;
