-- LATERAL: subqueries and functions that use what stands before them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_lateral;
SET search_path = query_lateral, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('tops', 'SELECT a.id, q.id AS b, q.w FROM a, LATERAL (SELECT b.id, b.w FROM b WHERE b.k = a.k ORDER BY b.w DESC, b.id LIMIT 1) q');
SELECT make_view('tops_left', 'SELECT a.id, q.w FROM a LEFT JOIN LATERAL (SELECT b.w FROM b WHERE b.k = a.k ORDER BY b.w, b.id LIMIT 2) q ON true');
SELECT make_view('sums', 'SELECT a.id, q.s, q.n FROM a CROSS JOIN LATERAL (SELECT sum(w) AS s, count(*) AS n FROM b WHERE b.k = a.k) q');
SELECT make_view('plain', 'SELECT a.v, q.w FROM a, LATERAL (SELECT b.w FROM b WHERE b.k < a.k) q');
SELECT make_view('grouped', 'SELECT q.r, count(*) AS n FROM a, LATERAL (SELECT b.w + a.v AS r FROM b WHERE b.k = a.k) q GROUP BY q.r');
SELECT make_view('exploded', 'SELECT a.k, g.i, b.w FROM a JOIN b ON a.k = b.k, LATERAL generate_series(1, b.w % 3) g (i)');
SELECT make_view('listed', 'SELECT a.id, l.x FROM a, LATERAL (VALUES (a.v), (a.k), (1)) l (x)');
\i :change_sides
DROP SCHEMA query_lateral CASCADE;
