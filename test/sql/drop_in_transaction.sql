-- A transaction that has written a table drops its view, and may take that back.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_in_transaction;
SET search_path = drop_in_transaction, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s, count(*) AS n FROM t GROUP BY g');
SELECT make_view('w', 'SELECT min(x) AS m FROM t');
PREPARE read_v AS SELECT * FROM v ORDER BY g;
PREPARE write_t AS INSERT INTO t VALUES ($1, $2);
EXECUTE read_v;
EXECUTE write_t(1, 1);
BEGIN;
EXECUTE write_t(1, 2);
SAVEPOINT a;
DROP VIEW v;
EXECUTE write_t(1, 3);
EXECUTE read_v;
ROLLBACK TO a;
EXECUTE write_t(1, 4);
EXECUTE read_v;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
EXECUTE write_t(1, 5);
DROP VIEW v, w;
EXECUTE write_t(1, 6);
ROLLBACK;
EXECUTE write_t(1, 7);
SELECT * FROM check_views();
-- created and dropped in one transaction that writes
BEGIN;
SELECT ivm.create_view('u', 'SELECT g, max(x) AS m FROM t GROUP BY g');
EXECUTE write_t(1, 8);
SELECT * FROM u ORDER BY g;
DROP VIEW u;
EXECUTE write_t(1, 9);
COMMIT;
DELETE FROM definition WHERE view = 'v'::regclass;
BEGIN;
EXECUTE write_t(1, 10);
DROP VIEW v;
EXECUTE write_t(1, -11);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
EXECUTE read_v;
-- under the same name, something else
SELECT make_view('v', 'SELECT g, sum(x) AS s, count(*) AS n FROM t WHERE x > 3 GROUP BY g');
EXECUTE read_v;
EXECUTE write_t(1, 12);
SELECT * FROM check_views();
DEALLOCATE ALL;
DROP SCHEMA drop_in_transaction CASCADE;
