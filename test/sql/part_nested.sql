-- Subqueries within parts, beside what is no part, and equal to each other.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA part_nested;
SET search_path = part_nested, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
-- a part of one row whose subquery would be its key
SELECT make_view('inside_having', 'SELECT id, (SELECT min(v) FROM a HAVING count(*) > 2 AND (SELECT sum(w) FROM b) > 20) AS m FROM a');
SELECT make_view('inside_select', 'SELECT id, (SELECT sum(v) - (SELECT count(*) FROM b) FROM a) AS m FROM a');
-- one that is no part, beside aggregates
SELECT make_view('no_part', 'WITH q AS (SELECT 1 AS one) SELECT count(*) AS n, (WITH q AS (SELECT max(w) AS w FROM b) SELECT w FROM q) AS m FROM a');
SELECT make_view('of_aggregate', 'SELECT k, sum(v) AS s, (SELECT count(*) FROM a) AS n, (SELECT max(w) FROM b WHERE w < sum(a.v)) AS m FROM a GROUP BY k');
SELECT make_view('aggregate_in', 'SELECT k FROM a GROUP BY k HAVING count(*) NOT IN (SELECT k FROM b) OR sum(v) = ANY (SELECT w FROM b)');
-- equal ones are one, which grouping relies on
SELECT make_view('grouped_by', 'SELECT 1 + (k + (SELECT v FROM a ORDER BY v NULLS LAST, id LIMIT 1)) AS x, count(*) AS n FROM a GROUP BY k + (SELECT v FROM a ORDER BY v NULLS LAST, id LIMIT 1)');
SELECT make_view('sets', 'SELECT min(x.v) AS m, y.k + 1 AS g, grouping(y.k + 1, y.v) AS s FROM (SELECT max(id) AS m FROM a) q CROSS JOIN a x JOIN a y ON y.id = x.id WHERE x.v <= (SELECT max(v) FROM a) GROUP BY CUBE (y.v, y.k + 1)');
-- an order of one row; values of no type that a column can have
SELECT make_view('ordered', 'SELECT (SELECT sum(v) FROM a ORDER BY count(*)) AS s, (SELECT max(id::bigint) FROM a ORDER BY 1) AS m FROM a');
SELECT make_view('record', 'SELECT id, (SELECT ROW(max(v), 1) FROM a) = ROW(3, 1) AS r FROM a');
SELECT viewname, (SELECT count(*) FROM ivm.view p WHERE p.part_of = s.id) AS parts
FROM ivm.stat_views s WHERE schemaname = 'part_nested' ORDER BY viewname COLLATE "C";
\i :change_sides
DROP SCHEMA part_nested CASCADE;
