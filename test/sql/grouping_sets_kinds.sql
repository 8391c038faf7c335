-- Grouping sets of all kinds, and what can stand beside them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA grouping_sets_kinds;
SET search_path = grouping_sets_kinds, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
-- sets: alike, DISTINCT, empty, one only, nested, multiplied
SELECT make_view('alike', 'SELECT k, v, count(*) AS n, grouping(v, k) AS g FROM a GROUP BY GROUPING SETS ((k, v), (), (v, k), (v), ())');
SELECT make_view('alike_once', 'SELECT k, v, count(*) AS n FROM a GROUP BY DISTINCT ROLLUP (k, v), ROLLUP (k)');
SELECT make_view('product', 'SELECT k, v, count(*) AS n FROM a GROUP BY ROLLUP (k, v), CUBE (k)');
SELECT make_view('empty', 'SELECT count(*) AS n, sum(v) AS s FROM a GROUP BY ()');
SELECT make_view('empty_twice', 'SELECT count(*) AS n, max(v) AS hi FROM a GROUP BY GROUPING SETS ((), ())');
SELECT make_view('empty_constant', 'SELECT 1 AS one FROM a GROUP BY ()');
SELECT make_view('one', 'SELECT k, v, grouping(k) AS g, count(*) AS n FROM a GROUP BY GROUPING SETS ((k, v))');
SELECT make_view('nested', 'SELECT k, v, id % 2 AS odd, count(*) AS n FROM a GROUP BY GROUPING SETS (ROLLUP (k, v), CUBE (k, id % 2), v)');
SELECT make_view('composite', 'SELECT k, v, id % 2 AS odd, count(*) AS n FROM a GROUP BY ROLLUP ((k, v), id % 2)');
SELECT make_view('leading', 'SELECT k, v, count(*) AS n, grouping(v) AS g FROM a GROUP BY k, ROLLUP (v)');
-- expressions: of grouping expressions, within others, of USING
SELECT make_view('expressions', $$SELECT k + 1 AS k1, (k + 1) * 10 AS k10, coalesce(v::text, 'all') || '-' || grouping(v) AS t, count(*) AS n
	FROM a GROUP BY ROLLUP (k + 1, v)$$);
SELECT make_view('using_key', 'SELECT k, w, count(*) AS n FROM a FULL JOIN b USING (k) GROUP BY ROLLUP (k, w)');
SELECT make_view('using_both', 'SELECT k, a.k AS ak, count(*) AS n FROM a JOIN b USING (k) GROUP BY ROLLUP (k, a.k)');
SELECT make_view('determined', 'SELECT a.id, a.k, v, count(*) AS n FROM a JOIN b USING (k) GROUP BY a.id, ROLLUP (b.w)');
SELECT make_view('constant', $$SELECT 'x'::text AS c, k, count(*) AS n FROM a GROUP BY ROLLUP ('x'::text, k)$$);
SELECT make_view('hidden', 'SELECT count(*) AS n FROM a GROUP BY ROLLUP (k, v)');
-- aggregates: each of linear, extreme and slice, with FILTER, with direct arguments
SELECT make_view('aggregates', $$SELECT k, count(v) AS n, avg(v) AS m, stddev(v) AS sd, min(v) AS lo, max(v) AS hi, sum(v) FILTER (WHERE id % 2 = 0) AS even,
	count(DISTINCT v) AS d, string_agg(v::text, ',' ORDER BY id) AS l, bool_or(v > 2) AS b, every(v > 0) FILTER (WHERE k > 1) AS e FROM a GROUP BY ROLLUP (k)$$);
SELECT make_view('direct', 'SELECT k, v, rank(k) WITHIN GROUP (ORDER BY id) AS r, percentile_disc(0.5) WITHIN GROUP (ORDER BY id) AS p FROM a GROUP BY CUBE (k, v)');
SELECT make_view('input', 'SELECT k, sum(k) AS s, count(k) AS n, max(k + v) AS hi FROM a GROUP BY CUBE (k)');
-- finishing
SELECT make_view('had', 'SELECT k, v, count(*) AS n FROM a GROUP BY CUBE (k, v) HAVING grouping(k) = 0 AND count(*) > 1 OR grouping(k, v) = 3');
SELECT make_view('sorted', 'SELECT k, v, count(*) AS n FROM a GROUP BY ROLLUP (k, v) ORDER BY grouping(k, v) DESC, count(*), k, v');
SELECT make_view('limited', 'SELECT k, v, count(*) AS n FROM a GROUP BY ROLLUP (k, v) ORDER BY count(*) DESC, grouping(k, v), k, v LIMIT 3');
SELECT make_view('distinct_rows', 'SELECT DISTINCT k, count(*) > 1 AS many FROM a GROUP BY CUBE (k, v)');
SELECT make_view('ranked', 'SELECT k, v, sum(v) AS s, rank() OVER (PARTITION BY grouping(k, v), CASE WHEN grouping(v) = 0 THEN k END ORDER BY sum(v), v) AS r
	FROM a GROUP BY ROLLUP (k, v)');
-- what is not rewritten
SELECT make_view('looked_up', 'SELECT k, (SELECT count(*) FROM b WHERE b.k = a.k) AS of_b, count(*) AS n FROM a GROUP BY ROLLUP (k)');
SELECT make_view('compared', 'SELECT k, count(*) AS n FROM a GROUP BY ROLLUP (k) HAVING count(*) < (SELECT count(*) FROM b)');
SELECT make_view('expanded', 'SELECT k, generate_series(1, 2) AS i, count(*) AS n FROM a GROUP BY ROLLUP (k)');
-- conditions with subqueries are
SELECT make_view('filtered', 'SELECT k, v, count(*) AS n FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k) GROUP BY ROLLUP (k, v)');
SELECT make_view('below', 'SELECT n, count(*) AS c FROM (SELECT k, count(*) AS n FROM a GROUP BY ROLLUP (k)) q GROUP BY CUBE (n)');
SELECT c.relname, e.construct IS NOT NULL AS rewritten
FROM definition d JOIN pg_class c ON c.oid = d.view
	LEFT JOIN LATERAL (SELECT construct FROM ivm.explain_view(d.view) WHERE construct = 'grouping sets') e ON true
ORDER BY c.relname COLLATE "C";
SELECT part, construct FROM ivm.explain_view('aggregates') WHERE part IN ('core', 'finishing');
SELECT part, construct FROM ivm.explain_view('had') WHERE part IN ('core', 'finishing');
\i :change_sides
DROP SCHEMA grouping_sets_kinds CASCADE;
