-- Partitions of several partitioned base tables come and go; a partition that
-- is read beside its parent, too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA partition_several;
SET search_path = partition_several, ivm_test, public;
CREATE TABLE p (id int, k int, x int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE q (id int, k int, y int) PARTITION BY LIST (k);
CREATE TABLE q0 PARTITION OF q FOR VALUES IN (0, 1);
CREATE TABLE q2 PARTITION OF q FOR VALUES IN (2, 3) PARTITION BY RANGE (id);
CREATE TABLE q2a PARTITION OF q2 FOR VALUES FROM (0) TO (10);
CREATE TABLE r (id int, z int);
INSERT INTO p SELECT i, i % 4, i FROM generate_series(0, 19) i;
INSERT INTO q SELECT i, i % 4, i FROM generate_series(0, 9) i;
INSERT INTO r SELECT i, i FROM generate_series(0, 29) i;
CREATE VIEW pv AS SELECT id, k, x FROM p WHERE x <> 5;
SELECT make_view('joined', 'SELECT p.k, sum(x + y) AS s, count(*) AS n FROM pv p JOIN q USING (k) GROUP BY p.k');
SELECT make_view('outer_joined', 'SELECT r.id, p.x, q.y FROM r LEFT JOIN p USING (id) LEFT JOIN q ON q.id = r.id AND q.y > 2');
SELECT make_view('twice', 'SELECT p1.k, count(*) AS n FROM p1 JOIN p ON p.k = p1.k GROUP BY p1.k');
SELECT make_view('without', 'SELECT k, max(x) AS hi FROM p WHERE NOT EXISTS (SELECT FROM q WHERE q.id = p.id) GROUP BY k');
CREATE FUNCTION status() RETURNS TABLE (view name, status text, reason text, base_tables regclass[], partitions int) LANGUAGE sql AS $$
	SELECT viewname, status, reason, base_tables, partitions FROM ivm.views ORDER BY viewname $$;
CREATE FUNCTION triggers() RETURNS TABLE (t regclass, n bigint) LANGUAGE sql AS $$
	SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname ~ '^ivm_'
	AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'partition_several'::regnamespace) GROUP BY tgrelid ORDER BY (tgrelid::regclass)::text COLLATE "C" $$;
SELECT * FROM status();
SELECT * FROM triggers();
INSERT INTO p1 VALUES (3, 1, 30);
INSERT INTO q2a VALUES (3, 2, 30);
UPDATE p SET id = id + 1 WHERE id IN (9, 12);
UPDATE q SET k = (k + 1) % 4 WHERE id < 6;
SELECT * FROM check_views();
-- come
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
CREATE TABLE q2b (id int, k int, y int);
INSERT INTO q2b VALUES (11, 2, 11), (12, 3, 12), (13, 2, 13);
ALTER TABLE q2 ATTACH PARTITION q2b FOR VALUES FROM (10) TO (20);
SELECT * FROM check_views();
INSERT INTO p SELECT i, i % 4, i FROM generate_series(20, 25) i;
DELETE FROM q2b WHERE id = 12;
SELECT * FROM check_views();
SELECT * FROM status();
-- go, of both in one transaction with changes
BEGIN;
INSERT INTO q VALUES (14, 3, 14);
ALTER TABLE p DETACH PARTITION p2;
UPDATE q SET y = y + 1 WHERE k = 2;
ALTER TABLE q DETACH PARTITION q0;
INSERT INTO p2 VALUES (15, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT * FROM triggers();
SELECT * FROM status();
BEGIN;
ALTER TABLE q ATTACH PARTITION q0 FOR VALUES IN (0, 1);
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
ALTER TABLE q ATTACH PARTITION q0 FOR VALUES IN (0, 1);
SELECT * FROM check_views();
-- truncated, dropped
TRUNCATE q2;
SELECT * FROM check_views();
INSERT INTO q VALUES (5, 2, 5), (15, 3, 15);
BEGIN;
TRUNCATE p3;
INSERT INTO p VALUES (21, 2, 2);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP TABLE q2b;
DROP TABLE p3;
SELECT * FROM check_views();
SELECT * FROM status();
-- a trigger of a partition
\set VERBOSITY terse
ALTER TABLE q2a DISABLE TRIGGER ivm_capture;
INSERT INTO q VALUES (6, 2, 6);
SELECT * FROM status();
SELECT * FROM check_views();
CALL ivm.refresh_all();
SELECT * FROM status();
INSERT INTO q VALUES (7, 2, 6);
SELECT * FROM check_views();
-- the partition that is a base table itself
ALTER TABLE p DETACH PARTITION p1;
INSERT INTO p1 VALUES (4, 2, 40);
SELECT * FROM check_views();
SELECT * FROM triggers();
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (10);
INSERT INTO p VALUES (4, 3, 41);
SELECT * FROM check_views();
SELECT * FROM status();
SELECT * FROM triggers();
-- a view below reads another partitioned table
CREATE OR REPLACE VIEW pv AS SELECT id, k, y AS x FROM q;
SELECT * FROM check_views();
INSERT INTO q VALUES (8, 3, 6);
INSERT INTO p VALUES (8, 3, 6);
SELECT * FROM check_views();
SELECT * FROM status();
DROP VIEW outer_joined, twice, without;
SELECT * FROM triggers();
DROP TABLE q CASCADE;
SELECT * FROM triggers();
SET client_min_messages = warning;
DROP SCHEMA partition_several CASCADE;
SELECT count(*) FROM ivm.view;
