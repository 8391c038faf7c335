-- Aggregates of every kind over a join.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_aggregates;
SET search_path = join_aggregates, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('linear', 'SELECT a.k, count(*) AS n, count(w) AS c, sum(v) AS s, avg(w) AS m, variance(v) AS var, bool_or(w > 2) AS o, corr(v, w) IS NULL AS c0, count(*) FILTER (WHERE w > v) AS f FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('floats', 'SELECT a.k, sum(v::float8 / 4) AS s, avg(w::float4) AS m FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('extremes', 'SELECT w, min(v) AS lo, max(v) AS hi, max(a.id) FILTER (WHERE v > 1) AS f FROM a JOIN b ON a.k = b.k GROUP BY w');
SELECT make_view('slices', $$SELECT a.k, string_agg(v || ':' || w, ',' ORDER BY a.id, b.id) AS l, array_agg(w ORDER BY b.id, a.id) AS r, percentile_disc(0.5) WITHIN GROUP (ORDER BY v) AS p, mode() WITHIN GROUP (ORDER BY w) AS m FROM a JOIN b ON a.k = b.k GROUP BY a.k$$);
SELECT make_view('global', $$SELECT sum(v) AS s, min(w) AS lo, jsonb_agg(b.id ORDER BY b.id, a.id) AS j FROM a JOIN b ON a.k = b.k$$);
SELECT make_view('by_expression', 'SELECT v + w AS vw, count(*) AS n FROM a JOIN b ON a.k = b.k GROUP BY v + w HAVING count(*) > 1 ORDER BY 1');
\i :change_sides
DROP SCHEMA join_aggregates CASCADE;
