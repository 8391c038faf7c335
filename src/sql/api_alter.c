/*-------------------------------------------------------------------------
 *
 * api_alter.c
 *	  Altering columns that views use.
 *
 *		ivm.before_alter('t', 'x')		views that use t.x, and those above them, are taken apart
 *		ALTER TABLE t ALTER x TYPE ..	core finds nothing that uses the column
 *		ivm.after_alter()				each is put together: replaced by itself, under its OID
 *
 * In between, what a view was is kept in memory: its definition as text, and what users have built on its
 * storage.  Its row of ivm.view says "altering"; a savepoint that is rolled back brings
 * back the row, so the row alone tells whether what is kept counts.  Such a row must not be committed, which
 * the transaction's callback sees to: then no other session meets it, nor does a dump.
 *
 * The text is read as the view's owner, and a type may bring casts that are functions of its owner.  So who calls
 * must own the table and the views.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/relation.h"
#include "base/settings.h"
#include "base/sql_text.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "ddl/drop.h"
#include "ddl/take_apart.h"
#include "ddl/view_query.h"
#include "maintain/append_carry.h"
#include "maintain/maintain.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/api.h"
#include "sql/api_alter.h"
#include "sql/api_create.h"
#include "sql/kept.h"
#include "sql/view_name.h"

IVM_FUNCTION(ivm_before_alter);
IVM_FUNCTION(ivm_after_alter);
IVM_FUNCTION(ivm_altering);

/* What a view was */
typedef struct Apart
{
	int32		id;
	Oid			view;
	char	   *definition;
	IvmKept    *kept;
	IvmStatus	status;
	char	   *reason;			/* of the status, or NULL */
	List	   *reads;			/* OIDs of views */
	List	   *types;			/* of an append view: ivm_append_carry_types() */
} Apart;

/* In TopTransactionContext, also of views that are not, or not any more, taken apart */
static List *apart_views = NIL;

/* ---- arguments ---- */

/* Raise an error unless it is a table that the current user may alter. */
static void
check_table(Oid relid)
{
	const char *name = get_rel_name(relid);
	char		kind = get_rel_relkind(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", name),
				 errhint("Name the table whose column is to be altered.")));
	if (!ivm_compat_is_owner(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name);
}

/* The numbers (int list) of columns of a table, given as text[]. */
static List *
parse_columns(Oid relid, ArrayType *array)
{
	Datum	   *names;
	bool	   *nulls;
	int			n;
	List	   *result = NIL;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? NULL : TextDatumGetCString(names[i]);
		AttrNumber	attno = name ? get_attnum(relid, name) : InvalidAttrNumber;

		if (name == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"columns\" must not contain nulls")));
		if (attno <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist", name, get_rel_name(relid))));
		result = lappend_int(result, attno);
	}
	return result;
}

/* ---- what is apart ---- */

static void
report_foreign_view(const IvmViewRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("must be owner of view %s", get_rel_name(row->view)),
			 errdetail("View %s uses what is to be altered, and is put together as its owner afterwards.",
					   ivm_sql_text_relation_name(row->view)),
			 errhint("Call ivm.before_alter() as a role that has the rights of the owners of the table and of the view.")));
}

/* The views that a view reads, as far as its plans tell. */
static List *
views_read(IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_with_parts(list_make1(row)))
		result = list_union_oid(result, ivm_plan_cache_require(lfirst(lc))->core->views);
	return result;
}

/* Keep what a view is; nothing is changed. */
static void
keep(IvmViewRow *row)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(TopTransactionContext);
	Apart	   *apart = palloc0(sizeof(Apart));
	ListCell   *lc;

	apart->id = row->id;
	apart->view = row->view;
	apart->definition = ivm_take_apart_definition(row);
	apart->kept = ivm_kept_of_view(row);
	apart->status = row->status;
	apart->reason = row->reason ? pstrdup(row->reason) : NULL;
	apart->reads = views_read(row);
	if (row->mode == IVM_MODE_APPEND)
		apart->types = ivm_append_carry_types(ivm_plan_cache_require(row));
	foreach(lc, apart_views)
	{
		if (((Apart *) lfirst(lc))->id == row->id)
			apart_views = foreach_delete_current(apart_views, lc);
	}
	apart_views = lappend(apart_views, apart);
	MemoryContextSwitchTo(oldcxt);
}

