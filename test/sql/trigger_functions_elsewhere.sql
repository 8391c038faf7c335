-- Trigger functions of the extension are for everybody to attach to tables, also of other columns: those that restores call are for
-- the extension's own tables alone, the others change nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ivm;
\set VERBOSITY terse
CREATE SCHEMA trigger_functions_elsewhere;
CREATE ROLE regress_ivm_stranger;
GRANT USAGE, CREATE ON SCHEMA trigger_functions_elsewhere TO regress_ivm_stranger;
SET search_path = trigger_functions_elsewhere, public;
CREATE TABLE base (id int PRIMARY KEY, g int);
INSERT INTO base VALUES (1, 1), (2, 1);
SELECT ivm.create_view('v', 'SELECT g, count(*) AS n FROM base GROUP BY g');
SET ROLE regress_ivm_stranger;
CREATE TABLE t (a int, b text);
CREATE TABLE wide AS SELECT * FROM generate_series(1, 1) id;
DO $$ BEGIN
	FOR i IN 1..100 LOOP
		EXECUTE format('ALTER TABLE wide ADD COLUMN c%s text DEFAULT repeat(''x'', 100)', i);
	END LOOP;
END $$;
CREATE TABLE like_catalogue (id int, view regclass, definition regclass, state regclass, delta regclass, bases regclass[], partitions regclass[], mode text,
	status text, reason text, settings text[], view_versions text[], trigger_versions text[], row_types text[], options jsonb,
	created_at timestamptz, current_since timestamptz, part_of integer, building boolean);
CREATE FUNCTION outcome(command text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE command;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE TABLE triggers AS
	SELECT f.f, w.w, r.r, x.x FROM unnest('{_restored,_restored_watermark,_guard_storage,_capture,_capture_truncate}'::text[]) f, unnest('{BEFORE,AFTER}'::text[]) w,
		unnest('{ROW,STATEMENT}'::text[]) r, unnest('{t,wide,like_catalogue}'::text[]) x;
-- SQLSTATE 39P01: a trigger function that was not called as it has to be
SELECT f, w, r, x, string_agg(DISTINCT outcome(format('CREATE TRIGGER %s %s INSERT OR UPDATE OR DELETE ON %s FOR EACH %s EXECUTE FUNCTION ivm.%s()', n, w, x, r, f)) || ', ' ||
	outcome(format('INSERT INTO %s DEFAULT VALUES', x)) || ', ' || outcome(format('DELETE FROM %s', x)) || ', ' || outcome(format('DROP TRIGGER %s ON %s', n, x)), '; ') AS outcome
FROM triggers, unnest('{a,ivm_capture,ivm_guard,ivm_restored}'::text[]) n GROUP BY f, w, r, x ORDER BY f, w, r, x;
SELECT f, w, x, string_agg(DISTINCT outcome(format('CREATE TRIGGER %s %s TRUNCATE ON %s EXECUTE FUNCTION ivm.%s()', n, w, x, f)) || ', ' ||
	outcome(format('TRUNCATE %s', x)) || ', ' || outcome(format('DROP TRIGGER %s ON %s', n, x)), '; ') AS outcome
FROM triggers, unnest('{a,ivm_capture_truncate}'::text[]) n WHERE r = 'STATEMENT' GROUP BY f, w, x ORDER BY f, w, x;
RESET ROLE;
SELECT status FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM ivm.verify_view('v');
DROP SCHEMA trigger_functions_elsewhere CASCADE;
DROP ROLE regress_ivm_stranger;
