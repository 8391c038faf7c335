/*-------------------------------------------------------------------------
 *
 * ddl.c
 *	  Creating and dropping views and their storage.
 *
 * Storage lives in schema ivm_data, where users cannot create anything: it is
 * created as the owner of the extension and then given to the view's owner.
 * The caller (api.c) has checked privileges.
 *
 * Locks: base tables before state and delta tables, always.  Creating takes
 * ShareRowExclusiveLock on the base table and its partitions, which waits for
 * open writers and lets readers through.  So does dropping, except that of the
 * last view on a table: dropping a trigger needs AccessExclusiveLock, and to
 * ask for that later could deadlock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "commands/view.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "plan/plan_check.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalog/run_history.h"
#include "ddl/ddl.h"
#include "ddl/sqlgen.h"
#include "ddl/sqlgen_api.h"
#include "maintain/populate.h"
#include "plan/owner_scope.h"
#include "plan/plan_triggers.h"
#include "read/finishing_functions.h"

/* ---- statements ---- */

static void
run_statement(const char *sql)
{
	int			rc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	SPI_finish();
}

static void
run_statements(List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		run_statement(lfirst(lc));
}

/* ---- view relations ---- */

static List *
view_columns(Query *query)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		ColumnDef  *def;

		if (tle->resjunk)
			continue;
		def = makeColumnDef(tle->resname, exprType((Node *) tle->expr),
							exprTypmod((Node *) tle->expr), exprCollation((Node *) tle->expr));
		if (type_is_collatable(exprType((Node *) tle->expr)) && !OidIsValid(def->collOid))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_COLLATION),
					 errmsg("could not determine which collation to use for view column \"%s\"",
							def->colname),
					 errhint("Use the COLLATE clause to set the collation explicitly.")));
		columns = lappend(columns, def);
	}
	return columns;
}

/* CREATE VIEW from a query tree; the current user becomes the owner. */
static Oid
create_view_relation(const char *schema, const char *name, Query *query)
{
	CreateStmt *stmt = makeNode(CreateStmt);
	ObjectAddress address;

	stmt->relation = makeRangeVar(pstrdup(schema), pstrdup(name), -1);
	stmt->relation->relpersistence = RELPERSISTENCE_PERMANENT;
	stmt->tableElts = view_columns(query);
	stmt->oncommit = ONCOMMIT_NOOP;
	address = DefineRelation(stmt, RELKIND_VIEW, InvalidOid, NULL, NULL);
	CommandCounterIncrement();
	StoreViewQuery(address.objectId, query, false);
	CommandCounterIncrement();
	return address.objectId;
}

/* ---- own commands ---- */

static bool own_commands = false;

/*
 * Commands from here to ivm_ddl_leave() are our own: the event triggers leave
 * them alone.  Errors in between must pass PG_FINALLY with ivm_ddl_leave().
 */
bool
ivm_ddl_enter(void)
{
	bool		before = own_commands;

	own_commands = true;
	return before;
}

void
ivm_ddl_leave(bool before)
{
	own_commands = before;
}

bool
ivm_ddl_is_own(void)
{
	return own_commands;
}

/* ---- triggers ---- */

typedef struct TriggerState
{
	Oid			oid;			/* InvalidOid: there is none */
	bool		clone;			/* of a partitioned table's trigger */
	bool		always;			/* enabled under every replication role */
	bool		replaced;		/* it is not what we made */
} TriggerState;

/* When a capture trigger fires. */
static int16
trigger_type(const char *name)
{
	if (strcmp(name, IVM_TRIGGER_ROW) == 0)
		return TRIGGER_TYPE_ROW | TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;
	if (strcmp(name, IVM_TRIGGER_TRUNCATE) == 0)
		return TRIGGER_TYPE_TRUNCATE;
	return TRIGGER_TYPE_TRUNCATE | TRIGGER_TYPE_BEFORE;
}

