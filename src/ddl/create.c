/*-------------------------------------------------------------------------
 *
 * create.c
 *	  Creating a view with its storage.
 *
 * Storage lives in schema ivm_data, where users cannot create anything: it is
 * created as the owner of the extension and then given to the view's owner.
 * The caller (sql/api_create.c) has checked privileges.
 *
 *		 definition view				from the query, as it is
 *		 state table, delta table		from the core
 *		   parts						views of their own, in the same way
 *		 readable view					the finishing over the state table
 *		 state rows						computed (populate.c)
 *		 indexes, capture triggers
 *		 row of ivm.view				last: from here on the view exists
 *
 * Locks: base tables before state and delta tables, always.  Since writers are
 * kept out from before the state is computed until the triggers are committed,
 * no change is lost between the two.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "mb/pg_wchar.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/relation_kind.h"
#include "base/server_internals.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "catalog/own_command.h"
#include "catalog/run_history.h"
#include "commit/old_buckets.h"
#include "ddl/create.h"
#include "ddl/ddl_source.h"
#include "ddl/drop.h"
#include "ddl/follow.h"
#include "ddl/readers.h"
#include "ddl/view_query.h"
#include "definition/analyze_check.h"
#include "definition/core.h"
#include "definition/outer_query.h"
#include "definition/refusal.h"
#include "definition/sources.h"
#include "maintain/append_carry.h"
#include "maintain/append_locks.h"
#include "maintain/append_refresh.h"
#include "maintain/base_tables.h"
#include "maintain/log_storage.h"
#include "maintain/populate.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_check.h"
#include "plan/plan_derive.h"
#include "plan/plan_triggers.h"
#include "read/finishing.h"
#include "read/finishing_functions.h"
#include "read/finishing_window.h"

/* A name for storage: the view's, cut so that suffixes fit, and its id. */
static char *
storage_name(const char *view, int32 id)
{
	char	   *suffix = psprintf("_%d", id);
	int			len = pg_mbcliplen(view, strlen(view),
								   NAMEDATALEN - 1 - strlen(suffix) - strlen("_delta_key"));

	return psprintf("%.*s%s", len, view, suffix);
}

/* Run a CREATE TABLE in schema ivm_data and return the OID of the table. */
static Oid
create_storage_table(const char *sql, const char *name)
{
	ivm_own_command_run(sql);
	return get_relname_relid(name, get_namespace_oid(IVM_DATA_SCHEMA, false));
}

/* A view, or a part of one, to be created */
typedef struct NewView
{
	const char *schema;
	const char *name;
	Query	   *query;
	const IvmCore *core;
	int32		part_of;		/* id of the view that it is a part of, or 0 */
	IvmMode		mode;
	bool		with_data;
	Jsonb	   *options;
	int			fillfactor;		/* of the state table, or 0 */
	IvmAppendView *append;		/* NULL: its changes are captured */
	Oid			existing;		/* relation that becomes the view, or
								 * InvalidOid */
} NewView;

/* Fill the state table of a new view, and index and analyze it. */
static int64
finish_storage(IvmViewRow *row, const NewView *new, const char *name)
{
	char	   *state = ivm_sql_text_relation_name(row->state);
	char	   *delta = ivm_sql_text_relation_name(row->delta);
	bool		with_data = new->with_data;
	IvmOwnerScope scope;
	int64		rows = 0;

	if (with_data)
	{
		IvmPlan    *plan = ivm_plan_derive(row, true);

		if (plan->deferred && !plan->append)
			ivm_log_storage_ensure(plan);
		rows = new->append && OidIsValid(new->append->carried_from) ? ivm_append_carry(plan, new->append) :
			plan->append ? ivm_append_refresh_fill(plan, new->append) :
			ivm_populate_state(plan, NULL);
		MemoryContextDelete(plan->cxt);
	}
	ivm_owner_scope_enter_extension(&scope);
	ivm_own_command_run_all(ivm_storage_index_texts(new->core, name, state, delta));
	if (with_data)
		ivm_own_command_run(ivm_storage_analyze_text(state));
	ivm_owner_scope_leave(&scope);
	return rows;
}

static void
check_partitions(const List *partitions)
{
	IvmRefusal *refusal = ivm_analyze_check_partitions(partitions);

	if (refusal != NULL)
		ereport(ERROR,
				(errcode(refusal->sqlerrcode),
				 errmsg("%s", refusal->message),
				 errdetail("%s", refusal->detail),
				 errhint("%s", refusal->hint)));
}

