-- EXISTS, IN and scalar subqueries under AND, OR, NOT and CASE, in the select list,
-- WHERE and HAVING.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA subquery_conditions;
SET search_path = subquery_conditions, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('either', 'SELECT id FROM a WHERE v = 1 OR EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
SELECT make_view('neither', 'SELECT id FROM a WHERE NOT (v = 1 OR k IN (SELECT k FROM b WHERE w > 1))');
SELECT make_view('both', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AND v NOT IN (SELECT w FROM b WHERE w IS NOT NULL)');
SELECT make_view('shown', 'SELECT id, EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AS e, k IN (SELECT k FROM b) AS i, k NOT IN (SELECT k FROM b) AS n FROM a');
SELECT make_view('flags', 'SELECT EXISTS (SELECT 1 FROM b WHERE b.k = a.k) AS has, count(*) AS n FROM a GROUP BY 1');
SELECT make_view('cases', $$SELECT id, CASE WHEN EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND w > 5) THEN 'big' WHEN k IN (SELECT k FROM b) THEN 'some' ELSE 'none' END AS c FROM a$$);
SELECT make_view('having_exists', 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING EXISTS (SELECT 1 FROM b WHERE b.k = a.k) OR count(*) > 2');
SELECT make_view('filters', 'SELECT k, count(*) FILTER (WHERE v IN (SELECT w FROM b)) AS n FROM a GROUP BY k');
\i :change_sides
DROP SCHEMA subquery_conditions CASCADE;
