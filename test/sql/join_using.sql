-- USING and NATURAL: the merged columns.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_using;
SET search_path = join_using, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('using_star', 'SELECT * FROM (SELECT k, v FROM a) x JOIN (SELECT k, w FROM b) y USING (k)');
SELECT make_view('using_two', 'SELECT id, k, v, w FROM a JOIN b USING (id, k)');
SELECT make_view('using_alias', 'SELECT j.k, count(*) AS n FROM a JOIN b USING (k) AS j GROUP BY j.k');
SELECT make_view('nat', 'SELECT * FROM a NATURAL JOIN b');
SELECT make_view('nat_grouped', 'SELECT k, sum(v) AS sv, sum(w) AS sw FROM a NATURAL JOIN b GROUP BY k');
SELECT make_view('renamed', 'SELECT q.a1, q.a2, q.a4 FROM (a JOIN b USING (k)) AS q (a1, a2, a3, a4, a5)');
\i :change_sides
DROP SCHEMA join_using CASCADE;