static TriggerState
trigger_state(Oid relid, const char *name)
{
	TriggerState result = {InvalidOid};
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(name));
	scan = systable_beginscan(rel, TriggerRelidNameIndexId, true, NULL, 2, keys);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tup);

		result.oid = form->oid;
		result.clone = OidIsValid(form->tgparentid);
		result.always = form->tgenabled == TRIGGER_FIRES_ALWAYS;
		result.replaced = form->tgtype != trigger_type(name) ||
			get_func_namespace(form->tgfoid) != get_namespace_oid(IVM_SCHEMA, false) ||
			form->tgattr.dim1 != 0 ||
			!heap_attisnull(tup, Anum_pg_trigger_tgqual, RelationGetDescr(rel));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* Has the table a row trigger for capture, its own or a clone? */
bool
ivm_ddl_has_row_trigger(Oid relid)
{
	return OidIsValid(trigger_state(relid, IVM_TRIGGER_ROW).oid);
}

/*
 * Drop a capture trigger with its clones, unless it is itself the clone of
 * one that stays.  Takes AccessExclusiveLock where there is one to drop.
 */
void
ivm_ddl_drop_trigger(Oid relid, const char *name)
{
	TriggerState state = trigger_state(relid, name);
	ObjectAddress address;

	if (!OidIsValid(state.oid) || state.clone)
		return;
	ivm_ddl_expect_triggers(find_all_inheritors(relid, NoLock, NULL), false);
	ObjectAddressSet(address, TriggerRelationId, state.oid);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
}

/* Is it not there, or not what we would make? */
static bool
must_be_made(const TriggerState *state)
{
	return !OidIsValid(state->oid) || (state->replaced && !state->clone);
}

static bool
is_in_order(Oid relid, const char *name)
{
	TriggerState state = trigger_state(relid, name);

	return !must_be_made(&state) && state.always;
}

/*
 * The tables whose capture triggers ivm_ddl_ensure_triggers() would change.  A
 * partitioned table's row trigger is cloned to all below it.
 */
static List *
tables_out_of_order(Oid base, List *partitions)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (!is_in_order(base, IVM_TRIGGER_ROW))
		result = find_all_inheritors(base, NoLock, NULL);
	else if (!is_in_order(base, IVM_TRIGGER_TRUNCATE))
		result = list_make1_oid(base);
	foreach(lc, partitions)
		if (!is_in_order(lfirst_oid(lc), IVM_TRIGGER_ROW) ||
			!is_in_order(lfirst_oid(lc), IVM_TRIGGER_TRUNCATE_LEAF))
			result = list_append_unique_oid(result, lfirst_oid(lc));
	return result;
}

static void
ensure_trigger(Oid relid, const char *name, List *statements)
{
	TriggerState state = trigger_state(relid, name);

	if (must_be_made(&state))
		run_statements(statements);
	else if (!state.always)
		run_statement(ivm_sql_enable_trigger(relid, name));
}

/*
 * Give a base table and its leaf partitions the capture triggers they lack,
 * and set right and enable those that are not.
 */
void
ivm_ddl_ensure_triggers(Oid base, List *partitions)
{
	List	   *own = ivm_sql_create_triggers(base);
	List	   *tables = tables_out_of_order(base, partitions);
	ListCell   *lc;

	if (tables == NIL)
		return;
	ivm_ddl_expect_triggers(tables, true);
	ensure_trigger(base, IVM_TRIGGER_ROW, list_copy_head(own, 2));
	ensure_trigger(base, IVM_TRIGGER_TRUNCATE, list_copy_tail(own, 2));
	foreach(lc, partitions)
	{
		Oid			leaf = lfirst_oid(lc);

		ensure_trigger(leaf, IVM_TRIGGER_ROW, NIL);	/* a clone */
		ensure_trigger(leaf, IVM_TRIGGER_TRUNCATE_LEAF, ivm_sql_create_leaf_triggers(leaf));
	}
}

static bool
relation_exists(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

static bool
is_known_partition(Oid relid)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
		if (list_member_oid(((IvmViewRow *) lfirst(lc))->partitions, relid))
			return true;
	return false;
}

/* Drop the TRUNCATE trigger of a partition that no view's base table has. */
void
ivm_ddl_forget_partition(Oid leaf)
{
	if (relation_exists(leaf) && !is_known_partition(leaf))
		ivm_ddl_drop_trigger(leaf, IVM_TRIGGER_TRUNCATE_LEAF);
}

/*
 * Give all base tables the triggers that they have lost with those of the
 * partitioned table that they are, or were, a partition of.
 */
