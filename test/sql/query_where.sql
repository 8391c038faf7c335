-- WHERE: rows come to fulfil it and cease to; NULL is not true.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_where;
SET search_path = query_where, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, ok boolean, s text);
SELECT make_view('flagged', 'SELECT g, count(*), sum(x) FROM t WHERE ok GROUP BY g');
SELECT make_view('unflagged', 'SELECT g, count(*) FROM t WHERE NOT ok OR ok IS NULL GROUP BY g');
SELECT make_view('listed', $$SELECT g, count(*), max(x) FROM t WHERE s IN ('a', 'b') AND x BETWEEN 2 AND 20 GROUP BY g$$);
SELECT make_view('pattern', $$SELECT s, count(*) FROM t WHERE s LIKE 'a%' OR s ~ '[0-9]' GROUP BY s$$);
SELECT make_view('bag', $$SELECT g, x FROM t WHERE CASE WHEN s = 'z' THEN false ELSE x > 5 END$$);
SELECT make_view('guarded', 'SELECT g, sum(100 / x) AS s FROM t WHERE x <> 0 GROUP BY g');
SELECT make_view('nothing', 'SELECT g, count(*) FROM t WHERE false GROUP BY g');
SELECT make_view('params', $$SELECT x, count(*) FROM t WHERE g = ANY (ARRAY[1, 2]) AND coalesce(ok, true) GROUP BY x$$);
INSERT INTO t SELECT i, i % 4, i % 7, nullif(i % 3, 2)::boolean, substr('abz', i % 3 + 1, 1) || nullif(i % 2, 0) FROM generate_series(1, 40) i;
SELECT * FROM flagged ORDER BY g;
SELECT * FROM check_views();
UPDATE t SET ok = NOT ok;
SELECT * FROM check_views();
UPDATE t SET ok = NULL, s = 'a' WHERE id % 4 = 1;
SELECT * FROM check_views();
UPDATE t SET x = x + 3, s = left(s, 1);
SELECT * FROM check_views();
UPDATE t SET g = g + 1 WHERE ok;
SELECT * FROM check_views();
DELETE FROM t WHERE x > 5;
SELECT * FROM check_views();
DELETE FROM t;
SELECT * FROM check_views();
DROP SCHEMA query_where CASCADE;
