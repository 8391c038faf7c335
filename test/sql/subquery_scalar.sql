-- Scalar subqueries, correlated and not, in the select list, WHERE and HAVING.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_scalar;
SET search_path = subquery_scalar, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('latest', 'SELECT id, (SELECT max(w) FROM b WHERE b.k = a.k) AS hi, (SELECT count(*) FROM b WHERE b.k = a.k) AS n FROM a');
SELECT make_view('overall', 'SELECT id, v - (SELECT avg(w) FROM b) AS d FROM a');
SELECT make_view('filtered', 'SELECT id, v FROM a WHERE v < (SELECT avg(w) FROM b WHERE b.k = a.k)');
SELECT make_view('biggest', 'SELECT k, sum(v) AS s FROM a GROUP BY k HAVING sum(v) > (SELECT sum(w) / 10 FROM b)');
SELECT make_view('having_correlated', 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING count(*) > (SELECT count(*) FROM b WHERE b.k = a.k)');
SELECT make_view('arrays', 'SELECT id, ARRAY(SELECT w FROM b WHERE b.k = a.k ORDER BY w, b.id) AS l FROM a');
SELECT make_view('first', 'SELECT id, (SELECT w FROM b WHERE b.k = a.k ORDER BY b.id LIMIT 1) AS f FROM a');
SELECT make_view('in_aggregate', 'SELECT k, sum((SELECT max(w) FROM b WHERE b.k = a.v)) AS s, max((SELECT count(*) FROM b)) AS n FROM a GROUP BY k');
SELECT make_view('alone', 'SELECT (SELECT sum(v) FROM a) AS sa, (SELECT max(w) FROM b) AS mb');
\i :change_sides
DROP SCHEMA subquery_scalar CASCADE;
