-- Expressions of virtual generated columns of tables that views read beside others: a
-- partition's own, one that is changed, one that fails.  Run where the server has them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA virtual_expressions;
SET search_path = virtual_expressions, ivm_test, public;
CREATE TABLE b (id int PRIMARY KEY, z int, w int GENERATED ALWAYS AS (z + 1) VIRTUAL);
INSERT INTO b (id, z) SELECT i, i % 4 FROM generate_series(1, 6) i;

-- The expression that counts is that of the table that the view names.
CREATE TABLE p (id int, x int, y int GENERATED ALWAYS AS (x * 2) VIRTUAL) PARTITION BY LIST (id);
CREATE TABLE p1 (y int GENERATED ALWAYS AS (x * 5) VIRTUAL, x int, id int);
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1, 3);
CREATE TABLE p2 PARTITION OF p DEFAULT;
SELECT make_view('by_parent', 'SELECT p.id, p.y, b.w FROM p JOIN b USING (id)');
SELECT make_view('by_partition', 'SELECT p1.id, p1.y, b.w FROM p1 JOIN b USING (id)');
SELECT make_view('by_parent_alone', 'SELECT y, count(*) FROM p GROUP BY y');
SELECT make_view('by_partition_alone', 'SELECT y, count(*) FROM p1 GROUP BY y');
INSERT INTO p (id, x) SELECT i, i FROM generate_series(1, 4) i;
SELECT * FROM check_views();
UPDATE p SET x = x + 1, id = CASE id WHEN 1 THEN 5 ELSE id END;
SELECT * FROM check_views();

-- tableoid may be part of an expression.
CREATE TABLE o (id int, x int, t oid GENERATED ALWAYS AS (tableoid) VIRTUAL) PARTITION BY LIST (id);
CREATE TABLE o1 (x int, t oid GENERATED ALWAYS AS (tableoid) VIRTUAL, id int);
ALTER TABLE o ATTACH PARTITION o1 FOR VALUES IN (1);
CREATE TABLE o2 PARTITION OF o DEFAULT;
SELECT make_view('kinds', 'SELECT o.id, o.t, b.w FROM o JOIN b USING (id)');
SELECT make_view('kinds_alone', 'SELECT t, count(*) FROM o GROUP BY t');
INSERT INTO o (id, x) SELECT i, i FROM generate_series(1, 3) i;
UPDATE o SET id = 4 - id;
SELECT * FROM check_views();

-- Another expression: what the views have stored is of the one before.
ALTER TABLE b ALTER COLUMN w SET EXPRESSION AS (z + 2);
SELECT * FROM check_views();
SELECT count(*) FROM ivm_test.definition d, ivm.reconcile(d.view) r;
INSERT INTO b (id, z) VALUES (15, 0), (2000, 2);
SELECT * FROM check_views();

-- An expression that fails is the writer's error, as long as a view reads the column.
CREATE TABLE c (id int PRIMARY KEY, d int, q int GENERATED ALWAYS AS (100 / d) VIRTUAL);
SELECT ivm.create_view('quotients', 'SELECT c.q, b.w FROM c JOIN b USING (id)');
SELECT make_view('divisors', 'SELECT c.d, b.w FROM c JOIN b USING (id)');
INSERT INTO c (id, d) VALUES (4, 5);
INSERT INTO c (id, d) VALUES (5, 0);
SELECT * FROM quotients;
SELECT ivm.drop_view('quotients');
INSERT INTO c (id, d) VALUES (5, 0);
SELECT * FROM check_views();
DROP SCHEMA virtual_expressions CASCADE;
