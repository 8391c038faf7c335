-- INSERT, UPDATE of key, value and neither, DELETE; many rows, one and none.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_insert_update_delete;
SET search_path = change_insert_update_delete, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t VALUES (1, 1, 10);
INSERT INTO t VALUES (2, 1, 20), (3, 2, 30), (4, NULL, NULL);
INSERT INTO t SELECT * FROM t WHERE false;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
UPDATE t SET x = x + 1;
UPDATE t SET g = 2 WHERE id = 1;
UPDATE t SET g = g, x = x;
UPDATE t SET id = id + 10;
UPDATE t SET x = 0 WHERE false;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
UPDATE t SET (g, x) = (SELECT max(g), min(x) FROM t) WHERE g IS NULL;
UPDATE t SET g = NULL WHERE g = 1;
SELECT * FROM check_views();
DELETE FROM t WHERE x > 25;
DELETE FROM t WHERE false;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t USING generate_series(1, 20) s WHERE t.id = s;
SELECT * FROM check_views();
INSERT INTO t SELECT i, i % 100, i FROM generate_series(1, 5000) i;
SELECT * FROM check_views();
UPDATE t SET g = g + 1 WHERE id % 2 = 0;
SELECT * FROM check_views();
DELETE FROM t WHERE id % 3 > 0;
SELECT * FROM check_views();
DROP SCHEMA change_insert_update_delete CASCADE;
