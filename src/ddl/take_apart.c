/*-------------------------------------------------------------------------
 *
 * take_apart.c
 *	  Views taken apart, so that a column which they use can be altered.
 *
 * Core refuses to alter a column that a rule uses, so the rules go: those of the view and its definition, and of
 * its parts, are replaced by
 *
 *		SELECT NULL::type AS column, ... WHERE ivm._altering(view) OFFSET 0
 *
 * which raises an error when it is run; OFFSET keeps the planner from concluding anything from the nulls.  The
 * end of the transaction raises one, too, unless the view has been put together by then (sql/api_alter.c), so
 * nobody else ever sees such a view.  The tables stay locked until then.
 *
 * The state of an append view may hold what its tables do not have any more, so it is kept for the new one
 * (maintain/append_carry.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "catalog/change_log.h"
#include "catalog/own_command.h"
#include "catalog/watermark.h"
#include "ddl/drop.h"
#include "ddl/readers.h"
#include "ddl/take_apart.h"
#include "ddl/view_query.h"
#include "maintain/generation.h"
#include "maintain/lock_set.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "read/finishing_functions.h"

/* ---- finding and locking ---- */

/* Does a view, or a part of it, have rows of this type as a whole, or text made of them? */
static bool
has_rows(IvmViewRow *row, Oid type)
{
	ListCell   *lc;

	foreach(lc, row->status == IVM_STATUS_ALTERING ? NIL : ivm_catalog_with_parts(list_make1(row)))
	{
		IvmPlan    *plan = ivm_plan_cache_get(((IvmViewRow *) lfirst(lc))->id);

		if (plan && (list_member_oid(plan->core->row_types, type) || list_member_oid(plan->core->text_types, type)))
			return true;
	}
	return false;
}

/*
 * The views, among these rows, that use these columns of a table (NIL: any); and, if locked is set, those that
 * have rows of it as a whole, which only plans tell.
 */
static List *
users_of_table(List *rows, Oid table, List *columns, bool locked)
{
	List	   *result = ivm_readers_using(rows, table, columns);
	ListCell   *lc;

	foreach(lc, columns != NIL && locked ? ivm_readers_using(rows, table, NIL) : NIL)
	{
		if (has_rows(lfirst(lc), get_rel_type_id(table)))
			result = list_append_unique_ptr(result, lfirst(lc));
	}
	return result;
}

/*
 * The views that use these columns of a table, or of its children.  locked: the table is, so that plans can be derived
 * with no lock that would have to be exchanged for a stronger one.
 */
static List *
find_views(Oid table, List *columns, bool locked)
{
	List	   *rows = ivm_catalog_all();
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(table, NoLock, NULL))
	{
		List	   *attnos = NIL;
		ListCell   *lc2;

		foreach(lc2, columns)
		{
			AttrNumber	attno = get_attnum(lfirst_oid(lc),
										   get_attname(table, lfirst_int(lc2), false));

			if (attno != InvalidAttrNumber)
				attnos = lappend_int(attnos, attno);
		}
		if (columns == NIL || attnos != NIL)
			result = list_concat_unique_ptr(result, users_of_table(rows, lfirst_oid(lc), attnos, locked));
	}
	return result;
}

static void
lock_views(Oid table, List *rows)
{
	IvmLockSet	set = {NIL};
	List	   *bases = NIL;
	List	   *views = NIL;
	List	   *storage = NIL;
	LOCKTAG		tag;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_catalog_with_parts(rows))
	{
		IvmViewRow *row = lfirst(lc);

		bases = list_union_oid(bases, row->bases);
		views = lappend_oid(views, row->view);
		storage = list_concat(storage, list_make3_oid(row->definition, row->state, row->delta));
		if (row->part_of != 0)
			continue;
		ivm_watermark_lock_tag(&tag, row->id);
		ivm_lock_set_add(&set, &tag, ExclusiveLock, NULL);
		foreach(lc2, row->mode == IVM_MODE_DEFERRED ? row->bases : NIL)
		{
			ivm_change_log_lock_tag(&tag, lfirst_oid(lc2));
			ivm_lock_set_add(&set, &tag, ShareLock, NULL);
		}
	}

	/*
	 * as readers come along: view, definition, tables; writers come to the
	 * storage last
	 */
	ivm_lock_set_add_tables(&set, views, AccessExclusiveLock, false);
	ivm_lock_set_add_tables(&set, find_all_inheritors(table, NoLock, NULL), AccessExclusiveLock, false);
	ivm_lock_set_add_tables(&set, bases, ShareRowExclusiveLock, true);
	ivm_lock_set_add_tables(&set, storage, AccessExclusiveLock, false);
	ivm_lock_set_take_in_turn(&set);
}

