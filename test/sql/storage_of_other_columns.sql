-- A definition that is cut into as many columns as the storage has, but of other types, as another version of the
-- extension may cut it: nothing is read from the storage or written to it, until the view is made anew.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA storage_of_other_columns;
SET search_path = storage_of_other_columns, ivm_test, public;
CREATE TABLE t (g int, h text, x numeric, z int);
INSERT INTO t VALUES (1, 'a', 1, 0), (2, 'b', 2, 0);
SELECT make_view('keys', 'SELECT count(*) AS n, max(z) AS m FROM t GROUP BY g');
SELECT make_view('aggregates', 'SELECT g, max(z)::text AS m FROM t GROUP BY g');
SELECT make_view('same', 'SELECT g, count(*) AS n FROM t GROUP BY g');
SELECT definition AS def_keys FROM ivm.view WHERE view = 'keys'::regclass \gset
SELECT definition AS def_aggregates FROM ivm.view WHERE view = 'aggregates'::regclass \gset
ALTER EVENT TRIGGER ivm_event_start DISABLE;
ALTER EVENT TRIGGER ivm_event_end DISABLE;
CREATE OR REPLACE VIEW :def_keys AS SELECT count(*) AS n, max(z) AS m FROM t GROUP BY h;
CREATE OR REPLACE VIEW :def_aggregates AS SELECT g, max(h) AS m FROM t GROUP BY g;
ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
TABLE keys;
TABLE aggregates;
INSERT INTO t VALUES (1, 'c', 3, 1);
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'storage_of_other_columns' ORDER BY 1;
SELECT * FROM ivm.reconcile('keys');
SELECT method FROM ivm.refresh('aggregates');
TABLE same ORDER BY g;
SELECT ivm.create_view('keys', 'SELECT count(*) AS n, max(z) AS m FROM t GROUP BY g', options => '{"replace": true}');
SELECT ivm.create_view('aggregates', 'SELECT g, max(z)::text AS m FROM t GROUP BY g', options => '{"replace": true}');
DELETE FROM t WHERE g = 2;
SELECT * FROM check_views();
DROP SCHEMA storage_of_other_columns CASCADE;
