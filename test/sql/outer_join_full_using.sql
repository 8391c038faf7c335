-- FULL JOIN USING: the merged key is that of either side.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_full_using;
SET search_path = outer_join_full_using, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('star', 'SELECT * FROM (SELECT k, v FROM a) x FULL JOIN (SELECT k, w FROM b) y USING (k)');
SELECT make_view('grouped', 'SELECT k, count(*) AS n, count(a.id) AS na, count(b.id) AS nb, sum(v) AS sv, sum(w) AS sw FROM a FULL JOIN b USING (k) GROUP BY k');
SELECT make_view('keys', 'SELECT DISTINCT k FROM a FULL JOIN b USING (k)');
SELECT make_view('nat', 'SELECT k, v, w FROM (SELECT k, v FROM a) x NATURAL FULL JOIN (SELECT k, w FROM b) y');
SELECT make_view('two', 'SELECT k, v, x.id, y.id AS b FROM a x FULL JOIN (SELECT id, k, w AS v FROM b) y USING (k, v)');
SELECT make_view('filtered', 'SELECT k, v, w FROM a FULL JOIN b USING (k) WHERE k > 1 AND coalesce(v, 0) + coalesce(w, 0) > 1');
\i :change_sides
DROP SCHEMA outer_join_full_using CASCADE;
