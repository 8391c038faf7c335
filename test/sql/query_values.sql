-- VALUES as a source, joined with tables, and as a branch of a set operation.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_values;
SET search_path = query_values, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('named', $$SELECT n.name, a.id FROM a JOIN (VALUES (0, 'zero'), (1, 'one'), (2, 'two'), (2, 'deux')) n (k, name) ON n.k = a.k$$);
SELECT make_view('all_names', $$SELECT n.name, count(a.id) AS c, sum(b.w) AS s FROM (VALUES (0, 'zero'), (1, 'one'), (9, 'nine')) n (k, name) LEFT JOIN a ON n.k = a.k LEFT JOIN b ON b.k = n.k GROUP BY n.name$$);
SELECT make_view('in_values', 'SELECT id FROM a WHERE (k, v) IN (VALUES (1, 1), (2, 2), (9, 1))');
SELECT make_view('branch', 'SELECT k FROM a UNION ALL VALUES (1), (NULL)');
SELECT make_view('branch_distinct', 'VALUES (1), (77) UNION SELECT k FROM b');
SELECT make_view('without_from', 'SELECT a.id, q.one FROM a, (SELECT 1 AS one) q');
\i :change_sides
DROP SCHEMA query_values CASCADE;
