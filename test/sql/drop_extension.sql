-- DROP EXTENSION takes views and triggers along; the tables can be written.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_extension;
SET search_path = drop_extension, ivm_test, public;
CREATE TABLE t (g int, x numeric);
CREATE TABLE p (g int, x numeric) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2, 3);
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('w', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
PREPARE write_t AS INSERT INTO t VALUES (1, 1);
PREPARE write_p AS INSERT INTO p VALUES (1, 1);
PREPARE read_v AS SELECT * FROM v;
EXECUTE write_t;
EXECUTE write_p;
EXECUTE read_v;
BEGIN;
INSERT INTO t VALUES (1, 1);
DROP EXTENSION ivm CASCADE;
INSERT INTO t VALUES (1, 1);
ROLLBACK;
EXECUTE write_t;
EXECUTE read_v;
DROP EXTENSION ivm;
BEGIN;
INSERT INTO t VALUES (1, 1);
DROP EXTENSION ivm CASCADE;
INSERT INTO t VALUES (1, 1);
COMMIT;
EXECUTE write_t;
EXECUTE write_p;
EXECUTE read_v;
TRUNCATE p1, t;
INSERT INTO p VALUES (1, 1);
SELECT tgname FROM pg_trigger WHERE tgname ~ '^ivm';
SELECT nspname FROM pg_namespace WHERE nspname IN ('ivm', 'ivm_data');
SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^ivm';
DROP TABLE p1;
CREATE EXTENSION ivm;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
EXECUTE write_t;
EXECUTE read_v;
SELECT * FROM check_views();
DEALLOCATE ALL;
DROP SCHEMA drop_extension CASCADE;
