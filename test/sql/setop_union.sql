-- UNION and UNION ALL: a row of either side, once or as often as it is there.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA setop_union;
SET search_path = setop_union, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('distinct_rows', 'SELECT k, v FROM a UNION SELECT k, w FROM b');
SELECT make_view('all_rows', 'SELECT k, v FROM a UNION ALL SELECT k, w FROM b');
SELECT make_view('tagged', $$SELECT 'a' AS t, k FROM a UNION ALL SELECT 'b', k FROM b WHERE w > 1$$);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(x) AS s, max(x) AS hi FROM (SELECT k, v AS x FROM a UNION ALL SELECT k, w FROM b) q GROUP BY k');
SELECT make_view('grouped_distinct', 'SELECT k, count(*) AS n FROM (SELECT k, v FROM a UNION SELECT k, w FROM b) q GROUP BY k');
SELECT make_view('of_joins', 'SELECT a.v, b.w FROM a JOIN b ON a.k = b.k UNION ALL SELECT a.id, NULL FROM a');
SELECT make_view('types', 'SELECT k FROM a UNION ALL SELECT w::numeric / 2 FROM b', 'values');
SELECT make_view('sorted', 'SELECT k FROM a UNION SELECT k FROM b ORDER BY k DESC LIMIT 4');
SELECT make_view('of_groups', 'SELECT k, count(*) AS n FROM a GROUP BY k UNION ALL SELECT k, sum(w) FROM b GROUP BY k');
\i :change_sides
DROP SCHEMA setop_union CASCADE;
