-- INSERT ... ON CONFLICT, DO NOTHING and DO UPDATE.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_on_conflict;
SET search_path = change_on_conflict, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 10) i;
INSERT INTO t VALUES (1, 5, 100), (11, 5, 100) ON CONFLICT DO NOTHING;
SELECT * FROM check_views();
INSERT INTO t VALUES (2, 6, 7), (12, 6, 8) ON CONFLICT (id) DO UPDATE SET g = excluded.g, x = t.x + excluded.x;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
INSERT INTO t SELECT i, 7, i FROM generate_series(8, 15) i ON CONFLICT (id) DO UPDATE SET x = 0 WHERE t.g = 1;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE SET id = t.id + 100 RETURNING *;
SELECT * FROM check_views();
DROP SCHEMA change_on_conflict CASCADE;
