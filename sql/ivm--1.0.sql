/* sql/ivm--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ivm" to load this file. \quit

-- Both schemas are created here, not by CREATE EXTENSION for a schema named in
-- the control file: so they are members of the extension, which pg_dump leaves
-- to CREATE EXTENSION, and a dump can be restored where the extension is
-- already.  It also means that a schema of this name that somebody else owns
-- is an error.
CREATE SCHEMA ivm;
COMMENT ON SCHEMA ivm IS 'incremental view maintenance: public functions and views';

-- Users look things up here; what they may change goes through functions.
GRANT USAGE ON SCHEMA ivm TO PUBLIC;

-- State, delta and definition relations of the views.
CREATE SCHEMA ivm_data;
COMMENT ON SCHEMA ivm_data IS 'incremental view maintenance: storage of the views; names end in the view''s id';
GRANT USAGE ON SCHEMA ivm_data TO PUBLIC;

-- catalogue

CREATE SEQUENCE ivm.view_id AS integer;

-- Written by the library alone.  Defaults and checks would be read by each session
-- that comes to write under a view.
CREATE TABLE ivm.view (
	id			integer		PRIMARY KEY,
	view		regclass	NOT NULL,
	definition	regclass	NOT NULL,
	state		regclass	NOT NULL,
	delta		regclass	NOT NULL,
	bases		regclass[]	NOT NULL,
	partitions	regclass[]	NOT NULL,
	mode		text		NOT NULL,
	status		text		NOT NULL,
	reason		text,
	settings	text[]		NOT NULL,
	view_versions text[],
	trigger_versions text[],
	row_types	text[]		NOT NULL,
	options		jsonb		NOT NULL,
	created_at	timestamptz	NOT NULL,
	current_since timestamptz NOT NULL,
	part_of		integer,
	building	boolean		NOT NULL
);
CREATE UNIQUE INDEX view_view ON ivm.view (view);
CREATE UNIQUE INDEX view_state ON ivm.view (state);
CREATE INDEX view_definition ON ivm.view (definition);
CREATE INDEX view_part_of ON ivm.view (part_of);

-- What writers of a table look up: the column bases of ivm.view, by table.
CREATE TABLE ivm.view_base (
	base		regclass	NOT NULL,
	id			integer		NOT NULL,
	PRIMARY KEY (base, id)
);

SELECT pg_catalog.pg_extension_config_dump('ivm.view', '');
SELECT pg_catalog.pg_extension_config_dump('ivm.view_base', '');
SELECT pg_catalog.pg_extension_config_dump('ivm.view_id', '');
-- pg_dump reads sequences for a dump of the schema, too, which any owner may make
GRANT SELECT ON SEQUENCE ivm.view_id TO PUBLIC;
COMMENT ON TABLE ivm.view IS 'catalogue of incrementally maintained views; see ivm.views';
COMMENT ON TABLE ivm.view_base IS 'base tables of each view, by table; the same as ivm.view.bases';
COMMENT ON COLUMN ivm.view.building IS
	'writers of the base tables append deltas, and nobody folds them: ivm.rebuild() is at work, or was when the server stopped';
COMMENT ON COLUMN ivm.view.part_of IS
	'id of the view that looks at this one for a subquery of its definition; NULL: users created it';

-- Change logs: rows that writers have added to and removed from the base tables of
-- deferred views.  A log is a row of segments, each a table of its own; writers
-- append to the current one.  Not dumped: a log means nothing to another database.
CREATE SEQUENCE ivm.change_log_id AS integer;

CREATE TABLE ivm.change_log (
	segment		regclass	PRIMARY KEY,
	base		regclass	NOT NULL,
	columns		smallint[]	NOT NULL,
	current		boolean		NOT NULL,
	closed_xid	xid8
);
CREATE INDEX change_log_base ON ivm.change_log (base);
COMMENT ON TABLE ivm.change_log IS 'segments of the change logs that deferred views are refreshed from; see ivm.views';
COMMENT ON COLUMN ivm.change_log.segment IS
	'the table with the changed rows: xid (transaction that changed it), sign (1: row added, -1: removed, 0: the table was changed otherwise, as by TRUNCATE), and the columns that views read';
COMMENT ON COLUMN ivm.change_log.columns IS 'numbers of these columns in the base table';
COMMENT ON COLUMN ivm.change_log.closed_xid IS
	'transaction id before which all writers of the segment have begun, once none of them can write to it any more';

-- Where the states of views with a window of time begin: the rows before are read from
-- the base tables. A view without a row has them all, and always will.
CREATE TABLE ivm.time_window (
	view_id		integer		PRIMARY KEY,
	start		timestamptz	NOT NULL,
	due_at		timestamptz	NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX time_window_due_at ON ivm.time_window (due_at);
SELECT pg_catalog.pg_extension_config_dump('ivm.time_window', '');
GRANT SELECT ON ivm.time_window TO PUBLIC;
COMMENT ON TABLE ivm.time_window IS 'where the states of views with a window of time begin; these views read it';
COMMENT ON COLUMN ivm.time_window.start IS 'rows of the state whose bucket, or time, is before this have been removed or count for nobody; of a timestamp without time zone and of a date, it is as in UTC';
COMMENT ON COLUMN ivm.time_window.due_at IS 'when there will be enough to remove again for ivm.run_due(), the worker or a refresh to do so';

-- What deferred views have taken in.
CREATE TABLE ivm.watermark (
	view_id		integer		PRIMARY KEY,
	snapshot	pg_snapshot,
	own_xid		xid8,
	cluster		text		NOT NULL,
	as_of		timestamptz	NOT NULL,
	delta_ms_per_cost double precision NOT NULL,
	recompute_ms_per_cost double precision NOT NULL
) WITH (fillfactor = 50);
SELECT pg_catalog.pg_extension_config_dump('ivm.watermark', '');
COMMENT ON TABLE ivm.watermark IS 'what each deferred or append view has taken in; see ivm.views and ivm.data_as_of()';
COMMENT ON COLUMN ivm.watermark.snapshot IS 'transactions whose changes the stored rows include; NULL: not known, the next refresh recomputes the view';
COMMENT ON COLUMN ivm.watermark.delta_ms_per_cost IS 'milliseconds that refreshes by what has changed took, by unit of planned cost; 0: not known';
COMMENT ON COLUMN ivm.watermark.recompute_ms_per_cost IS 'the same for refreshes that recomputed the view';
COMMENT ON COLUMN ivm.watermark.own_xid IS 'transaction that filled the view after it had changed its tables; its changes are included, too';

-- What append views have taken in, beside ivm.watermark.
CREATE TABLE ivm.append_view (
	view_id		integer		PRIMARY KEY,
	base		regclass	NOT NULL,
	watermark	smallint	NOT NULL,
	bucket		smallint,
	run			bigint		NOT NULL,
	cluster		text,
	seen_below	xid8,
	unseen_from	xid8,
	xids		xid8[],
	xids_seen	boolean		NOT NULL,
	open		bigint[]	NOT NULL,
	closed_before text,
	late_rows	bigint		NOT NULL,
	fill_rows	bigint,
	newest_first boolean	NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE ivm.append_leaf (
	view_id		integer		NOT NULL,
	leaf		oid			NOT NULL,
	storage		oid			NOT NULL,
	attached	boolean		NOT NULL,
	runs		bigint[]	NOT NULL,
	floors		text[]		NOT NULL,
	filled		boolean		NOT NULL,
	filled_to	text,
	PRIMARY KEY (view_id, leaf)
) WITH (fillfactor = 50);
SELECT pg_catalog.pg_extension_config_dump('ivm.append_view', '');
COMMENT ON TABLE ivm.append_view IS 'what each append view has taken in of its table; see ivm.views';
COMMENT ON COLUMN ivm.append_view.watermark IS 'number of the column that orders new rows';
COMMENT ON COLUMN ivm.append_view.bucket IS 'which of the view''s keys divides it into buckets, from 1';
COMMENT ON COLUMN ivm.append_view.run IS 'number of the last refresh that has raised the low bounds';
COMMENT ON COLUMN ivm.append_view.cluster IS 'system identifier of the cluster that the following columns are about; NULL: not filled yet';
COMMENT ON COLUMN ivm.append_view.unseen_from IS 'rows of this transaction id and later ones have not been taken in; those before seen_below have';
COMMENT ON COLUMN ivm.append_view.xids IS
	'transaction ids between the two, subtransactions'' too, whose rows have been taken in (xids_seen), or have not while the others have';
COMMENT ON COLUMN ivm.append_view.open IS
	'transactions that were open then, three numbers each: backend, local transaction id, and the run that they began after';
COMMENT ON COLUMN ivm.append_view.closed_before IS 'buckets before this value are closed: new rows of them are not taken in';
COMMENT ON COLUMN ivm.append_view.late_rows IS 'rows that were found in closed buckets';
COMMENT ON COLUMN ivm.append_view.fill_rows IS 'rows read so far by a first fill in batches; NULL: none is going on';
COMMENT ON COLUMN ivm.append_view.newest_first IS 'the fill begins with the highest values of the watermark column';
COMMENT ON TABLE ivm.append_leaf IS 'partitions, or the table, that an append view has taken rows from';
COMMENT ON COLUMN ivm.append_leaf.storage IS 'its file (pg_class.relfilenode) then: another one means that its rows have new transaction ids';
COMMENT ON COLUMN ivm.append_leaf.attached IS 'false: it was a partition earlier';
COMMENT ON COLUMN ivm.append_leaf.filled IS 'false: a first fill in batches has got as far as filled_to (NULL: not begun)';
COMMENT ON COLUMN ivm.append_leaf.floors IS 'highest values of the watermark column, as of these runs';

-- What CALL ivm.rebuild(..., keep => true) keeps of a view, to go back to it by ivm.rollback(): a row for the view and
-- for each of its parts, with a table of the rows that were stored.  Not dumped, as these tables are not.
CREATE TABLE ivm.generation (
	view_id		integer		PRIMARY KEY,
	rows		oid			NOT NULL,
	as_of		timestamptz	NOT NULL,
	window_start timestamptz,
	kept_at		timestamptz	NOT NULL
);
CREATE TABLE ivm.generation_append_view (LIKE ivm.append_view, PRIMARY KEY (view_id));
CREATE TABLE ivm.generation_append_leaf (LIKE ivm.append_leaf, PRIMARY KEY (view_id, leaf));
COMMENT ON TABLE ivm.generation IS 'what is kept of views that were rebuilt, for ivm.rollback(); see ivm.views';
COMMENT ON COLUMN ivm.generation.rows IS 'the table with the rows that the state table had; an oid, since its name means nothing to a subscriber';
COMMENT ON COLUMN ivm.generation.as_of IS 'what they are as of: ivm.watermark.as_of then';
COMMENT ON COLUMN ivm.generation.window_start IS 'ivm.time_window.start then, of a view with a window of time';
COMMENT ON COLUMN ivm.generation.kept_at IS 'start of the transaction that has replaced them';
COMMENT ON TABLE ivm.generation_append_view IS 'the row of ivm.append_view that goes with what is kept';
COMMENT ON TABLE ivm.generation_append_leaf IS 'the rows of ivm.append_leaf that go with what is kept';

-- When views with a schedule are due.  Not dumped: in a restored database all would be
-- overdue at once, and failures say nothing about it.  The options refresh and reconcile,
-- which are dumped, make the rows anew.
CREATE TABLE ivm.schedule (
	view_id		integer		NOT NULL,
	operation	text		NOT NULL,
	due_at		timestamptz,
	failures	integer		NOT NULL,
	last_error	text,
	last_attempt_at timestamptz,
	last_success_at timestamptz,
	corrections	bigint,
	PRIMARY KEY (view_id, operation)
) WITH (fillfactor = 50);
CREATE INDEX schedule_due_at ON ivm.schedule (due_at);
COMMENT ON TABLE ivm.schedule IS 'when views with a schedule are refreshed, and reconciled, next; see ivm.views';
COMMENT ON COLUMN ivm.schedule.operation IS 'refresh or reconcile, by the option of that name';
COMMENT ON COLUMN ivm.schedule.due_at IS 'when the next run starts; NULL: once its tables have changed';
COMMENT ON COLUMN ivm.schedule.failures IS 'runs that failed since the last that did not';
COMMENT ON COLUMN ivm.schedule.last_error IS 'what the last of these said';
COMMENT ON COLUMN ivm.schedule.last_attempt_at IS 'start of the last run that was due';
COMMENT ON COLUMN ivm.schedule.last_success_at IS 'start of the last one that did not fail';
COMMENT ON COLUMN ivm.schedule.corrections IS 'groups, or distinct rows, that the last one to reconcile has corrected';

-- ---------------------------------------------------------------------------
-- reading and capture
-- ---------------------------------------------------------------------------

CREATE FUNCTION ivm._merged_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_merged_support';
COMMENT ON FUNCTION ivm._merged_support(internal) IS
	'planner support: puts a DeltaApply node over scans of state tables';

CREATE FUNCTION ivm._merged(oid) RETURNS boolean
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 0.0001 SUPPORT ivm._merged_support
	AS 'MODULE_PATHNAME', 'ivm_merged';
COMMENT ON FUNCTION ivm._merged(oid) IS
	'marks a scan of a state table in which changes must be merged; raises an error if executed';

CREATE FUNCTION ivm._clock(view_id integer) RETURNS timestamptz
	LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
	AS 'MODULE_PATHNAME', 'ivm_merge_clock';
COMMENT ON FUNCTION ivm._clock(integer) IS
	'the moment as of which a view with a window of time shows its rows: now(), or that of the last refresh';

CREATE FUNCTION ivm._merged_bag(oid) RETURNS boolean
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 0.0001 SUPPORT ivm._merged_support
	AS 'MODULE_PATHNAME', 'ivm_merged';
COMMENT ON FUNCTION ivm._merged_bag(oid) IS
	'like ivm._merged(), and each row appears as often as its row_count says';

CREATE FUNCTION ivm._capture() RETURNS trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_capture';
COMMENT ON FUNCTION ivm._capture() IS
	'row trigger on base tables: adds the change to the transaction''s pending change';

CREATE FUNCTION ivm._capture_truncate() RETURNS trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_capture_truncate';
COMMENT ON FUNCTION ivm._capture_truncate() IS
	'statement trigger on base tables and partitions: captures TRUNCATE';

CREATE FUNCTION ivm._altering(oid) RETURNS boolean
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'ivm_altering';
COMMENT ON FUNCTION ivm._altering(oid) IS
	'raises the error of a view that ivm.before_alter() has taken apart: its query until ivm.after_alter()';

CREATE FUNCTION ivm._guard_storage() RETURNS trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_guard_storage';
COMMENT ON FUNCTION ivm._guard_storage() IS
	'row trigger on storage and the extension''s own tables: drops rows that logical replication brings, as the subscriber has its own; marks views stale whose storage is written by SQL';

-- Rows of tables in states.  Who reads a view unpacks them, so everybody may; and so nobody can
-- make one but by packing a row: there is no cast to the type, and what is read in cannot be unpacked.
CREATE TYPE ivm.packed_row;
CREATE FUNCTION ivm._packed_row_in(cstring) RETURNS ivm.packed_row
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ivm_packed_row_in';
COMMENT ON FUNCTION ivm._packed_row_in(cstring) IS
	'input of ivm.packed_row: a value that cannot be unpacked';
CREATE FUNCTION ivm._packed_row_out(ivm.packed_row) RETURNS cstring
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
COMMENT ON FUNCTION ivm._packed_row_out(ivm.packed_row) IS
	'output of ivm.packed_row: its bytes, as bytea shows them';
CREATE FUNCTION ivm._packed_row_recv(internal) RETURNS ivm.packed_row
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ivm_packed_row_recv';
COMMENT ON FUNCTION ivm._packed_row_recv(internal) IS
	'binary input of ivm.packed_row: a value that cannot be unpacked';
CREATE FUNCTION ivm._packed_row_send(ivm.packed_row) RETURNS bytea
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
COMMENT ON FUNCTION ivm._packed_row_send(ivm.packed_row) IS
	'binary output of ivm.packed_row: its bytes';
CREATE TYPE ivm.packed_row (
	INPUT = ivm._packed_row_in, OUTPUT = ivm._packed_row_out,
	RECEIVE = ivm._packed_row_recv, SEND = ivm._packed_row_send, LIKE = bytea);
COMMENT ON TYPE ivm.packed_row IS
	'a row of a table or view in the state of a view, of a type that does not depend on that of the row; made by ivm._pack_row() alone';
-- it is compared, hashed and sorted as bytea
CREATE CAST (ivm.packed_row AS bytea) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (ivm.packed_row AS bytea) IS 'packed rows are compared as their bytes are';

CREATE FUNCTION ivm._pack_row(record) RETURNS ivm.packed_row
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_pack_row';
COMMENT ON FUNCTION ivm._pack_row(record) IS
	'a row of a table as a value that does not depend on the table''s type, as states hold it';

CREATE FUNCTION ivm._row_image(record) RETURNS bytea
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_row_image';
COMMENT ON FUNCTION ivm._row_image(record) IS
	'bytes that are the same for rows that look the same, by which logged rows are found in their table';

CREATE FUNCTION ivm._unpack_row(ivm.packed_row, anyelement) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_unpack_row';
COMMENT ON FUNCTION ivm._unpack_row(ivm.packed_row, anyelement) IS
	'the row again, of the second argument''s type';

CREATE FUNCTION ivm._date_trunc(text, timestamptz) RETURNS timestamptz
	LANGUAGE C STABLE STRICT PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_date_trunc';
COMMENT ON FUNCTION ivm._date_trunc(text, timestamptz) IS
	'date_trunc(), by arithmetic where the offset of the time zone does not change';

-- ---------------------------------------------------------------------------
-- public functions
-- ---------------------------------------------------------------------------

CREATE FUNCTION ivm.create_view(name text, query text, mode text DEFAULT 'immediate',
								with_data boolean DEFAULT true, options jsonb DEFAULT '{}')
	RETURNS regclass
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_create_view';
COMMENT ON FUNCTION ivm.create_view(text, text, text, boolean, jsonb) IS
	'creates a view that is kept current and returns it. name: as in CREATE VIEW, also with a list of columns, ''v(a, b)''; query: one SELECT; mode: immediate (current with each commit), deferred (current with each refresh) or append (the same, for a table that is only inserted into: it gets no trigger); with_data: false leaves it to ivm.refresh(); options: if_not_exists, replace (Booleans; what is replaced keeps owner, rights, comments, indexes, options that are not given, and all that depends on it; its columns must be compatible), fillfactor (percent), on_error ("fail", the default, or "break": an error in the definition of a view over one table marks it broken instead of failing the writer), build ("now", or "online": the worker fills an immediate view while its tables are written), reconcile (an interval or a cron line: when the worker or ivm.run_due() compares it with its definition; null: never), reconcile_last (interval, or number: only groups whose bucket is not older), bucket (column of the view that tells that), and of deferred views refresh ("on demand", the default, "on change", an interval as a target for the age, or a cron line: when the worker or ivm.run_due() refreshes it), max_staleness (interval: how old rows a read tolerates before it merges what is logged; null: any) and log_limit (size of the change log past which the view turns stale; 1GB). '
	'Needs SELECT and TRIGGER on the base table, and CREATE on the schema; holds back writers of the base table to the end of the transaction. An append view needs SELECT alone, and holds back nobody; its options are refresh, max_staleness, watermark (column that orders new rows, required), overlap (how far behind the highest value a new row''s may be), bucket (column of the view that divides it), late (buckets that ended longer ago are closed), batch_rows (rows by transaction of a first fill), newest_first (true: such a fill shows the highest values first)';

CREATE FUNCTION ivm.convert(matview regclass, mode text DEFAULT 'immediate', options jsonb DEFAULT '{}')
	RETURNS regclass
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_convert';
COMMENT ON FUNCTION ivm.convert(regclass, text, jsonb) IS
	'makes a view of a materialized view, and returns it: it keeps its OID, and with that its name, columns, owner, rights, comments, and all that depends on it; its definition; and its indexes, under their names, on what the view stores. mode, options: as of ivm.create_view(). '
	'Needs ownership, and its owner SELECT and TRIGGER on the base tables; holds back writers of these to the end of the transaction, and readers of it once its rows are computed. An error, and no change, where an index cannot be kept: a unique one has to contain all columns that the definition groups by';

CREATE FUNCTION ivm.drop_view(name text, if_exists boolean DEFAULT false, cascade boolean DEFAULT false,
							  keep text DEFAULT NULL)
	RETURNS void
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_drop_view';
COMMENT ON FUNCTION ivm.drop_view(text, boolean, boolean, text) IS
	'drops a view with its storage and triggers, as DROP VIEW does; if_exists: a missing one is no error; cascade: with what depends on it; keep: "table" or "materialized view" leaves one with the rows that the view shows now, and with its name, owner, rights, comments, indexes and all that depends on it. Needs ownership; waits for readers of the view and writers of the base table';

CREATE FUNCTION ivm.alter_view(view regclass, options jsonb) RETURNS void
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_alter_view';
COMMENT ON FUNCTION ivm.alter_view(regclass, jsonb) IS
	'changes options of a view: fillfactor (percent, of the state table''s pages written later; null: 90), on_error, mode (immediate, deferred), reconcile (an interval, a cron line), reconcile_last (interval or number), bucket, of append views overlap, late, batch_rows, newest_first, and of views that are refreshed refresh ("on demand", "on change", an interval, a cron line), max_staleness (interval), log_limit (size). Needs ownership; readers and writers go on, but a new mode keeps writers of the base tables out to the end of the transaction';

CREATE FUNCTION ivm.before_alter(base_table regclass, VARIADIC columns text[] DEFAULT '{}') RETURNS regclass[]
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_before_alter';
COMMENT ON FUNCTION ivm.before_alter(regclass, text[]) IS
	'takes apart the views that use a table, so that ALTER TABLE can give columns of it other types; returns these views, and those that read them. columns: only views that use one of these. ivm.after_alter() must put them together in the same transaction, which cannot commit before; until then reads of them raise an error. May be called for several tables. '
	'Needs ownership of the table and of the views, and a transaction that has not changed their tables; locks the table as ALTER TABLE does, the other base tables against writers, and the views against readers, to the end of the transaction';

CREATE FUNCTION ivm.after_alter(with_data boolean DEFAULT true) RETURNS regclass[]
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_after_alter';
COMMENT ON FUNCTION ivm.after_alter(boolean) IS
	'puts all views together that ivm.before_alter() has taken apart in this transaction, and returns them, each behind those that it reads: with their definitions read anew, and with their rows computed, under their OIDs, with owner, rights, comments, indexes, options and all that depends on them. with_data: false leaves the rows to ivm.rebuild() or ivm.refresh(), and reads run the definition until then. '
	'Where a column of a view gets another type, nothing may depend on that column: an error that names what does. An append view keeps its rows, and its next refresh computes what is not closed. Needs ownership of the views';

CREATE FUNCTION ivm.create_index(view regclass, columns text, name text DEFAULT NULL,
								 "unique" boolean DEFAULT false)
	RETURNS regclass
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_create_index';
COMMENT ON FUNCTION ivm.create_index(regclass, text, text, boolean) IS
	'creates an index for columns of a view, on its state table, and returns it. columns: what stands in parentheses in CREATE INDEX, such as ''revenue DESC, day''; name: of the index, null: chosen; unique: only for columns that contain the whole key. '
	'Conditions on the view use it; ORDER BY does where the columns are stored ones (keys, sums, counts, minima). Not for window functions. Needs ownership; waits for writers of the state table, new ones append deltas meanwhile';

CREATE FUNCTION ivm.fold(view regclass) RETURNS bigint
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_fold_view';
COMMENT ON FUNCTION ivm.fold(regclass) IS
	'moves deltas of a view into its state, as far as nobody is writing them; returns the number of keys. Removes from the state what has left a window of time. Needs ownership, and a transaction that has not changed the base tables; locks these as a writer does, to its end; waits for nobody';

-- what views are like and what happens to them

CREATE FUNCTION ivm._view_status(id integer, OUT status text, OUT reason text, OUT stored boolean)
	LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'ivm_view_status';
COMMENT ON FUNCTION ivm._view_status(integer) IS
	'status of a view and the reason for one other than ready, checked now; stored: reads rest on its stored rows';

-- Those of PostgreSQL take ivm.views several times as long; see base/relation.h.
CREATE FUNCTION ivm._view_definition(view regclass) RETURNS text
	LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'ivm_view_definition';
COMMENT ON FUNCTION ivm._view_definition(regclass) IS
	'the same as pg_get_viewdef()';

CREATE FUNCTION ivm._total_size(relation regclass) RETURNS bigint
	LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'ivm_total_size';
COMMENT ON FUNCTION ivm._total_size(regclass) IS
	'the same as pg_total_relation_size(), of a table that is not temporary; takes no lock';

CREATE FUNCTION ivm._tables_read(id integer) RETURNS regclass[]
	LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'ivm_tables_read';
COMMENT ON FUNCTION ivm._tables_read(integer) IS
	'the tables that an append view reads, whose changes are not captured';

CREATE FUNCTION ivm._log_pending(view_id integer, base_tables regclass[], OUT rows bigint, OUT bytes bigint)
	LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'ivm_log_pending';
COMMENT ON FUNCTION ivm._log_pending(integer, regclass[]) IS
	'how much the change logs of these tables have that a deferred view has not taken in, an estimate; NULL: it will be computed afresh';

CREATE VIEW ivm.views AS
	SELECT v.id, n.nspname AS schemaname, c.relname AS viewname,
		   pg_catalog.pg_get_userbyid(c.relowner) AS viewowner,
		   v.view, v.mode,
		   CASE WHEN a.late THEN 'late'
				WHEN v.building AND s.status OPERATOR(pg_catalog.<>) 'ready' THEN 'building'
				ELSE s.status END AS status,
		   CASE WHEN a.late THEN pg_catalog.format('its rows are older than %s', t.target) 
				WHEN s.status OPERATOR(pg_catalog.=) 'ready' AND ap.fill_rows IS NOT NULL
				THEN pg_catalog.format('being filled, the newest rows first: %s rows are taken in', ap.fill_rows)
				WHEN s.status OPERATOR(pg_catalog.<>) 'broken' OR p.readable THEN s.reason END AS reason,
		   CASE WHEN p.readable THEN ivm._view_definition(v.definition) END AS definition,
		   b.base_tables, b.partitions,
		   CASE WHEN p.readable THEN v.settings END AS settings,
		   v.options, v.state AS state_table, v.delta AS delta_table,
		   b.state_bytes, b.delta_bytes, b.pending_deltas, ap.late_rows, ap.closed_before,
		   d.data_as_of, a.lag, t.target,
		   x.due_at AS next_run, x.failures,
		   CASE WHEN p.readable THEN x.last_error END AS last_error,
		   y.due_at AS next_reconcile, y.corrections AS last_corrections, y.failures AS reconcile_failures,
		   CASE WHEN p.readable THEN y.last_error END AS reconcile_error,
		   l.rows AS pending_rows, l.bytes AS pending_bytes,
		   CASE WHEN l.rows OPERATOR(pg_catalog.>) 0 THEN d.data_as_of END AS oldest_pending,
		   g.kept_as_of, g.kept_bytes,
		   v.created_at, v.current_since AS status_since
	FROM ivm.view v
		 JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) v.view
		 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
		 LEFT JOIN ivm.watermark w ON w.view_id OPERATOR(pg_catalog.=) v.id
		 LEFT JOIN ivm.schedule x ON x.view_id OPERATOR(pg_catalog.=) v.id
				AND x.operation OPERATOR(pg_catalog.=) 'refresh'
		 LEFT JOIN ivm.schedule y ON y.view_id OPERATOR(pg_catalog.=) v.id
				AND y.operation OPERATOR(pg_catalog.=) 'reconcile'
		 CROSS JOIN LATERAL (
			SELECT pg_catalog.has_table_privilege(v.view, 'SELECT')
				   OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')) p(readable)
		 CROSS JOIN LATERAL (
			SELECT ARRAY(SELECT DISTINCT u.base
						 FROM (SELECT v.bases WHERE v.mode OPERATOR(pg_catalog.<>) 'append'
							   UNION ALL
							   SELECT ivm._tables_read(v.id) WHERE v.mode OPERATOR(pg_catalog.=) 'append'
							   UNION ALL
							   SELECT p.bases FROM ivm.view p WHERE p.part_of OPERATOR(pg_catalog.=) v.id) w,
							  pg_catalog.unnest(w.bases) u(base)
						 ORDER BY u.base),
				   pg_catalog.max(pg_catalog.cardinality(w.partitions)),
				   pg_catalog.sum(ivm._total_size(w.state))::bigint,
				   pg_catalog.sum(ivm._total_size(w.delta))::bigint,
				   pg_catalog.sum(pg_catalog.pg_stat_get_live_tuples(w.delta))::bigint
			FROM (SELECT v.partitions, v.state, v.delta
				  UNION ALL
				  SELECT p.partitions, p.state, p.delta FROM ivm.view p
				  WHERE p.part_of OPERATOR(pg_catalog.=) v.id) w) b(base_tables, partitions, state_bytes, delta_bytes, pending_deltas)
		 CROSS JOIN LATERAL ivm._view_status(v.id) s
		 -- an option refresh that is neither a phrase nor a cron line is an interval
		 CROSS JOIN LATERAL (
			SELECT CASE WHEN v.mode OPERATOR(pg_catalog.<>) 'immediate'
						AND r.refresh OPERATOR(pg_catalog.~) '[0-9]'
						AND r.refresh OPERATOR(pg_catalog.!~) '[*]|^\s*@[[:alpha:]]|^\s*[0-9,/-]+\s+[0-9,/-]+(\s|$)'
				   THEN r.refresh::interval END
			FROM (VALUES (v.options OPERATOR(pg_catalog.->>) 'refresh')) r(refresh)) t(target)
		 -- rows of a view that is not ready are not read
		 CROSS JOIN LATERAL (
			SELECT CASE WHEN v.mode OPERATOR(pg_catalog.<>) 'immediate' AND s.stored
				   THEN w.as_of ELSE pg_catalog.statement_timestamp() END) d(data_as_of)
		 CROSS JOIN LATERAL (
			SELECT i.lag, s.status OPERATOR(pg_catalog.=) 'ready'
				   AND COALESCE(i.lag OPERATOR(pg_catalog.>) t.target, false)
			FROM (VALUES (GREATEST(pg_catalog.statement_timestamp() OPERATOR(pg_catalog.-) d.data_as_of,
								   '0'::interval))) i(lag)) a(lag, late)
		 CROSS JOIN LATERAL ivm._log_pending(
			CASE WHEN v.mode OPERATOR(pg_catalog.=) 'deferred' AND s.status OPERATOR(pg_catalog.=) 'ready'
			THEN v.id END, b.base_tables) l
		 LEFT JOIN ivm.append_view ap ON ap.view_id OPERATOR(pg_catalog.=) v.id
		 LEFT JOIN LATERAL (
			SELECT h.as_of, (SELECT pg_catalog.sum(ivm._total_size(k.rows::regclass))::bigint
							 FROM ivm.generation k
							 WHERE k.view_id OPERATOR(pg_catalog.=) v.id
								OR k.view_id OPERATOR(pg_catalog.=) ANY (ARRAY(
									SELECT p.id FROM ivm.view p WHERE p.part_of OPERATOR(pg_catalog.=) v.id)))
			FROM ivm.generation h
			WHERE h.view_id OPERATOR(pg_catalog.=) v.id) g(kept_as_of, kept_bytes) ON true
	WHERE v.part_of IS NULL;
COMMENT ON VIEW ivm.views IS
	'the incrementally maintained views; definition, settings and messages of errors are shown to roles that may read the view, and to pg_monitor';
COMMENT ON COLUMN ivm.views.id IS 'number of the view; the names of its storage end in it';
COMMENT ON COLUMN ivm.views.schemaname IS 'schema of the view';
COMMENT ON COLUMN ivm.views.viewname IS 'name of the view';
COMMENT ON COLUMN ivm.views.viewowner IS 'its owner, with whose rights the definition is evaluated';
COMMENT ON COLUMN ivm.views.view IS 'the view itself';
COMMENT ON COLUMN ivm.views.mode IS 'immediate, deferred or append';
COMMENT ON COLUMN ivm.views.base_tables IS 'tables that the definition reads, also through views';
COMMENT ON COLUMN ivm.views.partitions IS 'number of partitions of these, on all levels';
COMMENT ON COLUMN ivm.views.options IS 'options that were given, of ivm.create_view() and ivm.alter_view()';
COMMENT ON COLUMN ivm.views.state_table IS 'table with the rows of the view as far as they are folded';
COMMENT ON COLUMN ivm.views.delta_table IS 'table with the changes that are not folded yet';
COMMENT ON COLUMN ivm.views.state_bytes IS 'size of the state table with its indexes, and those of parts of the view';
COMMENT ON COLUMN ivm.views.delta_bytes IS 'size of the delta table with its indexes, and those of parts of the view';
COMMENT ON COLUMN ivm.views.created_at IS 'when the view was created, or replaced';
COMMENT ON COLUMN ivm.views.status IS
	'ready: reads merge state and deltas; late: the same, but older than the target; unpopulated, building, paused, stale, broken: reads run the definition, but a paused append view, and one that was rolled back, shows its stored rows; altering: taken apart by ivm.before_alter(), as that transaction sees it';
COMMENT ON COLUMN ivm.views.data_as_of IS 'reads show what was committed before, if they tolerate that (option max_staleness)';
COMMENT ON COLUMN ivm.views.lag IS 'how long ago that was; zero where reads show what is committed';
COMMENT ON COLUMN ivm.views.target IS 'what the lag is to be at most: the option refresh, if it is an interval';
COMMENT ON COLUMN ivm.views.next_run IS 'when the next refresh is due, by the option refresh; NULL: not at a certain time';
COMMENT ON COLUMN ivm.views.failures IS 'refreshes that were due and failed since the last that did not; NULL: it has no schedule';
COMMENT ON COLUMN ivm.views.last_error IS 'message of the last of these';
COMMENT ON COLUMN ivm.views.next_reconcile IS 'when it is compared with its definition next, by the option reconcile; NULL: only by ivm.reconcile()';
COMMENT ON COLUMN ivm.views.last_corrections IS 'groups, or distinct rows, that the last of these comparisons has corrected; NULL: there was none';
COMMENT ON COLUMN ivm.views.reconcile_failures IS 'comparisons that were due and failed since the last that did not; NULL: the option is not set';
COMMENT ON COLUMN ivm.views.reconcile_error IS 'message of the last of these';
COMMENT ON COLUMN ivm.views.pending_rows IS
	'changed rows of base tables that a deferred view has not taken in, an estimate; NULL: it is not deferred, not ready, or will be recomputed';
COMMENT ON COLUMN ivm.views.pending_bytes IS 'what these rows take in the change logs, which views of a table share';
COMMENT ON COLUMN ivm.views.oldest_pending IS 'a time after which these rows were committed; NULL: there are none';
COMMENT ON COLUMN ivm.views.kept_as_of IS 'what ivm.rollback() would let the view show: its rows as of then; NULL: nothing is kept';
COMMENT ON COLUMN ivm.views.kept_bytes IS 'size of what is kept for that';
COMMENT ON COLUMN ivm.views.reason IS 'why the status is not ready, or what is not taken in yet';
COMMENT ON COLUMN ivm.views.definition IS 'the query that the view was created with; NULL if you may not read the view';
COMMENT ON COLUMN ivm.views.settings IS 'the settings under which the definition is evaluated';
COMMENT ON COLUMN ivm.views.pending_deltas IS 'rows of the delta table that are not folded yet, as the statistics estimate';
COMMENT ON COLUMN ivm.views.late_rows IS 'of an append view: rows that refreshes found in closed buckets, and left out';
COMMENT ON COLUMN ivm.views.closed_before IS 'of an append view: buckets before this value are closed';
COMMENT ON COLUMN ivm.views.status_since IS 'when the status was set last';
GRANT SELECT ON ivm.views TO PUBLIC;

CREATE TABLE ivm.recomputation (
	view_id		integer		PRIMARY KEY,
	count		bigint		NOT NULL,
	last		timestamptz	NOT NULL
);
COMMENT ON TABLE ivm.recomputation IS 'transactions that computed a view afresh; see ivm.stat_views';
GRANT SELECT ON ivm.recomputation TO PUBLIC;

-- Not dumped: the counters are those of this server, as all statistics are.
CREATE TABLE ivm.run_count (
	view_id		integer		NOT NULL,
	kind		"char"		NOT NULL,
	runs		bigint		NOT NULL,
	rows_read	bigint		NOT NULL,
	rows_written bigint		NOT NULL,
	total_ms	double precision NOT NULL,
	last		timestamptz	NOT NULL,
	PRIMARY KEY (view_id, kind)
) WITH (fillfactor = 50);
COMMENT ON TABLE ivm.run_count IS 'sums over the runs of each view, those that ivm.history has no more included; see ivm.stat_views';
COMMENT ON COLUMN ivm.run_count.kind IS 'r: refreshes, f: refreshes that failed, c: runs of reconcile and resume';

CREATE VIEW ivm.stat_views AS
	SELECT v.id, n.nspname AS schemaname, c.relname AS viewname, v.view, s.*
	FROM ivm.view v
		 JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) v.view
		 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
		 CROSS JOIN LATERAL (
			SELECT pg_catalog.sum(pg_catalog.pg_stat_get_live_tuples(w.state))::bigint AS state_rows,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(w.state))::bigint AS state_rows_inserted,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(w.state))::bigint AS state_rows_updated,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_hot_updated(w.state))::bigint AS state_rows_hot_updated,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(w.state))::bigint AS state_rows_deleted,
				   pg_catalog.sum(pg_catalog.pg_stat_get_dead_tuples(w.state))::bigint AS state_rows_dead,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(w.delta))::bigint AS deltas_appended,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(w.delta))::bigint AS deltas_updated,
				   pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(w.delta))::bigint AS deltas_folded,
				   pg_catalog.sum(pg_catalog.pg_stat_get_live_tuples(w.delta))::bigint AS deltas_pending,
				   pg_catalog.sum(pg_catalog.pg_stat_get_dead_tuples(w.delta))::bigint AS deltas_dead,
				   pg_catalog.sum(pg_catalog.pg_stat_get_numscans(w.state))::bigint AS state_seq_scans,
				   pg_catalog.sum((SELECT pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid))
								   FROM pg_catalog.pg_index i
								   WHERE i.indrelid OPERATOR(pg_catalog.=) w.state))::bigint AS state_index_scans,
				   pg_catalog.max(GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(w.state),
										   pg_catalog.pg_stat_get_last_autovacuum_time(w.state))) AS state_last_vacuum,
				   pg_catalog.max(GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(w.delta),
										   pg_catalog.pg_stat_get_last_autovacuum_time(w.delta))) AS delta_last_vacuum,
				   COALESCE(pg_catalog.sum(r.count), 0)::bigint AS recomputations,
				   pg_catalog.max(r.last) AS last_recomputation,
				   COALESCE(pg_catalog.sum(k.refreshes) FILTER (WHERE w.id OPERATOR(pg_catalog.=) v.id), 0)::bigint AS refreshes,
				   COALESCE(pg_catalog.sum(k.failures) FILTER (WHERE w.id OPERATOR(pg_catalog.=) v.id), 0)::bigint AS refresh_failures,
				   COALESCE(pg_catalog.sum(k.rows_read), 0)::bigint AS refresh_rows_read,
				   COALESCE(pg_catalog.sum(k.rows_written), 0)::bigint AS refresh_rows_written,
				   COALESCE(pg_catalog.sum(k.ms), 0) AS refresh_ms,
				   pg_catalog.max(k.last_refresh) AS last_refresh,
				   pg_catalog.max(k.last_failure) AS last_refresh_failure,
				   COALESCE(pg_catalog.sum(k.repairs) FILTER (WHERE w.id OPERATOR(pg_catalog.=) v.id), 0)::bigint AS repairs,
				   COALESCE(pg_catalog.sum(k.corrections), 0)::bigint AS corrections
			FROM (SELECT v.id, v.state, v.delta
				  UNION ALL
				  SELECT p.id, p.state, p.delta FROM ivm.view p
				  WHERE p.part_of OPERATOR(pg_catalog.=) v.id) w
				 LEFT JOIN ivm.recomputation r ON r.view_id OPERATOR(pg_catalog.=) w.id
				 CROSS JOIN LATERAL (
					SELECT pg_catalog.max(c.runs) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'r'),
						   pg_catalog.max(c.runs) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'f'),
						   pg_catalog.max(c.runs) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'c'),
						   pg_catalog.max(c.rows_read) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'r'),
						   pg_catalog.max(c.rows_written) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'r'),
						   pg_catalog.max(c.rows_written) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'c'),
						   pg_catalog.max(c.total_ms) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'r'),
						   pg_catalog.max(c.last) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'r'),
						   pg_catalog.max(c.last) FILTER (WHERE c.kind OPERATOR(pg_catalog.=) 'f')
					FROM ivm.run_count c
					WHERE c.view_id OPERATOR(pg_catalog.=) w.id) k(refreshes, failures, repairs, rows_read,
						rows_written, corrections, ms, last_refresh, last_failure)) s
	WHERE v.part_of IS NULL;
COMMENT ON VIEW ivm.stat_views IS
	'what the server has counted for the storage of each view, its parts included, since statistics were reset; and its runs, since it was created or restored';
COMMENT ON COLUMN ivm.stat_views.id IS 'number of the view, as in ivm.views';
COMMENT ON COLUMN ivm.stat_views.schemaname IS 'schema of the view';
COMMENT ON COLUMN ivm.stat_views.viewname IS 'name of the view';
COMMENT ON COLUMN ivm.stat_views.view IS 'the view itself';
COMMENT ON COLUMN ivm.stat_views.state_rows IS 'rows of the state table, an estimate';
COMMENT ON COLUMN ivm.stat_views.state_rows_inserted IS 'rows put into the state table';
COMMENT ON COLUMN ivm.stat_views.state_rows_hot_updated IS 'those of state_rows_updated that changed no index entry';
COMMENT ON COLUMN ivm.stat_views.state_rows_deleted IS 'rows removed from the state table';
COMMENT ON COLUMN ivm.stat_views.state_rows_dead IS 'row versions of the state table that wait for vacuum, an estimate';
COMMENT ON COLUMN ivm.stat_views.deltas_dead IS 'row versions of the delta table that wait for vacuum, an estimate';
COMMENT ON COLUMN ivm.stat_views.state_seq_scans IS 'sequential scans of the state table';
COMMENT ON COLUMN ivm.stat_views.state_index_scans IS 'scans of its indexes';
COMMENT ON COLUMN ivm.stat_views.state_last_vacuum IS 'when the state table was vacuumed last, by hand or by autovacuum';
COMMENT ON COLUMN ivm.stat_views.delta_last_vacuum IS 'when the delta table was';
COMMENT ON COLUMN ivm.stat_views.last_recomputation IS 'when the last of these transactions was';
COMMENT ON COLUMN ivm.stat_views.last_refresh IS 'start of the last refresh that did not fail';
COMMENT ON COLUMN ivm.stat_views.last_refresh_failure IS 'start of the last one that failed';
COMMENT ON COLUMN ivm.stat_views.state_rows_updated IS 'changes applied in place, by writers and folds';
COMMENT ON COLUMN ivm.stat_views.deltas_appended IS 'changes put into the delta table as new rows: the state row was being written by others, a key became dirty, or the transaction could only append';
COMMENT ON COLUMN ivm.stat_views.deltas_updated IS 'changes added to a row of the delta table';
COMMENT ON COLUMN ivm.stat_views.deltas_folded IS 'rows of the delta table moved into the state';
COMMENT ON COLUMN ivm.stat_views.recomputations IS 'transactions that computed the view afresh, because what they changed can touch all of it or that was cheaper';
COMMENT ON COLUMN ivm.stat_views.deltas_pending IS 'rows of the delta table not folded yet, an estimate';
COMMENT ON COLUMN ivm.stat_views.refreshes IS 'refreshes that did not fail, those that found nothing to do included; skipped ones are not counted';
COMMENT ON COLUMN ivm.stat_views.refresh_failures IS 'refreshes that failed, where ivm.refresh_all() or the worker went on';
COMMENT ON COLUMN ivm.stat_views.refresh_rows_read IS 'changed rows of base tables that refreshes read from the change logs';
COMMENT ON COLUMN ivm.stat_views.refresh_rows_written IS 'groups, or distinct rows, that refreshes have changed';
COMMENT ON COLUMN ivm.stat_views.refresh_ms IS 'milliseconds that refreshes have taken, waiting for their locks not included';
COMMENT ON COLUMN ivm.stat_views.repairs IS 'runs of ivm.reconcile() and of the option reconcile on a view that was ready';
COMMENT ON COLUMN ivm.stat_views.corrections IS 'groups, or distinct rows, that these have changed';
GRANT SELECT ON ivm.stat_views TO PUBLIC;

CREATE SEQUENCE ivm.run_id;

CREATE TABLE ivm.run (
	id			bigint		PRIMARY KEY DEFAULT pg_catalog.nextval('ivm.run_id'),
	view_id		integer		NOT NULL,
	view_name	text		NOT NULL,
	operation	text		NOT NULL CHECK (operation IN ('create', 'build', 'reconcile', 'resume', 'refresh', 'rollback')),
	role_name	text		NOT NULL,
	started_at	timestamptz	NOT NULL,
	duration	interval	NOT NULL,
	key_filter	text,
	rows_inserted bigint	NOT NULL,
	rows_updated bigint		NOT NULL,
	rows_deleted bigint		NOT NULL,
	error		text,
	method		text,
	reason		text,
	rows_read	bigint		NOT NULL,
	predicted_delta_ms double precision,
	predicted_recompute_ms double precision,
	late_rows	bigint		NOT NULL DEFAULT 0
);
SELECT pg_catalog.pg_extension_config_dump('ivm.run', '');
SELECT pg_catalog.pg_extension_config_dump('ivm.run_id', '');
GRANT SELECT ON SEQUENCE ivm.run_id TO PUBLIC;
CREATE INDEX run_view ON ivm.run (view_id, id);
COMMENT ON TABLE ivm.run IS 'runs that computed views; see ivm.history';

CREATE VIEW ivm.history AS
	SELECT r.id, r.view_id, r.view_name, r.operation, r.role_name, r.started_at, r.duration,
		   r.method, CASE WHEN p.readable THEN r.reason END AS reason, r.rows_read, r.rows_inserted, r.rows_updated, r.rows_deleted,
		   r.predicted_delta_ms, r.predicted_recompute_ms, r.late_rows,
		   (EXTRACT(EPOCH FROM r.duration) OPERATOR(pg_catalog.*) 1000)::double precision AS actual_ms,
		   CASE WHEN p.readable THEN r.key_filter END AS key_filter,
		   CASE WHEN p.readable THEN r.error END AS error
	FROM ivm.run r
		 LEFT JOIN ivm.view v ON v.id OPERATOR(pg_catalog.=) r.view_id
		 CROSS JOIN LATERAL (VALUES (r.role_name OPERATOR(pg_catalog.=) CURRENT_USER::pg_catalog.text
									 OR COALESCE(pg_catalog.has_table_privilege(v.view, 'SELECT'), false)
									 OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))) p(readable);
COMMENT ON VIEW ivm.history IS
	'runs of create_view, rebuild, reconcile, resume, refresh and rollback, with what they changed; kept for ivm.history_days. Reason, filter and error are shown to roles that may read the view, and to pg_monitor';
COMMENT ON COLUMN ivm.history.id IS 'number of the run, in the order of their ends';
COMMENT ON COLUMN ivm.history.view_id IS 'number of the view, as in ivm.views';
COMMENT ON COLUMN ivm.history.operation IS 'create, build, reconcile, resume, refresh or rollback';
COMMENT ON COLUMN ivm.history.role_name IS 'who called it; of runs by a schedule, the owner of the view';
COMMENT ON COLUMN ivm.history.started_at IS 'when it was called';
COMMENT ON COLUMN ivm.history.rows_updated IS 'groups whose row was another one';
COMMENT ON COLUMN ivm.history.rows_deleted IS 'groups, or distinct rows, that the view had too much';
COMMENT ON COLUMN ivm.history.key_filter IS 'the filter that was given to ivm.reconcile()';
COMMENT ON COLUMN ivm.history.view_name IS 'name that the view had then; it may have been dropped since';
COMMENT ON COLUMN ivm.history.duration IS 'from the call to the end of the work; the transaction may have gone on';
COMMENT ON COLUMN ivm.history.rows_inserted IS 'groups, or distinct rows, that the view lacked; for create all of them';
COMMENT ON COLUMN ivm.history.method IS 'of a refresh: delta, recompute, nothing or skipped';
COMMENT ON COLUMN ivm.history.reason IS 'why a refresh took its method, or was skipped';
COMMENT ON COLUMN ivm.history.rows_read IS 'changed rows of base tables that a refresh read from the change logs, or by the watermark';
COMMENT ON COLUMN ivm.history.predicted_delta_ms IS 'milliseconds that a refresh was expected to take by what had changed';
COMMENT ON COLUMN ivm.history.predicted_recompute_ms IS 'milliseconds that it was expected to take by recomputing the view';
COMMENT ON COLUMN ivm.history.late_rows IS 'rows that a refresh of an append view found in closed buckets, and left out';
COMMENT ON COLUMN ivm.history.actual_ms IS 'milliseconds that it took: the same as duration';
COMMENT ON COLUMN ivm.history.error IS 'message of the error that ended it, where ivm.refresh_all() or a schedule went on';
GRANT SELECT ON ivm.history TO PUBLIC;

CREATE FUNCTION ivm._progress(OUT pid integer, OUT view regclass, OUT operation text, OUT phase text,
							  OUT done bigint, OUT total bigint, OUT started_at timestamptz)
	RETURNS SETOF record
	LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'ivm_progress';
COMMENT ON FUNCTION ivm._progress() IS
	'builds and refreshes of views in this database that run now, for ivm.progress';

CREATE VIEW ivm.progress AS
	SELECT p.pid, p.view, p.operation, p.phase, p.done, p.total, p.started_at
	FROM ivm._progress() p;
COMMENT ON VIEW ivm.progress IS
	'builds and refreshes of views that run now; all but the pid is shown to roles that may see what the session does, as in pg_stat_progress_* (the same role, pg_monitor)';
COMMENT ON COLUMN ivm.progress.pid IS 'process that is at work';
COMMENT ON COLUMN ivm.progress.started_at IS 'when it began';
COMMENT ON COLUMN ivm.progress.view IS 'the view, or part of a view; a number while its creation is not committed';
COMMENT ON COLUMN ivm.progress.operation IS 'create, build, reconcile, resume, refresh or rollback';
COMMENT ON COLUMN ivm.progress.phase IS
	'waiting for locks, reading change logs, computing changes, applying changes, recomputing keys, computing rows, writing rows, validating, or keeping rows';
COMMENT ON COLUMN ivm.progress.done IS 'rows or keys that the phase is done with';
COMMENT ON COLUMN ivm.progress.total IS 'how many there are; NULL: not known before';
GRANT SELECT ON ivm.progress TO PUBLIC;

CREATE VIEW ivm.lock_waits AS
	SELECT l.pid, k.lock, k.view, k.relation, l.mode, l.waitstart AS waiting_since,
		   pg_catalog.pg_blocking_pids(l.pid) AS blocked_by
	FROM (SELECT l.*, CASE l.locktype WHEN 'object' THEN l.classid WHEN 'relation' THEN l.relation END AS oid
		  FROM pg_catalog.pg_locks l
		  WHERE NOT l.granted AND l.locktype OPERATOR(pg_catalog.=) ANY ('{object,relation}')
				AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
													   WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())) l
		 CROSS JOIN LATERAL (
			-- locks that stand for a view, by its id
			SELECT i.lock, v.view, NULL::regclass
			FROM (VALUES ('ivm.watermark'::regclass, 'refresh'), ('ivm.schedule', 'schedule'),
						 ('ivm.view', 'catalogue'), ('ivm.run_count', 'counters')) i(class, lock)
				 LEFT JOIN ivm.view v ON v.id::bigint OPERATOR(pg_catalog.=) l.objid::bigint
			WHERE l.locktype OPERATOR(pg_catalog.=) 'object' AND i.class OPERATOR(pg_catalog.=) l.classid
			UNION ALL
			-- change logs and pairs of tables, by base table
			SELECT 'change log', NULL, l.objid::regclass
			WHERE l.locktype OPERATOR(pg_catalog.=) 'object'
				AND l.classid OPERATOR(pg_catalog.=) 'ivm.change_log'::regclass
			UNION ALL
			SELECT 'pair of tables', NULL, l.classid::regclass
			WHERE l.locktype OPERATOR(pg_catalog.=) 'object' AND l.objsubid OPERATOR(pg_catalog.<) 0
				AND EXISTS (SELECT FROM ivm.view_base t WHERE t.base OPERATOR(pg_catalog.=) l.classid)
			UNION ALL
			-- locks of a state table's keys, values, and whole
			SELECT CASE WHEN l.objsubid OPERATOR(pg_catalog.>=) 0 THEN 'key'
						WHEN l.objsubid OPERATOR(pg_catalog.=) -32768 THEN 'value'
						WHEN l.objsubid OPERATOR(pg_catalog.=) -32767 THEN 'first row of a value'
						ELSE 'view' END, v.view, v.state
			FROM ivm.view v
			WHERE l.locktype OPERATOR(pg_catalog.=) 'object' AND v.state OPERATOR(pg_catalog.=) l.classid
			UNION ALL
			-- tables
			SELECT CASE l.relation WHEN v.state THEN 'state table' WHEN v.delta THEN 'delta table'
					ELSE 'view' END, v.view, l.relation::regclass
			FROM ivm.view v
			WHERE l.locktype OPERATOR(pg_catalog.=) 'relation'
				AND l.relation OPERATOR(pg_catalog.=) ANY (ARRAY[v.state, v.delta, v.view]::oid[])
			UNION ALL
			SELECT 'change log segment', NULL, l.relation::regclass
			FROM ivm.change_log s
			WHERE l.locktype OPERATOR(pg_catalog.=) 'relation' AND s.segment OPERATOR(pg_catalog.=) l.relation
			UNION ALL
			SELECT 'base table', NULL, l.relation::regclass
			WHERE l.locktype OPERATOR(pg_catalog.=) 'relation'
				AND EXISTS (SELECT FROM ivm.view_base t WHERE t.base OPERATOR(pg_catalog.=) l.relation)
			) k(lock, view, relation);
COMMENT ON VIEW ivm.lock_waits IS 'sessions that wait for a lock of a view, of its tables, or of their change logs, and for whom';
COMMENT ON COLUMN ivm.lock_waits.pid IS 'process that waits';
COMMENT ON COLUMN ivm.lock_waits.mode IS 'mode of the lock that it asks for';
COMMENT ON COLUMN ivm.lock_waits.waiting_since IS 'since when it waits';
COMMENT ON COLUMN ivm.lock_waits.lock IS
	'refresh (one at a time for a view), schedule, catalogue, counters; change log; pair of tables, view, value, first row of a value, key (of writers); state table, delta table, change log segment, base table, view (of relations)';
COMMENT ON COLUMN ivm.lock_waits.view IS 'the view, where the lock is one of a view';
COMMENT ON COLUMN ivm.lock_waits.relation IS 'the table, where it is one of a table';
COMMENT ON COLUMN ivm.lock_waits.blocked_by IS 'sessions that hold what it waits for, or wait before it';
GRANT SELECT ON ivm.lock_waits TO PUBLIC;

CREATE FUNCTION ivm.data_as_of(view regclass) RETURNS timestamptz
	LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'ivm_data_as_of';
COMMENT ON FUNCTION ivm.data_as_of(regclass) IS
	'a time such that a read in this statement shows all changes committed before it: start of the statement, or of the transaction in REPEATABLE READ, or of what a standby has replayed; NULL if the view cannot be read';

CREATE FUNCTION ivm.explain_query(query text)
	RETURNS TABLE (part text, construct text, strategy text, write_cost text, read_cost text, note text, code text)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_explain_query';
COMMENT ON FUNCTION ivm.explain_query(text) IS
	'tells how ivm.create_view() would maintain a query: per construct the part ("core": stored, "finishing": evaluated when read), the strategy and what it costs writes and reads. '
	'A query that cannot be maintained gives one row "refused" with reason, remedy and position. Syntax errors and missing privileges are errors. '
	'code is for programs, and stays the same when words change: table_linear, table_region, table_recompute, tables_recompute, where, key, global, bag, grouping_sets, constant, aggregate_linear, aggregate_extreme, aggregate_distinct, aggregate_distinct_slice, aggregate_slice; '
	'read_expression, read_where, read_time, read_time_buckets, read_grouping, read_having, read_window, read_distinct, read_order_by, read_limit, read_outer_query; part; refused_ and the SQLSTATE';

CREATE FUNCTION ivm.explain_view(view regclass)
	RETURNS TABLE (part text, construct text, strategy text, write_cost text, read_cost text, note text, code text)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_explain_view';
COMMENT ON FUNCTION ivm.explain_view(regclass) IS
	'the same for a view, with its storage and its status and what keeps it from being read from there; further codes are state_table, delta_table, mode_deferred, mode_append, and status_ with the status. Needs SELECT on the view';

-- comparing and repairing

CREATE FUNCTION ivm._view_rows(view regclass, side text) RETURNS SETOF record
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_view_rows';
COMMENT ON FUNCTION ivm._view_rows(regclass, text) IS
	'rows of a view as stored or recomputed, for ivm.verify_view()';

CREATE FUNCTION ivm.verify_view(view regclass, key_filter text DEFAULT NULL)
	RETURNS TABLE (side text, copies bigint, "row" jsonb)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_verify_view';
COMMENT ON FUNCTION ivm.verify_view(regclass, text) IS
	'compares what a view shows with its definition, in one snapshot, and returns the rows that one side ("stored", "recomputed") has more often, how many times more; none: the view is exact. '
	'key_filter: condition on columns of the view, evaluated by the caller; it has to treat equal values alike (''A'' and ''a'' of type citext, 1.0 and 1.00), of which the sides may show different ones. Needs SELECT on the view; changes nothing and locks nothing against writers';

CREATE FUNCTION ivm.reconcile(view regclass, key_filter text DEFAULT NULL)
	RETURNS TABLE (rows_inserted bigint, rows_updated bigint, rows_deleted bigint)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_reconcile_view';
COMMENT ON FUNCTION ivm.reconcile(regclass, text) IS
	'computes a view afresh, corrects what differs, and returns how many groups (or distinct rows) were missing, different or too many. Without key_filter, a condition on columns of the view, the view is ready afterwards. '
	'Needs ownership. Holds back nobody while the view is immediate and ready: wrong groups are computed by who reads them as soon as the caller has committed, and stored as far as no writer is in the way. '
	'Else it holds back writers of the base table to the end of the transaction, not readers';

CREATE FUNCTION ivm.pause(view regclass) RETURNS void
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_pause_view';
COMMENT ON FUNCTION ivm.pause(regclass) IS
	'stops capturing changes for a view, until ivm.resume(); reads run the definition meanwhile, so they stay exact (those of an append view show its rows). Needs ownership; waits for open writers of the base table';

CREATE FUNCTION ivm.resume(view regclass)
	RETURNS TABLE (rows_inserted bigint, rows_updated bigint, rows_deleted bigint)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_resume_view';
COMMENT ON FUNCTION ivm.resume(regclass) IS
	'reconciles a view that is paused, unpopulated, stale or broken once, and maintains it again; same result, rights and locks as ivm.reconcile()';

CREATE FUNCTION ivm.refresh(view regclass, how text DEFAULT 'auto', wait boolean DEFAULT true)
	RETURNS TABLE (view_name text, method text, rows_read bigint, rows_inserted bigint,
				   rows_updated bigint, rows_deleted bigint, data_as_of timestamptz, reason text)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_refresh_view';
COMMENT ON FUNCTION ivm.refresh(regclass, text, boolean) IS
	'brings a deferred or append view up to now, or to the transaction''s snapshot in REPEATABLE READ; fills or repairs any view that is unpopulated, stale or broken. how: auto, delta (by what has changed; an error if that cannot be), recompute; wait: false skips a view that another run is refreshing. '
	'method: delta, recompute, nothing, skipped; rows_read: changed rows of base tables; the other counts are groups, or distinct rows, of the view; data_as_of: everything committed before is shown. Changes of the own transaction are left for the next refresh. '
	'Needs ownership or, from PostgreSQL 17 on, the privilege MAINTAIN; readers and writers go on, but while a view is filled or repaired, writers of its base tables wait to the end of the transaction';

CREATE FUNCTION ivm.refresh_together(VARIADIC views regclass[])
	RETURNS TABLE (view_name text, method text, rows_read bigint, rows_inserted bigint,
				   rows_updated bigint, rows_deleted bigint, data_as_of timestamptz, reason text)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_refresh_together';
COMMENT ON FUNCTION ivm.refresh_together(regclass[]) IS
	'refreshes several deferred views to one snapshot; result, rights and locks as ivm.refresh()';

CREATE FUNCTION ivm.wait_for(view regclass, as_of timestamptz, timeout interval) RETURNS boolean
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_wait_for';
COMMENT ON FUNCTION ivm.wait_for(regclass, timestamptz, interval) IS
	'waits until a read of the view shows everything committed before as_of, at most for timeout; false if it does not then. In REPEATABLE READ it tells at once, since the transaction''s snapshot stays. Needs SELECT on the view; takes no lock';

CREATE PROCEDURE ivm.backfill(view regclass, "from" text, "to" text)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_backfill';
COMMENT ON PROCEDURE ivm.backfill(regclass, text, text) IS
	'refreshes an append view, and computes its buckets from one value up to another one anew, closed ones too: with the rows that are there now. The values, of which the last one is not in the range, are read as the bucket''s type; null: no limit. Needs ownership or MAINTAIN; readers and writers go on';

CREATE PROCEDURE ivm.refresh_all(pattern text DEFAULT '%', max_failures integer DEFAULT NULL)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_refresh_all';
COMMENT ON PROCEDURE ivm.refresh_all(text, integer) IS
	'refreshes the caller''s deferred views whose schema.name is LIKE pattern, and repairs immediate ones that need it, committing after each; a failing one is reported by a warning and in ivm.history, and the next one follows, unless more than max_failures have failed. Paused views are left out';

CREATE PROCEDURE ivm.rebuild(view regclass, validate jsonb DEFAULT '{}', keep boolean DEFAULT false)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_rebuild';
COMMENT ON PROCEDURE ivm.rebuild(regclass, jsonb, boolean) IS
	'computes a view afresh while its base tables are written, or fills one that was created with_data => false: nobody is kept waiting, and readers have what was there before until it is done. '
	'validate: what must hold of the new rows, or nothing changes (error 23514, also in ivm.history): min_rows, max_rows; max_change (share of rows, 0 to 1, that may differ from those of before); check (a condition over the relations "old" and "new", which have the view''s columns); verify (true: as ivm.verify_view()). '
	'keep: true keeps the rows of before, of a deferred or append view, for ivm.rollback(); they take as much space as they did, until the next rebuild. '
	'Of an immediate view, or a deferred one that is not ready, it waits for transactions that write its tables and began before (lock_timeout holds); commits in the middle. Needs ownership of the view, or MAINTAIN where there is such a right; for validate, SELECT on it';

CREATE FUNCTION ivm.rollback(view regclass)
	RETURNS TABLE (rows_inserted bigint, rows_updated bigint, rows_deleted bigint)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_rollback';
COMMENT ON FUNCTION ivm.rollback(regclass) IS
	'lets a deferred or append view show again what it did before CALL ivm.rebuild(..., keep => true), and returns how many groups (or distinct rows) that changes. The view is paused then, since its next refresh would undo that, until ivm.resume() or ivm.rebuild(). '
	'Error 55000 if nothing is kept, and 40001 in REPEATABLE READ if a later refresh has committed. Needs ownership; waits for a refresh of the view; readers and writers go on';

-- schedules

CREATE PROCEDURE ivm.run_due()
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_run_due';
COMMENT ON PROCEDURE ivm.run_due() IS
	'refreshes and reconciles the views that are due by their options refresh and reconcile and that the caller owns or may maintain (superusers and members of the role that owns the extension: all), as the worker does: each as its owner and with a commit of its own. A view that another run is at is left out; a failing one is reported by a warning, in ivm.schedule and in ivm.history, and the next one follows. Then folds views with many deltas, and removes from states what has left a window of time. '
	'For pg_cron and the like, where no worker may run; may be called by several sessions at once, and beside the worker';

CREATE FUNCTION ivm._next_run(line text, after timestamptz) RETURNS timestamptz
	LANGUAGE C STABLE STRICT AS 'MODULE_PATHNAME', 'ivm_next_run';
COMMENT ON FUNCTION ivm._next_run(text, timestamptz) IS
	'the first time after another one that matches a cron line, as clocks in the session''s TimeZone show it';

-- ---------------------------------------------------------------------------
-- exact floating-point accumulators
-- ---------------------------------------------------------------------------

CREATE FUNCTION ivm._float4_exact_add(internal, float4) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float4_exact_add';
COMMENT ON FUNCTION ivm._float4_exact_add(internal, float4) IS
	'transition function: adds a value to an exact sum';

CREATE FUNCTION ivm._float8_exact_add(internal, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float8_exact_add';
COMMENT ON FUNCTION ivm._float8_exact_add(internal, float8) IS
	'transition function: adds a value to an exact sum';

CREATE FUNCTION ivm._float_moments_add(internal, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_moments_add';
COMMENT ON FUNCTION ivm._float_moments_add(internal, float8) IS
	'transition function: adds a value to the exact sums of x and x^2';

CREATE FUNCTION ivm._float_comoments_add(internal, float8, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_comoments_add';
COMMENT ON FUNCTION ivm._float_comoments_add(internal, float8, float8) IS
	'transition function: adds a pair (y, x) to the exact sums of x, x^2, y, y^2 and xy';

CREATE FUNCTION ivm._float_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_combine';
COMMENT ON FUNCTION ivm._float_combine(internal, internal) IS
	'combine function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_serialize(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_serialize';
COMMENT ON FUNCTION ivm._float_serialize(internal) IS
	'serial function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_deserialize(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_deserialize';
COMMENT ON FUNCTION ivm._float_deserialize(bytea, internal) IS
	'deserial function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_stored(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_stored';
COMMENT ON FUNCTION ivm._float_stored(internal) IS
	'final function: stored form of the exact sums, NULL if all are zero';

CREATE FUNCTION ivm._float4_sum(internal) RETURNS float4
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float4_sum';
COMMENT ON FUNCTION ivm._float4_sum(internal) IS
	'final function: the exact sum rounded once, NULL if it does not fit';

CREATE FUNCTION ivm._float8_sum(internal) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float8_sum';
COMMENT ON FUNCTION ivm._float8_sum(internal) IS
	'final function: the exact sum rounded once, NULL if it does not fit';

CREATE AGGREGATE ivm._float_sum(float4) (
	SFUNC = ivm._float4_exact_add, STYPE = internal, FINALFUNC = ivm._float4_sum,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_sum(float4) IS
	'the exact sum rounded once to the nearest value; NULL without values, and if it does not fit';

CREATE AGGREGATE ivm._float_exact(float4) (
	SFUNC = ivm._float4_exact_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_exact(float4) IS
	'the exact sum as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_sum(float8) (
	SFUNC = ivm._float8_exact_add, STYPE = internal, FINALFUNC = ivm._float8_sum,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_sum(float8) IS
	'the exact sum rounded once to the nearest value; NULL without values, and if it does not fit';

CREATE AGGREGATE ivm._float_exact(float8) (
	SFUNC = ivm._float8_exact_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_exact(float8) IS
	'the exact sum as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_moments(float8) (
	SFUNC = ivm._float_moments_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_moments(float8) IS
	'the exact sums of x and x^2 as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_comoments(float8, float8) (
	SFUNC = ivm._float_comoments_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_comoments(float8, float8) IS
	'for pairs (y, x) the exact sums of x, x^2, y, y^2 and xy as stored in a state table; NULL if zero';

CREATE FUNCTION ivm._float4_sum_overflow(count bigint) RETURNS float4
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_sum_overflow';
COMMENT ON FUNCTION ivm._float4_sum_overflow(bigint) IS
	'what a NULL sum of so many values means: NULL for none, else the error that it is out of range';

CREATE FUNCTION ivm._float8_sum_overflow(count bigint) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_sum_overflow';
COMMENT ON FUNCTION ivm._float8_sum_overflow(bigint) IS
	'what a NULL sum of so many values means: NULL for none, else the error that it is out of range';

CREATE FUNCTION ivm._float_avg(count bigint, exact bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_avg';
COMMENT ON FUNCTION ivm._float_avg(bigint, bytea) IS
	'avg() of so many values with this exact sum';

CREATE FUNCTION ivm._float_var_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_var_pop';
COMMENT ON FUNCTION ivm._float_var_pop(bigint, bytea) IS
	'var_pop() of so many values with these exact sums';

CREATE FUNCTION ivm._float_var_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_var_samp';
COMMENT ON FUNCTION ivm._float_var_samp(bigint, bytea) IS
	'var_samp() of so many values with these exact sums';

CREATE FUNCTION ivm._float_stddev_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_stddev_pop';
COMMENT ON FUNCTION ivm._float_stddev_pop(bigint, bytea) IS
	'stddev_pop() of so many values with these exact sums';

CREATE FUNCTION ivm._float_stddev_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_stddev_samp';
COMMENT ON FUNCTION ivm._float_stddev_samp(bigint, bytea) IS
	'stddev_samp() of so many values with these exact sums';

CREATE FUNCTION ivm._float_covar_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_covar_pop';
COMMENT ON FUNCTION ivm._float_covar_pop(bigint, bytea) IS
	'covar_pop() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_covar_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_covar_samp';
COMMENT ON FUNCTION ivm._float_covar_samp(bigint, bytea) IS
	'covar_samp() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_corr(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_corr';
COMMENT ON FUNCTION ivm._float_corr(bigint, bytea) IS
	'corr() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_sxx(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_sxx';
COMMENT ON FUNCTION ivm._float_regr_sxx(bigint, bytea) IS
	'regr_sxx() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_syy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_syy';
COMMENT ON FUNCTION ivm._float_regr_syy(bigint, bytea) IS
	'regr_syy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_sxy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_sxy';
COMMENT ON FUNCTION ivm._float_regr_sxy(bigint, bytea) IS
	'regr_sxy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_avgx(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_avgx';
COMMENT ON FUNCTION ivm._float_regr_avgx(bigint, bytea) IS
	'regr_avgx() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_avgy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_avgy';
COMMENT ON FUNCTION ivm._float_regr_avgy(bigint, bytea) IS
	'regr_avgy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_r2(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_r2';
COMMENT ON FUNCTION ivm._float_regr_r2(bigint, bytea) IS
	'regr_r2() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_slope(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_slope';
COMMENT ON FUNCTION ivm._float_regr_slope(bigint, bytea) IS
	'regr_slope() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_intercept(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_intercept';
COMMENT ON FUNCTION ivm._float_regr_intercept(bigint, bytea) IS
	'regr_intercept() of so many pairs with these exact sums';


-- ---------------------------------------------------------------------------
-- accumulators
-- ---------------------------------------------------------------------------

-- Results from the columns of a state.

CREATE FUNCTION ivm._var_pop(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_var_pop';
COMMENT ON FUNCTION ivm._var_pop(numeric, bigint, numeric, numeric[]) IS
	'var_pop() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._var_samp(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_var_samp';
COMMENT ON FUNCTION ivm._var_samp(numeric, bigint, numeric, numeric[]) IS
	'var_samp() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._stddev_pop(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_stddev_pop';
COMMENT ON FUNCTION ivm._stddev_pop(numeric, bigint, numeric, numeric[]) IS
	'stddev_pop() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._stddev_samp(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_stddev_samp';
COMMENT ON FUNCTION ivm._stddev_samp(numeric, bigint, numeric, numeric[]) IS
	'stddev_samp() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._bit_and(bits bigint[], type_of_result anyelement) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_bit_and';
COMMENT ON FUNCTION ivm._bit_and(bigint[], anyelement) IS
	'bit_and() of a state: for each length of bit string, the length, the number of rows, the numbers of ones';

CREATE FUNCTION ivm._bit_or(bits bigint[], type_of_result anyelement) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_bit_or';
COMMENT ON FUNCTION ivm._bit_or(bigint[], anyelement) IS
	'bit_or() of a state: for each length of bit string, the length, the number of rows, the numbers of ones';

CREATE FUNCTION ivm._bit_xor(bits bigint[], type_of_result anyelement) RETURNS anyelement
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_bit_xor';
COMMENT ON FUNCTION ivm._bit_xor(bigint[], anyelement) IS
	'bit_xor() of a state: for each length of bit string, the length, the number of rows, the numbers of ones';

CREATE FUNCTION ivm._interval_result(sum interval, count bigint, aux bigint[]) RETURNS interval
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_interval_result';
COMMENT ON FUNCTION ivm._interval_result(interval, bigint, bigint[]) IS
	'sum(interval) of a state; an error where it is out of range';

CREATE FUNCTION ivm._money_result(sum money, high bigint) RETURNS money
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_money_result';
COMMENT ON FUNCTION ivm._money_result(money, bigint) IS
	'sum(money) of a state; an error where it is out of range';

-- Aggregates that compute columns of a state afresh; their transition state
-- is an accumulator.

CREATE FUNCTION ivm._accum_numeric(internal, numeric) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_numeric';
COMMENT ON FUNCTION ivm._accum_numeric(internal, numeric) IS
	'transition function: adds a value to a numeric sum';

CREATE FUNCTION ivm._accum_numeric_moments(internal, numeric) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_numeric_moments';
COMMENT ON FUNCTION ivm._accum_numeric_moments(internal, numeric) IS
	'transition function: adds a value to a numeric sum with squares';

CREATE FUNCTION ivm._accum_bits(internal, anyelement) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_bits';
COMMENT ON FUNCTION ivm._accum_bits(internal, anyelement) IS
	'transition function: counts a value and its one bits';

CREATE FUNCTION ivm._accum_interval(internal, interval) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_interval';
COMMENT ON FUNCTION ivm._accum_interval(internal, interval) IS
	'transition function: adds a value to an interval sum';

CREATE FUNCTION ivm._accum_money(internal, money) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_money';
COMMENT ON FUNCTION ivm._accum_money(internal, money) IS
	'transition function: adds a value to a money sum';

CREATE FUNCTION ivm._accum_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_combine';
COMMENT ON FUNCTION ivm._accum_combine(internal, internal) IS
	'combine function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_serialize(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_accumagg_serialize';
COMMENT ON FUNCTION ivm._accum_serialize(internal) IS
	'serial function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_deserialize(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_accumagg_deserialize';
COMMENT ON FUNCTION ivm._accum_deserialize(bytea, internal) IS
	'deserial function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_squares(internal) RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_third';
COMMENT ON FUNCTION ivm._accum_squares(internal) IS
	'final function: the sum of squares';

CREATE FUNCTION ivm._accum_numeric_aux(internal) RETURNS numeric[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_last';
COMMENT ON FUNCTION ivm._accum_numeric_aux(internal) IS
	'final function: what a numeric sum does not show, NULL if nothing';

CREATE FUNCTION ivm._accum_bigints(internal) RETURNS bigint[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_last';
COMMENT ON FUNCTION ivm._accum_bigints(internal) IS
	'final function: the last column, an array';

CREATE FUNCTION ivm._accum_bigint(internal) RETURNS bigint
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_last';
COMMENT ON FUNCTION ivm._accum_bigint(internal) IS
	'final function: the last column, a number';

CREATE FUNCTION ivm._accum_interval_sum(internal) RETURNS interval
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_first';
COMMENT ON FUNCTION ivm._accum_interval_sum(internal) IS
	'final function: the sum, as far as an interval can show it';

CREATE FUNCTION ivm._accum_money_sum(internal) RETURNS money
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_first';
COMMENT ON FUNCTION ivm._accum_money_sum(internal) IS
	'final function: the sum modulo 2^64';

CREATE FUNCTION ivm._combine_add(internal, oid, oid, integer, VARIADIC "any") RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_add';
COMMENT ON FUNCTION ivm._combine_add(internal, oid, oid, integer, "any") IS
	'transition function: adds the state of an accumulator to others';

CREATE FUNCTION ivm._combined_bigint(internal) RETURNS bigint
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_bigint(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_bigint(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_bigint, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_bigint(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_numeric(internal) RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_numeric(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_numeric(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_numeric, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_numeric(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_numerics(internal) RETURNS numeric[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_numerics(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_numerics(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_numerics, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_numerics(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_bigints(internal) RETURNS bigint[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_bigints(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_bigints(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_bigints, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_bigints(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_float4(internal) RETURNS float4
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_float4(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_float4(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_float4, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_float4(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_float8(internal) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_float8(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_float8(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_float8, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_float8(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_bytea(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_bytea(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_bytea(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_bytea, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_bytea(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_interval(internal) RETURNS interval
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_interval(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_interval(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_interval, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_interval(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE FUNCTION ivm._combined_money(internal) RETURNS money
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_combine_final';
COMMENT ON FUNCTION ivm._combined_money(internal) IS
	'final function: a column of the state';
CREATE AGGREGATE ivm._combine_money(oid, oid, integer, VARIADIC "any") (
	SFUNC = ivm._combine_add, STYPE = internal, SSPACE = 400,
	FINALFUNC = ivm._combined_money, PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._combine_money(oid, oid, integer, "any") IS
	'a column of the sum of states: aggregate and argument type of the accumulator, number of the column, columns of the states';

CREATE AGGREGATE ivm._numeric_aux(numeric) (
	SFUNC = ivm._accum_numeric, STYPE = internal, SSPACE = 200,
	FINALFUNC = ivm._accum_numeric_aux, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_aux(numeric) IS
	'what sum() does not show of its rows: pairs of (display scale, rows) or (-1: NaN, -2: Infinity, -3: -Infinity, rows), (-4, finite sum), (-5, its part in units of 10000^16384); NULL if all rows have one scale';

CREATE AGGREGATE ivm._numeric_squares(numeric) (
	SFUNC = ivm._accum_numeric_moments, STYPE = internal, SSPACE = 300,
	FINALFUNC = ivm._accum_squares, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_squares(numeric) IS
	'sum of the squares of the finite values';

CREATE AGGREGATE ivm._numeric_squares_aux(numeric) (
	SFUNC = ivm._accum_numeric_moments, STYPE = internal, SSPACE = 300,
	FINALFUNC = ivm._accum_numeric_aux, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_squares_aux(numeric) IS
	'as _numeric_aux(), and (-6, values whose square is out of the range of numeric)';

CREATE AGGREGATE ivm._bit_counts(anyelement) (
	SFUNC = ivm._accum_bits, STYPE = internal, SSPACE = 600,
	FINALFUNC = ivm._accum_bigints, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._bit_counts(anyelement) IS
	'for each length of bit string, ascending: the length, the number of values, and for each bit the values that have it set (integers: from the lowest bit)';

CREATE AGGREGATE ivm._interval_sum(interval) (
	SFUNC = ivm._accum_interval, STYPE = internal, SSPACE = 150,
	FINALFUNC = ivm._accum_interval_sum, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._interval_sum(interval) IS
	'sum of the values, NULL where that is not an interval';

CREATE AGGREGATE ivm._interval_aux(interval) (
	SFUNC = ivm._accum_interval, STYPE = internal, SSPACE = 150,
	FINALFUNC = ivm._accum_bigints, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._interval_aux(interval) IS
	'where sum() shows an infinity or is out of range: numbers of infinity and -infinity, and of the rest months, days, microseconds as low and high 64 bits; otherwise NULL';

CREATE AGGREGATE ivm._money_sum(money) (
	SFUNC = ivm._accum_money, STYPE = internal, SSPACE = 150,
	FINALFUNC = ivm._accum_money_sum, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._money_sum(money) IS
	'sum of the values modulo 2^64';

CREATE AGGREGATE ivm._money_high(money) (
	SFUNC = ivm._accum_money, STYPE = internal, SSPACE = 150,
	FINALFUNC = ivm._accum_bigint, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._money_high(money) IS
	'what the sum of the values exceeds _money_sum() by, in units of 2^64; NULL for zero';

-- ---------------------------------------------------------------------------
-- event triggers
-- ---------------------------------------------------------------------------

CREATE FUNCTION ivm._event_start() RETURNS event_trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_event_start';
COMMENT ON FUNCTION ivm._event_start() IS
	'before DDL: refuses changes of views and storage by hand, locks what a drop will lock, counts the rows of dropped partitions';

CREATE FUNCTION ivm._event_end() RETURNS event_trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_event_end';
COMMENT ON FUNCTION ivm._event_end() IS
	'after DDL: follows owners and partitions, marks views stale whose tables can have changed unseen';

CREATE FUNCTION ivm._event_drop() RETURNS event_trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_event_drop';
COMMENT ON FUNCTION ivm._event_drop() IS
	'after a drop: drops what is left of views that lost a part';

CREATE FUNCTION ivm._restored() RETURNS trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_event_restored';
COMMENT ON FUNCTION ivm._restored() IS
	'row trigger on ivm.view: a row restored while changes are captured is of a stale view';

CREATE FUNCTION ivm._restored_watermark() RETURNS trigger
	LANGUAGE C AS 'MODULE_PATHNAME', 'ivm_event_restored_watermark';
COMMENT ON FUNCTION ivm._restored_watermark() IS
	'row trigger on ivm.watermark: what a restored view has taken in is not known';

CREATE EVENT TRIGGER ivm_event_start ON ddl_command_start
	WHEN TAG IN ('ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER VIEW', 'ALTER SCHEMA', 'DROP TABLE',
				 'DROP FOREIGN TABLE', 'DROP VIEW', 'DROP EXTENSION', 'CREATE VIEW', 'CREATE RULE',
				 'CREATE TRIGGER', 'CREATE TABLE')
	EXECUTE FUNCTION ivm._event_start();
CREATE EVENT TRIGGER ivm_event_end ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER FOREIGN TABLE', 'CREATE TABLE', 'CREATE FOREIGN TABLE',
				 'CREATE SCHEMA', 'CREATE TRIGGER', 'ALTER TRIGGER', 'ALTER TYPE', 'ALTER VIEW',
				 'CREATE VIEW', 'CREATE RULE', 'CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE',
				 'CREATE AGGREGATE')
	EXECUTE FUNCTION ivm._event_end();
CREATE EVENT TRIGGER ivm_event_drop ON sql_drop
	EXECUTE FUNCTION ivm._event_drop();
ALTER EVENT TRIGGER ivm_event_start ENABLE ALWAYS;
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
ALTER EVENT TRIGGER ivm_event_drop ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER ivm_event_start IS 'notes what a command is about to change of tables under views';
COMMENT ON EVENT TRIGGER ivm_event_end IS 'carries changes of tables and views through to the storage of views';
COMMENT ON EVENT TRIGGER ivm_event_drop IS 'removes what a dropped view leaves behind';

CREATE TRIGGER ivm_restored BEFORE INSERT ON ivm.view
	FOR EACH ROW EXECUTE FUNCTION ivm._restored();
ALTER TABLE ivm.view ENABLE ALWAYS TRIGGER ivm_restored;
CREATE TRIGGER ivm_restored BEFORE INSERT ON ivm.watermark
	FOR EACH ROW EXECUTE FUNCTION ivm._restored_watermark();
ALTER TABLE ivm.watermark ENABLE ALWAYS TRIGGER ivm_restored;

-- Logical replication FOR ALL TABLES brings what the publisher has written to these.
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.view
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.view ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.view_base
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.view_base ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.change_log
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.change_log ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.time_window
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.time_window ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.watermark
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.watermark ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.append_view
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.append_view ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.append_leaf
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.append_leaf ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.generation
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.generation ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.generation_append_view
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.generation_append_view ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.generation_append_leaf
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.generation_append_leaf ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.schedule
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.schedule ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.recomputation
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.recomputation ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.run_count
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.run_count ENABLE ALWAYS TRIGGER ivm_guard;
CREATE TRIGGER ivm_guard BEFORE INSERT OR UPDATE OR DELETE ON ivm.run
	FOR EACH ROW EXECUTE FUNCTION ivm._guard_storage();
ALTER TABLE ivm.run ENABLE ALWAYS TRIGGER ivm_guard;
