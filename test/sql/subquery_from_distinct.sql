-- Subqueries in FROM with DISTINCT, LIMIT, windows, and plain ones.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_from_distinct;
SET search_path = subquery_from_distinct, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('joined', 'SELECT a.id, q.w FROM a JOIN (SELECT DISTINCT k, w FROM b) q ON a.k = q.k');
SELECT make_view('counted', 'SELECT k, count(*) AS n FROM (SELECT DISTINCT k, v FROM a) q GROUP BY k');
SELECT make_view('firsts', 'SELECT a.id, q.w FROM a JOIN (SELECT DISTINCT ON (k) k, w FROM b ORDER BY k, w, id) q ON a.k = q.k');
SELECT make_view('limited', 'SELECT a.id, q.id AS b FROM a JOIN (SELECT id, k FROM b ORDER BY w, id LIMIT 4) q ON a.k = q.k');
SELECT make_view('ranked', 'SELECT id, k FROM (SELECT id, k, rank() OVER (PARTITION BY k ORDER BY w, id) AS r FROM b) q WHERE r = 1');
SELECT make_view('plain', 'SELECT q.k, sum(q.s) AS s FROM (SELECT a.k, v + w AS s FROM a JOIN b ON a.k = b.k WHERE v > 0) q WHERE q.s < 9 GROUP BY q.k');
SELECT make_view('deep', 'SELECT id FROM (SELECT * FROM (SELECT id, k FROM (SELECT * FROM a WHERE v > 0) x WHERE k > 1) y WHERE id > 2) z');
\i :change_sides
DROP SCHEMA subquery_from_distinct CASCADE;
