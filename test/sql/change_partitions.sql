-- Rows of a partitioned table: routed, moved between partitions, changed in the
-- partition itself; partitions with columns in another order.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_partitions;
SET search_path = change_partitions, ivm_test, public;
CREATE TABLE t (id int, g int, x int, s text) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t2 (s text, junk int, x int, g int, id int);
ALTER TABLE t2 DROP COLUMN junk;
ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200);
CREATE TABLE t3 PARTITION OF t FOR VALUES FROM (200) TO (300) PARTITION BY LIST (g);
CREATE TABLE t3a PARTITION OF t3 FOR VALUES IN (1, 2, NULL);
CREATE TABLE t3b PARTITION OF t3 DEFAULT;
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(s) AS hi FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT s, x FROM t WHERE x > 3');
SELECT make_view('listed', $$SELECT g, string_agg(s, ',' ORDER BY id, s) AS l FROM t GROUP BY g$$);
SELECT make_view('one', 'SELECT x, count(*), min(s) FROM t2 GROUP BY x');
INSERT INTO t SELECT i * 10, i % 4, i, 's' || i FROM generate_series(1, 29) i;
INSERT INTO t2 VALUES ('direct', 5, 1, 155);
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- moved
UPDATE t SET id = id + 100 WHERE id < 100;
SELECT * FROM check_views();
UPDATE t SET id = 5, x = 1000, g = NULL WHERE id = 150;
UPDATE t SET g = 2 WHERE id BETWEEN 200 AND 250;
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
UPDATE t2 SET x = x + 1;
UPDATE t3 SET g = 3 WHERE g = 1;
DELETE FROM t3b WHERE id > 280;
SELECT * FROM check_views();
BEGIN;
UPDATE t SET id = 299 - id;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t;
SELECT * FROM check_views();
ROLLBACK TO s;
DELETE FROM t WHERE id % 20 = 9;
COMMIT;
SELECT * FROM check_views();
INSERT INTO t VALUES (299, 1, 1, 'x') RETURNING tableoid::regclass;
MERGE INTO t USING (VALUES (299), (298)) v(id) ON t.id = v.id
	WHEN MATCHED THEN UPDATE SET id = 1
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, 8, 8, 'm');
SELECT * FROM check_views();
DROP SCHEMA change_partitions CASCADE;
