-- INTERSECT and EXCEPT, with and without ALL.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA setop_intersect_except;
SET search_path = setop_intersect_except, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('i', 'SELECT k, v FROM a INTERSECT SELECT k, w FROM b');
SELECT make_view('i_all', 'SELECT k FROM a INTERSECT ALL SELECT k FROM b');
SELECT make_view('e', 'SELECT k FROM a EXCEPT SELECT k FROM b');
SELECT make_view('e_all', 'SELECT k FROM a EXCEPT ALL SELECT k FROM b');
SELECT make_view('e_turned', 'SELECT k, w FROM b EXCEPT ALL SELECT k, v FROM a');
SELECT make_view('grouped', 'SELECT k % 2 AS odd, count(*) AS n FROM (SELECT k FROM a EXCEPT ALL SELECT k FROM b) q GROUP BY 1');
SELECT make_view('itself', 'SELECT v FROM a WHERE k > 1 INTERSECT ALL SELECT v FROM a WHERE id % 2 = 0');
\i :change_sides
DROP SCHEMA setop_intersect_except CASCADE;
