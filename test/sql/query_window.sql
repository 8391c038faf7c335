-- Window functions over groups and over plain rows.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_window;
SET search_path = query_window, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, h text, x int);
SELECT make_view('ranked', 'SELECT g, sum(x) AS s, rank() OVER (ORDER BY sum(x) DESC) AS r, round(100.0 * sum(x) / sum(sum(x)) OVER (), 2) AS share FROM t GROUP BY g');
SELECT make_view('running', 'SELECT g, h, count(*) AS n, sum(count(*)) OVER (PARTITION BY h ORDER BY g) AS total, lag(sum(x)) OVER w AS before FROM t GROUP BY g, h WINDOW w AS (PARTITION BY h ORDER BY g)');
SELECT make_view('over_rows', 'SELECT id, x, row_number() OVER (PARTITION BY g ORDER BY x, id) AS r, x - avg(x) OVER (PARTITION BY g) AS off FROM t');
SELECT make_view('duplicates', 'SELECT g, count(*) OVER (PARTITION BY h) AS n FROM t');
SELECT make_view('distinct_window', 'SELECT DISTINCT h, count(*) OVER (PARTITION BY h) AS n FROM t');
INSERT INTO t SELECT i, i % 4, substr('ab', i % 2 + 1, 1), (i * 5) % 13 FROM generate_series(1, 18) i;
SELECT * FROM ranked ORDER BY g;
SELECT * FROM running ORDER BY h, g;
SELECT * FROM check_views();
UPDATE t SET x = 3 * x, h = 'c' WHERE id % 3 = 0;
SELECT * FROM check_views();
BEGIN;
DELETE FROM t WHERE g = 1;
UPDATE t SET g = 9, x = NULL WHERE id = 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM ranked ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA query_window CASCADE;
