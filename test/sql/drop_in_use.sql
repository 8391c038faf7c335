-- A view that a cursor of the session reads is not dropped, and the error names it, not its storage.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA drop_in_use;
SET search_path = drop_in_use, ivm_test, public;
CREATE TABLE t (g int, x int);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 9) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('with_part', 'SELECT g, x FROM t WHERE x > (SELECT avg(x) FROM t)');
CREATE PROCEDURE try(command text) LANGUAGE plpgsql AS $$
DECLARE
	hint	text;
BEGIN
	EXECUTE command;
EXCEPTION WHEN object_in_use THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE INFO '%: %', SQLERRM, hint;
END $$;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM v;
DECLARE p CURSOR FOR SELECT * FROM with_part;
FETCH 1 FROM c;
CALL try($$SELECT ivm.drop_view('v')$$);
CALL try('DROP VIEW v');
CALL try('DROP TABLE t CASCADE');
CALL try($$SELECT ivm.drop_view('with_part')$$);
CALL try($$SELECT ivm.drop_view('v', keep => 'table')$$);
FETCH 1 FROM c;
CLOSE c;
SELECT ivm.drop_view('v');
COMMIT;
INSERT INTO t VALUES (1, 100);
SELECT viewname, status FROM ivm.views;
SELECT * FROM ivm.verify_view('with_part');
DROP SCHEMA drop_in_use CASCADE;
