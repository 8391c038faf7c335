-- A subtransaction that is rolled back closes the files of its changed rows.  What they still hold
-- back must not be written then: an error in the middle of an abort leads to the next
-- one, until the server gives up.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_savepoints_no_room;
SET search_path = xact_savepoints_no_room, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, s text);
CREATE TABLE d (g int PRIMARY KEY, name text);
INSERT INTO d SELECT g, 'group ' || g FROM generate_series(0, 9) g;
INSERT INTO t SELECT i, i % 10, repeat('x', 100) FROM generate_series(1, 100) i;
SELECT make_view('j', 'SELECT name, count(*) AS n, max(s) AS s FROM t JOIN d USING (g) GROUP BY name');
SET work_mem = '64kB';
-- some of these limits are reached by what the file holds back
CREATE PROCEDURE try(kb int)
	LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM set_config('temp_file_limit', kb || 'kB', true);
	BEGIN
		INSERT INTO t SELECT i, i % 10, repeat('y', 100) FROM generate_series(1000, 2000) i;
		RAISE division_by_zero;
	EXCEPTION WHEN division_by_zero OR configuration_limit_exceeded THEN NULL;
	END;
	INSERT INTO t SELECT max(id) + 1, kb % 10, 'kept' FROM t;
	PERFORM set_config('temp_file_limit', '-1', true);
END $$;
DO $$
BEGIN
	FOR kb IN 0 .. 240 BY 8 LOOP
		CALL try(kb);
	END LOOP;
END $$;
SELECT count(*) FROM t;
SELECT * FROM check_views();
-- savepoints, one in the other
BEGIN;
SET LOCAL temp_file_limit = '96kB';
SAVEPOINT a;
INSERT INTO t SELECT i, i % 10, repeat('y', 100) FROM generate_series(1000, 1400) i;
SAVEPOINT b;
DELETE FROM t WHERE id < 1300;
ROLLBACK TO b;
SET LOCAL temp_file_limit = '32kB';
ROLLBACK TO a;
SET LOCAL temp_file_limit = '-1';
INSERT INTO t VALUES (5000, 1, 'last');
COMMIT;
SELECT count(*) FROM t;
SELECT * FROM check_views();
DROP SCHEMA xact_savepoints_no_room CASCADE;
