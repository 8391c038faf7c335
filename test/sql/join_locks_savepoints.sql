-- A captured row locks what the views on its table read besides, once in a transaction.  Below a
-- savepoint that is rolled back the locks go with it, so the next row locks again.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_locks_savepoints;
SET search_path = join_locks_savepoints, ivm_test, public;
CREATE TABLE f (id int PRIMARY KEY, d int, x int);
CREATE TABLE d (id int PRIMARY KEY, g text);
CREATE TABLE e (id int PRIMARY KEY, h text);
INSERT INTO d SELECT n, 'g' || n % 3 FROM generate_series(1, 10) n;
INSERT INTO e SELECT n, 'h' || n % 3 FROM generate_series(1, 10) n;
INSERT INTO f SELECT n, n % 12, n FROM generate_series(1, 50) n;
SELECT make_view('sums', 'SELECT g, sum(x) AS total FROM f JOIN d ON d.id = f.d GROUP BY g');
SELECT make_view('lefts', 'SELECT h, count(f.id) AS n FROM e LEFT JOIN f ON f.d = e.id GROUP BY h');
CREATE FUNCTION locked() RETURNS TABLE ("table" text, mode text) LANGUAGE sql AS $$
	SELECT c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
	WHERE l.pid = pg_backend_pid() AND c.relname IN ('d', 'e') AND c.relnamespace = 'join_locks_savepoints'::regnamespace
	ORDER BY 1, 2 $$;
-- plans are made
INSERT INTO f VALUES (100, 1, 1);
INSERT INTO f VALUES (101, 1, 1);
BEGIN;
INSERT INTO f VALUES (102, 1, 1);
SELECT * FROM locked();
COMMIT;
-- again in the next transaction
BEGIN;
INSERT INTO f VALUES (103, 1, 1);
SELECT * FROM locked();
COMMIT;
-- below a savepoint, and after it was rolled back
BEGIN;
SAVEPOINT s;
INSERT INTO f VALUES (104, 2, 1);
SELECT * FROM locked();
ROLLBACK TO s;
SELECT * FROM locked();
INSERT INTO f VALUES (105, 2, 1);
SELECT * FROM locked();
ROLLBACK TO s;
RELEASE s;
SELECT * FROM locked();
INSERT INTO f VALUES (106, 2, 1);
SELECT * FROM locked();
COMMIT;
-- before a savepoint: they stay
BEGIN;
INSERT INTO f VALUES (107, 3, 1);
SAVEPOINT s;
INSERT INTO f VALUES (108, 3, 1);
ROLLBACK TO s;
RELEASE s;
SELECT * FROM locked();
INSERT INTO f VALUES (109, 3, 1);
COMMIT;
-- an error that is caught, and rows of both tables after it
BEGIN;
DO $$
BEGIN
	INSERT INTO f VALUES (110, 4, 1), (110, 4, 1);
EXCEPTION WHEN unique_violation THEN
	RAISE NOTICE 'caught';
END $$;
SELECT * FROM locked();
INSERT INTO f VALUES (110, 4, 1);
SELECT * FROM locked();
UPDATE d SET g = 'new' WHERE id = 4;
COMMIT;
-- a view that is made after the first row of the transaction
BEGIN;
INSERT INTO f VALUES (111, 5, 1);
SELECT make_view('more', 'SELECT g, h, count(*) AS n FROM f JOIN d ON d.id = f.d JOIN e ON e.id = f.x GROUP BY 1, 2');
INSERT INTO f VALUES (112, 5, 2);
COMMIT;
INSERT INTO f VALUES (113, 5, 3);
SELECT * FROM check_views();
DROP SCHEMA join_locks_savepoints CASCADE;
