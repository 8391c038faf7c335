-- A partition dropped counts as its rows deleted; where that cannot be known in time, the view is stale.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_drop;
SET search_path = partition_drop, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY LIST (g);
CREATE TABLE p2a PARTITION OF p2 FOR VALUES IN (0, 1);
CREATE TABLE p2b PARTITION OF p2 DEFAULT;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (200) TO (300);
CREATE TABLE p4 PARTITION OF p FOR VALUES FROM (300) TO (400);
INSERT INTO p SELECT i, i % 4, i FROM generate_series(1, 399, 2) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
SELECT make_view('extreme', 'SELECT g, min(x) AS a, max(x) AS z FROM p GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM p');
DROP TABLE p1;
SELECT * FROM check_views();
DROP TABLE p2a, p3;
SELECT * FROM check_views();
BEGIN;
INSERT INTO p VALUES (102, 3, 1), (302, 3, 1);
DROP TABLE p2;
SELECT * FROM check_views();
INSERT INTO p VALUES (302, 3, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_drop' ORDER BY 1;
DROP TABLE IF EXISTS nothing, p4;
SELECT * FROM check_views();
-- a command that fails
CREATE TABLE p5 PARTITION OF p FOR VALUES FROM (400) TO (500);
INSERT INTO p VALUES (402, 3, 1);
CREATE VIEW plain AS TABLE p5;
DROP TABLE p5;
SELECT * FROM check_views();
CREATE ROLE regress_ivm_nobody;
SET ROLE regress_ivm_nobody;
DROP TABLE partition_drop.p5;
RESET ROLE;
DROP ROLE regress_ivm_nobody;
INSERT INTO p VALUES (404, 3, 1);
SELECT * FROM check_views();
DROP TABLE p5 CASCADE;
SELECT * FROM check_views();
-- along with its schema
CREATE SCHEMA partition_drop2;
CREATE TABLE partition_drop2.p6 PARTITION OF p FOR VALUES FROM (500) TO (600);
CREATE TABLE p7 PARTITION OF p FOR VALUES FROM (600) TO (700);
INSERT INTO p VALUES (502, 3, 1), (602, 3, 1);
SET client_min_messages = warning;
DROP SCHEMA partition_drop2 CASCADE;
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'partition_drop' ORDER BY 1;
INSERT INTO p VALUES (604, 3, 1);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('grouped');
INSERT INTO p VALUES (604, 3, 1);
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_drop' ORDER BY 1;
DROP SCHEMA partition_drop CASCADE;
