-- MERGE: rows inserted, updated, moved, deleted and left alone by one statement.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_merge;
SET search_path = change_merge, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
CREATE TABLE s (id int, g int, x int);
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
INSERT INTO s VALUES (1, 9, 90), (2, NULL, 5), (3, 0, -1), (20, 4, 4), (21, 4, 5), (22, 1, 100);
MERGE INTO t USING s ON t.id = s.id
	WHEN MATCHED AND s.x < 0 THEN DELETE
	WHEN MATCHED AND s.g IS NULL THEN DO NOTHING
	WHEN MATCHED THEN UPDATE SET g = s.g, x = t.x + s.x
	WHEN NOT MATCHED AND s.x = 5 THEN DO NOTHING
	WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.g, s.x);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
MERGE INTO t USING t AS o ON t.id = o.id + 1
	WHEN MATCHED AND t.x % 2 = 0 THEN UPDATE SET x = o.x
	WHEN MATCHED THEN DELETE;
SELECT * FROM check_views();
DROP SCHEMA change_merge CASCADE;
