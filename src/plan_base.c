/*-------------------------------------------------------------------------
 *
 * plan_base.c
 *	  What to maintain when a row of a table changes: the plans of all views
 *	  over it, or over a table that it is a partition of.
 *
 * Kept per backend and table, in a context below that of the plans.  Replaced
 * after an invalidation of the table or of any of the plans, like these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "plan_base.h"

static HTAB *base_table = NULL;

void
ivm_plan_base_init(void)
{
	HASHCTL		ctl;

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(IvmBase);
	ctl.hcxt = ivm_plan_context;
	base_table = hash_create("ivm base tables", 32, &ctl,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Forget what is known of a table, or of all; only sets flags. */
void
ivm_plan_base_invalidate(Oid relid)
{
	HASH_SEQ_STATUS seq;
	IvmBase    *base;

	hash_seq_init(&seq, base_table);
	while ((base = hash_seq_search(&seq)) != NULL)
		if (relid == InvalidOid || base->relid == relid)
			base->valid = false;
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

/* Ids of the views over any of these tables, sorted. */
static List *
view_ids_of(List *tables)
{
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ListCell   *lc2;

		foreach(lc2, tables)
			if (list_member_oid(row->bases, lfirst_oid(lc2)))
				break;
		if (lc2 != NULL)
			ids = lappend_int(ids, row->id);
	}
	list_sort(ids, list_int_cmp);
	return ids;
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

/* The columns that the plans given read of a table, with those before. */
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

/* Note that a view over several sources wants rows of a table, or ancestor. */
static void
add_target(IvmBase *base, List **targets, Oid relid, IvmPlan *plan)
{
	IvmRowTarget *target = NULL;
	ListCell   *lc;

	foreach(lc, *targets)
		if (((IvmRowTarget *) lfirst(lc))->relid == relid)
			target = lfirst(lc);
	if (target == NULL)
	{
		Relation	rel = table_open(relid, AccessShareLock);

		target = palloc0(sizeof(IvmRowTarget));
		target->relid = relid;
		target->map = map_to_base(base->relid, relid);
		target->desc = CreateTupleDescCopy(RelationGetDescr(rel));
		target->slot = MakeSingleTupleTableSlot(target->desc, &TTSOpsVirtual);
		target->old_slot = MakeSingleTupleTableSlot(target->desc, &TTSOpsVirtual);
		table_close(rel, AccessShareLock);
		*targets = lappend(*targets, target);
	}
	target->attrs = add_read_attrs(target->attrs, plan, relid);
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

/*
 * What to maintain when a row of this table changes.  Cached; the result is
 * valid until the next catalogue access.
 */
IvmBase *
ivm_plan_base(Oid relid)
{
	static IvmBase *last = NULL;	/* entries stay where they are */
	bool		found;
	IvmBase    *base;
	MemoryContext oldcxt;
	MemoryContext work;
	MemoryContext cxt;			/* what stays */
	List	   *ids;
	List	   *tables;
	List	   *targets = NIL;
	List	   *joins = NIL;
	ListCell   *lc;
	IvmBaseView *views;
	IvmRowTarget *base_targets;
	Bitmapset  *used_attrs = NULL;
	int			n = 0;
	uint64		before = ivm_plan_invalidations;

	if (likely(last != NULL && last->relid == relid && last->valid))
		return last;
	base = hash_search(base_table, &relid, HASH_ENTER, &found);
	if (!found)
	{
		base->valid = false;
		base->cxt = NULL;
	}
	last = base;
	if (base->valid)
		return base;

	if (base->cxt)
	{
		ivm_plan_retire(base->cxt);
		base->cxt = NULL;
	}
	base->nviews = base->ntargets = 0;
	base->views = NULL;
	base->targets = NULL;
	base->joins = NIL;
	base->used_attrs = NULL;

	work = AllocSetContextCreate(CurrentMemoryContext, "ivm base table work",
								 ALLOCSET_DEFAULT_SIZES);
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm base table",
								ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(work);
	tables = tables_of(relid);
	ids = view_ids_of(tables);
	views = MemoryContextAlloc(cxt, sizeof(IvmBaseView) * Max(list_length(ids), 1));
	foreach(lc, ids)
	{
		IvmPlan    *plan = ivm_plan_get(lfirst_int(lc));

		if (plan == NULL || !plan->capturing)
			continue;
		MemoryContextSwitchTo(cxt);
		if (plan->core->single)
		{
			views[n].plan = plan;
			views[n].map = map_to_base(relid, plan->core->base);
			used_attrs = add_mapped_attrs(used_attrs, plan->used_attrs, views[n].map);
			n++;
		}
		else
		{
			IvmBase		this = {.relid = relid};
			ListCell   *lc2;

			foreach(lc2, tables)
				if (list_member_oid(plan->row->bases, lfirst_oid(lc2)))
					add_target(&this, &targets, lfirst_oid(lc2), plan);
			joins = lappend(joins, plan);
		}
		MemoryContextSwitchTo(work);
	}
	MemoryContextSwitchTo(cxt);
	base_targets = palloc(sizeof(IvmRowTarget) * Max(list_length(targets), 1));
	foreach(lc, targets)
	{
		IvmRowTarget *target = lfirst(lc);

		base_targets[foreach_current_index(lc)] = *target;
		used_attrs = add_mapped_attrs(used_attrs, target->attrs, target->map);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(work);
	MemoryContextSetParent(cxt, ivm_plan_context);
	base = hash_search(base_table, &relid, HASH_FIND, NULL);
	base->cxt = cxt;
	base->views = views;
	base->nviews = n;
	base->targets = base_targets;
	base->ntargets = list_length(targets);
	base->joins = joins;
	base->used_attrs = used_attrs;
	base->valid = ivm_plan_invalidations == before;
	return base;
}
