/*-------------------------------------------------------------------------
 *
 * merge_match_key.c
 *	  Matching: which rows of the child have a pending key, and their merging.
 *
 * A small filter by hash answers "not pending" for most rows of the child; for
 * the others the map of deltas is asked.  The filter has at least 64 bits for
 * each delta, so hardly one row in 64 passes it in vain.
 *
 * A delta is "done" when its key has been merged or looked up, or waits among
 * the dirty ones.  IvmMatch.unresolved counts those that are not done.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/compat.h"
#include "commit/key_lookup.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/state.h"
#include "read/merge_match_key.h"
#include "read/merge_scan.h"

void
ivm_merge_match_make_filter(IvmMergeScan *ms, IvmMatch *m, List *deltas)
{
	const IvmPlan *plan = ms->plan;
	int			bits = 10;
	ListCell   *lc;

	m->last_column = Max(plan->layout.first_key + plan->nkeys, ms->last_column);
	m->by_datum = true;
	for (int i = 0; i < plan->nkeys; i++)
		m->by_datum &= plan->keys[i].by_datum;
	while (bits < 30 && (INT64CONST(1) << bits) < (int64) list_length(deltas) * 64)
		bits++;
	m->filter_shift = 64 - bits;
	m->filter = palloc0((INT64CONST(1) << bits) / 8);
	foreach(lc, deltas)
	{
		IvmDelta   *delta = lfirst(lc);
		Datum		hash = UInt64GetDatum(delta->hash);
		uint64		bit;

		bit = ivm_merge_match_filter_bit(m, plan->layout.hashed ?
										 ivm_merge_match_filter_hash(m, plan, &hash, NULL) :
										 ivm_merge_match_filter_hash(m, plan,
																	 ivm_delta_keys(plan, delta),
																	 ivm_delta_key_nulls(plan, delta)));
		m->filter[bit / 64] |= UINT64CONST(1) << (bit % 64);
	}
}

/* Keep the delta of a key that has to be recomputed when the child is through. */
static void
add_dirty(IvmMergeScan *ms, IvmDelta *delta)
{
	IvmMatch   *m = ms->match;

	if (m->order != IVM_MATCH_ANY)
		elog(ERROR, "delta of view %d cannot be merged", ms->plan->row->id);
	if (m->dirty == NULL)
		m->dirty = ivm_delta_map_create(ms->plan, ms->cxt);
	ivm_delta_map_add(m->dirty, delta);
}

TupleTableSlot *
ivm_merge_match_merge(IvmMergeScan *ms, TupleTableSlot *row, IvmDelta *delta)
{
	IvmMatch   *m = ms->match;
	IvmPlan    *plan = ms->plan;
	TupleTableSlot *slot = m->slot;
	MemoryContext oldcxt;
	bool		clean;

	Assert(!delta->done);
	delta->done = true;
	m->unresolved--;
	ExecClearTuple(slot);
	MemoryContextReset(ms->key_cxt);
	oldcxt = MemoryContextSwitchTo(ms->key_cxt);
	if (row)
		ivm_state_from_slot(plan, row, m->state);
	else
		ivm_state_empty(plan, delta, m->state);
	clean = ivm_state_apply(plan, m->state, delta);
	MemoryContextSwitchTo(oldcxt);
	if (!clean)
	{
		add_dirty(ms, delta);
		return NULL;
	}
	if (!ivm_state_is_shown(plan, m->state))
		return NULL;
	memcpy(slot->tts_values, m->state->values, sizeof(Datum) * plan->layout.state_natts);
	memcpy(slot->tts_isnull, m->state->nulls, sizeof(bool) * plan->layout.state_natts);
	ExecStoreVirtualTuple(slot);
	return ivm_merge_passes(ms, slot) ? slot : NULL;
}

bool
ivm_merge_match_child_shows_all(IvmMergeScan *ms)
{
	return ms->css.ss.ps.plan->qual == NIL;
}

IvmDelta  **
ivm_merge_match_unresolved(IvmMergeScan *ms, int *n)
{
	IvmMatch   *m = ms->match;
	IvmDelta  **all = ivm_delta_map_sort(m->deltas, ivm_key_lookup_index(ivm_merge_get_lookup(ms)));

	*n = 0;
	for (int i = 0; i < ivm_delta_map_count(m->deltas); i++)
		if (!all[i]->done)
			all[(*n)++] = all[i];
	return all;
}
