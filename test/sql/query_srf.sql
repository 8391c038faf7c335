-- Set-returning functions in the select list and in FROM, alone and beside tables.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_srf;
SET search_path = query_srf, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('series', 'SELECT id, generate_series(1, v) AS i FROM a');
SELECT make_view('two', 'SELECT id, generate_series(1, v) AS i, unnest(ARRAY[k, v]) AS u FROM a');
SELECT make_view('counted', 'SELECT i, count(*) AS n, sum(k) AS s FROM (SELECT k, generate_series(1, v) AS i FROM a) q GROUP BY i');
SELECT make_view('in_from', 'SELECT a.id, i FROM a, generate_series(1, a.v) i');
SELECT make_view('ordinal', 'SELECT a.id, u, n FROM a CROSS JOIN unnest(ARRAY[a.k, a.v]) WITH ORDINALITY x (u, n)');
SELECT make_view('all_days', 'SELECT i, count(a.id) AS n, sum(w) AS s FROM generate_series(0, 6) i LEFT JOIN a ON a.k = i LEFT JOIN b ON b.k = i GROUP BY i');
SELECT make_view('rows_from', 'SELECT a.id, x, y FROM a, ROWS FROM (generate_series(1, a.v), unnest(ARRAY[a.k, 2])) r (x, y)');
SELECT make_view('left_over', 'SELECT b.id, i FROM b LEFT JOIN LATERAL generate_series(1, b.w % 3) i ON true');
SELECT make_view('of_groups', 'SELECT k, generate_series(1, count(*)) AS i FROM a GROUP BY k');
SELECT make_view('distinct_srf', 'SELECT DISTINCT generate_series(1, v) AS i FROM a');
\i :change_sides
DROP SCHEMA query_srf CASCADE;
