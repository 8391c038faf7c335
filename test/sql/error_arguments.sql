-- NULL and malformed arguments, unknown modes and options, options of a wrong type.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_arguments;
SET search_path = error_arguments, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, x int);
SELECT ivm.create_view(NULL, 'SELECT id FROM t');
SELECT ivm.create_view('v', NULL);
SELECT ivm.create_view('v', 'SELECT id FROM t', NULL);
SELECT ivm.create_view('v', 'SELECT id FROM t', 'immediate', NULL);
SELECT ivm.create_view('v', 'SELECT id FROM t', options => NULL);
\set VERBOSITY terse
SELECT ivm.create_view('v', 'SELECT id FROM t', 'sometimes');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '[]');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '"x"');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => 'null');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"nope": 1}');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"replace": "yes"}');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"replace": 1}');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"replace": null}');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"if_not_exists": [true]}');
SELECT ivm.create_view('v', 'SELECT id FROM t', options => '{"Replace": true}');
\set VERBOSITY default
SELECT to_regclass('v');
SELECT ivm.drop_view(NULL);
SELECT ivm.drop_view('nope');
SELECT ivm.drop_view('t');
SELECT ivm.drop_view('nope', if_exists => true);
SELECT ivm.fold(NULL);
SELECT ivm.fold('t');
BEGIN READ ONLY;
SELECT ivm.create_view('v', 'SELECT id FROM t');
ROLLBACK;
-- the triggers' functions are not for calling
SELECT ivm._capture();
CREATE TRIGGER wrong BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION ivm._capture();
INSERT INTO t VALUES (1, 1);
DROP TRIGGER wrong ON t;
CREATE TRIGGER wrong BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION ivm._capture_truncate();
INSERT INTO t VALUES (1, 1);
SELECT ivm._merged(1);
DROP SCHEMA error_arguments CASCADE;