void
ivm_ddl_ensure_all_triggers(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ListCell   *lc2;

		foreach(lc2, row->bases)
			if (relation_exists(lfirst_oid(lc2)) &&
				!ivm_ddl_has_row_trigger(lfirst_oid(lc2)))
				ivm_ddl_ensure_triggers(lfirst_oid(lc2), row->partitions);
	}
}

/*
 * Drop the capture triggers that only this view needed; its row is gone, and
 * the base tables are locked by ivm_ddl_lock_for_drop().
 */
static void
drop_unused_triggers(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		Oid			base = lfirst_oid(lc);

		if (relation_exists(base) && ivm_catalog_of_base(base) == NIL)
		{
			ivm_ddl_drop_trigger(base, IVM_TRIGGER_ROW);
			ivm_ddl_drop_trigger(base, IVM_TRIGGER_TRUNCATE);
		}
	}
	foreach(lc, row->partitions)
		ivm_ddl_forget_partition(lfirst_oid(lc));
	ivm_ddl_ensure_all_triggers();
}

/* Drop the triggers of tables that the view does not read any more. */
static void
leave_tables(List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		Oid			relid = lfirst_oid(lc);

		/*
		 * Readers may hold the table, and want one that the caller has locked:
		 * if so, the triggers stay.  They find nothing to do.
		 */
		if (relation_exists(relid) && ivm_catalog_of_base(relid) == NIL &&
			ConditionalLockRelationOid(relid, AccessExclusiveLock))
		{
			ivm_ddl_drop_trigger(relid, IVM_TRIGGER_ROW);
			ivm_ddl_drop_trigger(relid, IVM_TRIGGER_TRUNCATE);
		}
	}
}

/*
 * Bring the capture of a view's base tables in order, whatever was done to it:
 * the tables those that the definition reads now, triggers there and enabled,
 * the set of partitions the real one.  The caller has locked these tables and
 * must bring the state up to date.
 */