/* Is a view taken apart now?  Sets *row to its row of ivm.view. */
static bool
is_apart(const Apart *apart, IvmViewRow **row)
{
	*row = ivm_catalog_get(apart->id);
	return *row != NULL && (*row)->status == IVM_STATUS_ALTERING && ivm_relation_exists((*row)->view);
}

/* The views that are taken apart, such that each comes behind those that it reads. */
static List *
in_order(void)
{
	List	   *left = NIL;
	List	   *result = NIL;
	IvmViewRow *row;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, apart_views)
	{
		if (is_apart(lfirst(lc), &row))
			left = lappend(left, lfirst(lc));
	}
	while (left != NIL)
	{
		Apart	   *next = linitial(left);

		foreach(lc, left)
		{
			foreach(lc2, left)
			{
				if (list_member_oid(((Apart *) lfirst(lc))->reads, ((Apart *) lfirst(lc2))->view))
					break;
			}
			if (lc2 == NULL)
			{
				next = lfirst(lc);
				break;
			}
		}
		left = list_delete_ptr(left, next);
		result = lappend(result, next);
	}
	return result;
}

void
ivm_api_alter_check(void)
{
	ListCell   *lc;
	IvmViewRow *row;

	foreach(lc, apart_views)
	{
		if (is_apart(lfirst(lc), &row))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("view \"%s\" has been taken apart, and not been put together", ivm_catalog_view_name(row)),
					 errdetail("ivm.before_alter() does that, so that a column which the view uses can be altered."),
					 errhint("Call ivm.after_alter() in the same transaction, after ALTER TABLE.")));
	}
}

void
ivm_api_alter_reset(void)
{
	apart_views = NIL;
}

Datum
ivm_altering(PG_FUNCTION_ARGS)
{
	const char *name = get_rel_name(PG_GETARG_OID(0));

	ivm_api_report_altering(name ? name : "");
	PG_RETURN_NULL();
}

/* ---- before ---- */

Datum
ivm_before_alter(PG_FUNCTION_ARGS)
{
	Oid			table;
	List	   *rows;
	List	   *relids = NIL;
	List	   *columns;
	ListCell   *lc;
	ListCell   *lc2;

	ivm_api_require_not_null(fcinfo, 0, "base_table");
	ivm_api_require_not_null(fcinfo, 1, "columns");
	ivm_api_require_writable("ivm.before_alter()");
	table = PG_GETARG_OID(0);
	check_table(table);
	columns = parse_columns(table, PG_GETARG_ARRAYTYPE_P(1));
	rows = ivm_take_apart_lock(table, columns);
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		if (row->status == IVM_STATUS_ALTERING)
			continue;
		if (!ivm_compat_is_owner(row->view, GetUserId()))
			report_foreign_view(row);
		foreach(lc2, ivm_catalog_with_parts(list_make1(row)))
			ivm_maintain_require_unchanged(lfirst(lc2),
										   "Call ivm.before_alter() before the transaction changes the table, or in another one.");
		keep(row);
		relids = lappend_oid(relids, row->view);
	}
	foreach(lc, rows)
	{
		if (((IvmViewRow *) lfirst(lc))->status != IVM_STATUS_ALTERING)
			ivm_take_apart(lfirst(lc));
	}
	PG_RETURN_DATUM(ivm_view_row_oids(relids));
}

/* ---- after ---- */

/* The definition, read anew, with the names that the view's columns have. */
static Query *
read_definition(const Apart *apart)
{
	Query	   *result = ivm_api_parse_definition(apart->definition);
	List	   *names = NIL;
	char	   *name;

	for (AttrNumber n = 1; (name = get_attname(apart->view, n, true)) != NULL; n++)
		names = lappend(names, makeString(name));
	ivm_view_name_put_columns(result, names);
	return result;
}

/*
 * What the view is to be: what it was.  One that was stale or ready has rows afterwards; one that is to be built
 * online is so by its options.
 */
