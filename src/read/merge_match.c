/*-------------------------------------------------------------------------
 *
 * merge_match.c
 *	  DeltaApply: pending keys merged as the child comes to their state rows.
 *
 * With many pending keys, looking up each state row first costs more than to
 * ask of each row of the child whether its key is pending; and where the order
 * of an index counts, the reader may want a few rows only.  So, if nothing
 * speaks against it (merge_match_choose.c), the child's rows are matched with
 * the deltas:
 *
 *		child row --> key pending? -- no ---------------------> row
 *							 |
 *							yes --> state row + delta --------> row
 *		in the end: keys that the child has not shown --------> rows
 *
 * The keys not shown are new, or their state rows did not satisfy the scan's
 * quals: these are looked up then.  This file has the way without an order;
 * merge_match_order.c keeps the order of an index.
 *
 * All that is kept is in IvmMergeScan.cxt: it goes when the node ends or starts
 * anew, but for the slots, which ivm_merge_match_end() drops.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/rel.h"

#include "base/compat.h"
#include "definition/core.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/state.h"
#include "read/merge_match_choose.h"
#include "read/merge_match_key.h"
#include "read/merge_match_order.h"
#include "read/merge_scan.h"

bool
ivm_merge_match_begin(IvmMergeScan *ms, IvmDeltaSet *deltas)
{
	IvmMatch   *m;

	if (ms->rescanned || ms->css.ss.ps.plan->parallel_aware ||
		ms->css.ss.ps.state->es_epq_active != NULL ||
		ms->plan->core->kind == IVM_CORE_GLOBAL)
		return false;
	m = palloc0(sizeof(IvmMatch));
	if (!ivm_merge_match_choose(ms, m, deltas))
		return false;
	m->deltas = deltas;
	m->done = palloc0(sizeof(uint64) * (deltas->n / 64 + 1));
	m->unresolved = deltas->n;
	m->state = ivm_state_make(ms->plan);
	m->slot = MakeSingleTupleTableSlot(RelationGetDescr(ms->css.ss.ss_currentRelation),
									   &TTSOpsVirtual);
	ivm_merge_match_make_filter(ms, m);
	ms->match = m;
	if (m->order != IVM_MATCH_ANY)
		ivm_merge_match_order_begin(ms);
	return true;
}

TupleTableSlot *
ivm_merge_match_row(IvmMergeScan *ms, TupleTableSlot *row)
{
	IvmDelta   *delta = ivm_merge_match_find(ms->match, ms->plan, row);

	if (delta == NULL)
		return row;
	return ivm_merge_match_is_done(ms->match, delta) ? NULL : ivm_merge_match_merge(ms, row, delta);
}

void
ivm_merge_match_rest(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	if (m->unresolved > 0)
	{
		int			n;
		IvmDelta  **deltas = ivm_merge_match_unresolved(ms, &n);

		if (ivm_merge_match_child_shows_all(ms))
		{
			for (int i = 0; i < n; i++)
			{
				TupleTableSlot *slot = ivm_merge_match_merge(ms, NULL, deltas[i]);

				if (slot)
					ivm_merge_add_tuple(ms, ExecCopySlotMinimalTuple(slot));
			}
		}
		else
		{
			for (int i = 0; i < n; i++)
				ivm_merge_match_set_done(m, deltas[i]);
			ivm_merge_look_up(ms, deltas, n);
		}
	}
	if (m->dirty)
		ivm_merge_recompute(ms, m->dirty);
	m->dirty = NULL;
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_merge_match_is_ordered(IvmMergeScan *ms)
{
	return ms->match->order != IVM_MATCH_ANY;
}

const char *
ivm_merge_match_name(IvmMergeScan *ms)
{
	switch (ms->match->order)
	{
		case IVM_MATCH_ANY:
			return "as scanned";
		case IVM_MATCH_BY_KEY:
			return "in order of keys";
		case IVM_MATCH_BY_SUM:
			return "in order of a sum";
	}
	return NULL;
}

void
ivm_merge_match_end(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;

	if (m == NULL)
		return;
	ExecDropSingleTupleTableSlot(m->slot);
	if (m->tuple_slot)
		ExecDropSingleTupleTableSlot(m->tuple_slot);
	if (m->front_slot)
		ExecDropSingleTupleTableSlot(m->front_slot);
	ms->match = NULL;
}
