-- Partitions created on the way, in CREATE SCHEMA too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_create;
SET search_path = partition_create, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM p');
INSERT INTO p VALUES (1, 1, 1);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
INSERT INTO p VALUES (1, 1, 1);
SELECT * FROM check_views();
BEGIN;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY LIST (g);
CREATE TABLE p2a PARTITION OF p2 FOR VALUES IN (1);
INSERT INTO p VALUES (101, 1, 1);
CREATE TABLE p2b PARTITION OF p2 DEFAULT;
INSERT INTO p VALUES (101, 2, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
CREATE SCHEMA partition_create2
	CREATE TABLE p3 PARTITION OF partition_create.p FOR VALUES FROM (200) TO (300)
	CREATE TABLE p4 PARTITION OF partition_create.p FOR VALUES FROM (300) TO (400)
	CREATE TABLE other (a int);
INSERT INTO p SELECT i, i % 3, i FROM generate_series(100, 399) i;
SELECT * FROM check_views();
TRUNCATE partition_create2.p3;
TRUNCATE p2;
SELECT * FROM check_views();
UPDATE p SET id = id + 100 WHERE id < 300;
SELECT * FROM check_views();
-- by somebody who owns the table but not the views
CREATE ROLE regress_ivm_tables;
ALTER TABLE p OWNER TO regress_ivm_tables;
GRANT ALL ON SCHEMA partition_create TO regress_ivm_tables;
SET ROLE regress_ivm_tables;
CREATE TABLE p5 PARTITION OF p FOR VALUES FROM (400) TO (500);
INSERT INTO p VALUES (401, 1, 1);
CREATE TABLE p6 (LIKE p);
INSERT INTO p6 VALUES (501, 1, 1);
ALTER TABLE p ATTACH PARTITION p6 FOR VALUES FROM (500) TO (600);
ALTER TABLE p DETACH PARTITION p5;
DROP TABLE p5;
RESET ROLE;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_create' ORDER BY 1;
DROP SCHEMA partition_create, partition_create2 CASCADE;
DROP ROLE regress_ivm_tables;
