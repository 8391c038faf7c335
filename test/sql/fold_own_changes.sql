-- ivm.fold() is refused in a transaction that has changed a table of the view, since dirty
-- keys would be computed with rows that are yet to be added: in a view over one table, over
-- several, and in one whose part reads the table.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA fold_own_changes;
SET search_path = fold_own_changes, ivm_test, public;
-- no writer folds the deltas
SET ivm.fold_batch = 0;
CREATE TABLE a (id int PRIMARY KEY, g int, v int);
CREATE TABLE b (id int PRIMARY KEY, g int);
CREATE TABLE c (id int PRIMARY KEY, v int);
INSERT INTO b SELECT i, i % 3 FROM generate_series(1, 9) i;
INSERT INTO a SELECT i, i % 3, i FROM generate_series(1, 30) i;
INSERT INTO c VALUES (1, 1);
CREATE INDEX ON a (g);
CREATE INDEX ON b (g);
SELECT make_view('joined', 'SELECT a.g, count(*) AS n, sum(v) AS s, max(v) AS m FROM a JOIN b USING (g) GROUP BY a.g');
SELECT make_view('single', 'SELECT g, max(v) AS m FROM a GROUP BY g');
SELECT make_view('parted', 'SELECT id, v - (SELECT max(a.v) FROM a JOIN b USING (g)) AS d FROM c');
CREATE FUNCTION try_fold(view regclass) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN ivm.fold(view) || ' folded';
EXCEPTION WHEN active_sql_transaction THEN
	RETURN SQLERRM;
END $$;
-- the keys that had these rows are dirty
INSERT INTO a VALUES (100, 1, 100);
DELETE FROM a WHERE id = 100;
BEGIN;
INSERT INTO a VALUES (101, 1, 5);
SELECT try_fold('joined');
SELECT try_fold('single');
SELECT try_fold('parted');
COMMIT;
SELECT * FROM check_views();
INSERT INTO b VALUES (10, 1);
SELECT * FROM check_views();
-- of a change that was rolled back there is nothing left to add
BEGIN;
SAVEPOINT s;
INSERT INTO a VALUES (102, 1, 5);
ROLLBACK TO s;
SELECT ivm.fold('joined') > 0 AS joined, ivm.fold('single') > 0 AS single, ivm.fold('parted') > 0 AS parted;
INSERT INTO a VALUES (103, 1, 200);
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA fold_own_changes CASCADE;
