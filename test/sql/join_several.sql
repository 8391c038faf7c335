-- Joins of three to eight tables, all of which change.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_several;
SET search_path = join_several, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE TABLE c (id int PRIMARY KEY, k int, x int);
CREATE TABLE d (id int PRIMARY KEY, k int, y int);
SELECT make_view('three', 'SELECT a.k, count(*) AS n, sum(v + w + x) AS s FROM a JOIN b ON a.k = b.k JOIN c ON c.k = b.k GROUP BY a.k');
SELECT make_view('star', 'SELECT a.id, b.w, c.x, d.y FROM a, b, c, d WHERE b.id = a.k AND c.id = a.v AND d.id = a.k + a.v');
SELECT make_view('chain', 'SELECT d.y, count(*) AS n, max(a.v) AS hi FROM a JOIN b ON b.id = a.k JOIN c ON c.id = b.k JOIN d ON d.id = c.k GROUP BY d.y');
SELECT make_view('nested', 'SELECT a.id, c.x FROM a JOIN (b JOIN (c JOIN d ON c.k = d.id) ON b.k = c.id) ON a.k = b.id');
SELECT make_view('eight', 'SELECT count(*) AS n, sum(a.v + b.w + c.x + d.y) AS s, min(h.y) AS lo FROM a JOIN b ON b.id = a.k JOIN c ON c.id = b.k JOIN d ON d.id = c.k JOIN a e ON e.id = a.id JOIN b f ON f.id = e.k JOIN c g ON g.id = f.k JOIN d h ON h.id = g.k');
INSERT INTO a SELECT i, i % 5, i % 3 FROM generate_series(1, 12) i;
SELECT * FROM check_views();
INSERT INTO b SELECT i, i % 4, i FROM generate_series(1, 6) i;
INSERT INTO c SELECT i, i % 3, i FROM generate_series(1, 6) i;
SELECT * FROM check_views();
INSERT INTO d SELECT i, i % 3, i FROM generate_series(1, 6) i;
SELECT * FROM check_views();
-- one after the other
UPDATE a SET k = k + 1 WHERE id < 4;
SELECT * FROM check_views();
UPDATE b SET k = 2 WHERE k = 1;
SELECT * FROM check_views();
UPDATE c SET k = k + 1, x = -x;
SELECT * FROM check_views();
DELETE FROM d WHERE id = 2;
SELECT * FROM check_views();
-- all in one transaction
BEGIN;
INSERT INTO d VALUES (2, 1, 20), (7, 1, 70);
UPDATE c SET k = 2 WHERE id > 3;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM b WHERE id = 3;
UPDATE a SET v = v + 1;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM check_views();
DELETE FROM a WHERE id = 5;
UPDATE b SET w = w * 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- all in one statement
WITH p AS (UPDATE a SET k = 3 WHERE id % 3 = 0 RETURNING id),
	 q AS (INSERT INTO b VALUES (8, 1, 1), (9, 2, 2) RETURNING id),
	 r AS (DELETE FROM c WHERE id = 4 RETURNING id),
	 s AS (INSERT INTO a SELECT id + 100, id, 2 FROM b WHERE id < 4 RETURNING id)
UPDATE d SET k = k + 1;
SELECT * FROM check_views();
SELECT fold_views();
TRUNCATE c;
SELECT * FROM check_views();
INSERT INTO c SELECT i, i % 3, i FROM generate_series(1, 6) i;
SELECT * FROM check_views();
SELECT make_late_views();
UPDATE b SET k = k % 3;
DELETE FROM a WHERE id < 3;
SELECT * FROM check_views();
TRUNCATE a, d;
SELECT * FROM check_views();
DROP SCHEMA join_several CASCADE;
