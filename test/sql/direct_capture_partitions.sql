-- Rows of partitions, captured as they are written or when their triggers fire: routed, moved under a
-- foreign key, of partitions with columns in another order, and by foreign keys.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA direct_capture_partitions;
SET search_path = direct_capture_partitions, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE t2 (s text, junk int, x int, g int, id int NOT NULL);
ALTER TABLE t2 DROP COLUMN junk;
ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200);
CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t ON UPDATE CASCADE ON DELETE CASCADE, y int);
CREATE TABLE direct_child (id int PRIMARY KEY, t int REFERENCES t1 ON DELETE SET NULL, y int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(s) AS hi FROM t GROUP BY g');
SELECT make_view('of_t2', 'SELECT x, count(*) AS n FROM t2 GROUP BY x');
SELECT make_view('children', 'SELECT t, count(*) AS n, sum(y) AS s FROM child GROUP BY t');
SELECT make_view('joined', 'SELECT t.g, count(*) AS n, sum(y) AS s FROM t JOIN child ON child.t = t.id GROUP BY t.g');
SELECT make_view('of_direct', 'SELECT t, count(*) AS n FROM direct_child GROUP BY t');
INSERT INTO t SELECT i * 10, i % 3, i, 's' || i FROM generate_series(0, 19) i;
INSERT INTO child SELECT i, i % 20 * 10, i FROM generate_series(1, 60) i;
INSERT INTO direct_child SELECT i, i % 10 * 10, i FROM generate_series(1, 20) i;
SELECT * FROM check_views();
UPDATE t SET x = x + 1;
DELETE FROM t WHERE id IN (0, 110);
SELECT * FROM check_views();
-- a row that is moved has an event of the partitioned table, for the foreign key
DELETE FROM direct_child;
ALTER TABLE direct_child DROP CONSTRAINT direct_child_t_fkey;
UPDATE t SET id = id + 101 WHERE id < 60;
SELECT * FROM check_views();
UPDATE t SET id = id - 102, x = x + 1000 WHERE id BETWEEN 120 AND 160;
SELECT * FROM check_views();
-- both partitions are written by the statement itself, too
UPDATE t SET id = 199 - id WHERE NOT EXISTS (SELECT FROM t o WHERE o.id = 199 - t.id);
SELECT * FROM check_views();
MERGE INTO t USING generate_series(1, 190, 7) i ON t.id = i
	WHEN MATCHED AND NOT EXISTS (SELECT FROM t o WHERE o.id = 199 - t.id) THEN UPDATE SET id = 199 - t.id, x = -1
	WHEN NOT MATCHED THEN INSERT VALUES (i, 8, 8, 'm');
SELECT * FROM check_views();
INSERT INTO t SELECT i, 1, 1, 'c' FROM generate_series(0, 199, 3) i ON CONFLICT (id) DO UPDATE SET x = t.x + 5;
SELECT * FROM check_views();
-- COPY, into the partitioned table and a partition
DELETE FROM t WHERE id IN (12, 151, 152);
COPY t FROM stdin;
12	1	2	copied
151	1	2	copied
\.
COPY t2 (id, x) FROM stdin;
152	3
\.
SELECT * FROM check_views();
-- transition tables beside it
CREATE TABLE moved (n bigint);
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO moved SELECT count(*) FROM old_rows JOIN new_rows USING (s);
	RETURN NULL;
END $$;
CREATE TRIGGER z AFTER UPDATE ON t REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
UPDATE t SET id = 199 - id, x = x + 1 WHERE s LIKE 's%' AND NOT EXISTS (SELECT FROM t o WHERE o.id = 199 - t.id);
SELECT n > 0 AS moved FROM moved;
SELECT * FROM check_views();
BEGIN;
UPDATE t SET id = 199 - id WHERE g = 1 AND NOT EXISTS (SELECT FROM t o WHERE o.id = 199 - t.id);
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t WHERE g = 1;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA direct_capture_partitions CASCADE;
