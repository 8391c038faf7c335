-- Views of this extension as sources: chains and diamonds, each level exact.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_source_views;
SET search_path = query_source_views, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('sums', 'SELECT k, count(*) AS n, sum(v) AS s FROM a GROUP BY k');
SELECT make_view('many', 'SELECT k, s FROM sums WHERE n > 1');
SELECT make_view('by_count', 'SELECT n, count(*) AS groups, max(s) AS hi FROM sums GROUP BY n');
SELECT make_view('pairs', 'SELECT a.id, b.id AS b, a.k, w FROM a JOIN b ON a.k = b.k');
SELECT make_view('of_pairs', 'SELECT k, count(*) AS n, sum(w) AS s FROM pairs GROUP BY k');
SELECT make_view('diamond', 'SELECT p.k, p.n, p.s, s.s AS sv FROM of_pairs p JOIN sums s ON s.k = p.k');
SELECT make_view('lonely', 'SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM pairs p WHERE p.id = a.id)');
SELECT make_view('top', 'SELECT d.k, l.id, rank() OVER (ORDER BY d.s, d.k, l.id) AS r FROM diamond d LEFT JOIN lonely l ON l.id = d.n');
\i :change_sides
DROP SCHEMA query_source_views CASCADE;
