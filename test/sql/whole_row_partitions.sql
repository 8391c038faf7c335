-- Rows of a partitioned table as a whole, from partitions whose columns are in another order.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_partitions;
SET search_path = whole_row_partitions, ivm_test, public;
CREATE TABLE p (id int, k int, s text, n numeric DEFAULT 1.5) PARTITION BY RANGE (id);
CREATE TABLE p1 (n numeric, junk text, s text, id int, k int);
INSERT INTO p1 VALUES (1.0, 'junk', 'first', 1, 1), (1.00, repeat('j', 3000), repeat('text', 1000), 2, 1);
ALTER TABLE p1 DROP COLUMN junk;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (k);
CREATE TABLE p2a PARTITION OF p2 FOR VALUES IN (0, 1);
CREATE TABLE p2b (k int, n numeric, id int, s text);
ALTER TABLE p2 ATTACH PARTITION p2b FOR VALUES IN (2, 3);
CREATE TABLE o (id int PRIMARY KEY, pid int);
INSERT INTO p SELECT i, i % 4, 's' || i FROM generate_series(3, 19) i;
INSERT INTO o SELECT i, i % 22 FROM generate_series(1, 40) i;
SELECT make_view('rows', 'SELECT p FROM p');
SELECT make_view('documents', 'SELECT to_jsonb(p) AS d, p.k FROM p WHERE k < 3');
SELECT make_view('counts', 'SELECT k, count(p) AS n, jsonb_agg(p ORDER BY p.id, p.s) AS l FROM p GROUP BY k');
SELECT make_view('joined', 'SELECT o.id, p, to_jsonb(p) AS d FROM o JOIN p ON p.id = o.pid');
SELECT make_view('outers', 'SELECT o.id, to_jsonb(p) AS d FROM o LEFT JOIN p ON p.id = o.pid');
SELECT make_view('leaf', 'SELECT p1, to_jsonb(p1) AS d FROM p1');
SELECT * FROM check_views();
INSERT INTO p VALUES (0, 0, NULL, 1.50), (10, 2, 'new', NULL);
UPDATE p SET k = (k + 1) % 4, s = s || '.' WHERE id % 3 = 0;
UPDATE p SET id = 21 - id WHERE id IN (2, 8, 15);
SELECT * FROM check_views();
BEGIN;
DELETE FROM p WHERE id < 6;
INSERT INTO p1 (id, k, s) VALUES (5, 2, 'five');
UPDATE o SET pid = pid - 1;
SELECT * FROM check_views();
COMMIT;
VACUUM FULL p1;
DELETE FROM p1 WHERE k = 3;
SELECT * FROM check_views();
-- partitions come and go
CREATE TABLE p3 (s text, n numeric, k int, id int);
INSERT INTO p3 VALUES ('third', 3, 3, 25);
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
SELECT * FROM check_views();
ALTER TABLE p2 DETACH PARTITION p2b;
SELECT * FROM check_views();
TRUNCATE p1;
SELECT make_late_views();
DELETE FROM p WHERE id > 12;
SELECT * FROM check_views();
DROP SCHEMA whole_row_partitions CASCADE;
