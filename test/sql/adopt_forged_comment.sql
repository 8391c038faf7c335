-- Comments on storage that its owner has written: nothing is made of them, and they hinder nobody
SET client_min_messages = warning;
CREATE ROLE regress_forger;
CREATE SCHEMA forged AUTHORIZATION regress_forger;
CREATE TABLE public.forged_victim (id int PRIMARY KEY, g int);
SELECT ivm.create_view('public.forged_other', 'SELECT g, count(*) FROM public.forged_victim GROUP BY g');
SET ROLE regress_forger;
SET search_path = forged;
CREATE TABLE t (id int PRIMARY KEY, g int);
INSERT INTO t VALUES (1, 1), (2, 1);
SELECT ivm.create_view('v', 'SELECT g, count(*) AS n FROM t GROUP BY g');
CREATE MATERIALIZED VIEW m AS SELECT g, count(*) AS n FROM t GROUP BY g;

-- Comment, index and view, such that the delta table looks like the state table of another view
DO $$
DECLARE
	delta text := (SELECT delta_table::text FROM ivm.views WHERE view = 'v'::regclass);
	name text := (SELECT relname FROM pg_class WHERE oid = delta::regclass);
BEGIN
	EXECUTE format('COMMENT ON TABLE %s IS %L', delta, 'ivm keeps this for dumps of the schema alone: {broken');
	EXECUTE format('CREATE INDEX %I ON m (g)', name || '_def');
	EXECUTE format('CREATE INDEX %I ON m (n)', name || '_delta');
	PERFORM ivm.convert('m');
	EXECUTE format('CREATE VIEW reads_delta AS TABLE %s', delta);
END $$;
RESET ROLE;
CALL ivm.refresh_all();
DO $$ BEGIN
	EXECUTE format('COMMENT ON TABLE %s IS %L', (SELECT delta_table FROM ivm.views WHERE view = 'forged.v'::regclass),
		'ivm keeps this for dumps of the schema alone: {999999,0,immediate,"{}"}');
END $$;
CALL ivm.refresh_all();
SELECT viewname, status FROM ivm.views WHERE schemaname = 'forged' ORDER BY 1;

-- As after a restore of the schema alone, with such a comment on the state table; own and other are ids
CREATE FUNCTION public.restore_with(comment text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	own ivm.view := (SELECT v FROM ivm.view v WHERE view = 'forged.v'::regclass);
	other int := (SELECT id FROM ivm.view WHERE view = 'public.forged_other'::regclass);
BEGIN
	DELETE FROM ivm.view WHERE id = own.id;
	EXECUTE format('COMMENT ON TABLE %s IS %L', own.state, 'ivm keeps this for dumps of the schema alone: ' ||
		replace(replace(comment, 'own', own.id::text), 'other', other::text));
	EXECUTE format('CREATE OR REPLACE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage()', own.state);
END $$;
\set show 'SELECT mode, status FROM ivm.views WHERE view = \'forged.v\'::regclass'
SET client_min_messages = error;
BEGIN; SELECT public.restore_with('{own,0,immediate,"{}"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{own,0,immediate,"[]"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{own,0,immediate,"{}",role=postgres}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{own,other,immediate,"{}"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{1other,0,immediate,"{}"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{2147483647,0,immediate,"{}"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{own,0,nothing,"{}"}'); :show; ROLLBACK;
BEGIN; SELECT public.restore_with('{own,NULL}'); :show; ROLLBACK;

DROP FUNCTION public.restore_with;
DROP SCHEMA forged CASCADE;
DROP TABLE public.forged_victim CASCADE;
DROP ROLE regress_forger;
