--
-- The public views, comments on all objects, and what belongs to whom.
--
BEGIN;
SELECT plan(21);

SELECT has_schema('ivm');
SELECT has_schema('ivm_data');
SELECT views_are('ivm', ARRAY['views', 'stat_views', 'history', 'progress', 'lock_waits']);
SELECT columns_are('ivm', 'views', ARRAY['id', 'schemaname', 'viewname', 'viewowner', 'view', 'mode',
	'status', 'reason', 'definition', 'base_tables', 'partitions', 'settings', 'options', 'state_table',
	'delta_table', 'state_bytes', 'delta_bytes', 'pending_deltas', 'late_rows', 'closed_before', 'data_as_of', 'lag', 'target', 'next_run',
	'failures', 'last_error', 'next_reconcile', 'last_corrections', 'reconcile_failures', 'reconcile_error', 'pending_rows', 'pending_bytes', 'oldest_pending', 'kept_as_of', 'kept_bytes', 'created_at', 'status_since']);
SELECT columns_are('ivm', 'history', ARRAY['id', 'view_id', 'view_name', 'operation', 'role_name',
	'started_at', 'duration', 'method', 'reason', 'rows_read', 'rows_inserted', 'rows_updated', 'rows_deleted',
	'predicted_delta_ms', 'predicted_recompute_ms', 'late_rows', 'actual_ms', 'key_filter', 'error']);
SELECT columns_are('ivm', 'progress', ARRAY['pid', 'view', 'operation', 'phase', 'done', 'total', 'started_at']);
SELECT columns_are('ivm', 'lock_waits', ARRAY['pid', 'lock', 'view', 'relation', 'mode', 'waiting_since', 'blocked_by']);
SELECT col_type_is('ivm', 'views', 'view', 'regclass', 'views.view is a regclass');
SELECT col_type_is('ivm', 'views', 'base_tables', 'regclass[]', 'views.base_tables is an array of regclass');
SELECT col_type_is('ivm', 'history', 'duration', 'interval', 'history.duration is an interval');
SELECT has_column('ivm', 'stat_views', 'deltas_pending', 'stat_views tells of pending deltas');
SELECT has_column('ivm', 'stat_views', 'refresh_failures', 'and of refreshes');
SELECT is_empty($$
	SELECT c.oid::regclass FROM pg_class c
	WHERE c.relnamespace = 'ivm'::regnamespace AND c.relkind = 'v' AND NOT has_table_privilege('public', c.oid, 'SELECT')$$,
	'everybody may look at the views');
SELECT is_empty($$
	SELECT c.oid::regclass FROM pg_class c
	WHERE c.relnamespace = 'ivm'::regnamespace AND c.relkind = 'r'
		AND has_table_privilege('public', c.oid,
			CASE WHEN c.relname IN ('recomputation', 'time_window') THEN '' ELSE 'SELECT, ' END || 'INSERT, UPDATE, DELETE, TRUNCATE')$$,
	'and at the tables behind them only through these');

-- Every object of the extension is described.
SELECT is_empty($$
	SELECT pg_describe_object(d.classid, d.objid, 0)
	FROM pg_depend d
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ivm')
		AND d.classid IN ('pg_proc'::regclass, 'pg_namespace'::regclass, 'pg_event_trigger'::regclass)
		AND obj_description(d.objid, d.classid::regclass::name) IS NULL$$,
	'functions, schemas and event triggers have comments');
SELECT is_empty($$
	SELECT c.oid::regclass FROM pg_class c
	WHERE c.relnamespace = 'ivm'::regnamespace AND c.relkind IN ('r', 'v')
		AND obj_description(c.oid, 'pg_class') IS NULL$$,
	'tables and views have comments');
SELECT is_empty($$
	SELECT p.oid::regprocedure FROM pg_proc p
	WHERE p.pronamespace = 'ivm'::regnamespace AND p.proname !~ '^_'
		AND length(obj_description(p.oid, 'pg_proc')) < 20$$,
	'comments on public functions say something');

-- Nothing of the extension can be found by accident, or replaced.
SELECT is_empty($$
	SELECT pg_describe_object(d.classid, d.objid, 0)
	FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
		AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ivm')
		AND p.pronamespace <> 'ivm'::regnamespace$$,
	'all functions are in schema ivm');
SELECT is_empty($$
	SELECT nspname FROM pg_namespace
	WHERE nspname IN ('ivm', 'ivm_data') AND has_schema_privilege('public', oid, 'CREATE')$$,
	'nobody else can create objects in the schemas');
SELECT set_eq($$
	SELECT (unnest(extconfig))::regclass::text FROM pg_extension WHERE extname = 'ivm'$$,
	ARRAY['ivm.view', 'ivm.view_base', 'ivm.view_id', 'ivm.time_window', 'ivm.watermark', 'ivm.append_view', 'ivm.run', 'ivm.run_id'],
	'the catalogue is dumped');
SELECT is_empty($$
	SELECT evtname FROM pg_event_trigger
	WHERE evtname LIKE 'ivm%' AND evtenabled <> 'A'$$,
	'event triggers are always on');

SELECT * FROM finish();
ROLLBACK;
