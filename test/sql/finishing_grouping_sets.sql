-- Grouping sets over a subquery that is finished whole: a column of HAVING is NULL where it is not
-- grouped by, so what HAVING asks of it cannot be asked of the rows before.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA finishing_grouping_sets;
SET search_path = finishing_grouping_sets, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
INSERT INTO t SELECT i, i % 3, 1 + i % 2 FROM generate_series(1, 9) i;
SELECT make_view('cube', 'SELECT GROUPING(m) AS bits, m, count(*) AS n FROM (SELECT id, max(x) OVER (PARTITION BY g) + 0 AS m FROM t) q
	GROUP BY CUBE (m) HAVING m IS NULL');
SELECT make_view('limited', 'SELECT x, g, GROUPING(x, g) AS bits, count(*) AS n FROM (SELECT * FROM t ORDER BY id LIMIT 7) q
	GROUP BY x, ROLLUP (g) HAVING g IS NULL OR x > g');
SELECT make_view('expressions', 'SELECT m + 1 AS next, coalesce(m, -1) AS shown, g, sum(id) AS s
	FROM (SELECT id, g, max(x) OVER (PARTITION BY g) AS m FROM t) q GROUP BY GROUPING SETS ((m + 1, m), (g), ()) HAVING coalesce(m, -1) < 2');
SELECT make_view('constants', 'SELECT c, m, count(*) AS n FROM (SELECT 1 AS c, max(x) OVER (ORDER BY g) AS m FROM t) q
	GROUP BY DISTINCT CUBE (c, m) HAVING sign(m) IS NULL AND c IS NOT DISTINCT FROM 1');
SELECT make_view('deeper', 'SELECT bits, count(*) AS n FROM (SELECT GROUPING(m) AS bits, m FROM (SELECT id, max(x) OVER (PARTITION BY g) + 0 AS m FROM t) q
	GROUP BY ROLLUP (m) HAVING m IS NULL) r GROUP BY ROLLUP (bits) HAVING bits IS NULL OR bits > 0');
TABLE cube;
SELECT * FROM expressions ORDER BY next, shown, g;
SELECT * FROM check_views();
INSERT INTO t VALUES (10, 3, NULL), (11, 0, 5);
UPDATE t SET x = 3 WHERE g = 1;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
INSERT INTO t VALUES (1, NULL, NULL);
SELECT * FROM check_views();
DROP SCHEMA finishing_grouping_sets CASCADE;