/* The row of ivm.view, but for the OIDs of relations that do not exist yet. */
static IvmViewRow *
new_row(const NewView *new)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	const IvmCore *core = new->core;
	ListCell   *lc;

	row->id = ivm_catalog_next_id();
	row->part_of = new->part_of;
	if (new->append == NULL)
		row->bases = ivm_sources_relids(core->sources, core->nsources);
	row->mode = new->mode;
	row->status = new->with_data ? IVM_STATUS_READY : IVM_STATUS_UNPOPULATED;
	/* a view that the definition reads may depend on more settings one day */
	row->settings = ivm_settings_capture(core->strings || core->views != NIL);
	row->view_versions = ivm_plan_view_versions(core);
	row->row_types = ivm_plan_row_types(core);
	row->options = new->options;
	foreach(lc, row->bases)
		row->partitions = list_concat(row->partitions, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
	list_sort(row->partitions, list_oid_cmp);
	check_partitions(row->partitions);
	return row;
}

/* Create the definition view, the state and the delta table. */
static void
create_storage(IvmViewRow *row, const NewView *new, const char *name)
{
	const char *state = quote_qualified_identifier(IVM_DATA_SCHEMA, name);
	char	   *delta_name = psprintf("%s_delta", name);
	IvmOwnerScope scope;

	ivm_owner_scope_enter_extension(&scope);
	row->definition = ivm_view_query_create(IVM_DATA_SCHEMA, psprintf("%s_def", name), new->query);
	row->state = create_storage_table(ivm_storage_state_text(new->core, state), name);
	row->delta = create_storage_table(ivm_storage_delta_text(new->core,
															 quote_qualified_identifier(IVM_DATA_SCHEMA, delta_name)),
									  delta_name);
	ivm_storage_guard(row->state);
	ivm_storage_guard(row->delta);
	if (new->fillfactor != 0)
		ivm_own_command_run(ivm_storage_fillfactor_text(row->state, new->fillfactor));
	ivm_follow_give_away(row->definition, scope.user);
	ivm_follow_give_away(row->state, scope.user);
	ivm_follow_give_away(row->delta, scope.user);
	ivm_owner_scope_leave(&scope);
}

/*
 * The query of the view that users read, or, for a part, of the one that the finishing
 * of the whole reads: the finishing over the state table.  Functions that it needs are created.
 */
static Query *
make_readable_query(const IvmViewRow *row, const NewView *new, const char *name, List *parts)
{
	const IvmCore *core = new->core;
	const char *state = quote_qualified_identifier(IVM_DATA_SCHEMA, name);
	Query	   *finishing = ivm_finishing_query(core, state);
	List	   *functions;
	IvmOwnerScope scope;
	ListCell   *lc;

	ivm_owner_scope_enter_extension(&scope);
	functions = ivm_finishing_functions_pin(finishing, row->id, row->settings, 1);
	functions = list_concat(functions,
							ivm_finishing_window_apply(finishing, core, state, row->id, row->settings,
													   list_length(functions) + 1));
	ivm_finishing_fill_parts(finishing, core->parts, parts);
	foreach(lc, core->outer_queries)
	{
		finishing = ivm_outer_query_put(lfirst(lc), finishing);
		functions = list_concat(functions,
								ivm_finishing_functions_pin(finishing, row->id, row->settings, list_length(functions) + 1));
	}
	foreach(lc, functions)
		ivm_server_give_function(lfirst_oid(lc), scope.user);
	ivm_owner_scope_leave(&scope);
	return finishing;
}

/* Create the readable view of a view, or of a part: the latter among the storage. */
static Oid
create_readable_view(const NewView *new, Query *query)
{
	IvmOwnerScope scope;
	Oid			view;

	if (new->part_of == 0)
		return ivm_view_query_create(new->schema, new->name, query);
	ivm_owner_scope_enter_extension(&scope);
	view = ivm_view_query_create(new->schema, new->name, query);
	ivm_follow_give_away(view, scope.user);
	ivm_owner_scope_leave(&scope);
	return view;
}

/*
 * Are changes captured once a new view is there?  Those of one without rows are not: so nobody who writes
 * its tables is waited for; who fills it makes the triggers.
 */
static bool
is_captured(const NewView *new)
{
	return new->with_data || OidIsValid(new->existing);
}

/*
 * Let what is there become the view: readers wait from here on.  Returns the rows of ivm.view
 * of what it was, which is dropped but for triggers and logs.
 */
static List *
replace_readable_view(const NewView *new, Query *query)
{
	IvmViewRow *old = ivm_catalog_find_view(new->existing);

	if (get_rel_relkind(new->existing) == RELKIND_MATVIEW)
		ivm_relation_kind_make_view(new->existing);
	ivm_view_query_replace(new->existing, query);
	return old ? ivm_drop_storage(old) : NIL;
}

static Oid	create_view(const NewView *new);	/* creates its parts by
												 * create_parts() */

/* Create the views of a new view's parts; returns their OIDs in order. */
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
		part.existing = InvalidOid;
		result = lappend_oid(result, create_view(&part));
	}
	return result;
}