void
ivm_ddl_restore_capture(IvmViewRow *row, const IvmCore *core)
{
	List	   *old = row->bases;
	List	   *old_partitions = row->partitions;
	List	   *partitions = NIL;
	bool		before = ivm_ddl_enter();
	IvmOwnerScope scope;
	ListCell   *lc;

	PG_TRY();
	{
		row->bases = ivm_sources_relids(core->sources, core->nsources);
		ivm_catalog_set_sources(row->id, row->bases, ivm_plan_view_versions(core),
								ivm_plan_row_types(core));
		ivm_catalog_list_bases(row);
		ivm_ownerscope_enter_extension(&scope);
		foreach(lc, row->bases)
		{
			List	   *leaves = ivm_leaf_partitions(lfirst_oid(lc), NoLock);

			ivm_ddl_ensure_triggers(lfirst_oid(lc), leaves);
			partitions = list_concat(partitions, leaves);
		}
		ivm_ownerscope_leave(&scope);
		list_sort(partitions, list_oid_cmp);
		if (!equal(partitions, row->partitions))
		{
			row->partitions = partitions;
			ivm_catalog_set_partitions(row->id, partitions);
		}
		ivm_ownerscope_enter_extension(&scope);
		leave_tables(list_difference_oid(old, row->bases));
		foreach(lc, list_difference_oid(old_partitions, partitions))
			if (ConditionalLockRelationOid(lfirst_oid(lc), AccessExclusiveLock))
				ivm_ddl_forget_partition(lfirst_oid(lc));
		ivm_ddl_ensure_all_triggers();
		ivm_ownerscope_leave(&scope);
		ivm_catalog_set_trigger_versions(row->id, ivm_plan_triggers_now(row));
		ivm_ddl_note_all_triggers();
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
}

/* Give the state and the delta table the key indexes that they lack. */
void
ivm_ddl_ensure_indexes(IvmPlan *plan)
{
	IvmViewRow *row = plan->row;
	List	   *statements = ivm_sql_create_indexes(plan->core, get_rel_name(row->state),
													ivm_sql_relation_name(row->state),
													ivm_sql_relation_name(row->delta));
	bool		before = ivm_ddl_enter();
	IvmOwnerScope scope;

	PG_TRY();
	{
		ivm_ownerscope_enter_extension(&scope);
		if (!OidIsValid(plan->state_index))
			run_statement(linitial(statements));
		if (!OidIsValid(plan->delta_index))
			run_statement(lsecond(statements));
		ivm_ownerscope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
}

/*
 * Create an index on the state table.  Waits for writers that are changing it
 * in place; others append deltas until the end of the transaction.
 */
Oid
ivm_ddl_create_index(IvmViewRow *row, IndexStmt *stmt)
{
	bool		before = ivm_ddl_enter();
	IvmOwnerScope scope;
	Oid			result = InvalidOid;

	PG_TRY();
	{
		ivm_ownerscope_enter_extension(&scope);
		LockRelationOid(row->state, ShareLock);
		result = ivm_compat_define_index(row->state, stmt);
		ivm_ownerscope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
	CommandCounterIncrement();
	return result;
}

/* Set how full pages of the state table are made, for those written later. */
void
ivm_ddl_set_fillfactor(IvmViewRow *row, int fillfactor)
{
	bool		before = ivm_ddl_enter();
	IvmOwnerScope scope;

	PG_TRY();
	{
		ivm_ownerscope_enter_extension(&scope);
		run_statement(ivm_sql_set_fillfactor(row->state, fillfactor));
		ivm_ownerscope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
}

/* ---- locks ---- */

static void
lock_table(Oid relid, LOCKMODE lockmode)
{
	LockRelationOid(relid, lockmode);
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		(void) find_all_inheritors(relid, lockmode, NULL);
}

/* Keep writers of these tables out until the end of the transaction. */
void
ivm_ddl_lock_tables(List *relids)
{
	List	   *sorted = list_copy(relids);
	ListCell   *lc;

	list_sort(sorted, list_oid_cmp);
	foreach(lc, sorted)
		lock_table(lfirst_oid(lc), ShareRowExclusiveLock);
}

/* These rows and those of the views' parts. */
static List *
with_parts(List *rows)
{
	List	   *result = list_copy(rows);
	ListCell   *lc;

	foreach(lc, rows)
		result = list_concat(result, ivm_catalog_parts(((IvmViewRow *) lfirst(lc))->id));
	return result;
}

/* Has a table views that are not among these? */
static bool
has_other_views(Oid base, List *rows)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_catalog_of_base(base))
	{
		foreach(lc2, rows)
			if (((IvmViewRow *) lfirst(lc2))->id == ((IvmViewRow *) lfirst(lc))->id)
				break;
		if (lc2 == NULL)
			return true;
	}
	return false;
}

/*
 * Lock the base tables of views that are about to be dropped: strongly enough
 * to drop their triggers too, if no other view needs them.
 */
void
ivm_ddl_lock_for_drop(List *rows)
{
	List	   *bases = NIL;
	ListCell   *lc;

	rows = with_parts(rows);
	foreach(lc, rows)
		bases = list_union_oid(bases, ((IvmViewRow *) lfirst(lc))->bases);
	list_sort(bases, list_oid_cmp);
	foreach(lc, bases)
		lock_table(lfirst_oid(lc), has_other_views(lfirst_oid(lc), rows) ?
				   ShareRowExclusiveLock : AccessExclusiveLock);
}

/* ---- create ---- */

/* A name for storage: the view's, cut so that suffixes fit, and its id. */
static char *
storage_name(const char *view, int32 id)
{
	char	   *suffix = psprintf("_%d", id);
	int			len = pg_mbcliplen(view, strlen(view),
								   NAMEDATALEN - 1 - strlen(suffix) - strlen("_delta_key"));

	return psprintf("%.*s%s", len, view, suffix);
}

static void
give_away(Oid relid, Oid owner)
{
	ATExecChangeOwner(relid, owner, false, AccessExclusiveLock);
	CommandCounterIncrement();
}

static Oid
create_storage_table(const char *sql, const char *name)
{
	run_statement(sql);
	return get_relname_relid(name, get_namespace_oid(IVM_DATA_SCHEMA, false));
}

/* Fill the state table of a new view, and index and analyze it. */
static int64
finish_storage(IvmViewRow *row, const IvmCore *core, const char *name, bool with_data)
{
	char	   *state = ivm_sql_relation_name(row->state);
	char	   *delta = ivm_sql_relation_name(row->delta);
	IvmOwnerScope scope;
	int64		rows = 0;

	if (with_data)
	{
		IvmPlan    *plan = ivm_plan_build(row, true);

		rows = ivm_populate(plan);
		MemoryContextDelete(plan->cxt);
	}
	ivm_ownerscope_enter_extension(&scope);
	run_statements(ivm_sql_create_indexes(core, name, state, delta));
	if (with_data)
		run_statement(ivm_sql_analyze(state));
	ivm_ownerscope_leave(&scope);
	return rows;
}

typedef struct NewView
{
	const char *schema;
	const char *name;
	Query	   *query;
	const IvmCore *core;
	int32		part_of;		/* or 0 */
	bool		with_data;
	Jsonb	   *options;
	int			fillfactor;		/* or 0 */
} NewView;

static IvmViewRow *
new_row(const NewView *new)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	const IvmCore *core = new->core;
	ListCell   *lc;

	row->id = ivm_catalog_next_id();
	row->part_of = new->part_of;
	row->bases = ivm_sources_relids(core->sources, core->nsources);
	row->mode = "immediate";
	row->status = new->with_data ? IVM_STATUS_READY : IVM_STATUS_UNPOPULATED;
	/* a view that it reads may depend on more settings one day */
	row->settings = ivm_settings_capture(core->strings || core->views != NIL);
	row->view_versions = ivm_plan_view_versions(core);
	row->row_types = ivm_plan_row_types(core);
	row->options = new->options;
	foreach(lc, row->bases)
		row->partitions = list_concat(row->partitions, ivm_leaf_partitions(lfirst_oid(lc), NoLock));
	list_sort(row->partitions, list_oid_cmp);
	return row;
}

/* The definition view, the state and the delta table. */
static void
create_storage(IvmViewRow *row, const NewView *new, const char *name)
{
	const char *state = quote_qualified_identifier(IVM_DATA_SCHEMA, name);
	char	   *delta_name = psprintf("%s_delta", name);
	IvmOwnerScope scope;

	ivm_ownerscope_enter_extension(&scope);
	row->definition = create_view_relation(IVM_DATA_SCHEMA, psprintf("%s_def", name), new->query);
	row->state = create_storage_table(ivm_sql_create_state(new->core, state), name);
	row->delta = create_storage_table(ivm_sql_create_delta(new->core,
														   quote_qualified_identifier(IVM_DATA_SCHEMA, delta_name)),
									  delta_name);
	if (new->fillfactor != 0)
		run_statement(ivm_sql_set_fillfactor(row->state, new->fillfactor));
	give_away(row->definition, scope.user);
	give_away(row->state, scope.user);
	give_away(row->delta, scope.user);
	ivm_ownerscope_leave(&scope);
}

/*
 * Make the definition of a view, or of a part of it, internal to the view: it
 * goes with the view, and what cannot be dropped because the definition uses it
 * is kept by the view, as far as messages and CASCADE are concerned.  Holds
 * without event triggers, too.  (The storage cannot be tied in this way: the
 * view depends on it.)  Does nothing where that is so already.
 */
void
ivm_ddl_tie_definition(const IvmViewRow *row)
{
	ObjectAddress address;
	ObjectAddress owner;

	if (!relation_exists(row->definition) || !relation_exists(ivm_catalog_whole(row)->view))
		return;
	ivm_ddl_untie_definition(row->definition);
	ObjectAddressSet(address, RelationRelationId, row->definition);
	ObjectAddressSet(owner, RelationRelationId, ivm_catalog_whole(row)->view);
	recordDependencyOn(&address, &owner, DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
}

/* Let a definition be dropped by name, as pg_dump --clean does. */
void
ivm_ddl_untie_definition(Oid definition)
{
	(void) deleteDependencyRecordsForClass(RelationRelationId, definition, RelationRelationId,
										   DEPENDENCY_INTERNAL);
	CommandCounterIncrement();
}

/* The view that users, or the view that it is a part of, read. */
static Oid
create_readable_view(const IvmViewRow *row, const NewView *new, const char *name, List *parts)
{
	const IvmCore *core = new->core;
	Query	   *finishing = ivm_sql_finishing_query(core, quote_qualified_identifier(IVM_DATA_SCHEMA, name));
	List	   *functions;
	IvmOwnerScope scope;
	ListCell   *lc;
	Oid			view;

	ivm_ownerscope_enter_extension(&scope);
	functions = ivm_finish_pin(finishing, row->id, row->settings, 1);
	ivm_sql_fill_parts(finishing, core->parts, parts);
	foreach(lc, core->arounds)
	{
		finishing = ivm_around_put(lfirst(lc), finishing);
		functions = list_concat(functions,
								ivm_finish_pin(finishing, row->id, row->settings, list_length(functions) + 1));
	}
	foreach(lc, functions)
		ivm_compat_give_function(lfirst_oid(lc), scope.user);
	ivm_ownerscope_leave(&scope);
	if (new->part_of == 0)
		return create_view_relation(new->schema, new->name, finishing);
	ivm_ownerscope_enter_extension(&scope);
	view = create_view_relation(new->schema, new->name, finishing);
	give_away(view, scope.user);
	ivm_ownerscope_leave(&scope);
	return view;
}

static Oid	create_view(const NewView *new);

/* The views of a new view's parts. */
static List *
create_parts(const NewView *new, int32 id, const char *name)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, new->core->part_cores)
	{
		int			n = foreach_current_index(lc);
		NewView		part = *new;

		part.schema = IVM_DATA_SCHEMA;
		part.name = psprintf("%s_part%d", name, n + 1);
		part.query = list_nth(new->core->parts->queries, n);
		part.core = lfirst(lc);
		part.part_of = id;
		result = lappend_oid(result, create_view(&part));
	}
	return result;
}

