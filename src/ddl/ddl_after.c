/*-------------------------------------------------------------------------
 *
 * ddl_after.c
 *	  What is done for views after a command has run.
 *
 *		command --ddl_effects.c--> effects
 *									  |
 *			columns, types -----------+--> stale, where values have changed
 *			functions ----------------+--> the same (ddl_function.c)
 *			owner, persistence -------+--> storage follows (follow.c)
 *			partitions ---------------+--> rows are counted (ddl_partition.c)
 *			triggers, row security ---+--> stale, where a check of the plan fails
 *
 * Only effects of the command itself are looked for.  What else is wrong with a
 * view is found when a plan is derived (plan_check.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_after.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_effects.h"
#include "ddl/ddl_function.h"
#include "ddl/ddl_partition.h"
#include "ddl/ddl_source.h"
#include "ddl/ddl_stale.h"
#include "ddl/follow.h"
#include "ddl/readers.h"
#include "definition/core.h"
#include "definition/row_pack.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* Does the state have rows as a whole with values of one of these types within? */
static bool
packs_rows_with(const IvmCore *core, List *types)
{
	ListCell   *lc;

	for (int i = 0; i < core->nkeys; i++)
	{
		if (core->keys[i].expr == core->keys[i].shown)
			continue;
		foreach(lc, types)
			if (get_typtype(lfirst_oid(lc)) == TYPTYPE_COMPOSITE &&
				ivm_row_pack_has_within(exprType((Node *) core->keys[i].shown), lfirst_oid(lc)))
			return true;
	}
	return false;
}

/* Are values of a type, or of a column of theirs, of one of these composite types? */
static bool
has_values_of(Oid type, List *types)
{
	Oid			composite = ivm_row_pack_composite_within(type);
	ListCell   *lc;

	if (!OidIsValid(composite) || get_typtype(composite) != TYPTYPE_COMPOSITE)
		return false;
	foreach(lc, types)
		if (lfirst_oid(lc) == composite ||
			(get_typtype(lfirst_oid(lc)) == TYPTYPE_COMPOSITE && ivm_row_pack_has_within(composite, lfirst_oid(lc))))
		return true;
	return false;
}

/*
 * Does the view tell values of one of these types apart?  With an attribute more or less they have other
 * hashes, and some that were different are equal.
 */
static bool
tells_apart(const IvmCore *core, List *types)
{
	for (int i = 0; i < core->nkeys; i++)
		if (has_values_of(core->keys[i].type, types))
			return true;
	for (int i = 0; i < core->naccums; i++)
		if (core->accums[i].accum.distinct && has_values_of(core->accums[i].accum.argtype[0], types))
			return true;
	return false;
}

/*
 * Mark views stale that hold text made of these types' values, or rows with values of them, or tell such
 * values apart, which does not depend on names.
 */
static void
follow_types(List *types, bool renamed)
{
	ListCell   *lc;

	if (types == NIL)
		return;
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *plan = ivm_plan_cache_get(row->id);

		if (plan != NULL && ivm_relation_any_of(types, plan->core->text_types))
			ivm_ddl_stale_mark(row, "a type that it converts to or from text was altered");
		else if (plan != NULL && packs_rows_with(plan->core, types))
			ivm_ddl_stale_mark(row, "a type within the rows that it has as a whole was altered");
		else if (plan != NULL && !renamed && tells_apart(plan->core, types))
			ivm_ddl_stale_mark(row, "a type whose values it tells apart was altered");
	}
}

/*
 * Mark views stale that have rows of these tables or views as a whole, where
 * these rows mean something else now.
 */
static void
follow_columns(List *changed)
{
	List	   *rows = changed == NIL ? NIL : ivm_catalog_all();
	List	   *readers = NIL;
	ListCell   *lc;

	foreach(lc, changed)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_VIEW)
			readers = list_concat_unique_ptr(readers, ivm_readers_of(rows, lfirst_oid(lc)));
	}
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *plan = NULL;

		if (ivm_relation_any_of(changed, row->bases) || list_member_ptr(readers, row))
			plan = ivm_plan_cache_get(row->id);
		if (plan != NULL && plan->retyped)
			ivm_ddl_stale_mark(row, plan->unusable);
	}
}

/* Does the definition use a column of one of these names, of these tables? */
static bool
definition_uses(IvmViewRow *row, List *relids, List *columns)
{
	IvmPlan    *plan = ivm_plan_cache_get(row->id);
	const IvmCore *core;
	ListCell   *lc;

	if (plan == NULL)
		return false;			/* dropped meanwhile */
	core = plan->core;
	for (int i = 0; i < core->nsources; i++)
	{
		if (!list_member_oid(relids, core->sources[i].relid))
			continue;
		foreach(lc, columns)
		{
			AttrNumber	attno = get_attnum(core->sources[i].relid, lfirst(lc));

			if (bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, core->sources[i].attrs))
				return true;
		}
	}
	return false;
}

/* Let a view follow what the command did to its base tables. */
static void
follow_command(IvmViewRow *row, const IvmDdlEffects *effects)
{
	const char *reason = NULL;
	IvmPlan    *plan;

	if (effects->attached != NIL || effects->detached != NIL)
	{
		ivm_ddl_partition_follow(row, effects->attached, effects->detached,
								 effects->concurrently);
		row = ivm_catalog_get(row->id);
	}
	if (effects->expressions != NIL && definition_uses(row, effects->tables, effects->expressions))
		reason = "the expression of a generated column was changed";
	else if (effects->check)
		reason = ivm_plan_check_captured(row);
	if (reason == NULL && effects->row_security && (plan = ivm_plan_cache_get(row->id)) != NULL)
		reason = ivm_plan_check_row_security(plan);
	if (reason)
		ivm_ddl_stale_mark(row, reason);
}

void
ivm_ddl_after_command(Node *stmt)
{
	IvmDdlEffects effects;
	ListCell   *lc;

	if (IsA(stmt, ViewStmt) || IsA(stmt, RuleStmt))
	{
		if (ivm_ddl_command_replaced_view(stmt) != NULL)
			ivm_ddl_source_after_replace(ivm_ddl_command_relation(ivm_ddl_command_replaced_view(stmt)));
		return;
	}
	if (ivm_ddl_function_may_change(stmt))
	{
		ivm_ddl_function_follow();
		return;
	}
	ivm_ddl_effects_of(stmt, &effects);
	follow_columns(effects.reshaped);
	follow_types(effects.retold_types, IsA(stmt, RenameStmt));
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (row->status == IVM_STATUS_ALTERING)
			continue;			/* it is put together later */
		if (list_member_oid(effects.altered, row->view) ||
			ivm_relation_any_of(effects.altered, row->bases))
			ivm_follow_changes(row);
		if (ivm_relation_any_of(effects.tables, row->bases) ||
			list_member_oid(effects.altered, ivm_catalog_relid()))
			follow_command(row, &effects);
	}
	if (effects.detached != NIL)
		ivm_ddl_partition_detached();
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (effects.attached != NIL || effects.detached != NIL ||
			ivm_relation_any_of(effects.tables, row->bases))
			ivm_capture_triggers_note(row);
	}
}
