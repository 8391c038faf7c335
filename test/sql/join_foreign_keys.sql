-- Foreign keys that change one side for the other: CASCADE, SET NULL, SET DEFAULT, over
-- several tables and within one.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_foreign_keys;
SET search_path = join_foreign_keys, ivm_test, public;
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE, x int);
CREATE TABLE grandchild (id int PRIMARY KEY, child int REFERENCES child ON DELETE CASCADE, parent int DEFAULT 1 REFERENCES parent ON DELETE SET DEFAULT ON UPDATE SET NULL, y int);
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE ON UPDATE CASCADE);
SELECT make_view('sums', 'SELECT p.name, count(*) AS n, sum(x) AS s FROM parent p JOIN child c ON c.parent = p.id GROUP BY p.name');
SELECT make_view('all_sums', 'SELECT p.id, p.name, count(c.id) AS n, max(x) AS hi FROM parent p LEFT JOIN child c ON c.parent = p.id GROUP BY p.id');
SELECT make_view('three', 'SELECT p.name, c.x, g.y FROM parent p JOIN child c ON c.parent = p.id JOIN grandchild g ON g.child = c.id');
SELECT make_view('other_way', 'SELECT p.id, g.id AS g, c.parent FROM grandchild g LEFT JOIN parent p ON g.parent = p.id LEFT JOIN child c ON g.child = c.id');
SELECT make_view('childless', 'SELECT name FROM parent p WHERE NOT EXISTS (SELECT 1 FROM child c WHERE c.parent = p.id)');
SELECT make_view('branches', 'SELECT u.id, count(*) AS n FROM tree t JOIN tree u ON t.up = u.id GROUP BY u.id');
INSERT INTO parent SELECT i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO child SELECT i, i % 4 + 1, i FROM generate_series(1, 12) i;
INSERT INTO grandchild SELECT i, i % 12 + 1, i % 5 + 1, i FROM generate_series(1, 15) i;
INSERT INTO tree SELECT i, nullif(i / 2, 0) FROM generate_series(1, 15) i;
SELECT * FROM check_views();
DELETE FROM parent WHERE id = 3;
SELECT * FROM sums ORDER BY name;
SELECT * FROM check_views();
UPDATE parent SET id = 20, name = 'twenty' WHERE id = 2;
SELECT * FROM all_sums ORDER BY id;
SELECT * FROM check_views();
BEGIN;
INSERT INTO child VALUES (50, 20, 50);
INSERT INTO grandchild VALUES (50, 50, 4, 50);
UPDATE parent SET id = id + 100 WHERE id > 3;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM child WHERE parent = 120;
DELETE FROM tree WHERE id IN (2, 6);
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
DELETE FROM parent WHERE id = 104;
UPDATE tree SET id = 30 WHERE id = 3;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
TRUNCATE parent CASCADE;
SELECT * FROM check_views();
DROP SCHEMA join_foreign_keys CASCADE;