static Oid
create_view(const NewView *new)
{
	IvmRun		run = {.operation = "create",.started_at = GetCurrentTimestamp()};
	IvmViewRow *row = new_row(new);
	char	   *name = storage_name(new->name, row->id);
	IvmOwnerScope scope;
	ListCell   *lc;

	create_storage(row, new, name);
	row->view = create_readable_view(row, new, name, create_parts(new, row->id, name));
	run.view_id = row->id;
	run.view = row->view;
	run.rows_inserted = finish_storage(row, new->core, name, new->with_data);
	ivm_ownerscope_enter_extension(&scope);
	foreach(lc, row->bases)
		ivm_ddl_ensure_triggers(lfirst_oid(lc), ivm_leaf_partitions(lfirst_oid(lc), NoLock));
	ivm_ownerscope_leave(&scope);
	row->trigger_versions = ivm_plan_triggers_now(row);
	ivm_catalog_insert(row);
	if (new->part_of == 0)
	{
		foreach(lc, with_parts(list_make1(row)))
			ivm_ddl_tie_definition(lfirst(lc));
		ivm_stats_record(&run);
	}
	return row->view;
}

/* The tables that the view and its parts read. */
static List *
tables_of_core(const IvmCore *core)
{
	List	   *result = ivm_sources_relids(core->sources, core->nsources);
	ListCell   *lc;

	foreach(lc, core->part_cores)
		result = list_concat_unique_oid(result, tables_of_core(lfirst(lc)));
	return result;
}

