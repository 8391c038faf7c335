-- A partition attached counts as its rows inserted.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_attach;
SET search_path = partition_attach, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
-- other order of columns, one of them dropped
CREATE TABLE p2 (x numeric, gone text, g int, id int);
ALTER TABLE p2 DROP COLUMN gone;
INSERT INTO p SELECT i, i % 4, i FROM generate_series(1, 50) i;
INSERT INTO p2 (id, g, x) SELECT 100 + i, i % 5, i FROM generate_series(1, 50) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
SELECT make_view('extreme', 'SELECT g, min(x) AS a, max(x) AS z FROM p WHERE x > 3 GROUP BY g');
SELECT make_view('slice', 'SELECT g, string_agg(x::text, '','' ORDER BY x) AS s FROM p GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM p');
SELECT make_view('total', 'SELECT sum(x) AS s FROM p');
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (100) TO (200);
SELECT * FROM check_views();
SELECT plan_of('SELECT * FROM grouped');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'p2'::regclass ORDER BY 1;
INSERT INTO p VALUES (60, 1, 1), (160, 1, 1);
UPDATE p SET id = id + 100 WHERE id = 60;
DELETE FROM p2 WHERE id < 110;
SELECT * FROM check_views();
-- in a transaction with changes before and after, read in between
CREATE TABLE p3 (LIKE p);
INSERT INTO p3 SELECT 200 + i, i % 6, i FROM generate_series(1, 20) i;
BEGIN;
INSERT INTO p VALUES (61, 1, 1);
INSERT INTO p3 VALUES (299, 1, 1);
SELECT * FROM check_views();
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300);
SELECT * FROM check_views();
INSERT INTO p VALUES (62, 1, 1), (298, 1, 1);
DELETE FROM p WHERE id BETWEEN 200 AND 205;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- an empty one, and a default
CREATE TABLE p4 (LIKE p);
ALTER TABLE p ATTACH PARTITION p4 DEFAULT;
INSERT INTO p VALUES (1000, 9, 9);
SELECT * FROM check_views();
-- what fails changes nothing
CREATE TABLE bad (LIKE p);
INSERT INTO bad VALUES (5, 1, 1);
ALTER TABLE p ATTACH PARTITION bad FOR VALUES FROM (300) TO (400);
ALTER TABLE p ATTACH PARTITION nothing FOR VALUES FROM (300) TO (400);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (300) TO (400);
SELECT tgname FROM pg_trigger WHERE tgrelid = 'bad'::regclass;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_attach' ORDER BY 1;
DROP SCHEMA partition_attach CASCADE;