/* Create a view or a part, whose base tables the caller has locked. */
static Oid
create_view(const NewView *new)
{
	IvmRun		run = {.operation = "create",.started_at = GetCurrentTimestamp()};
	IvmViewRow *row = new_row(new);
	char	   *name = storage_name(new->name, row->id);
	List	   *replaced = NIL;
	Query	   *query;
	IvmOwnerScope scope;
	ListCell   *lc;

	create_storage(row, new, name);
	if (new->append)
		new->append->view_id = row->id;
	query = make_readable_query(row, new, name, create_parts(new, row->id, name));
	row->view = OidIsValid(new->existing) ? new->existing : create_readable_view(new, query);
	run.view_id = row->id;
	run.view = row->view;
	run.rows_inserted = finish_storage(row, new, name);
	if (OidIsValid(new->existing))
		replaced = replace_readable_view(new, query);
	if (is_captured(new))
	{
		ivm_owner_scope_enter_extension(&scope);
		foreach(lc, row->bases)
			ivm_capture_triggers_ensure(lfirst_oid(lc), ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
		ivm_owner_scope_leave(&scope);
	}
	row->trigger_versions = ivm_plan_triggers_now(row);
	ivm_catalog_insert(row);
	ivm_drop_unused(replaced);
	ivm_old_buckets_note(new->core, row->id, new->mode == IVM_MODE_DEFERRED);
	if (new->append)
		ivm_append_view_put(new->append);
	if (new->append && OidIsValid(new->append->carried_from))
		ivm_append_view_forget(row->id);
	if (new->part_of == 0)
	{
		foreach(lc, ivm_catalog_with_parts(list_make1(row)))
			ivm_definition_link_make(lfirst(lc));
		if (new->mode == IVM_MODE_DEFERRED && new->with_data)
			ivm_log_storage_filled(ivm_catalog_with_parts(list_make1(row)));
		ivm_run_history_record(&run);
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
 * Lock the tables of what is replaced along with those of what replaces it, and with those
 * of the views that read it, all at once; then the relation itself and its storage, against
 * other DDL only.  Is it still the view that is known, or none if that is NULL?
 */
static bool
lock_replaced(Oid existing, IvmViewRow *old, List *tables)
{
	const char *name = get_rel_name(existing);
	List	   *rows = ivm_catalog_all();
	IvmViewRow *now;
	ListCell   *lc;

	foreach(lc, ivm_readers_of(rows, existing))
		tables = list_union_oid(tables, ((IvmViewRow *) lfirst(lc))->bases);
	if (old)
		ivm_drop_lock_tables(list_make1(old), tables);
	else
		ivm_base_tables_lock(tables);
	LockRelationOid(existing, ShareUpdateExclusiveLock);
	now = ivm_catalog_find_view(existing);
	if (!ivm_relation_exists(existing) ||
		(now == NULL && get_rel_relkind(existing) != RELKIND_MATVIEW))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped by another transaction", name ? name : "")));
	if (old == NULL || now == NULL)
		return old == now;
	if (old->id != now->id)
		return false;
	LockRelationOid(old->state, ShareUpdateExclusiveLock);
	return true;
}

bool
ivm_create_lock_existing(Oid existing, IvmViewRow *old, Query *query, const IvmCore *core, IvmMode mode)
{
	List	   *tables = tables_of_core(core);

	ivm_view_query_check(existing, query);
	if (mode != IVM_MODE_APPEND)
		ivm_base_tables_require_unwritten(tables, "create a view over");
	if (mode == IVM_MODE_DEFERRED)
		ivm_log_storage_lock(tables);
	if (!lock_replaced(existing, old, mode == IVM_MODE_APPEND ? NIL : tables))
		return false;
	ivm_ddl_source_before_replace(ivm_catalog_all(), existing);
	return true;
}

Oid
ivm_create_view_with_storage(const RangeVar *name, Oid namespace, Query *query,
							 const IvmCore *core, IvmMode mode, bool with_data,
							 Jsonb *options, int fillfactor, IvmAppendView *append, Oid existing)
{
	NewView		new = {get_namespace_name(namespace), name->relname, query, core, 0,
	mode, with_data, options, fillfactor, append, existing};
	List	   *tables = tables_of_core(core);
	bool		before = ivm_own_command_enter();
	Oid			result = InvalidOid;

	PG_TRY();
	{
		if (append)
			(void) ivm_append_locks_take(tables, append->base, 0, true);
		else if (is_captured(&new))
		{
			ivm_base_tables_require_unwritten(tables, "create a view over");
			if (mode == IVM_MODE_DEFERRED)
				ivm_log_storage_lock(tables);
			ivm_base_tables_lock(tables);
		}
		result = create_view(&new);
		if (OidIsValid(existing))
			ivm_ddl_source_after_replace(existing);
		ivm_capture_triggers_note_all();
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
	return result;
}
