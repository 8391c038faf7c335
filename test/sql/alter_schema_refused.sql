-- The schemas of the extension keep their names, also before there is a view; others may be renamed.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
SELECT count(*) FROM ivm.view;
ALTER SCHEMA ivm_data RENAME TO other;
ALTER SCHEMA ivm RENAME TO other;
CREATE SCHEMA alter_schema_refused;
CREATE TABLE alter_schema_refused.t (g int);
SET search_path = alter_schema_refused, ivm_test, public;
SELECT make_view('v', 'SELECT g, count(*) AS n FROM t GROUP BY g');
ALTER SCHEMA alter_schema_refused RENAME TO alter_schema_refused2;
SET search_path = alter_schema_refused2, ivm_test, public;
INSERT INTO t VALUES (1), (1), (2);
SELECT ivm.create_view('alter_schema_refused2.w', 'SELECT g FROM alter_schema_refused2.t');
SELECT * FROM w ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA alter_schema_refused2 CASCADE;
