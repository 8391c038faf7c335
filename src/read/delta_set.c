/*-------------------------------------------------------------------------
 *
 * delta_set.c
 *	  The deltas that a scan merges, and what is known of all of them together.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "plan/delta.h"
#include "plan/delta_map.h"
#include "read/delta_set.h"

IvmDeltaSet *
ivm_delta_set_create(IvmPlan *plan, MemoryContext cxt)
{
	IvmDeltaSet *set = MemoryContextAllocZero(cxt, sizeof(IvmDeltaSet));

	set->plan = plan;
	set->cxt = cxt;
	set->map = ivm_delta_map_create(plan, cxt);
	return set;
}

void
ivm_delta_set_complete(IvmDeltaSet *set)
{
	set->n = ivm_delta_map_count(set->map);
}

List *
ivm_delta_set_list(IvmDeltaSet *set)
{
	MemoryContext oldcxt;

	if (set->list == NIL && set->n > 0)
	{
		oldcxt = MemoryContextSwitchTo(set->cxt);
		set->list = ivm_delta_map_list(set->map);
		MemoryContextSwitchTo(oldcxt);
	}
	return set->list;
}

static void
survey(IvmDeltaSet *set)
{
	int			ncolumns = set->plan->layout.delta_natts;
	ListCell   *lc;

	if (set->surveyed)
		return;
	set->has_value = MemoryContextAllocZero(set->cxt, sizeof(bool) * ncolumns);
	foreach(lc, ivm_delta_set_list(set))
	{
		const IvmDelta *delta = lfirst(lc);

		set->has_dirty |= ivm_delta_is_dirty(set->plan, delta);
		for (int i = 0; i < ncolumns; i++)
			set->has_value[i] |= !delta->nulls[i];
	}
	set->surveyed = true;
}

bool
ivm_delta_set_has_dirty(IvmDeltaSet *set)
{
	survey(set);
	return set->has_dirty;
}

bool
ivm_delta_set_has_value(IvmDeltaSet *set, int column)
{
	survey(set);
	return set->has_value[column];
}
