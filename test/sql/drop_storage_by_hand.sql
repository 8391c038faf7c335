-- A view that loses a part of its storage goes as a whole, or the part stays.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_storage_by_hand;
SET search_path = drop_storage_by_hand, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t VALUES (1, 1), (2, 2);
CREATE FUNCTION part(v regclass, p text) RETURNS text LANGUAGE sql AS $$
	SELECT (CASE p WHEN 'state' THEN state WHEN 'delta' THEN delta ELSE definition END)::text FROM ivm.view WHERE view = v $$;
CREATE FUNCTION drop_part(v text, p text, how text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DROP %s %s %s', CASE p WHEN 'definition' THEN 'VIEW' ELSE 'TABLE' END, part(v::regclass, p), how);
	RETURN 'dropped';
EXCEPTION WHEN dependent_objects_still_exist THEN
	RETURN 'refused';
END $$;
SELECT p, how, drop_part('dsh', p, how), to_regclass('dsh') IS NULL AS gone
FROM unnest('{state,delta,definition}'::text[]) p, unnest('{RESTRICT,CASCADE}'::text[]) how,
	 LATERAL (SELECT ivm.create_view('dsh', 'SELECT g, sum(x) AS s FROM t GROUP BY g', options => '{"replace": true}') WHERE how IS NOT NULL AND p IS NOT NULL) c;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^dsh';
-- not under a view that others are built on, without CASCADE
SELECT ivm.create_view('dsh', 'SELECT g, sum(x) AS s FROM t GROUP BY g', options => '{"if_not_exists": true}');
CREATE VIEW above AS TABLE dsh;
SELECT drop_part('dsh', 'delta', 'RESTRICT');
SELECT drop_part('dsh', 'definition', 'RESTRICT');
INSERT INTO t VALUES (1, 1);
TABLE above ORDER BY g;
SELECT drop_part('dsh', 'definition', 'CASCADE');
TABLE above;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^dsh';
SELECT tgname FROM pg_trigger WHERE tgrelid = 't'::regclass;
DROP SCHEMA drop_storage_by_hand CASCADE;
