-- HAVING: groups cross its line in both ways.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_having;
SET search_path = query_having, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, y numeric);
SELECT make_view('many', 'SELECT g, sum(x) AS s FROM t GROUP BY g HAVING count(*) > 2');
SELECT make_view('rich', 'SELECT g FROM t GROUP BY g HAVING sum(y) >= 10 OR min(x) IS NULL');
SELECT make_view('keyed', 'SELECT g, count(*) FROM t GROUP BY g HAVING g % 2 = 0 AND max(x) > 3');
SELECT make_view('filtered', 'SELECT g, count(*) FROM t WHERE x > 1 GROUP BY g HAVING count(*) FILTER (WHERE y > 1) > 1');
SELECT make_view('median', 'SELECT g, count(*) FROM t GROUP BY g HAVING percentile_disc(0.5) WITHIN GROUP (ORDER BY x) > 3');
INSERT INTO t SELECT i, i % 5, i, i / 8.0 FROM generate_series(1, 22) i;
SELECT * FROM many ORDER BY g;
SELECT * FROM rich ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t WHERE id > 10;
SELECT * FROM many;
SELECT * FROM check_views();
UPDATE t SET g = 1 WHERE g = 2;
SELECT * FROM many;
SELECT * FROM check_views();
UPDATE t SET y = y * 100, x = NULL WHERE id < 4;
SELECT * FROM check_views();
DELETE FROM t WHERE g = 1;
SELECT * FROM check_views();
DROP SCHEMA query_having CASCADE;
