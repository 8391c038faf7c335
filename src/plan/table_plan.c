/*-------------------------------------------------------------------------
 *
 * table_plan.c
 *	  What to maintain when a row of a table changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/derived.h"
#include "catalog/catalog_view.h"
#include "catalog/view_base.h"
#include "definition/sources.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/table_plan.h"

static HTAB *table_plans = NULL;
static IvmTablePlan *last = NULL;	/* the one used last; entries of the table
									 * do not move */

void
ivm_table_plan_init(void)
{
	HASHCTL		ctl;

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(IvmTablePlan);
	ctl.hcxt = ivm_plan_context;
	table_plans = hash_create("ivm base tables", 32, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* A table and the partitioned tables that it belongs to. */
static List *
tables_of(Oid relid)
{
	List	   *tables = list_make1_oid(relid);

	if (get_rel_relispartition(relid))
		tables = list_concat(tables, get_partition_ancestors(relid));
	return tables;
}

/* Where each column of the base table is in a table; NULL if that is the base table. */
static AttrMap *
map_to_base(Oid relid, Oid baseid)
{
	Relation	rel;
	Relation	base;
	AttrMap    *map;

	if (relid == baseid)
		return NULL;
	rel = table_open(relid, AccessShareLock);
	base = table_open(baseid, AccessShareLock);
	map = ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
	table_close(base, AccessShareLock);
	table_close(rel, AccessShareLock);
	return map;
}

/* The columns that a primary key has, by number. */
static Bitmapset *
primary_key(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Bitmapset  *attrs = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	Bitmapset  *result = NULL;
	int			a = -1;

	while ((a = bms_next_member(attrs, a)) >= 0)
		result = bms_add_member(result, a + FirstLowInvalidHeapAttributeNumber);
	table_close(rel, AccessShareLock);
	return result;
}

Bitmapset *
ivm_table_plan_read_columns(const IvmPlan *plan, Oid relid)
{
	Bitmapset  *attrs = NULL;

	if (plan->core->single)
		return bms_copy(plan->used_attrs);
	for (int i = 0; i < plan->core->nsources; i++)
	{
		IvmSource  *source = &plan->core->sources[i];
		int			a = -1;

		if (source->relid != relid)
			continue;
		while ((a = bms_next_member(source->attrs, a)) >= 0)
			attrs = bms_add_member(attrs, a + FirstLowInvalidHeapAttributeNumber);
	}
	if (plan->deferred)
		attrs = bms_join(attrs, primary_key(relid));
	return attrs;
}

/* Note which of the columns that a view reads are virtual. */
static void
add_virtuals(IvmRowTarget *target, Relation rel, const Bitmapset *attrs, IvmPlan *plan)
{
	int			attno = -1;

	while ((attno = bms_next_member(attrs, attno)) >= 0)
	{
		IvmVirtualColumn *column;

		if (bms_is_member(attno, target->attrs) || !ivm_compat_is_virtual(rel, attno))
			continue;
		column = palloc0(sizeof(IvmVirtualColumn));
		column->attno = attno;
		column->reader = plan;
		target->virtuals = lappend(target->virtuals, column);
	}
}

/* Note that a view over several sources, or a deferred one, wants the changed rows as those of a table. */
static void
add_target(Oid changed, List **targets, Oid relid, IvmPlan *plan)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Bitmapset  *attrs = ivm_table_plan_read_columns(plan, relid);
	IvmRowTarget *target = NULL;
	ListCell   *lc;

	foreach(lc, *targets)
	{
		if (((IvmRowTarget *) lfirst(lc))->relid == relid)
			target = lfirst(lc);
	}
	if (target == NULL)
	{
		target = palloc0(sizeof(IvmRowTarget));
		target->relid = relid;
		target->map = map_to_base(changed, relid);
		target->desc = CreateTupleDescCopy(RelationGetDescr(rel));
		target->slot = MakeSingleTupleTableSlot(target->desc, &TTSOpsVirtual);
		*targets = lappend(*targets, target);
	}
	add_virtuals(target, rel, attrs, plan);
	target->attrs = bms_join(target->attrs, attrs);
	table_close(rel, AccessShareLock);
}

/*
 * Prepare the computation of the virtual columns that are read, and add what they are made
 * of to the columns kept.  That is done as the owner of a view that reads them, whose rights
 * on functions are checked here.
 */
static void
prepare_virtuals(IvmRowTarget *target)
{
	Relation	rel = table_open(target->relid, AccessShareLock);
	Bitmapset  *made_of = NULL;
	ListCell   *lc;
	int			a = -1;

	foreach(lc, target->virtuals)
	{
		IvmVirtualColumn *column = lfirst(lc);
		Node	   *expr = ivm_compat_virtual_expression(rel, column->attno);
		IvmOwnerScope scope;

		pull_varattnos(expr, 1, &made_of);
		ivm_owner_scope_enter(&scope, column->reader, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
		column->value = ExecInitExpr(expression_planner((Expr *) expr), NULL);
		ivm_owner_scope_leave(&scope);
	}
	target->econtext = CreateStandaloneExprContext();
	while ((a = bms_next_member(made_of, a)) >= 0)
	{
		AttrNumber	attno = a + FirstLowInvalidHeapAttributeNumber;

		if (attno > 0)			/* a row does not change its tableoid */
			target->attrs = bms_add_member(target->attrs, attno);
	}
	table_close(rel, AccessShareLock);
}

/* Add columns, given by their numbers in the base table, by their numbers in a table. */
static Bitmapset *
add_mapped_attrs(Bitmapset *into, const Bitmapset *attrs, const AttrMap *map)
{
	int			attno = -1;

	while ((attno = bms_next_member(attrs, attno)) >= 0)
		into = bms_add_member(into, map ? map->attnums[attno - 1] : attno);
	return into;
}

static void
add_view(IvmTablePlan *table, IvmPlan *plan)
{
	IvmTablePlanView *view = &table->views[table->nviews++];

	view->plan = plan;
	view->map = map_to_base(table->relid, plan->core->base);
	table->used_attrs = add_mapped_attrs(table->used_attrs, plan->used_attrs, view->map);
}

/* Note where the columns of kept rows come from. */
static void
set_columns(IvmRowTarget *target)
{
	int			attno = -1;

	target->columns = palloc(sizeof(IvmKeptColumn) * Max(bms_num_members(target->attrs), 1));
	while ((attno = bms_next_member(target->attrs, attno)) >= 0)
	{
		IvmKeptColumn *column = &target->columns[target->ncolumns++];

		column->attno = attno;
		column->from = target->map ? target->map->attnums[attno - 1] : attno;
		column->varlena = TupleDescAttr(target->desc, attno - 1)->attlen == -1;
		target->last_from = Max(target->last_from, column->from);
	}
	memset(target->slot->tts_isnull, true, sizeof(bool) * target->desc->natts);
}

static void
set_targets(IvmTablePlan *table, List *targets)
{
	ListCell   *lc;

	table->targets = palloc(sizeof(IvmRowTarget) * Max(list_length(targets), 1));
	foreach(lc, targets)
	{
		IvmRowTarget *target = lfirst(lc);

		if (target->virtuals != NIL)
			prepare_virtuals(target);
		set_columns(target);
		table->targets[table->ntargets++] = *target;
		table->used_attrs = add_mapped_attrs(table->used_attrs, target->attrs, target->map);
	}
}

/*
 * Mark a view stale that this transaction, which is about to change a table of it, cannot maintain:
 *
 * - It has rows as a whole (plan->retyped): the columns of a row type were changed, and
 *	 no event trigger has told.  What its expressions give now must not be added to the
 *	 state, where it would stay after the columns have got their old names back.
 * - Its owner may not execute a function any more (plan->forbidden), which is no reason to fail a writer.
 *	 The log of a deferred view needs no function, so that goes on, and is good when he may again.
 */
static void
give_up(IvmPlan *plan)
{
	ivm_catalog_set_status(plan->row->id, IVM_STATUS_STALE, plan->unusable);
}

/*
 * Fill a table plan, in its context; tables are the table itself and those that it is
 * a partition of.  Returns the plans that it depends on, also those of views that are
 * not maintained now, in the current context.
 */
static List *
collect_views(IvmTablePlan *table, List *tables)
{
	MemoryContext work = CurrentMemoryContext;
	List	   *ids = ivm_view_base_ids(tables);
	List	   *plans = NIL;
	List	   *targets = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	table->views = MemoryContextAlloc(table->cxt, sizeof(IvmTablePlanView) * Max(list_length(ids), 1));
	foreach(lc, ids)
	{
		IvmPlan    *plan = ivm_plan_cache_get(lfirst_int(lc));

		if (plan == NULL)
			continue;
		plans = lappend(plans, plan);
		if (!plan->capturing)
			continue;
		if (plan->retyped || (plan->forbidden && !plan->deferred))
		{
			give_up(plan);
			continue;
		}
		MemoryContextSwitchTo(table->cxt);
		if (plan->core->single && !plan->deferred)
			add_view(table, plan);
		else
		{
			foreach(lc2, tables)
			{
				if (!list_member_oid(plan->row->bases, lfirst_oid(lc2)))
					continue;
				add_target(table->relid, &targets, lfirst_oid(lc2), plan);
				if (plan->deferred)
					table->logged = list_append_unique_oid(table->logged, lfirst_oid(lc2));
				table->call = Max(table->call, ivm_worker_call_for(plan->refresh));
				if (plan->reconciles)
					table->call = Max(table->call, IVM_CALL_IF_DUE);
			}
			if (!plan->deferred)
				table->joins = lappend(table->joins, plan);
		}
		MemoryContextSwitchTo(work);
	}
	if (list_member_oid(table->logged, table->relid))
	{
		MemoryContextSwitchTo(table->cxt);
		table->log = ivm_change_log_current(table->relid);
		MemoryContextSwitchTo(work);
	}
	MemoryContextSwitchTo(table->cxt);
	set_targets(table, targets);
	MemoryContextSwitchTo(work);
	return plans;
}

/* Free a table plan that is invalid, at the end of a transaction (derived.h calls this). */
static void
release_table_plan(IvmDerived *derived)
{
	IvmTablePlan *table = (IvmTablePlan *) ((char *) derived - offsetof(IvmTablePlan, derived));

	MemoryContextDelete(table->cxt);
	if (last == table)
		last = NULL;
	(void) hash_search(table_plans, &table->relid, HASH_REMOVE, NULL);
}

/*
 * Note what a table plan depends on.  position is the one of the stream of
 * invalidations before it was derived: a message after it invalidates the plan.
 */
static void
note_dependencies(IvmTablePlan *table, List *tables, List *plans, uint64 position)
{
	ListCell   *lc;

	ivm_derived_register(&table->derived, table->cxt, release_table_plan);
	ivm_derived_on_relations(&table->derived, tables);
	if (table->log)
		ivm_derived_on_relation(&table->derived, table->log->relid);
	foreach(lc, plans)
		ivm_derived_on(&table->derived, &((IvmPlan *) lfirst(lc))->run->derived);
	ivm_derived_complete(&table->derived, position);
}

/* Derive a table plan anew.  If that fails, it is left as one that is not derived yet. */
static IvmTablePlan *
renew(IvmTablePlan *table)
{
	IvmTablePlan made = {.relid = table->relid};
	uint64		position = ivm_derived_position();
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "ivm base table work",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt;
	List	   *tables;
	List	   *plans;

	if (table->cxt)
	{
		ivm_derived_forget(&table->derived);
		ivm_plan_cache_retire(table->cxt);
	}
	*table = made;
	last = NULL;				/* it may be this one, and is empty if we fail */
	made.cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm base table",
									 ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(work);
	tables = tables_of(table->relid);
	plans = collect_views(&made, tables);
	MemoryContextSetParent(made.cxt, ivm_plan_context);
	*table = made;
	note_dependencies(table, tables, plans, position);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(work);
	return table;
}

IvmTablePlan *
ivm_table_plan_get(Oid relid)
{
	IvmTablePlan *table;
	bool		found;

	if (likely(last != NULL && last->relid == relid && !last->derived.invalid))
		return last;
	table = hash_search(table_plans, &relid, HASH_ENTER, &found);
	if (!found)
		table->cxt = NULL;
	if (table->cxt == NULL || table->derived.invalid)
		(void) renew(table);
	return last = table;
}

IvmTablePlan *
ivm_table_plan_peek(Oid relid)
{
	IvmTablePlan *table = last;

	if (table == NULL || table->relid != relid)
		table = hash_search(table_plans, &relid, HASH_FIND, NULL);
	return table != NULL && table->cxt != NULL && !table->derived.invalid ? table : NULL;
}
