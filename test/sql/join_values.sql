-- Changes of two tables of a join exclude each other only where their rows could
-- meet.  A prepared transaction holds its locks; who would wait for them gives up.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_values;
SET search_path = join_values, ivm_test, public;
CREATE TABLE f (id int PRIMARY KEY, d int, x int);
CREATE TABLE d (id int PRIMARY KEY, g text);
CREATE TABLE e (g text, y int);
INSERT INTO d VALUES (1, 'a'), (2, 'b'), (3, 'a'), (4, 'b');
INSERT INTO e VALUES ('a', 1), ('b', 2);
INSERT INTO f VALUES (1, 1, 10), (2, 2, 20), (3, 1, 30);
SELECT make_view('sums', 'SELECT g, count(*) AS n, sum(x) AS total, max(x) AS high FROM f JOIN d ON d.id = f.d GROUP BY g');
SET lock_timeout = '100ms';

-- a row of d changes: facts that join others come and go, those that join it wait
BEGIN;
UPDATE d SET g = 'c' WHERE id = 1;
PREPARE TRANSACTION 'regress_ivm_values';
INSERT INTO f VALUES (11, 2, 5);
INSERT INTO f VALUES (12, NULL, 5);
UPDATE f SET d = 4 WHERE id = 2;
SELECT * FROM check_views();
INSERT INTO f VALUES (13, 1, 5);
UPDATE f SET d = 1 WHERE id = 2;
DELETE FROM f WHERE id = 1;
-- more rows than are looked at
INSERT INTO f SELECT n, 2, n FROM generate_series(1000, 2000) n;
COMMIT PREPARED 'regress_ivm_values';
SELECT * FROM check_views();
INSERT INTO f VALUES (13, 1, 5);
SELECT * FROM check_views();

-- the other way round, and both at once
BEGIN;
INSERT INTO f VALUES (21, 1, 7);
PREPARE TRANSACTION 'regress_ivm_values';
UPDATE d SET g = 'a' WHERE id = 2;
UPDATE d SET g = 'a' WHERE id = 1;
UPDATE d SET id = 5 WHERE id = 3;
INSERT INTO f VALUES (22, 1, 8);
WITH moved AS (UPDATE d SET g = 'd' WHERE id = 4) INSERT INTO f VALUES (23, 1, 9);
WITH moved AS (UPDATE d SET g = 'a' WHERE id = 1) INSERT INTO f VALUES (24, 4, 9);
COMMIT PREPARED 'regress_ivm_values';
SELECT * FROM check_views();

-- the key itself moves: its old and its new value
BEGIN;
UPDATE d SET id = 6 WHERE id = 4;
PREPARE TRANSACTION 'regress_ivm_values';
INSERT INTO f VALUES (31, 4, 1);
INSERT INTO f VALUES (32, 6, 1);
INSERT INTO f VALUES (33, 2, 1);
ROLLBACK PREPARED 'regress_ivm_values';
SELECT * FROM check_views();

-- three tables: each pair by the column by which it meets; one table twice
UPDATE d SET g = 'z';
INSERT INTO e VALUES ('z', 3), ('y', 4);
SELECT make_view('wide', 'SELECT f.id, x, y FROM f JOIN d ON d.id = f.d JOIN e ON e.g = d.g');
SELECT make_view('pairs', 'SELECT p.x AS px, q.x AS qx FROM f p JOIN f q ON q.d = p.d');
BEGIN;
UPDATE e SET y = 5 WHERE g = 'y';
PREPARE TRANSACTION 'regress_ivm_values';
UPDATE d SET g = 'y' WHERE id = 1;
UPDATE d SET g = 'x' WHERE id = 1;
SELECT * FROM check_views();
INSERT INTO f VALUES (51, 2, 1);
COMMIT PREPARED 'regress_ivm_values';
BEGIN;
INSERT INTO f VALUES (61, 1, 1);
PREPARE TRANSACTION 'regress_ivm_values';
INSERT INTO f VALUES (62, 2, 1);
INSERT INTO f VALUES (63, 1, 1);
COMMIT PREPARED 'regress_ivm_values';
SELECT * FROM check_views();

-- no equation
SELECT make_view('less', 'SELECT d.id, count(*) AS n FROM d JOIN f ON f.d < d.id GROUP BY 1');
BEGIN;
INSERT INTO f VALUES (71, 1, 1);
PREPARE TRANSACTION 'regress_ivm_values';
UPDATE d SET id = 9 WHERE id = 5;
COMMIT PREPARED 'regress_ivm_values';
UPDATE d SET id = 9 WHERE id = 5;
SELECT * FROM check_views();
RESET lock_timeout;
DROP SCHEMA join_values CASCADE;
