-- IN, NOT IN, ANY and ALL with subqueries, also where NULL is among the values.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_in;
SET search_path = subquery_in, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('in_list', 'SELECT id, v FROM a WHERE k IN (SELECT k FROM b)');
SELECT make_view('not_in', 'SELECT id, v FROM a WHERE k NOT IN (SELECT k FROM b WHERE w > 1)');
SELECT make_view('not_in_without_null', 'SELECT id, v FROM a WHERE k NOT IN (SELECT k FROM b WHERE k IS NOT NULL)');
SELECT make_view('rows', 'SELECT k, count(*) AS n FROM a WHERE (k, v) IN (SELECT k, w FROM b) GROUP BY k');
SELECT make_view('any_less', 'SELECT id FROM a WHERE v < ANY (SELECT w FROM b WHERE b.k = a.k)');
SELECT make_view('all_less', 'SELECT id FROM a WHERE v <= ALL (SELECT w FROM b WHERE b.k = a.k)');
SELECT make_view('in_groups', 'SELECT id FROM a WHERE k IN (SELECT k FROM b GROUP BY k HAVING count(*) > 1)');
SELECT make_view('in_array', 'SELECT id FROM a WHERE k = ANY (ARRAY(SELECT k FROM b WHERE w = 1))');
\i :change_sides
DROP SCHEMA subquery_in CASCADE;
