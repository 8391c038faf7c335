-- Inner joins on equal keys: matches come and go on both sides.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_inner;
SET search_path = join_inner, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('bag', 'SELECT a.id, a.v, b.w FROM a JOIN b ON a.k = b.k');
SELECT make_view('dups', 'SELECT v, w FROM a, b WHERE b.k = a.k AND v < 3');
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(v) AS sv, sum(w) AS sw, avg(v * w) AS p FROM a JOIN b USING (k) GROUP BY a.k');
SELECT make_view('extremes', 'SELECT v, min(w) AS lo, max(w) AS hi FROM a JOIN b ON b.k = a.k GROUP BY v');
SELECT make_view('keys', 'SELECT DISTINCT a.k FROM a INNER JOIN b ON a.k = b.k AND a.v <> b.w');
SELECT make_view('total', 'SELECT count(*) AS n, sum(v + w) AS s, max(v - w) AS d FROM a JOIN b ON a.k = b.k');
SELECT make_view('nulls_too', 'SELECT a.k, count(*) AS n FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k GROUP BY a.k');
\i :change_sides
DROP SCHEMA join_inner CASCADE;