/*
 * Create a view of this name over an analyzed query, which core is the
 * analysis of, and return its OID.
 */
Oid
ivm_ddl_create(const RangeVar *relname, Oid namespace, Query *query,
			   const IvmCore *core, bool with_data, Jsonb *options, int fillfactor)
{
	NewView		new = {get_namespace_name(namespace), relname->relname, query, core, 0,
	with_data, options, fillfactor};
	bool		before = ivm_ddl_enter();
	Oid			result = InvalidOid;

	PG_TRY();
	{
		ivm_ddl_lock_tables(tables_of_core(core));
		result = create_view(&new);
		ivm_ddl_note_all_triggers();
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
	return result;
}

/* ---- drop ---- */

/* The view or table whose rule this is, or InvalidOid. */
static Oid
rule_relation(Oid rule)
{
	Relation	rel = table_open(RewriteRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;
	Oid			result = InvalidOid;

	ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rule));
	scan = systable_beginscan(rel, RewriteOidIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = ((Form_pg_rewrite) GETSTRUCT(tup))->ev_class;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* The relations with rules that depend on a relation, or on a column of it. */
static List *
direct_readers(Oid relid, AttrNumber column)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tup;
	List	   *result = NIL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber,
				F_INT4EQ, Int32GetDatum(column));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL,
							  column == InvalidAttrNumber ? 2 : 3, keys);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);

		if (depend->classid == RewriteRelationId)
			result = list_append_unique_oid(result, rule_relation(depend->objid));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/*
 * The views, among these rows and in their order, whose definitions read a
 * view, or a view's definition, at any depth.  From the catalogues alone: no
 * plan is derived, which would need locks on views that the command at hand
 * does not concern.
 */