static void
describe(const Apart *apart, IvmViewRow *row, bool with_data, IvmOptions *options, IvmNewDefinition *new)
{
	int			nestlevel = ivm_take_apart_text_enter();
	bool		filled = apart->status == IVM_STATUS_READY || apart->status == IVM_STATUS_STALE ||
		(row->mode == IVM_MODE_APPEND && (apart->status == IVM_STATUS_PAUSED || apart->status == IVM_STATUS_ROLLED_BACK));

	if (filled)
		ivm_catalog_set_options(row->id, ivm_options_without(row->options, "build"));
	ivm_options_parse(ivm_catalog_get(row->id)->options, true, options);
	new->name = makeRangeVar(get_namespace_name(get_rel_namespace(apart->view)), get_rel_name(apart->view), -1);
	new->namespace = get_rel_namespace(apart->view);
	new->query = read_definition(apart);
	new->sql = apart->definition;
	new->mode = row->mode;
	new->with_data = filled ? with_data || row->mode == IVM_MODE_APPEND :
		ivm_options_builds_online(options->stored);
	new->options = options;
	new->existing = apart->view;
	(void) ivm_view_query_retype(apart->view, new->query);
	new->kept = ivm_kept_with_types(apart->kept, apart->view);
	new->kept_types = apart->types;
	ivm_take_apart_text_leave(nestlevel);
}

/* Let the view, which is new, have the status that it had. */
static void
restore_status(const Apart *apart)
{
	IvmViewRow *row = ivm_catalog_find_view(apart->view);
	IvmAppendView *append = row->mode == IVM_MODE_APPEND ? ivm_append_view_get(row->id, NULL) : NULL;
	bool		empty = append && !append->stored && row->status == IVM_STATUS_READY;
	ListCell   *lc;

	foreach(lc, ivm_catalog_with_parts(list_make1(row)))
	{
		int32		id = ((IvmViewRow *) lfirst(lc))->id;

		/* the rows of an append view are still those */
		if (apart->status == IVM_STATUS_ROLLED_BACK && row->mode != IVM_MODE_APPEND)
			ivm_catalog_set_status(id, IVM_STATUS_PAUSED, NULL);
		else if (apart->status == IVM_STATUS_PAUSED || apart->status == IVM_STATUS_ROLLED_BACK ||
				 apart->status == IVM_STATUS_BROKEN)
			ivm_catalog_set_status(id, apart->status, apart->reason);
		else if (empty || (apart->status == IVM_STATUS_UNPOPULATED && apart->reason))
			ivm_catalog_set_status(id, IVM_STATUS_UNPOPULATED, empty ? NULL : apart->reason);
	}
}

static void
put_together(const Apart *apart, bool with_data)
{
	IvmViewRow *row = ivm_catalog_get(apart->id);
	IvmNewDefinition new = {0};
	IvmOptions	options;
	IvmOwnerScope scope;
	ErrorContextCallback callback;
	int			nestlevel;

	if (!ivm_compat_is_owner(row->view, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, get_rel_name(row->view));
	ivm_error_enter_view(&callback, pstrdup(get_rel_name(row->view)));
	ivm_owner_scope_enter_relation(&scope, ivm_relation_owner(row->view));
	describe(apart, row, with_data, &options, &new);
	nestlevel = ivm_settings_push(ivm_settings_parse(row->settings, CurrentMemoryContext));
	(void) ivm_api_create_view(&new);
	ivm_settings_pop(nestlevel);
	restore_status(apart);
	ivm_owner_scope_leave(&scope);
	ivm_error_leave_view(&callback);
}

Datum
ivm_after_alter(PG_FUNCTION_ARGS)
{
	List	   *relids = NIL;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "with_data");
	ivm_api_require_writable("ivm.after_alter()");
	foreach(lc, in_order())
	{
		put_together(lfirst(lc), PG_GETARG_BOOL(0));
		relids = lappend_oid(relids, ((Apart *) lfirst(lc))->view);
	}
	(void) ivm_drop_remains();
	PG_RETURN_DATUM(ivm_view_row_oids(relids));
}
