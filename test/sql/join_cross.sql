-- CROSS JOIN, and conditions that are no equality.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_cross;
SET search_path = join_cross, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('product', 'SELECT a.id AS i, b.id AS j FROM a CROSS JOIN b WHERE a.id < 9');
SELECT make_view('sums', 'SELECT a.k, sum(b.w) AS s, count(*) AS n FROM a, b GROUP BY a.k');
SELECT make_view('less', 'SELECT a.id, count(*) AS n, max(b.id) AS last FROM a JOIN b ON b.k < a.k GROUP BY a.id');
SELECT make_view('near', 'SELECT a.v, b.w FROM a JOIN b ON abs(a.k - b.k) <= 1 AND a.id <> b.id');
SELECT make_view('unequal', 'SELECT count(*) AS n FROM a JOIN b ON a.k <> b.k OR a.v = b.w');
SELECT make_view('always', 'SELECT count(*) AS n, sum(v) AS s FROM a JOIN b ON true');
SELECT make_view('never', 'SELECT a.id FROM a JOIN b ON false');
\i :change_sides
DROP SCHEMA join_cross CASCADE;
