-- Nobody replaces a view, its definition or its storage by hand.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_view_refused;
SET search_path = alter_view_refused, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION refused(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r record;
	message text; detail text; hint text;
BEGIN
	SELECT state::text, delta::text, definition::text, id INTO r FROM ivm.view WHERE view = 'v'::regclass;
	EXECUTE format(command, r.state, r.delta, r.definition);
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || regexp_replace(concat_ws(' / ', message, detail, hint), 'v_\d+', 'v_N', 'g');
END $$;
SELECT command, refused(command) FROM unnest(ARRAY[
	'CREATE OR REPLACE VIEW v AS SELECT 1 AS g, 2::numeric AS s',
	'CREATE OR REPLACE VIEW v AS SELECT g, s FROM %s',
	'CREATE OR REPLACE RULE "_RETURN" AS ON SELECT TO v DO INSTEAD SELECT 1 AS g, 2::numeric AS s',
	'CREATE OR REPLACE VIEW %3$s AS SELECT g, 0::numeric AS s FROM t',
	'ALTER TABLE %1$s ADD COLUMN a int',
	'ALTER TABLE %1$s DROP COLUMN row_count',
	'ALTER TABLE %1$s ALTER COLUMN row_count TYPE int',
	'ALTER TABLE %2$s ALTER COLUMN slot TYPE text, ALTER COLUMN dirty DROP NOT NULL',
	'ALTER TABLE %1$s SET UNLOGGED',
	'ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY',
	'ALTER TABLE %1$s ADD CHECK (g > 0)',
	'ALTER TABLE %1$s INHERIT t',
	'ALTER TABLE %1$s RENAME COLUMN row_count TO n',
	'INSERT INTO v VALUES (1, 1)',
	'UPDATE v SET s = 0',
	'DELETE FROM v',
	'MERGE INTO t USING v ON v.g = t.g WHEN MATCHED THEN DO NOTHING',
	'TRUNCATE v',
	'ALTER TABLE %1$s SET (fillfactor = 70)',
	'ALTER TABLE %1$s ALTER COLUMN g SET STATISTICS 500',
	'ALTER VIEW %3$s RENAME TO d',
	'ALTER TABLE %1$s SET SCHEMA public',
	'CREATE INDEX ON %1$s (row_count)',
	'ANALYZE %1$s',
	'ALTER VIEW v SET (security_barrier)',
	'ALTER VIEW v SET (security_invoker)',
	'ALTER TABLE v SET (security_barrier, security_invoker = on)',
	'ALTER VIEW v SET (security_invoker = false)',
	'ALTER VIEW v SET (security_invoker = maybe)',
	'ALTER VIEW v RESET (security_invoker)',
	'ALTER SCHEMA ivm_data RENAME TO other',
	'ALTER SCHEMA ivm RENAME TO other',
	'COMMENT ON VIEW v IS ''...'''
]) command;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
SELECT status FROM ivm.views WHERE schemaname = 'alter_view_refused';
-- rules and triggers of one's own for writing are another matter
CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (NEW.g, NEW.s);
INSERT INTO v VALUES (7, 7);
SELECT * FROM check_views();
DROP SCHEMA alter_view_refused CASCADE;
