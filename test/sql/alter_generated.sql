-- A generated column whose expression is changed (17 and later) makes a view stale.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_generated;
SET search_path = alter_generated, ivm_test, public;
CREATE TABLE t (g int, x int, y int GENERATED ALWAYS AS (x * 2) STORED, z int GENERATED ALWAYS AS (x + 1) STORED);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(y) AS s FROM t GROUP BY g');
SELECT make_view('w', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION change(expression text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('server_version_num')::int >= 170000 THEN
		EXECUTE 'ALTER TABLE t ALTER COLUMN ' || expression;
	END IF;
END $$;
SET client_min_messages = error;
SELECT change('z SET EXPRESSION AS (x + 2)');
SELECT status FROM ivm.views WHERE schemaname = 'alter_generated';
SELECT change('y SET EXPRESSION AS (x * 3)');
SELECT viewname, status = CASE WHEN current_setting('server_version_num')::int >= 170000 AND viewname = 'v' THEN 'stale' ELSE 'ready' END AS as_expected
FROM ivm.views WHERE schemaname = 'alter_generated' ORDER BY 1;
SELECT * FROM check_views();
INSERT INTO t VALUES (1, 50);
SELECT * FROM check_views();
SELECT count(*) FROM ivm.reconcile('v');
INSERT INTO t VALUES (1, 50);
SELECT * FROM check_views();
SELECT status FROM ivm.views WHERE schemaname = 'alter_generated';
ALTER TABLE t ALTER COLUMN y DROP EXPRESSION;
INSERT INTO t VALUES (1, 50, 1);
SELECT * FROM check_views();
SELECT status FROM ivm.views WHERE schemaname = 'alter_generated';
DROP SCHEMA alter_generated CASCADE;
