-- Ranks over all rows and LIMIT in a subquery, with a query around it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_around;
SET search_path = query_around, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('top', 'SELECT * FROM (SELECT id, k, rank() OVER (ORDER BY v DESC NULLS LAST) AS r FROM a) q WHERE r <= 3');
SELECT make_view('of_limit', 'SELECT k, count(*) AS n, sum(v) AS s FROM (SELECT id, k, v FROM a ORDER BY v DESC NULLS LAST, id LIMIT 5) q GROUP BY k HAVING count(*) > 1');
SELECT make_view('average', 'WITH best AS (SELECT sum(v) AS s FROM a GROUP BY k ORDER BY 1 DESC NULLS LAST LIMIT 3) SELECT avg(s) AS m, max(s) - min(s) AS d FROM best');
SELECT make_view('of_join', 'SELECT DISTINCT k, w FROM (SELECT a.k, b.w, row_number() OVER (ORDER BY a.id, b.id) AS n FROM a JOIN b USING (k)) q WHERE n % 2 = 0');
SELECT make_view('running', 'SELECT k, s, s > 10 AS large FROM (SELECT k, sum(sum(v)) OVER (ORDER BY k) AS s FROM a GROUP BY k) q ORDER BY k LIMIT 3');
SELECT make_view('twice', 'SELECT id, r FROM (SELECT id, r, ntile(2) OVER (ORDER BY id) AS t FROM (SELECT id, rank() OVER (ORDER BY v) AS r FROM a) q WHERE r > 2) p WHERE t = 1');
SELECT make_view('with_part', 'SELECT * FROM (SELECT id, v - (SELECT avg(v) FROM a) AS d, rank() OVER (ORDER BY v) AS r FROM a) q WHERE d > 0 AND r > 1');
SELECT make_view('same_names', 'SELECT x, y FROM (SELECT k, k FROM a ORDER BY k, v LIMIT 4) q (x, y)');
SELECT make_view('renamed', 'SELECT q.n + 1 AS id, o AS name FROM (SELECT id, v FROM a ORDER BY id OFFSET 3) AS q (n, o) WHERE o IS NOT NULL');
SELECT make_view('grouping', 'SELECT k, r > 4 AS late, count(*) AS n, grouping(k) AS g FROM (SELECT k, rank() OVER (ORDER BY v) AS r FROM a) q GROUP BY ROLLUP (k, r > 4)');
SELECT make_view('settings', $$SELECT to_char(d, 'TZ') AS z, count(*) AS n FROM (SELECT date_trunc('day', timestamptz '2026-01-01' + v * interval '1 day') AS d, row_number() OVER (ORDER BY id) AS r FROM a) q WHERE r < 9 AND to_char(d, 'DD') > '00' GROUP BY 1$$);
SELECT make_view('distinct_on', 'SELECT k, r FROM (SELECT DISTINCT ON (k) k, id, row_number() OVER (ORDER BY id) AS r FROM a ORDER BY k, id) q WHERE r < 20');
SELECT viewname, (SELECT string_agg(construct, '; ') FROM ivm.explain_view(s.view) WHERE strategy LIKE 'recompute%' AND construct LIKE 'FROM %') AS recomputed
FROM ivm.stat_views s WHERE schemaname = 'query_around' ORDER BY viewname COLLATE "C";
SELECT part, construct, strategy, read_cost FROM ivm.explain_view('of_limit') WHERE part <> 'storage';
-- what cannot be asked of its columns
SELECT ivm.create_index('top', 'k');
SELECT * FROM ivm.reconcile('top', 'k = 1');
CREATE OR REPLACE VIEW top AS SELECT 1 AS id, 2 AS k, 3::bigint AS r;
SELECT ivm.create_view('v', 'SELECT id FROM (SELECT id FROM a ORDER BY id LIMIT 3) q WHERE random() < 1');
SELECT ivm.create_view('v', 'SELECT id FROM (SELECT id FROM a ORDER BY random() LIMIT 3) q');
\i :change_sides
SELECT * FROM ivm.reconcile('top');
DROP VIEW top;
DROP SCHEMA query_around CASCADE;
