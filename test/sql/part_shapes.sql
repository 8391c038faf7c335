-- Subqueries that depend on no row around them are kept as views of their own.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA part_shapes;
SET search_path = part_shapes, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE VIEW av AS SELECT id, k AS g, v FROM a WHERE k IS NOT NULL;
-- in the select list, of groups, rows and nothing
SELECT make_view('share', 'SELECT k, sum(v) AS s, sum(v) * 100 / nullif((SELECT sum(v) FROM a), 0) AS percent FROM a GROUP BY k');
SELECT make_view('above', 'SELECT id, v - (SELECT avg(v) FROM a) AS d, (SELECT min(w) FROM b) AS m FROM a');
SELECT make_view('figures', 'SELECT (SELECT count(*) FROM a) AS n, (SELECT sum(v) FROM a) AS s, (SELECT avg(v) FROM a) AS v, (SELECT max(w) FROM b WHERE k > 1) AS m');
SELECT make_view('per_series', 'SELECT g, (SELECT count(*) FROM a) + g AS n FROM generate_series(1, 3) g');
SELECT make_view('total', 'SELECT count(*) AS n, sum(v) - (SELECT sum(w) FROM b) AS d FROM a');
SELECT make_view('exists', 'SELECT k, count(*) AS n, EXISTS (SELECT * FROM b x, b y WHERE x.w = 7 AND y.k = 3) AS e FROM a GROUP BY k');
SELECT make_view('array', 'SELECT id, ARRAY(SELECT w FROM b WHERE k = 2 ORDER BY w DESC, id) AS l FROM a WHERE k = 1');
SELECT make_view('of_groups', 'SELECT id, (SELECT max(s) FROM (SELECT sum(w) AS s FROM b GROUP BY k) q) AS m FROM a');
SELECT make_view('one_value', 'SELECT id, v + (SELECT w FROM b ORDER BY w DESC NULLS LAST, id LIMIT 1) AS d FROM a');
SELECT make_view('distinct', 'SELECT DISTINCT k, v > (SELECT avg(v) FROM a) AS above FROM a');
SELECT make_view('window', 'SELECT id, k, rank() OVER (PARTITION BY k ORDER BY v - (SELECT avg(v) FROM a)) AS r, (SELECT count(*) FROM b) AS n FROM a');
SELECT make_view('rollup', 'SELECT k, v, count(*) * 100 / nullif((SELECT count(*) FROM a), 0) AS percent FROM a GROUP BY ROLLUP (k, v)');
SELECT make_view('twice', 'SELECT k, max(v) - (SELECT avg(v) FROM a) AS x, min(v) - (SELECT avg(v) FROM a) AS y FROM a GROUP BY k');
SELECT make_view('case', 'SELECT id, CASE WHEN k > 2 THEN (SELECT max(v) FROM a) ELSE coalesce((SELECT min(w) FROM b), 0) END AS c FROM a');
-- in HAVING, WHERE, ORDER BY
SELECT make_view('having', 'SELECT k, count(*) AS n FROM a GROUP BY k HAVING sum(v) > (SELECT avg(s) FROM (SELECT sum(v) AS s FROM a GROUP BY k) q)');
SELECT make_view('biggest', 'SELECT k FROM a WHERE v = (SELECT max(v) FROM a)');
SELECT make_view('below', 'SELECT k, count(*) AS n, sum(v) AS s, string_agg(v::text, '','' ORDER BY id) AS l FROM a WHERE v < (SELECT avg(v) FROM a) AND id > 0 GROUP BY k HAVING count(*) > 0');
SELECT make_view('below_all', 'SELECT count(*) AS n, avg(v) AS m FROM a WHERE v < (SELECT avg(v) FROM a)');
SELECT make_view('between', 'SELECT a.k, b.w FROM a JOIN b ON b.k = a.k WHERE a.v - b.w < (SELECT avg(v) FROM a) OR b.w = (SELECT max(w) FROM b)');
SELECT make_view('inside', 'SELECT q.k, count(*) AS n FROM (SELECT k, v FROM a WHERE v > (SELECT avg(v) FROM a) AND EXISTS (SELECT 1 FROM b WHERE b.k = a.k)) q GROUP BY q.k');
SELECT make_view('grouped_by', 'SELECT v > (SELECT avg(v) FROM a) AS above, count(*) AS n FROM a GROUP BY 1');
SELECT make_view('weighted', 'SELECT k, round(sum(v * 1.0 / nullif((SELECT count(*) FROM a), 0)), 6) AS s FROM a GROUP BY k');
SELECT make_view('distinct_below', 'SELECT DISTINCT k FROM a WHERE v < (SELECT avg(v) FROM a)');
SELECT make_view('ordered', 'SELECT k, count(*) AS n FROM a GROUP BY k ORDER BY abs(sum(v) - (SELECT sum(v) FROM a)) NULLS LAST, k LIMIT 2');
SELECT make_view('settings', $$SELECT k, to_char(timestamptz '2026-01-01 00:00+00' + sum(v) * interval '1 day' + (SELECT count(*) FROM a) * interval '1 hour', 'YYYY-MM-DD HH24 TZ') AS t FROM a GROUP BY k$$);
SELECT make_view('settings_rows', $$SELECT date_trunc('month', timestamptz '2026-01-01' + v * interval '1 day') AS m, to_char(date_trunc('month', timestamptz '2026-01-01' + v * interval '1 day'), 'TZ') AS z, to_char(max(timestamptz '2026-01-01' + v * interval '1 day'), 'DD HH24') AS l FROM a WHERE v < (SELECT avg(v) FROM a) GROUP BY 1 HAVING to_char(min(timestamptz '2026-01-01' + v * interval '1 day'), 'DD') > '00'$$);
-- conditions that say the same of all rows
SELECT make_view('if_exists', 'SELECT k, count(*) AS n FROM a WHERE EXISTS (SELECT FROM b WHERE w > 9) GROUP BY k');
SELECT make_view('if_none', 'SELECT id, v FROM a WHERE NOT EXISTS (SELECT FROM b WHERE w > 9) AND v >= 0');
SELECT make_view('if_many', 'SELECT DISTINCT k FROM a WHERE (SELECT count(*) FROM b) > 9');
SELECT make_view('if_one_group', 'SELECT count(*) AS n FROM a WHERE EXISTS (SELECT FROM b WHERE w > 9)');
SELECT make_view('if_sets', 'SELECT k, count(*) AS n FROM a WHERE (SELECT count(*) FROM b) > 9 GROUP BY GROUPING SETS ((k), ())');
-- NOT IN, with NULLs on both sides
SELECT make_view('not_in', 'SELECT id, k FROM a WHERE k NOT IN (SELECT k FROM b)');
SELECT make_view('not_in_key', 'SELECT k, count(*) AS n FROM a WHERE id NOT IN (SELECT k FROM b WHERE w > 0) GROUP BY k');
SELECT make_view('not_in_nullable', 'SELECT v, count(*) AS n FROM a WHERE k NOT IN (SELECT k FROM b WHERE w > 1) GROUP BY v');
SELECT make_view('not_in_expression', 'SELECT DISTINCT v FROM a WHERE k + 1 NOT IN (SELECT w FROM b WHERE k = 2)');
SELECT make_view('not_in_itself', 'SELECT id FROM a WHERE id NOT IN (SELECT k FROM a WHERE v > 1)');
SELECT make_view('all_differ', 'SELECT id FROM a WHERE k <> ALL (SELECT k FROM b WHERE w > 0 AND k IS NOT NULL)');
SELECT make_view('not_in_groups', 'SELECT id FROM a WHERE v NOT IN (SELECT count(*) FROM b GROUP BY k)');
SELECT make_view('not_in_extended', 'SELECT x.id, y.id AS b FROM a x LEFT JOIN b y ON y.k = x.k WHERE y.id NOT IN (SELECT v FROM a)');
SELECT make_view('not_in_one_group', 'SELECT count(*) AS n FROM a WHERE k NOT IN (SELECT k FROM b)');
SELECT make_view('not_in_with', 'WITH q AS (SELECT k, sum(w) AS s FROM b GROUP BY k) SELECT id FROM a WHERE v NOT IN (SELECT s FROM q)');
-- in FROM, and in WITH
SELECT make_view('cross_join', 'SELECT a.id, a.v * 100 / nullif(t.s, 0) AS percent, t.n FROM a CROSS JOIN (SELECT sum(v) AS s, count(*) AS n FROM a) t');
SELECT make_view('join_on', 'SELECT a.id, x.id AS b FROM a JOIN (SELECT avg(v) AS m FROM a) t ON a.v > t.m JOIN b x ON x.k = a.k');
SELECT make_view('with_total', 'WITH t AS (SELECT sum(v) AS s FROM a), u AS (SELECT k, sum(v) AS s FROM a GROUP BY k) SELECT u.k, u.s * 100 / nullif(t.s, 0) AS percent FROM u, t');
SELECT make_view('with_group', 'WITH t AS (SELECT sum(v) AS s, max(v) AS m FROM a) SELECT a.k, sum(a.v) * 100 / nullif(t.s, 0) AS percent, t.m FROM a, t GROUP BY a.k, t.s, t.m');
SELECT make_view('with_top', 'WITH q AS (SELECT k, sum(v) AS s FROM a GROUP BY k) SELECT b.id, q.s FROM b JOIN q ON q.k = b.k WHERE q.s = (SELECT max(s) FROM q)');
SELECT make_view('two_of_one_row', 'SELECT x.n AS a, y.n AS b FROM (SELECT count(*) AS n FROM a) x, (SELECT count(*) AS n FROM b) y WHERE x.n >= 0');
-- views below, and above
SELECT make_view('of_view', 'SELECT g, count(*) * 100 / nullif((SELECT count(*) FROM av), 0) AS percent FROM av GROUP BY g');
SELECT make_view('of_ivm', 'SELECT k, percent - (SELECT min(percent) FROM share) AS above FROM share');
-- how many parts they have, and what has to be recomputed
SELECT viewname, (SELECT count(*) FROM ivm.view p WHERE p.part_of = s.id) AS parts,
	   (SELECT string_agg(part || ': ' || construct, '; ') FROM ivm.explain_view(s.view) WHERE strategy LIKE 'recompute%') AS recomputed
FROM ivm.stat_views s WHERE schemaname = 'part_shapes' ORDER BY viewname COLLATE "C";
\i :change_sides
DROP SCHEMA part_shapes CASCADE;
SELECT count(*) FROM ivm.view WHERE part_of IS NOT NULL;