List *
ivm_ddl_readers(List *rows, Oid view)
{
	List	   *relids = list_make1_oid(view);	/* grows below */
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relids)
	{
		Oid			relid = lfirst_oid(lc);

		relids = list_concat_unique_oid(relids, direct_readers(relid, InvalidAttrNumber));
		foreach(lc2, rows)
			if (((IvmViewRow *) lfirst(lc2))->definition == relid)
				relids = list_append_unique_oid(relids, ((IvmViewRow *) lfirst(lc2))->view);
	}
	relids = list_delete_oid(relids, view);
	foreach(lc, rows)
		if (list_member_oid(relids, ((IvmViewRow *) lfirst(lc))->definition))
			result = lappend(result, lfirst(lc));
	return result;
}

/*
 * A view, among these rows, whose definition uses this column of a table itself,
 * not through another view; or NULL.
 */
IvmViewRow *
ivm_ddl_column_reader(List *rows, Oid relid, AttrNumber column)
{
	List	   *readers = direct_readers(relid, column);
	ListCell   *lc;

	foreach(lc, rows)
		if (list_member_oid(readers, ((IvmViewRow *) lfirst(lc))->definition))
			return lfirst(lc);
	return NULL;
}

/* Add what a view consists of to objects; its row goes at once. */
static void
collect_view(IvmViewRow *row, ObjectAddresses *objects)
{
	Oid			relids[] = {row->view, row->definition, row->state, row->delta};
	ObjectAddress address;
	ListCell   *lc;

	ivm_catalog_delete(row->id);
	for (int i = 0; i < (int) lengthof(relids); i++)
	{
		ObjectAddressSet(address, RelationRelationId, relids[i]);
		LockRelationOid(relids[i], AccessExclusiveLock);
		if (relation_exists(relids[i]))
			add_exact_object_address(&address, objects);
	}
	foreach(lc, ivm_finish_functions(row->id))
	{
		ObjectAddressSet(address, ProcedureRelationId, lfirst_oid(lc));
		add_exact_object_address(&address, objects);
	}
}

static void
drop_views(List *rows, bool cascade)
{
	ObjectAddresses *objects = new_object_addresses();
	ListCell   *lc;

	foreach(lc, rows)
		collect_view(lfirst(lc), objects);
	performMultipleDeletions(objects, cascade ? DROP_CASCADE : DROP_RESTRICT, 0);
	free_object_addresses(objects);
	CommandCounterIncrement();
}

/*
 * The row of a view that has lost its definition, or itself: as those have
 * that read a view just dropped.
 */
static IvmViewRow *
find_incomplete_view(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (!relation_exists(row->view) || !relation_exists(row->definition))
			return row;
	}
	return NULL;
}

/*
 * Drop what is left of a view: the view itself, its storage, its row, and
 * triggers that nobody needs any more.  With cascade, so for the views of this
 * extension that read it.  A view and its parts go together.
 */
