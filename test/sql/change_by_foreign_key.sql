-- Rows changed by foreign keys: ON DELETE and ON UPDATE, CASCADE, SET NULL, SET
-- DEFAULT, also of a table that refers to itself.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_by_foreign_key;
SET search_path = change_by_foreign_key, ivm_test, public;
CREATE TABLE p (id int PRIMARY KEY, name text);
CREATE TABLE t (id int PRIMARY KEY, g int REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE, x int);
CREATE TABLE u (id int PRIMARY KEY, g int REFERENCES p ON DELETE SET NULL ON UPDATE SET NULL, d int DEFAULT 1 REFERENCES p ON DELETE SET DEFAULT ON UPDATE CASCADE, x int);
CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree ON DELETE CASCADE, x int);
SELECT make_view('by_t', 'SELECT g, count(*), sum(x), max(x) FROM t GROUP BY g');
SELECT make_view('by_u', 'SELECT g, d, count(*), sum(x) FROM u GROUP BY g, d');
SELECT make_view('by_tree', 'SELECT parent, count(*), sum(x) FROM tree GROUP BY parent');
SELECT make_view('parents', 'SELECT count(*), max(name) FROM p');
INSERT INTO p SELECT i, 'p' || i FROM generate_series(1, 5) i;
INSERT INTO t SELECT i, i % 5 + 1, i FROM generate_series(1, 20) i;
INSERT INTO u SELECT i, i % 5 + 1, (i + 1) % 5 + 1, i FROM generate_series(1, 20) i;
INSERT INTO tree SELECT i, nullif(i / 2, 0), i FROM generate_series(1, 31) i;
SELECT * FROM check_views();
DELETE FROM p WHERE id = 3;
SELECT * FROM by_t ORDER BY g;
SELECT * FROM by_u ORDER BY g, d;
SELECT * FROM check_views();
UPDATE p SET id = 50 WHERE id = 5;
SELECT * FROM by_t ORDER BY g;
SELECT * FROM check_views();
DELETE FROM tree WHERE id IN (4, 5, 3);
SELECT * FROM by_tree ORDER BY parent;
SELECT * FROM check_views();
BEGIN;
DELETE FROM p WHERE id = 2;
DELETE FROM tree WHERE id = 1;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
DROP SCHEMA change_by_foreign_key CASCADE;
