-- Tables whose changes cannot be captured are refused: temporary, foreign, system,
-- materialized views, parents of inheritance; so is a temporary view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_base_table;
SET search_path = error_base_table, ivm_test, public;
CREATE TEMP TABLE tt (id int);
SELECT ivm.create_view('v', 'SELECT id FROM tt');
CREATE FOREIGN DATA WRAPPER regress_ivm_fdw;
CREATE SERVER regress_ivm_server FOREIGN DATA WRAPPER regress_ivm_fdw;
CREATE FOREIGN TABLE ft (id int) SERVER regress_ivm_server;
SELECT ivm.create_view('v', 'SELECT id FROM ft');
DROP FOREIGN DATA WRAPPER regress_ivm_fdw CASCADE;
SELECT ivm.create_view('v', 'SELECT relname FROM pg_class');
SELECT ivm.create_view('v', 'SELECT feature_id FROM information_schema.sql_features');
CREATE TABLE t (id int, x int);
CREATE MATERIALIZED VIEW kept AS SELECT * FROM t;
SELECT ivm.create_view('v', 'SELECT id FROM kept');
CREATE SEQUENCE s;
SELECT ivm.create_view('v', 'SELECT last_value FROM s');
CREATE TABLE parent (id int);
CREATE TABLE child () INHERITS (parent);
SELECT ivm.create_view('v', 'SELECT id FROM parent');
SELECT ivm.create_view('pg_temp.v', 'SELECT id FROM t');
SELECT ivm.create_view('v', 'SELECT id FROM ONLY t');
SELECT * FROM v;
-- storage of a view is no base table
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('t'::regclass, 'parent'::regclass, 'tt'::regclass) AND tgname LIKE 'ivm%';
DROP SCHEMA error_base_table CASCADE;
