/*-------------------------------------------------------------------------
 *
 * merge_match_key.c
 *	  Matching: which rows of the child have a pending key, and their merging.
 *
 * A small filter by hash answers "not pending" for most rows of the child; for
 * the others the map of deltas is asked.  The filter has at least 64 bits for
 * each delta, so hardly one row in 64 passes it in vain.
 *
 * Which deltas are done is noted by their numbers, as other scans may use the same deltas.
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
ivm_merge_match_make_filter(IvmMergeScan *ms, IvmMatch *m)
{
	const IvmPlan *plan = ms->plan;
	IvmDeltaSet *set = m->deltas;
	int			bits = 10;
	ListCell   *lc;

	m->last_column = Max(plan->layout.first_key + plan->nkeys, ms->last_column);
	m->by_datum = true;
	for (int i = 0; i < plan->nkeys; i++)
		m->by_datum &= plan->keys[i].by_datum;
	if (set->filter != NULL)
	{
		m->filter = set->filter;
		m->filter_shift = set->filter_shift;
		return;
	}
	while (bits < 30 && (INT64CONST(1) << bits) < (int64) set->n * 64)
		bits++;
	m->filter_shift = 64 - bits;
	m->filter = MemoryContextAllocExtended(set->cxt, (INT64CONST(1) << bits) / 8,
										   MCXT_ALLOC_ZERO);
	foreach(lc, ivm_delta_set_list(set))
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
	set->filter = m->filter;
	set->filter_shift = m->filter_shift;
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

	ivm_merge_match_set_done(m, delta);
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
	IvmDelta  **all = ivm_delta_map_sort(m->deltas->map,
										 ivm_key_lookup_index(ivm_merge_get_lookup(ms)));

	*n = 0;
	for (int i = 0; i < m->deltas->n; i++)
		if (!ivm_merge_match_is_done(m, all[i]))
			all[(*n)++] = all[i];
	return all;
}