static List *
ids_of(List *rows)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rows)
		result = lappend_int(result, ((IvmViewRow *) lfirst(lc))->id);
	list_sort(result, list_int_cmp);
	return result;
}

List *
ivm_take_apart_lock(Oid table, List *columns)
{
	List	   *rows = find_views(table, columns, false);

	for (;;)
	{
		List	   *now;

		lock_views(table, rows);
		now = find_views(table, columns, true);
		if (equal(ids_of(now), ids_of(rows)))
			return now;
		rows = now;
	}
}

/* ---- text ---- */

int
ivm_take_apart_text_enter(void)
{
	static const char *const settings[][2] = {
		{"search_path", "pg_catalog"},
		{"DateStyle", "ISO"},
		{"IntervalStyle", "postgres"},
		{"extra_float_digits", "1"},
		{"bytea_output", "hex"},
		{"lc_monetary", "C"},
		{"xmloption", "content"},
		{"array_nulls", "on"},
		{"transform_null_equals", "off"},
		{"standard_conforming_strings", "on"},
		{"quote_all_identifiers", "off"}
	};
	int			result = NewGUCNestLevel();

	for (int i = 0; i < (int) lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return result;
}

void
ivm_take_apart_text_leave(int nestlevel)
{
	AtEOXact_GUC(true, nestlevel);
}

char *
ivm_take_apart_definition(const IvmViewRow *row)
{
	int			nestlevel = ivm_take_apart_text_enter();
	char	   *result = ivm_relation_view_definition(row->definition);

	ivm_take_apart_text_leave(nestlevel);
	return result;
}

/* ---- taking apart ---- */

/* The condition that raises the error, naming this view. */
static Node *
altering_condition(Oid view)
{
	Oid			types[] = {OIDOID};
	Oid			function = LookupFuncName(list_make2(makeString(pstrdup(IVM_SCHEMA)), makeString(pstrdup("_altering"))),
										  1, types, false);
	Const	   *arg = makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(view), false, true);

	return (Node *) makeFuncExpr(function, BOOLOID, list_make1(arg), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

/* Give a relation the query that raises the error, in the place of its own. */
static void
replace_query(Oid relid, Oid view)
{
	Query	   *query = makeNode(Query);
	Relation	rel = relation_open(relid, AccessExclusiveLock);
	TupleDesc	desc = RelationGetDescr(rel);
	IvmOwnerScope scope;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->jointree = makeFromExpr(NIL, altering_condition(view));
	query->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false,
											FLOAT8PASSBYVAL);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Const	   *null = makeNullConst(att->atttypid, att->atttypmod, att->attcollation);

		query->targetList = lappend(query->targetList,
									makeTargetEntry((Expr *) null, i + 1, pstrdup(NameStr(att->attname)), false));
	}
	relation_close(rel, NoLock);
	ivm_owner_scope_become(&scope, ivm_relation_owner(relid), SECURITY_LOCAL_USERID_CHANGE);
	ivm_view_query_replace(relid, query);
	ivm_owner_scope_leave(&scope);
}

/* Drop what a view, or a part, has beside its relations, and its storage where that is not needed any more. */
static void
drop_storage(const IvmViewRow *row)
{
	ObjectAddresses *objects = new_object_addresses();
	Oid			relids[] = {row->state, row->delta};
	ObjectAddress address;
	ListCell   *lc;

	for (int i = 0; i < (int) lengthof(relids) && row->mode != IVM_MODE_APPEND; i++)
	{
		ObjectAddressSet(address, RelationRelationId, relids[i]);
		if (ivm_relation_exists(relids[i]))
			add_exact_object_address(&address, objects);
	}
	foreach(lc, ivm_finishing_functions_of(row->id))
	{
		ObjectAddressSet(address, ProcedureRelationId, lfirst_oid(lc));
		add_exact_object_address(&address, objects);
	}
	performMultipleDeletions(objects, DROP_RESTRICT, 0);
	free_object_addresses(objects);
	CommandCounterIncrement();
}

void
ivm_take_apart(IvmViewRow *row)
{
	List	   *family = ivm_catalog_with_parts(list_make1(row));
	bool		before = ivm_own_command_enter();
	ListCell   *lc;

	PG_TRY();
	{
		foreach(lc, family)
		{
			const IvmViewRow *part = lfirst(lc);

			LockRelationOid(part->state, AccessExclusiveLock);
			LockRelationOid(part->delta, AccessExclusiveLock);
		}
		ivm_drop_check_not_in_use(row);
		foreach(lc, family)
		{
			IvmViewRow *part = lfirst(lc);

			ivm_generation_drop_one(part->id);
			ivm_catalog_set_status(part->id, IVM_STATUS_ALTERING, NULL);
			replace_query(part->view, row->view);
			replace_query(part->definition, row->view);
		}
		foreach(lc, family)
			drop_storage(lfirst(lc));
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}
