-- Set operations in each other and in subqueries, and over aggregates.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA setop_nested;
SET search_path = setop_nested, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('precedence', 'SELECT k FROM a UNION SELECT k FROM b INTERSECT SELECT v FROM a');
SELECT make_view('parentheses', '(SELECT k FROM a UNION ALL SELECT k FROM b) EXCEPT ALL SELECT v FROM a');
SELECT make_view('branch', 'SELECT k FROM a UNION ALL (SELECT k FROM b EXCEPT SELECT v FROM a)');
SELECT make_view('three', 'SELECT k FROM a UNION SELECT w FROM b UNION ALL SELECT v FROM a');
SELECT make_view('in_where', 'SELECT id FROM a WHERE k IN (SELECT k FROM b UNION SELECT w FROM b)');
SELECT make_view('joined', 'SELECT a.id, q.x FROM a JOIN (SELECT k, w AS x FROM b UNION ALL SELECT k, v FROM a) q ON q.k = a.k');
SELECT make_view('counts', 'SELECT k, count(*) AS n FROM a GROUP BY k EXCEPT SELECT k, count(*) FROM b GROUP BY k');
SELECT make_view('limited', '(SELECT id FROM a ORDER BY v, id LIMIT 3) UNION ALL (SELECT id FROM b ORDER BY w DESC NULLS LAST, id LIMIT 2)');
\i :change_sides
DROP SCHEMA setop_nested CASCADE;
