-- Partitioned tables in joins: rows routed and moved, partitions attached and detached.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_partitions;
SET search_path = join_partitions, ivm_test, public;
CREATE TABLE a (id int, k int, v int) PARTITION BY RANGE (id);
CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (0) TO (10);
CREATE TABLE a2 (v int, junk int, id int, k int);
ALTER TABLE a2 DROP COLUMN junk;
ALTER TABLE a ATTACH PARTITION a2 FOR VALUES FROM (10) TO (20);
CREATE TABLE b (k int, id int, w int) PARTITION BY LIST (k);
CREATE TABLE b1 PARTITION OF b FOR VALUES IN (1, 2, NULL);
CREATE TABLE b2 PARTITION OF b DEFAULT;
SELECT make_view('joined', 'SELECT a.k, count(*) AS n, sum(v) AS sv, max(w) AS hi FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('lefts', 'SELECT a.id, b.w FROM a LEFT JOIN b ON a.k = b.k');
SELECT make_view('fulls', 'SELECT k, v, w FROM a FULL JOIN b USING (k)');
SELECT make_view('none', 'SELECT id, k FROM b WHERE NOT EXISTS (SELECT 1 FROM a WHERE b.k = a.k)');
SELECT make_view('of_part', 'SELECT a2.id, b1.w FROM a2 JOIN b1 USING (k)');
INSERT INTO a SELECT i, nullif(i % 5, 4), i % 3 FROM generate_series(0, 19) i;
INSERT INTO b SELECT nullif(i % 4, 3), i, i % 3 FROM generate_series(1, 8) i;
SELECT * FROM check_views();
-- moved, on one side and on both
UPDATE a SET id = 19 - id WHERE id IN (3, 4, 12);
UPDATE b SET k = k + 2 WHERE id < 4;
SELECT * FROM check_views();
BEGIN;
UPDATE b SET k = coalesce(k, 5) - 1;
UPDATE a SET id = (id + 10) % 20, k = k - 1;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM b1;
TRUNCATE a2;
SELECT * FROM check_views();
ROLLBACK TO s;
INSERT INTO b1 VALUES (1, 50, 7);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- partitions that come and go
CREATE TABLE a3 PARTITION OF a FOR VALUES FROM (20) TO (30);
CREATE TABLE b3 (id int, w int, k int);
INSERT INTO b3 VALUES (60, 6, 30), (61, 6, 31);
ALTER TABLE b ATTACH PARTITION b3 FOR VALUES IN (30, 31);
INSERT INTO a VALUES (20, 30, 1), (21, 30, 2), (22, 2, 2);
SELECT * FROM check_views();
BEGIN;
ALTER TABLE b DETACH PARTITION b3;
SELECT * FROM check_views();
UPDATE a SET k = 2 WHERE k = 30;
COMMIT;
SELECT * FROM check_views();
DROP TABLE a3;
SELECT * FROM check_views();
TRUNCATE b;
SELECT * FROM check_views();
DROP SCHEMA join_partitions CASCADE;
