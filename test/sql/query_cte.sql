-- WITH: used once, twice, by one another, MATERIALIZED, shadowing tables.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_cte;
SET search_path = query_cte, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('once', 'WITH q AS (SELECT k, v FROM a WHERE v > 0) SELECT q.k, w FROM q JOIN b ON q.k = b.k');
SELECT make_view('twice', 'WITH q AS (SELECT k, count(*) AS n FROM a GROUP BY k) SELECT x.k, y.k AS yk FROM q x JOIN q y ON x.n = y.n AND x.k < y.k');
SELECT make_view('kept', 'WITH q AS MATERIALIZED (SELECT k, w FROM b), r AS NOT MATERIALIZED (SELECT k, sum(w) AS s FROM q GROUP BY k) SELECT a.id, r.s FROM a LEFT JOIN r USING (k)');
SELECT make_view('renamed', 'WITH q (p, q) AS (SELECT k, v FROM a) SELECT p, sum(q) AS s FROM q GROUP BY p');
SELECT make_view('shadow', 'WITH b AS (SELECT id, k, v AS w FROM a) SELECT a.id, b.w FROM a JOIN b ON a.k = b.w');
SELECT make_view('inner_with', 'SELECT id, (WITH m AS (SELECT max(w) AS w FROM b WHERE b.k = a.k) SELECT w FROM m) AS w FROM a');
SELECT make_view('in_where', 'WITH q AS (SELECT k FROM b WHERE w > 0) SELECT id FROM a WHERE k IN (TABLE q) OR v NOT IN (SELECT k FROM q WHERE k IS NOT NULL)');
SELECT make_view('of_union', 'WITH q AS (SELECT k FROM a UNION ALL SELECT k FROM b) SELECT k, count(*) AS n FROM q GROUP BY k');
SELECT make_view('unused', 'WITH q AS (SELECT 1 / 0 AS x FROM b) SELECT id FROM a');
\i :change_sides
DROP SCHEMA query_cte CASCADE;
