/*-------------------------------------------------------------------------
 *
 * plan_cache.c
 *	  The plans that a backend keeps.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/derived.h"
#include "base/error_context.h"
#include "catalog/catalog_view.h"
#include "definition/rights.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_derive.h"

typedef struct PlanEntry
{
	int32		view_id;		/* hash key */
	IvmPlan    *plan;			/* NULL only while it is put in */
} PlanEntry;

/* A read begins with the state table, which the view's query names. */
typedef struct StateEntry
{
	Oid			state;			/* hash key */
	int32		view_id;
} StateEntry;

static HTAB *plan_table = NULL; /* of PlanEntry */
static HTAB *state_table = NULL;	/* of StateEntry */
static List *old_contexts = NIL;	/* MemoryContext: to be freed; list in
									 * ivm_plan_context */

/* Free a plan that is invalid, at the end of a transaction (derived.h calls this). */
static void
release_plan(IvmDerived *derived)
{
	IvmPlan    *plan = ((IvmPlanRun *) ((char *) derived - offsetof(IvmPlanRun, derived)))->plan;
	PlanEntry  *entry = hash_search(plan_table, &plan->row->id, HASH_FIND, NULL);

	if (entry != NULL && entry->plan == plan)
	{
		(void) hash_search(state_table, &plan->row->state, HASH_REMOVE, NULL);
		(void) hash_search(plan_table, &plan->row->id, HASH_REMOVE, NULL);
	}
	MemoryContextDelete(plan->cxt);
}

/* Free a plan whose place another one takes, as soon as no pointer to it can be held. */
static void
retire_plan(IvmPlan *plan)
{
	ivm_derived_forget(&plan->run->derived);
	ivm_plan_cache_retire(plan->cxt);
}

/*
 * Partitioned tables below a base table, at any depth.  A plan depends on them too,
 * because attaching a partition to one of them invalidates only that one.
 */
static List *
partitioned_below(Oid relid)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return NIL;
	foreach(lc, find_inheritance_children(relid, NoLock))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			result = list_concat(lappend_oid(result, lfirst_oid(lc)),
								 partitioned_below(lfirst_oid(lc)));
	}
	return result;
}

/*
 * Note what a plan depends on.  position is the one of the stream of invalidations
 * before the plan was derived: a message after it invalidates the plan.
 */
static void
note_dependencies(IvmPlan *plan, uint64 position)
{
	IvmDerived *derived = &plan->run->derived;
	const IvmViewRow *row = plan->row;
	ListCell   *lc;

	ivm_derived_register(derived, plan->cxt, release_plan);
	ivm_derived_on_relation(derived, row->view);
	ivm_derived_on_relation(derived, row->definition);
	ivm_derived_on_relation(derived, row->state);
	ivm_derived_on_relation(derived, row->delta);
	ivm_derived_on_relations(derived, row->bases);
	if (plan->append)
		ivm_derived_on_relations(derived, plan->relids);
	ivm_derived_on_relations(derived, row->partitions);
	ivm_derived_on_relations(derived, plan->core->views);
	foreach(lc, row->bases)
		ivm_derived_on_relations(derived, partitioned_below(lfirst_oid(lc)));
	ivm_derived_on_functions(derived, plan->core->functions);
	for (int i = 0; i < plan->nkeys; i++)
		ivm_derived_on_functions(derived, list_make2_oid(plan->keys[i].eq.fn_oid,
														 plan->keys[i].hash.fn_oid));
	/* on a role depends whom row security concerns and who may call functions */
	ivm_derived_on_role(derived, plan->owner);
	foreach(lc, plan->uses)
	{
		if (OidIsValid(((IvmTableUse *) lfirst(lc))->reader) &&
			((IvmTableUse *) lfirst(lc))->reader != plan->owner)
			ivm_derived_on_role(derived, ((IvmTableUse *) lfirst(lc))->reader);
	}
	ivm_derived_complete(derived, position);
}

void
ivm_plan_cache_init(void)
{
	HASHCTL		ctl;

	ivm_plan_context = AllocSetContextCreate(TopMemoryContext, "ivm plans",
											 ALLOCSET_SMALL_SIZES);
	ctl.keysize = sizeof(int32);
	ctl.entrysize = sizeof(PlanEntry);
	ctl.hcxt = ivm_plan_context;
	plan_table = hash_create("ivm plans", 32, &ctl,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(StateEntry);
	state_table = hash_create("ivm state tables", 32, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ivm_derived_init();
}

void
ivm_plan_cache_release_old(void)
{
	ListCell   *lc;

	ivm_derived_release_invalid();
	if (old_contexts == NIL)
		return;
	foreach(lc, old_contexts)
		MemoryContextDelete(lfirst(lc));
	list_free(old_contexts);
	old_contexts = NIL;
}

void
ivm_plan_cache_retire(MemoryContext cxt)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ivm_plan_context);

	old_contexts = lappend(old_contexts, cxt);
	MemoryContextSwitchTo(oldcxt);
}

IvmPlan *
ivm_plan_cache_get(int32 view_id)
{
	PlanEntry  *entry = hash_search(plan_table, &view_id, HASH_FIND, NULL);
	StateEntry *state;
	uint64		position;
	bool		found;
	IvmViewRow *row;
	IvmPlan    *plan;
	char	   *name;
	ErrorContextCallback callback;

	if (entry != NULL && !entry->plan->run->derived.invalid)
		return entry->plan;
	position = ivm_derived_position();
	row = ivm_catalog_get(view_id);
	if (row == NULL)
		return NULL;
	name = ivm_catalog_view_name(row);
	ivm_error_enter_view(&callback, name ? name : "");
	plan = ivm_plan_derive(row, false);
	ivm_error_leave_view(&callback);
	note_dependencies(plan, position);
	state = hash_search(state_table, &plan->row->state, HASH_ENTER, &found);
	state->view_id = view_id;
	/* invalidations that were accepted meanwhile may have put an entry there */
	entry = hash_search(plan_table, &view_id, HASH_ENTER, &found);
	if (found)
		retire_plan(entry->plan);
	entry->plan = plan;
	return plan;
}

IvmPlan *
ivm_plan_cache_last(int32 view_id)
{
	PlanEntry  *entry = hash_search(plan_table, &view_id, HASH_FIND, NULL);

	return entry ? entry->plan : NULL;
}

IvmPlan *
ivm_plan_cache_require(const IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_cache_get(row->id);

	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 ivm_catalog_view_name(row) ?
				 errmsg("view \"%s\" was dropped", ivm_catalog_view_name(row)) :
				 errmsg("view with OID %u was dropped", row->view)));
	return plan;
}

const IvmPlan *
ivm_plan_cache_whole(IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_derive(row, true);

	ivm_plan_cache_retire(plan->cxt);
	return plan;
}

IvmPlan *
ivm_plan_cache_find_state(Oid state)
{
	StateEntry *known = hash_search(state_table, &state, HASH_FIND, NULL);
	IvmPlan    *plan = known ? ivm_plan_cache_last(known->view_id) : NULL;
	IvmViewRow *row;

	if (plan != NULL && !plan->run->derived.invalid)
		return plan;
	row = ivm_catalog_find_state(state);
	return row ? ivm_plan_cache_get(row->id) : NULL;
}
