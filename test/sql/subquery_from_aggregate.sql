-- Subqueries in FROM with aggregates: groups of one side joined with the other, and
-- aggregated again.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_from_aggregate;
SET search_path = subquery_from_aggregate, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('joined', 'SELECT a.id, q.n, q.s FROM a JOIN (SELECT k, count(*) AS n, sum(w) AS s FROM b GROUP BY k) q ON a.k = q.k');
SELECT make_view('outer_joined', 'SELECT a.id, q.hi FROM a LEFT JOIN (SELECT k, max(w) AS hi FROM b GROUP BY k) q USING (k)');
SELECT make_view('again', 'SELECT n, count(*) AS groups, sum(s) AS s FROM (SELECT k, count(*) AS n, sum(v) AS s FROM a GROUP BY k) q GROUP BY n');
SELECT make_view('two', 'SELECT p.k, p.n, q.m FROM (SELECT k, count(*) AS n FROM a GROUP BY k HAVING count(*) > 1) p JOIN (SELECT k, avg(w) AS m FROM b GROUP BY k) q ON p.k = q.k');
SELECT make_view('overall', 'SELECT a.id, a.v - q.m AS d FROM a, (SELECT max(w) AS m FROM b) q');
SELECT make_view('of_join', 'SELECT max(n) AS hi, sum(s) AS s FROM (SELECT a.k, count(*) AS n, sum(w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k) q');
SELECT make_view('best', 'SELECT a.id, a.v FROM a JOIN (SELECT k, max(v) AS v FROM a GROUP BY k) q ON a.k = q.k AND a.v = q.v');
SELECT make_view('listed', $$SELECT q.l, count(*) AS n FROM (SELECT k, string_agg(w::text, ',' ORDER BY id) AS l FROM b GROUP BY k) q GROUP BY q.l$$);
\i :change_sides
DROP SCHEMA subquery_from_aggregate CASCADE;
