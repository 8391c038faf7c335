-- TRUNCATE of a root, a branch and a leaf, with views on each.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA truncate_partitions;
SET search_path = truncate_partitions, ivm_test, public;
CREATE TABLE root (id int, g int, x numeric) PARTITION BY RANGE (id);
CREATE TABLE twig PARTITION OF root FOR VALUES FROM (0) TO (100);
CREATE TABLE branch PARTITION OF root FOR VALUES FROM (100) TO (300) PARTITION BY RANGE (id);
CREATE TABLE leaf1 PARTITION OF branch FOR VALUES FROM (100) TO (200);
CREATE TABLE leaf2 PARTITION OF branch FOR VALUES FROM (200) TO (300);
CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS 'INSERT INTO root SELECT i, i % 4, i FROM generate_series(0, 299, 10) i';
SELECT fill();
SELECT make_view('on_root', 'SELECT g, sum(x) AS s, max(x) AS m FROM root GROUP BY g');
SELECT make_view('bag_on_root', 'SELECT g, x FROM root');
SELECT make_view('on_branch', 'SELECT g, sum(x) AS s FROM branch GROUP BY g');
SELECT make_view('on_leaf', 'SELECT g, sum(x) AS s FROM leaf1 GROUP BY g');
TRUNCATE leaf1;
SELECT * FROM check_views();
SELECT fill();
TRUNCATE branch;
SELECT * FROM check_views();
SELECT fill();
TRUNCATE root;
SELECT * FROM check_views();
SELECT fill();
TRUNCATE ONLY leaf2, twig;
SELECT * FROM check_views();
-- in transactions, with changes before and after
BEGIN;
SELECT fill();
TRUNCATE leaf1;
SELECT * FROM check_views();
INSERT INTO root VALUES (150, 1, 1);
SAVEPOINT a;
TRUNCATE branch;
SELECT * FROM check_views();
INSERT INTO root VALUES (150, 2, 2), (250, 2, 2);
SELECT * FROM check_views();
SAVEPOINT b;
TRUNCATE root;
INSERT INTO root VALUES (50, 2, 2);
SELECT * FROM check_views();
ROLLBACK TO b;
SELECT * FROM check_views();
ROLLBACK TO a;
INSERT INTO root VALUES (151, 3, 3);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM on_root;
TRUNCATE leaf2;
SELECT * FROM check_views();
INSERT INTO root VALUES (250, 5, 5);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT viewname, status FROM ivm.views WHERE schemaname = 'truncate_partitions' ORDER BY 1;
DROP SCHEMA truncate_partitions CASCADE;
