-- Changed rows that conditions rule out, or seem to, below outer joins, EXISTS and GROUP BY.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA row_filter;
SET search_path = row_filter, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('in_where', 'SELECT q.n, count(*) AS c FROM (SELECT k, count(*) AS n FROM b WHERE w > 2 AND w IN (3, 5, 10, 11, 12) GROUP BY k) q GROUP BY q.n');
SELECT make_view('in_on', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON b.k = a.k AND b.w > 2');
SELECT make_view('in_on_preserved', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON b.k = a.k AND a.v > 1');
SELECT make_view('in_where_outside', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON b.k = a.k WHERE b.w > 5 OR b.w IS NULL');
SELECT make_view('in_where_strict', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON b.k = a.k WHERE b.w > 5');
SELECT make_view('in_full', 'SELECT a.id, b.id AS b FROM a FULL JOIN b ON b.k = a.k AND b.w > 2 AND a.v > 0');
SELECT make_view('in_right', 'SELECT a.id, b.id AS b FROM a RIGHT JOIN b ON b.k = a.k AND a.v > 0 AND b.w < 9 WHERE b.w <> 4');
SELECT make_view('in_exists', 'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.k = a.k AND b.w BETWEEN 1 AND 9) AND v IS NOT NULL');
SELECT make_view('nullable_inside', 'SELECT q.k, q.n FROM (SELECT x.k, count(y.id) AS n FROM b x LEFT JOIN b y ON y.k = x.k AND y.w > 2 WHERE x.w < 9 GROUP BY x.k) q');
SELECT make_view('nested', 'SELECT a.id, p.b FROM a LEFT JOIN (b x JOIN LATERAL (SELECT x.id AS b) p ON x.w > 1) ON x.k = a.k AND x.w < 11');
SELECT make_view('not_safe', 'SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k AND b.w <> 0 AND 12 / b.w > 1)');
SELECT make_view('itself', 'SELECT x.id FROM a x WHERE x.v > 1 AND EXISTS (SELECT FROM a y WHERE y.k = x.k AND y.v < 1)');
SELECT make_view('boolean', 'SELECT k, bool_or(z) AS o FROM (SELECT DISTINCT k, w > 2 AS z FROM b WHERE NOT w = 3 AND (w > 1) IS NOT FALSE) q GROUP BY k');
SELECT make_view('over_time', $$SELECT q.k FROM (SELECT k, max(w) AS m FROM b WHERE date '2026-01-01' + w < date '2026-01-01' + interval '9 days' GROUP BY k) q WHERE m > 2$$);
\i :change_sides
DROP SCHEMA row_filter CASCADE;
