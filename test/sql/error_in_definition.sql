-- An error of the definition for some row fails the statement that brings the row, as
-- a constraint would; nothing is changed then.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_in_definition;
SET search_path = error_in_definition, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('ratio', 'SELECT 100 / x AS r, count(*) FROM t GROUP BY 1');
SELECT make_view('sums', 'SELECT g, sum(10 / (x - 5)) AS s FROM t GROUP BY g');
SELECT make_view('above', 'SELECT g, 100 / sum(x) AS r FROM t GROUP BY g');
INSERT INTO t VALUES (1, 1, 1), (2, 1, 2), (3, 2, 4);
INSERT INTO t VALUES (4, 3, 3), (5, 3, 0);
UPDATE t SET x = 5 WHERE id = 3;
SELECT * FROM check_views();
BEGIN;
UPDATE t SET x = x + 2;
SAVEPOINT s;
UPDATE t SET x = 0 WHERE id = 1;
ROLLBACK TO s;
SELECT * FROM ratio ORDER BY r;
COMMIT;
SELECT * FROM check_views();
-- an error in the finishing is the reader's
INSERT INTO t VALUES (10, 9, 7), (11, 9, -7);
SELECT * FROM above;
SELECT * FROM above WHERE g = 1;
DELETE FROM t WHERE g = 9;
SELECT * FROM check_views();
-- rows that would fail are there already
SELECT ivm.drop_view('ratio');
INSERT INTO t VALUES (20, 5, 0);
SELECT ivm.create_view('ratio', 'SELECT 100 / x AS r, count(*) FROM t GROUP BY 1');
SELECT to_regclass('ratio');
SELECT count(*) FROM pg_class c WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE 'ratio%';
DROP SCHEMA error_in_definition CASCADE;
