-- Data-modifying statements in WITH: several changes of one table by one statement.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_in_cte;
SET search_path = change_in_cte, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
WITH gone AS (DELETE FROM t WHERE g = 0 RETURNING *)
INSERT INTO t SELECT id + 100, g + 10, x FROM gone;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
WITH a AS (UPDATE t SET x = x + 1 WHERE g = 1 RETURNING id),
	 b AS (INSERT INTO t VALUES (50, 1, 50), (51, 7, NULL) RETURNING id),
	 c AS (DELETE FROM t WHERE g = 10 RETURNING id)
SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b, (SELECT count(*) FROM c) AS c;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- the statement's own changes are not visible to it, in a view neither
WITH a AS (UPDATE t SET x = x * 2 RETURNING id)
SELECT (SELECT sum(s) FROM grouped) AS before, (SELECT sum(x) FROM t) AS before_too, (SELECT count(*) FROM a) AS n;
SELECT sum(s) FROM grouped;
SELECT * FROM check_views();
DROP SCHEMA change_in_cte CASCADE;
