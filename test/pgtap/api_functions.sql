--
-- The public functions: names, arguments, defaults, results and kinds.
--
BEGIN;
SELECT plan(13);

CREATE TEMP VIEW public_functions AS
	SELECT p.proname::text COLLATE "default" AS name,
		regexp_replace(pg_get_function_arguments(p.oid), '\mIN ', '', 'g') AS arguments,
		pg_get_function_result(p.oid) AS result, p.prokind::text AS kind,
		p.provolatile::text AS volatility, p.proparallel::text AS parallel, p.*
	FROM pg_proc p
	WHERE p.pronamespace = 'ivm'::regnamespace AND p.proname !~ '^_';

SELECT results_eq(
	'SELECT name, arguments, result FROM public_functions WHERE kind = ''f'' ORDER BY 1',
	$$VALUES
	('after_alter', 'with_data boolean DEFAULT true', 'regclass[]'),
	('alter_view', 'view regclass, options jsonb', 'void'),
	('before_alter', 'base_table regclass, VARIADIC columns text[] DEFAULT ''{}''::text[]', 'regclass[]'),
	('convert', 'matview regclass, mode text DEFAULT ''immediate''::text, options jsonb DEFAULT ''{}''::jsonb', 'regclass'),
	('create_index', 'view regclass, columns text, name text DEFAULT NULL::text, "unique" boolean DEFAULT false', 'regclass'),
	('create_view', 'name text, query text, mode text DEFAULT ''immediate''::text, with_data boolean DEFAULT true, options jsonb DEFAULT ''{}''::jsonb', 'regclass'),
	('data_as_of', 'view regclass', 'timestamp with time zone'),
	('drop_view', 'name text, if_exists boolean DEFAULT false, cascade boolean DEFAULT false, keep text DEFAULT NULL::text', 'void'),
	('explain_query', 'query text', 'TABLE(part text, construct text, strategy text, write_cost text, read_cost text, note text, code text)'),
	('explain_view', 'view regclass', 'TABLE(part text, construct text, strategy text, write_cost text, read_cost text, note text, code text)'),
	('fold', 'view regclass', 'bigint'),
	('pause', 'view regclass', 'void'),
	('reconcile', 'view regclass, key_filter text DEFAULT NULL::text', 'TABLE(rows_inserted bigint, rows_updated bigint, rows_deleted bigint)'),
	('refresh', 'view regclass, how text DEFAULT ''auto''::text, wait boolean DEFAULT true', 'TABLE(view_name text, method text, rows_read bigint, rows_inserted bigint, rows_updated bigint, rows_deleted bigint, data_as_of timestamp with time zone, reason text)'),
	('refresh_together', 'VARIADIC views regclass[]', 'TABLE(view_name text, method text, rows_read bigint, rows_inserted bigint, rows_updated bigint, rows_deleted bigint, data_as_of timestamp with time zone, reason text)'),
	('resume', 'view regclass', 'TABLE(rows_inserted bigint, rows_updated bigint, rows_deleted bigint)'),
	('rollback', 'view regclass', 'TABLE(rows_inserted bigint, rows_updated bigint, rows_deleted bigint)'),
	('verify_view', 'view regclass, key_filter text DEFAULT NULL::text', 'TABLE(side text, copies bigint, "row" jsonb)'),
	('wait_for', 'view regclass, as_of timestamp with time zone, timeout interval', 'boolean')$$,
	'functions');
SELECT results_eq(
	'SELECT name, arguments FROM public_functions WHERE kind = ''p'' ORDER BY 1',
	$$VALUES ('backfill', 'view regclass, "from" text, "to" text'), ('rebuild', 'view regclass, validate jsonb DEFAULT ''{}''::jsonb, keep boolean DEFAULT false'), ('refresh_all', 'pattern text DEFAULT ''%''::text, max_failures integer DEFAULT NULL::integer'), ('run_due', '')$$,
	'procedures');

SELECT is_empty('SELECT name FROM public_functions WHERE volatility = ''i''', 'none is immutable');
SELECT is_empty('SELECT name FROM public_functions WHERE parallel = ''s''',
	'none runs in a parallel worker');
SELECT is_empty('SELECT name FROM public_functions WHERE prosecdef',
	'none runs with its owner''s rights');
SELECT is_empty('SELECT name FROM public_functions WHERE proisstrict',
	'NULL arguments are not ignored silently');
SELECT is_empty('SELECT name FROM public_functions WHERE NOT has_function_privilege(''public'', oid, ''EXECUTE'')',
	'all may be called by everyone: they check privileges themselves');

-- Calling by name and by position, with and without defaults
CREATE TABLE public.t (g int, x int);
INSERT INTO public.t VALUES (1, 1), (1, 2), (2, 3);
SELECT lives_ok($$SELECT ivm.create_view(name => 'v1', query => 'SELECT g, sum(x) AS s FROM t GROUP BY g')$$,
	'arguments by name');
SELECT is(ivm.create_view('v2', 'SELECT g FROM t', 'immediate', true, '{}')::text, 'v2',
	'create_view() returns the view');
SELECT lives_ok($$SELECT * FROM ivm.verify_view('v1'); SELECT * FROM ivm.reconcile('v1');
	SELECT * FROM ivm.explain_view('v1'); SELECT * FROM ivm.explain_query('SELECT g FROM t')$$,
	'the rest of the arguments may be left out');
SELECT columns_are('public', 'v1', ARRAY['g', 's'], 'a view has the columns of its definition');
SELECT throws_ok($$SELECT ivm.create_view(NULL, 'SELECT g FROM t')$$, '22004', NULL, 'NULL as a name');
SELECT throws_ok($$SELECT ivm.drop_view('v1', NULL)$$, '22004', NULL, 'NULL as an option');

SELECT * FROM finish();
ROLLBACK;