void
ivm_ddl_drop(IvmViewRow *row, bool cascade)
{
	bool		before = ivm_ddl_enter();
	IvmViewRow *whole = row->part_of != 0 ? ivm_catalog_get(row->part_of) : NULL;
	List	   *rows;
	IvmOwnerScope scope;

	if (whole != NULL)
		row = whole;
	rows = list_make1(row);
	if (cascade)
		rows = list_concat(rows, ivm_ddl_readers(ivm_catalog_all(), row->view));
	PG_TRY();
	{
		ivm_ddl_lock_for_drop(rows);
		while (row != NULL)
		{
			List	   *family = with_parts(list_make1(row));
			ListCell   *lc;

			drop_views(family, cascade);
			ivm_ownerscope_enter_extension(&scope);
			foreach(lc, family)
				drop_unused_triggers(lfirst(lc));
			ivm_ownerscope_leave(&scope);
			row = cascade ? find_incomplete_view() : NULL;
		}
		ivm_ddl_note_all_triggers();
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
}

/* ---- what is left of dropped views ---- */

/* Lock all that dropping these views locks, if that is free at once. */
static bool
try_lock_for_drop(List *rows)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		Oid			relids[] = {row->view, row->definition, row->state, row->delta};

		foreach(lc2, list_concat_copy(row->bases, row->partitions))
			if (!ConditionalLockRelationOid(lfirst_oid(lc2), AccessExclusiveLock))
				return false;
		for (int i = 0; i < (int) lengthof(relids); i++)
			if (!ConditionalLockRelationOid(relids[i], AccessExclusiveLock))
				return false;
	}
	return true;
}

/*
 * Drop what is left of one view, in a subtransaction of its own: nobody's command
 * waits or fails for that.
 */
static bool
try_drop_remains(IvmViewRow *row)
{
	MemoryContext oldcxt = CurrentMemoryContext;
	ResourceOwner oldowner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(oldcxt);
	PG_TRY();
	{
		if (try_lock_for_drop(with_parts(list_make1(row))) &&
			(row = ivm_catalog_get(row->id)) != NULL)
		{
			ivm_ddl_drop(row, false);
			done = true;
		}
		if (done)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(oldcxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		done = false;
		if (error->sqlerrcode != ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(oldcxt);
	CurrentResourceOwner = oldowner;
	return done;
}

/*
 * Drop what is left of views that were dropped where no event trigger ran: their
 * storage, rows of ivm.view and triggers.  What is locked, or has something
 * depending on it, stays until the next time.  Was there anything to drop?
 */
bool
ivm_ddl_drop_remains(void)
{
	bool		result = false;
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (row->part_of == 0 && !relation_exists(row->view))
			result |= try_drop_remains(row);
	}
	return result;
}

/* ---- alter ---- */

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tup))
	{
		owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
		ReleaseSysCache(tup);
	}
	return owner;
}

/* The storage of a view, or of a part of it, belongs to the owner of the view. */
static void
follow_owner(IvmViewRow *row)
{
	Oid			relids[] = {row->definition, row->state, row->delta, row->view};
	IvmViewRow *whole = row->part_of != 0 ? ivm_catalog_get(row->part_of) : NULL;
	Oid			owner = relation_owner(whole ? whole->view : row->view);

	for (int i = 0; i < (int) lengthof(relids) && OidIsValid(owner); i++)
	{
		if (!relation_exists(relids[i]) || relation_owner(relids[i]) == owner)
			continue;
		give_away(relids[i], owner);
		ivm_catalog_invalidate(row);
	}
}

/*
 * After a crash, the storage of a view is empty if its base tables are.  As
 * long as only some of them would be, the plan is unusable (plan_check.c).
 */
static void
follow_persistence(IvmViewRow *row)
{
	Oid			relids[] = {row->state, row->delta};
	char		persistence = '\0';
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		if (!relation_exists(lfirst_oid(lc)))
			return;
		if (persistence != '\0' && get_rel_persistence(lfirst_oid(lc)) != persistence)
			return;
		persistence = get_rel_persistence(lfirst_oid(lc));
	}
	for (int i = 0; i < (int) lengthof(relids) && persistence != '\0'; i++)
		if (relation_exists(relids[i]) && get_rel_persistence(relids[i]) != persistence)
			run_statement(ivm_sql_set_logged(relids[i],
											 persistence == RELPERSISTENCE_PERMANENT));
}

/*
 * Let the storage of a view and of its parts follow what the view and its base
 * tables have become.
 */
void
ivm_ddl_follow(IvmViewRow *row)
{
	bool		before = ivm_ddl_enter();
	IvmOwnerScope scope;
	ListCell   *lc;

	PG_TRY();
	{
		ivm_ownerscope_enter_extension(&scope);
		foreach(lc, with_parts(list_make1(row)))
		{
			follow_owner(lfirst(lc));
			follow_persistence(lfirst(lc));
		}
		ivm_ownerscope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_ddl_leave(before);
	}
	PG_END_TRY();
}
