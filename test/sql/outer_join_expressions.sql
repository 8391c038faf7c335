-- CASE, COALESCE, IS NULL, NULLIF and constants on the nullable side, in the select
-- list, in conditions and as keys.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_expressions;
SET search_path = outer_join_expressions, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('shown', $$SELECT a.id, coalesce(w, -1) AS w, CASE WHEN b.id IS NULL THEN 'none' ELSE 'some' END AS has, nullif(w, 2) AS nw FROM a LEFT JOIN b ON a.k = b.k$$);
SELECT make_view('keyed', 'SELECT coalesce(b.w, -1) AS w, b.id IS NULL AS lonely, count(*) AS n, sum(coalesce(w, v)) AS s FROM a LEFT JOIN b ON a.k = b.k GROUP BY 1, 2');
SELECT make_view('anti', 'SELECT a.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.id IS NULL');
SELECT make_view('either', 'SELECT a.id, w FROM a LEFT JOIN b ON a.k = b.k WHERE b.w IS NULL OR b.w > 1');
SELECT make_view('strict', 'SELECT a.id, w FROM a LEFT JOIN b ON a.k = b.k WHERE b.w >= 1');
SELECT make_view('not_true', 'SELECT count(*) AS n FROM a LEFT JOIN b ON a.k = b.k WHERE (b.w > 1) IS NOT TRUE');
SELECT make_view('constant', 'SELECT a.id, q.one, q.w FROM a LEFT JOIN (SELECT 1 AS one, k, w + 1 AS w FROM b) q ON a.k = q.k');
SELECT make_view('filtered', 'SELECT a.k, count(*) FILTER (WHERE b.id IS NULL) AS n, bool_and(b.w IS NOT NULL) AS f FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k');
\i :change_sides
DROP SCHEMA outer_join_expressions CASCADE;
