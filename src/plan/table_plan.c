/*-------------------------------------------------------------------------
 *
 * table_plan.c
 *	  What to maintain when a row of a table changes: the plans of all views
 *	  over it, or over a table that it is a partition of.
 *
 * Kept per backend and table, in a context below that of the plans.  Replaced
 * after an invalidation of the table, one that it is a partition of, or any of
 * the plans, like these (derived.h).
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
#include "definition/sources.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/table_plan.h"

static HTAB *base_table = NULL;
static IvmTablePlan *last = NULL;	/* used last; entries stay where they are */

void
ivm_table_plan_init(void)
{
	HASHCTL		ctl;

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(IvmTablePlan);
	ctl.hcxt = ivm_plan_context;
	base_table = hash_create("ivm base tables", 32, &ctl,
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

/* Add the columns that a plan reads of a table. */
static Bitmapset *
add_read_attrs(Bitmapset *attrs, IvmPlan *plan, Oid relid)
{
	for (int i = 0; i < plan->core->nsources; i++)
	{
		IvmSource  *source = &plan->core->sources[i];
		int			a = -1;

		if (source->relid != relid)
			continue;
		while ((a = bms_next_member(source->attrs, a)) >= 0)
			attrs = bms_add_member(attrs, a + FirstLowInvalidHeapAttributeNumber);
	}
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

/* Note that a view over several sources wants the changed rows as those of a table. */
static void
add_target(Oid changed, List **targets, Oid relid, IvmPlan *plan)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Bitmapset  *attrs = add_read_attrs(NULL, plan, relid);
	IvmRowTarget *target = NULL;
	ListCell   *lc;

	foreach(lc, *targets)
		if (((IvmRowTarget *) lfirst(lc))->relid == relid)
			target = lfirst(lc);
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
		ivm_owner_scope_enter(&scope, column->reader, 0);
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

/* Columns of a table, given as those of the base table. */
static Bitmapset *
add_mapped_attrs(Bitmapset *into, const Bitmapset *attrs, const AttrMap *map)
{
	int			attno = -1;

	while ((attno = bms_next_member(attrs, attno)) >= 0)
		into = bms_add_member(into, map ? map->attnums[attno - 1] : attno);
	return into;
}

static void
add_view(IvmTablePlan *base, IvmPlan *plan)
{
	IvmTablePlanView *view = &base->views[base->nviews++];

	view->plan = plan;
	view->map = map_to_base(base->relid, plan->core->base);
	base->used_attrs = add_mapped_attrs(base->used_attrs, plan->used_attrs, view->map);
}

static void
set_targets(IvmTablePlan *base, List *targets)
{
	ListCell   *lc;

	base->targets = palloc(sizeof(IvmRowTarget) * Max(list_length(targets), 1));
	foreach(lc, targets)
	{
		IvmRowTarget *target = lfirst(lc);

		if (target->virtuals != NIL)
			prepare_virtuals(target);
		base->targets[base->ntargets++] = *target;
		base->used_attrs = add_mapped_attrs(base->used_attrs, target->attrs, target->map);
	}
}

/*
 * The columns of rows that a view has as a whole were changed, and nothing has
 * noticed.  What its expressions give now must not be added to the state: it would
 * stay there after the columns have got their old names back.  Called where this
 * transaction is about to change a table of the view.
 */
static void
give_up(IvmPlan *plan)
{
	ivm_catalog_set_status(plan->row->id, IVM_STATUS_STALE, plan->unusable);
}

/*
 * Find out what there is to maintain for a table, which belongs to these: in
 * base->cxt, the rest in the current context.  Returns all plans, also of views
 * that are not maintained now.
 */
static List *
collect_views(IvmTablePlan *base, List *tables)
{
	MemoryContext work = CurrentMemoryContext;
	List	   *ids = ivm_catalog_ids_of_bases(tables);
	List	   *plans = NIL;
	List	   *targets = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	base->views = MemoryContextAlloc(base->cxt, sizeof(IvmTablePlanView) * Max(list_length(ids), 1));
	foreach(lc, ids)
	{
		IvmPlan    *plan = ivm_plan_cache_get(lfirst_int(lc));

		if (plan == NULL)
			continue;
		plans = lappend(plans, plan);
		if (!plan->capturing)
			continue;
		if (plan->retyped)
		{
			give_up(plan);
			continue;
		}
		MemoryContextSwitchTo(base->cxt);
		if (plan->core->single)
			add_view(base, plan);
		else
		{
			foreach(lc2, tables)
				if (list_member_oid(plan->row->bases, lfirst_oid(lc2)))
					add_target(base->relid, &targets, lfirst_oid(lc2), plan);
			base->joins = lappend(base->joins, plan);
		}
		MemoryContextSwitchTo(work);
	}
	MemoryContextSwitchTo(base->cxt);
	set_targets(base, targets);
	MemoryContextSwitchTo(work);
	return plans;
}

/* What is invalid at the end of a transaction goes. */
static void
release_base(IvmDerived *derived)
{
	IvmTablePlan    *base = (IvmTablePlan *) ((char *) derived - offsetof(IvmTablePlan, derived));

	MemoryContextDelete(base->cxt);
	if (last == base)
		last = NULL;
	(void) hash_search(base_table, &base->relid, HASH_REMOVE, NULL);
}

/* Note what the entry of a table depends on, which was derived from a position on. */
static void
note_dependencies(IvmTablePlan *base, List *tables, List *plans, uint64 position)
{
	ListCell   *lc;

	ivm_derived_register(&base->derived, base->cxt, release_base);
	ivm_derived_on_relations(&base->derived, tables);
	foreach(lc, plans)
		ivm_derived_on(&base->derived, &((IvmPlan *) lfirst(lc))->run->derived);
	ivm_derived_complete(&base->derived, position);
}

/* Derive it anew.  The entry is empty if that fails. */
static IvmTablePlan *
renew(IvmTablePlan *base)
{
	IvmTablePlan		made = {.relid = base->relid};
	uint64		position = ivm_derived_position();
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "ivm base table work",
											   ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt;
	List	   *tables;
	List	   *plans;

	if (base->cxt)
	{
		ivm_derived_forget(&base->derived);
		ivm_plan_cache_retire(base->cxt);
	}
	*base = made;
	made.cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm base table",
									 ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(work);
	tables = tables_of(base->relid);
	plans = collect_views(&made, tables);
	MemoryContextSetParent(made.cxt, ivm_plan_context);
	*base = made;
	note_dependencies(base, tables, plans, position);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(work);
	return base;
}

/*
 * What to maintain when a row of this table changes.  Cached; the result is
 * valid until the next catalogue access.
 */
IvmTablePlan *
ivm_table_plan_get(Oid relid)
{
	IvmTablePlan    *base;
	bool		found;

	if (likely(last != NULL && last->relid == relid && !last->derived.invalid))
		return last;
	base = hash_search(base_table, &relid, HASH_ENTER, &found);
	if (!found)
		base->cxt = NULL;
	if (base->cxt == NULL || base->derived.invalid)
		(void) renew(base);
	return last = base;
}
