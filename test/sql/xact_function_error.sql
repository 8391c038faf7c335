-- A function of the definition fails for a row, and the transaction goes on: what the
-- function had begun must not be continued with the next row.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA xact_function_error;
SET search_path = xact_function_error, ivm_test, public;
-- a fold at COMMIT would call number() there: with assertions, core itself does not allow
-- an exception to be caught by then
SET ivm.fold_batch = 0;
CREATE FUNCTION share(int) RETURNS int IMMUTABLE LANGUAGE sql SET extra_float_digits = 1
	AS 'SELECT 100 / $1';
CREATE FUNCTION number(text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN $1::int;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN -1;
END $$;
CREATE TABLE t (k text, x int);
SELECT make_view('shares', 'SELECT number(k) AS k, sum(share(x)) AS total, max(share(x)) AS high FROM t GROUP BY 1');
SELECT make_view('few', 'SELECT k, count(*) AS n FROM t WHERE share(x) > 30 GROUP BY k');
INSERT INTO t VALUES ('1', 1), ('2', 2), ('x', 3);
INSERT INTO t VALUES ('1', 0);
BEGIN;
INSERT INTO t VALUES ('1', 4);
SAVEPOINT s;
INSERT INTO t VALUES ('y', 5), ('1', 0);
ROLLBACK TO s;
INSERT INTO t VALUES ('y', 6);
UPDATE t SET x = x + 1;
DO $$
BEGIN
	UPDATE t SET x = x - 2;
EXCEPTION WHEN division_by_zero THEN
	DELETE FROM t WHERE x = 2;
END $$;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA xact_function_error CASCADE;
