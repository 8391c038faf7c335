-- Views on a root, on a branch and on a leaf at once, while branches come and go.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA partition_subtrees;
SET search_path = partition_subtrees, ivm_test, public;
CREATE TABLE root (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE twig PARTITION OF root FOR VALUES FROM (0) TO (100);
CREATE TABLE branch PARTITION OF root FOR VALUES FROM (100) TO (300) PARTITION BY RANGE (id);
CREATE TABLE leaf1 PARTITION OF branch FOR VALUES FROM (100) TO (200);
CREATE TABLE leaf2 PARTITION OF branch FOR VALUES FROM (200) TO (300);
INSERT INTO root SELECT i, i % 4, i FROM generate_series(0, 299) i;
-- from the leaves to the root, and the other way round
SELECT make_view('on_leaf', 'SELECT g, sum(x) AS s FROM leaf1 GROUP BY g');
SELECT make_view('on_branch', 'SELECT g, sum(x) AS s FROM branch GROUP BY g');
SELECT make_view('on_root', 'SELECT g, sum(x) AS s FROM root GROUP BY g');
SELECT make_view('on_leaf_too', 'SELECT g, x FROM leaf2');
CREATE FUNCTION triggers() RETURNS TABLE (t regclass, triggers text) LANGUAGE sql AS $$
	SELECT tgrelid::regclass, string_agg(tgname || CASE WHEN tgparentid <> 0 THEN ' (clone)' ELSE '' END || CASE tgenabled WHEN 'A' THEN '' ELSE ' ' || tgenabled::text END, ', ' ORDER BY tgname)
	FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE c.relnamespace = 'partition_subtrees'::regnamespace GROUP BY 1 ORDER BY tgrelid::regclass::text $$;
SELECT * FROM triggers();
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
UPDATE root SET id = (id + 100) % 300 WHERE id % 10 = 0;
SELECT * FROM check_views();
ALTER TABLE root DETACH PARTITION branch;
SELECT * FROM triggers();
INSERT INTO branch SELECT i, i % 4, 1 FROM generate_series(100, 299, 50) i;
INSERT INTO leaf1 VALUES (101, 1, 1);
SELECT * FROM check_views();
ALTER TABLE branch DETACH PARTITION leaf1;
SELECT * FROM triggers();
INSERT INTO leaf1 VALUES (101, 1, 1);
SELECT * FROM check_views();
ALTER TABLE root ATTACH PARTITION branch FOR VALUES FROM (200) TO (300);
INSERT INTO branch VALUES (201, 1, 1);
SELECT * FROM check_views();
ALTER TABLE root ATTACH PARTITION leaf1 FOR VALUES FROM (100) TO (200);
SELECT * FROM triggers();
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
SELECT * FROM check_views();
TRUNCATE leaf1;
SELECT * FROM check_views();
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
TRUNCATE branch;
SELECT * FROM check_views();
-- all in one transaction
BEGIN;
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
ALTER TABLE root DETACH PARTITION branch;
INSERT INTO branch VALUES (202, 1, 1);
SELECT * FROM check_views();
ALTER TABLE root ATTACH PARTITION branch FOR VALUES FROM (200) TO (300);
INSERT INTO branch VALUES (203, 1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_subtrees' ORDER BY 1;
-- views go, the others stay
DELETE FROM definition WHERE view = 'on_root'::regclass;
DROP VIEW on_root;
SELECT * FROM triggers();
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
SELECT * FROM check_views();
SELECT make_view('on_root', 'SELECT g, sum(x) AS s FROM root GROUP BY g');
DELETE FROM definition WHERE view = 'on_branch'::regclass;
DROP VIEW on_branch;
SELECT * FROM triggers();
INSERT INTO root SELECT i, i % 4, 1 FROM generate_series(0, 299, 50) i;
SELECT * FROM check_views();
DROP TABLE leaf2;
DELETE FROM definition WHERE view = 'on_leaf_too'::regclass;
DROP TABLE leaf2 CASCADE;
SELECT * FROM check_views();
SELECT viewname, status, partitions FROM ivm.views WHERE schemaname = 'partition_subtrees' ORDER BY 1;
DROP SCHEMA partition_subtrees CASCADE;
