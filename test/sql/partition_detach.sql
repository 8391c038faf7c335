-- A partition detached counts as its rows deleted, and is an ordinary table again.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_detach;
SET search_path = partition_detach, ivm_test, public;
CREATE TABLE p (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (200) TO (300);
INSERT INTO p SELECT i, i % 4, i FROM generate_series(1, 299, 2) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM p GROUP BY g');
SELECT make_view('extreme', 'SELECT g, min(x) AS a, max(x) AS z FROM p WHERE x > 3 GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM p');
SELECT make_view('total', 'SELECT sum(x) AS s FROM p');
ALTER TABLE p DETACH PARTITION p2;
SELECT * FROM check_views();
SELECT tgname FROM pg_trigger WHERE tgrelid = 'p2'::regclass;
INSERT INTO p2 VALUES (1, 1, 1);
DELETE FROM p2 WHERE id = 1;
TRUNCATE p2;
SELECT * FROM check_views();
-- in a transaction with changes before and after
BEGIN;
INSERT INTO p VALUES (4, 1, 1), (204, 1, 1);
DELETE FROM p3 WHERE id < 210;
ALTER TABLE p DETACH PARTITION p3;
SELECT * FROM check_views();
INSERT INTO p VALUES (6, 1, 1);
INSERT INTO p3 VALUES (6, 1, 1);
SELECT * FROM check_views();
DELETE FROM p3 WHERE id = 6;
-- and back
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300);
SELECT * FROM check_views();
INSERT INTO p VALUES (206, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p DETACH PARTITION p3;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_detach' ORDER BY 1;
DROP SCHEMA partition_detach CASCADE;
