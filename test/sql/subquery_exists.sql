-- EXISTS and NOT EXISTS: a row is there while there is a match, however many.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_exists;
SET search_path = subquery_exists, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('some', 'SELECT id, k, v FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k)');
SELECT make_view('none', 'SELECT id, k, v FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.w > a.v) GROUP BY k');
SELECT make_view('anti_grouped', 'SELECT v, count(*) AS n, max(id) AS hi FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k > a.k) GROUP BY v');
SELECT make_view('uncorrelated', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE w > 10)');
SELECT make_view('itself', 'SELECT id, v FROM a WHERE NOT EXISTS (SELECT 1 FROM a n WHERE n.k = a.k AND n.v > a.v)');
SELECT make_view('nested', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND NOT EXISTS (SELECT 1 FROM a x WHERE x.v = b.w AND x.id > a.id))');
SELECT make_view('joined', 'SELECT a.id, b.id AS b FROM a JOIN b ON a.k = b.k WHERE EXISTS (SELECT 1 FROM a x WHERE x.v = b.w AND x.k <> a.k)');
\i :change_sides
DROP SCHEMA subquery_exists CASCADE;
