-- Triggers on storage and on the extension's own tables would not fire, so nobody makes any.
-- Tools that write a table anew while it is used (pg_repack) rest on them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trigger_on_storage_refused;
SET search_path = trigger_on_storage_refused, ivm_test, public;
CREATE TABLE t (g int, x int);
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT ivm.create_view('w', 'SELECT g, sum(x) AS s FROM t GROUP BY g', 'deferred');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION made(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE command;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || regexp_replace(concat_ws(' / ', message, detail, hint), '_\d+', '_N', 'g');
END $$;
SELECT made(format('CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION f()', relation))
FROM (SELECT 1, state FROM ivm.view WHERE view IN ('v'::regclass, 'w'::regclass)
	  UNION ALL SELECT 2, delta FROM ivm.view WHERE view = 'v'::regclass
	  UNION ALL SELECT 3, segment FROM ivm.change_log WHERE base = 't'::regclass
	  UNION ALL VALUES (4, 'ivm.watermark'::regclass), (5, 'ivm.view'::regclass), (6, 't'::regclass)) r(n, relation)
ORDER BY n, relation;
SELECT made('CREATE TRIGGER a BEFORE TRUNCATE ON ivm.run EXECUTE FUNCTION f()');
SELECT made('CREATE CONSTRAINT TRIGGER a AFTER INSERT ON ivm.view FOR EACH ROW EXECUTE FUNCTION f()');
SELECT made('CREATE TRIGGER a AFTER INSERT ON ivm.watermark FOR EACH ROW EXECUTE FUNCTION no_function()');
SELECT made('CREATE TRIGGER a AFTER INSERT ON ivm.no_table FOR EACH ROW EXECUTE FUNCTION f()');
-- a tool may do it under this setting
SET session_replication_role = replica;
SELECT made('CREATE TRIGGER a AFTER INSERT ON ivm.watermark FOR EACH ROW EXECUTE FUNCTION f()');
RESET session_replication_role;
-- what a dump brings
SELECT made('CREATE TRIGGER a BEFORE INSERT ON ivm.watermark FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage()');
DROP TRIGGER a ON ivm.watermark;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
SET client_min_messages = warning;
DROP SCHEMA trigger_on_storage_refused CASCADE;
