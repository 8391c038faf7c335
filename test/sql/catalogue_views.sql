-- ivm.views, ivm.stat_views and ivm.history: what they show, and to whom.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA catalogue_views;
SET search_path = catalogue_views, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k int, x int);
INSERT INTO t SELECT g, g % 5, g FROM generate_series(1, 50) g;
CREATE ROLE regress_ivm_owner;
CREATE ROLE regress_ivm_reader;
GRANT ALL ON SCHEMA catalogue_views TO regress_ivm_owner;
GRANT USAGE ON SCHEMA catalogue_views TO regress_ivm_reader;
GRANT SELECT, TRIGGER ON t TO regress_ivm_owner;
SET ROLE regress_ivm_owner;
SELECT ivm.create_view('v', 'SELECT k, sum(x) AS sum FROM t GROUP BY k', options => '{"fillfactor": 80}');
SELECT ivm.create_view('empty', 'SELECT k FROM t', with_data => false);
RESET ROLE;
\x on
SELECT schemaname, viewname, viewowner, view, mode, status, reason, definition LIKE '%SELECT%' AS definition, base_tables, partitions,
	   cardinality(settings) > 5 AS settings, options, state_table IS NOT NULL AS state,
	   state_bytes > 0 AS state_bytes, delta_bytes > 0 AS delta_bytes, pending_deltas,
	   created_at = status_since AS unchanged
FROM ivm.views WHERE schemaname = 'catalogue_views' ORDER BY viewname;
\x off
SELECT ivm.pause('v');
SELECT ivm.resume('v');
SELECT view_name, operation, role_name = 'regress_ivm_owner' AS owner, rows_inserted, rows_updated, rows_deleted
FROM ivm.history WHERE view_name LIKE 'catalogue_views.%' ORDER BY id;
SELECT viewname, state_rows_inserted >= 0, deltas_pending >= 0 FROM ivm.stat_views
WHERE schemaname = 'catalogue_views' ORDER BY viewname;

-- definitions and filters are for those who may read the view
SELECT * FROM ivm.reconcile('v', 'k = 2');
SET ROLE regress_ivm_reader;
SELECT viewname, status, definition LIKE '%SELECT%' AS definition, settings FROM ivm.views WHERE schemaname = 'catalogue_views' ORDER BY viewname;
SELECT operation, key_filter FROM ivm.history WHERE view_name LIKE 'catalogue_views.%' ORDER BY id;
SELECT count(*) FROM ivm.view;
SELECT count(*) FROM ivm.run;
RESET ROLE;
GRANT SELECT ON v TO regress_ivm_reader;
SET ROLE regress_ivm_reader;
SELECT viewname, status, definition LIKE '%SELECT%' AS definition, settings IS NULL FROM ivm.views WHERE schemaname = 'catalogue_views' ORDER BY viewname;
SELECT operation, key_filter FROM ivm.history WHERE view_name LIKE 'catalogue_views.%' ORDER BY id;
RESET ROLE;

-- options
SELECT ivm.alter_view('v', '{"fillfactor": 70}');
SELECT options, (SELECT reloptions FROM pg_class WHERE oid = state_table) FROM ivm.views WHERE view = 'v'::regclass;
SELECT ivm.alter_view('v', '{"fillfactor": null, "mode": "immediate"}');
SELECT options, (SELECT reloptions FROM pg_class WHERE oid = state_table) FROM ivm.views WHERE view = 'v'::regclass;
SELECT ivm.alter_view('v', '{"fillfactor": 5}');
SELECT ivm.alter_view('v', '{"fillfactor": 70.5}');
SELECT ivm.alter_view('v', '{"fillfactor": 1e100}');
SELECT ivm.alter_view('v', '{"fillfactor": "70"}');
SELECT ivm.alter_view('v', '{"mode": "sometimes"}');
SELECT ivm.alter_view('v', '{"mode": 1}');
SELECT ivm.alter_view('v', '{"replace": true}');
SELECT ivm.alter_view('v', '[]');
SELECT ivm.alter_view('v', NULL);
SELECT ivm.alter_view(NULL, '{}');
SELECT ivm.alter_view('t', '{}');
SET ROLE regress_ivm_reader;
SELECT ivm.alter_view('v', '{}');
RESET ROLE;
SELECT count(*) FROM ivm.verify_view('v');
DROP SCHEMA catalogue_views CASCADE;
SELECT count(*) FROM ivm.views WHERE schemaname = 'catalogue_views';
DROP OWNED BY regress_ivm_owner, regress_ivm_reader;
DROP ROLE regress_ivm_owner, regress_ivm_reader;
