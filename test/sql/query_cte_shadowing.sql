-- WITH in WITH: a name means the nearest query of that name, and within its own query one further out.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_cte_shadowing;
SET search_path = query_cte_shadowing, ivm_test, public;
CREATE TABLE a (id int, k int);
CREATE TABLE b (id int, k int);
INSERT INTO a SELECT i, i % 3 FROM generate_series(1, 6) i;
INSERT INTO b SELECT i, i % 2 FROM generate_series(1, 4) i;
SELECT make_view('inside', 'WITH w AS (WITH w AS (SELECT id, k FROM a WHERE k > 0) SELECT k, count(*) AS n FROM w GROUP BY k) SELECT w.k, w.n FROM w');
SELECT make_view('beside', 'WITH w AS (SELECT k FROM a), u AS (WITH w AS (SELECT k FROM b) SELECT k, count(*) AS n FROM w GROUP BY k) SELECT w.k, u.n FROM w JOIN u USING (k)');
SELECT make_view('in_expression', 'WITH w AS (SELECT k FROM a) SELECT k, (WITH w AS (SELECT id FROM b) SELECT count(*) FROM w) AS n FROM w');
SELECT make_view('below', 'WITH w AS (SELECT k FROM a) SELECT k, (WITH u AS (WITH w AS (SELECT id FROM b) SELECT * FROM w) SELECT count(*) FROM u, w) AS n FROM w');
SELECT make_view('compared', 'WITH w AS (SELECT max(k) AS m FROM a) SELECT k FROM b WHERE k < (WITH w AS (SELECT m FROM w) SELECT m FROM w)');
SELECT make_view('chain', 'WITH w AS (SELECT max(k) AS m FROM a), x AS (WITH w AS (SELECT w.m + 1 AS m FROM w) SELECT m FROM w) SELECT b.k, x.m, w.m AS m2 FROM b, x, w WHERE k < (SELECT m FROM x)');
SELECT make_view('two_levels', 'WITH w AS (SELECT id, k FROM a), v AS (SELECT k FROM w) SELECT q.k, q.n FROM (WITH w AS (SELECT k FROM v), v AS (SELECT k FROM b) SELECT w.k, (SELECT count(*) FROM v) AS n FROM w) q');
SELECT make_view('finished', 'WITH w AS (SELECT k, count(*) AS n FROM a GROUP BY k) SELECT sum(n) FROM (WITH w AS (SELECT n FROM w ORDER BY n DESC, k LIMIT 2) SELECT n FROM w) q');
SELECT * FROM check_views();
INSERT INTO a VALUES (9, 1), (10, 7);
SELECT * FROM check_views();
BEGIN;
INSERT INTO b VALUES (7, 7), (8, 1);
DELETE FROM a WHERE k = 0;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA query_cte_shadowing CASCADE;
