/*-------------------------------------------------------------------------
 *
 * merge_match_order.c
 *	  Matching in the order of an index.
 *
 * A merged row may belong before rows that the child shows.  So rows wait in a
 * heap until no other can come before them:
 *
 *		child row, unchanged -----------+
 *		child row + delta = merged row -+--> heap --> safe? -- yes --> row
 *		keys looked up, merged rows ----+				|
 *			  ^											no
 *			  +------------- the child's next row <-----+
 *
 * A delta is unresolved until the child has shown its key's state row, or the
 * key was looked up.  Where its merged row belongs is known only in part:
 *
 *	- By key, if the index has key columns only: a delta tells where its key
 *	  stands.  When the child has gone past that, there is no state row.
 *	- By sum, if the index starts with a sum or a count: as the child's rows
 *	  come best first, with v the last, the state of an unresolved key is at
 *	  best v, or nothing; so its merged row is at best max(v, 0) + the best
 *	  delta of all (for DESC; min for ASC).  The keys with the best deltas are
 *	  looked up now and then, or one large delta could hold back all rows; and
 *	  if the reader still wants more, all keys.
 *
 * Both need state rows that the child shows whatever their sums are, so all
 * quals must be on key columns; and accumulators that can always be merged.
 * merge_match_choose.c sees to that.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/int.h"
#include "executor/executor.h"
#include "lib/binaryheap.h"
#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "plan/delta.h"
#include "read/merge_match_key.h"
#include "read/merge_match_order.h"
#include "read/merge_scan.h"

/*
 * By sum: one key is looked up each time this many rows of the child have come;
 * and after the second number of rows all keys are, since the reader wants more
 * than a few rows.
 */
#define ROWS_BETWEEN_LOOKUPS	16
#define ROWS_UNTIL_RESOLVED		1024

/* A row that waits in the heap. */
typedef struct WaitingRow
{
	pairingheap_node node;
	MinimalTuple tuple;
	Datum	   *values;			/* of the index's columns */
	bool	   *nulls;
} WaitingRow;

/* ---- rows that wait ---- */

/* Compare values of the index's first column. */
static inline int
compare_first(IvmMergeScan *ms, Datum a, bool anull, Datum b, bool bnull)
{
	return ApplySortComparator(a, anull, b, bnull, &ms->sortkeys[0]);
}

/* Keep a row until it may be emitted. */
static void
add_waiting(IvmMergeScan *ms, MinimalTuple tuple)
{
	IvmMatch   *m = ms->match;
	WaitingRow *row = palloc(sizeof(WaitingRow) +
							 (sizeof(Datum) + sizeof(bool)) * ms->nsort);

	row->tuple = tuple;
	row->values = (Datum *) (row + 1);
	row->nulls = (bool *) (row->values + ms->nsort);
	ExecStoreMinimalTuple(tuple, m->tuple_slot, false);
	for (int i = 0; i < ms->nsort; i++)
		row->values[i] = slot_getattr(m->tuple_slot, ms->sort_attnos[i], &row->nulls[i]);
	m->waiting_bytes += sizeof(WaitingRow) + tuple->t_len;
	pairingheap_add(m->waiting, &row->node);
}

/* Order of the heap of rows, which has the first one on top. */
static int
compare_waiting(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	IvmMergeScan *ms = arg;
	const WaitingRow *ra = pairingheap_const_container(WaitingRow, node, a);
	const WaitingRow *rb = pairingheap_const_container(WaitingRow, node, b);

	for (int i = 0; i < ms->nsort; i++)
	{
		int			c = ApplySortComparator(ra->values[i], ra->nulls[i],
											rb->values[i], rb->nulls[i], &ms->sortkeys[i]);

		if (c != 0)
			return -c;
	}
	return 0;
}

/* The waiting row that comes first, or NULL. */
static WaitingRow *
first_waiting(IvmMatch *m)
{
	return pairingheap_is_empty(m->waiting) ? NULL :
		pairingheap_container(WaitingRow, node, pairingheap_first(m->waiting));
}

/* Take the row that comes first off the heap, into merged_slot. */
static TupleTableSlot *
take_waiting(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	WaitingRow *row = pairingheap_container(WaitingRow, node,
											pairingheap_remove_first(m->waiting));

	m->waiting_bytes -= sizeof(WaitingRow) + row->tuple->t_len;
	ExecClearTuple(m->tuple_slot);
	ExecStoreMinimalTuple(row->tuple, ms->merged_slot, true);
	pfree(row);
	return ms->merged_slot;
}

/* Does the waiting row come before the child's, or neither before the other? */
static bool
is_before_child(IvmMergeScan *ms, WaitingRow *row)
{
	for (int i = 0; i < ms->nsort; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(ms->child_row, ms->sort_attnos[i], &isnull);
		int			c = ApplySortComparator(row->values[i], row->nulls[i],
											value, isnull, &ms->sortkeys[i]);

		if (c != 0)
			return c < 0;
	}
	return true;
}

/* ---- keys whose state rows have not come ---- */

/* Look keys up, and let their merged rows wait. */
static void
resolve(IvmMergeScan *ms, IvmDelta **deltas, int n)
{
	IvmMatch   *m = ms->match;

	for (int i = 0; i < n; i++)
		deltas[i]->done = true;
	m->unresolved -= n;
	ivm_merge_look_up(ms, deltas, n);
	for (int i = 0; i < ms->nrows; i++)
	{
		ExecStoreMinimalTuple(ms->rows[i].tuple, ms->merged_slot, false);
		if (ivm_merge_passes(ms, ms->merged_slot))
			add_waiting(ms, ms->rows[i].tuple);
	}
	ExecClearTuple(ms->merged_slot);
	ms->nrows = 0;
}

/* Merge all keys that are still unresolved, and let their rows wait. */
static void
resolve_all(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	IvmDelta  **deltas;
	int			n;

	if (m->unresolved == 0)
		return;
	deltas = ivm_merge_match_unresolved(ms, &n);
	if (ms->child_done && ivm_merge_match_child_shows_all(ms))
	{
		for (int i = 0; i < n; i++)
		{
			TupleTableSlot *slot = ivm_merge_match_merge(ms, NULL, deltas[i]);

			if (slot)
				add_waiting(ms, ExecCopySlotMinimalTuple(slot));
		}
	}
	else
		resolve(ms, deltas, n);
	pfree(deltas);
}

/* The unresolved delta that might come first, or NULL. */
static IvmDelta *
first_ranked(IvmMatch *m)
{
	while (!binaryheap_empty(m->ranked))
	{
		IvmDelta   *delta = (IvmDelta *) DatumGetPointer(binaryheap_first(m->ranked));

		if (!delta->done)
			return delta;
		(void) binaryheap_remove_first(m->ranked);
	}
	return NULL;
}

/* ---- by key ---- */

/* Order of the heap of deltas: the key that comes first in the index is first. */
static int
rank_by_key(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;
	IvmDelta   *da = (IvmDelta *) DatumGetPointer(a);
	IvmDelta   *db = (IvmDelta *) DatumGetPointer(b);

	for (int i = 0; i < ms->nsort; i++)
	{
		int			col = ms->sort_attnos[i] - 1;	/* the same in both tables */
		int			c = ApplySortComparator(da->values[col], da->nulls[col],
											db->values[col], db->nulls[col],
											&ms->sortkeys[i]);

		if (c != 0)
			return -c;
	}
	return 0;
}

/* Look up the keys that the child has gone past. */
static void
resolve_passed(IvmMergeScan *ms)
{
	IvmDelta   *delta;

	while ((delta = first_ranked(ms->match)) != NULL)
	{
		for (int i = 0; i < ms->nsort; i++)
		{
			int			col = ms->sort_attnos[i] - 1;
			bool		isnull;
			Datum		value = slot_getattr(ms->child_row, col + 1, &isnull);
			int			c = ApplySortComparator(delta->values[col], delta->nulls[col],
												value, isnull, &ms->sortkeys[i]);

			if (c > 0)
				return;
			if (c < 0)
				break;
			if (i == ms->nsort - 1)
				return;
		}
		resolve(ms, &delta, 1);
	}
}

/* ---- by sum ---- */

/* What a delta adds to the sum that the index starts with. */
static Datum
delta_sum(IvmMatch *m, const IvmDelta *delta)
{
	return delta->nulls[m->delta_column] ? m->zero : delta->values[m->delta_column];
}

/* Order of the heap of deltas: the one that adds most (for DESC) is first. */
static int
rank_by_sum(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;

	return -compare_first(ms, delta_sum(ms->match, (IvmDelta *) DatumGetPointer(a)), false,
						  delta_sum(ms->match, (IvmDelta *) DatumGetPointer(b)), false);
}

/*
 * Set limit_kind and limit to what is known of the rows that are to come: the
 * child's present row is the last that the child has shown.
 */
static void
find_limit(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	IvmDelta   *delta = m->unresolved > 0 ? first_ranked(m) : NULL;
	MemoryContext oldcxt;
	Datum		best;
	Datum		last;
	Datum		base;

	m->limit_kind = IVM_LIMIT_ROW;
	if (delta == NULL)
		return;
	best = delta_sum(m, delta);
	m->limit_kind = IVM_LIMIT_VALUE;
	last = slot_getattr(ms->child_row, ms->sort_attnos[0], &m->limit_null);
	if (m->limit_null)
	{
		/* either states without a sum come first, or no others are to come */
		if (!ms->sortkeys[0].ssup_nulls_first)
		{
			m->limit_null = false;
			m->limit = best;
		}
		return;
	}
	MemoryContextReset(m->limit_cxt);
	oldcxt = MemoryContextSwitchTo(m->limit_cxt);
	base = compare_first(ms, last, false, m->zero, false) < 0 ? last : m->zero;
	if (m->is_numeric)
		m->limit = DirectFunctionCall2(numeric_add, base, best);
	else
	{
		int64		sum;

		if (pg_add_s64_overflow(DatumGetInt64(base), DatumGetInt64(best), &sum))
			m->limit_kind = IVM_LIMIT_NONE;
		m->limit = Int64GetDatum(sum);
	}
	if (compare_first(ms, last, false, m->limit, false) < 0)
		m->limit = last;
	MemoryContextSwitchTo(oldcxt);
}

/* ---- the next row ---- */

/* Can no row that is to come sort before this waiting one? */
static bool
is_safe(IvmMergeScan *ms, WaitingRow *row)
{
	IvmMatch   *m = ms->match;
	int			c;

	if (ms->child_done)
		return true;
	if (ms->child_row == NULL || m->limit_kind == IVM_LIMIT_NONE)
		return false;
	if (m->limit_kind == IVM_LIMIT_ROW)
		return is_before_child(ms, row);
	c = compare_first(ms, row->values[0], row->nulls[0], m->limit, m->limit_null);
	return ms->nsort == 1 ? c <= 0 : c < 0;
}

/* Can no row that is to come sort before the child's present one? */
static bool
child_is_safe(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	bool		isnull;
	Datum		value;
	int			c;

	if (m->limit_kind != IVM_LIMIT_VALUE)
		return m->limit_kind == IVM_LIMIT_ROW;
	value = slot_getattr(ms->child_row, ms->sort_attnos[0], &isnull);
	c = compare_first(ms, value, isnull, m->limit, m->limit_null);
	return ms->nsort == 1 ? c <= 0 : c < 0;
}

/*
 * Take the next row of the child, NULL at its end; returns it if it can be
 * emitted at once.
 */
static TupleTableSlot *
take_child_row(IvmMergeScan *ms, TupleTableSlot *row)
{
	IvmMatch   *m = ms->match;
	IvmDelta   *delta;

	ms->child_row = row;
	if (row == NULL)
	{
		ms->child_done = true;
		resolve_all(ms);
		return NULL;
	}
	m->rows_seen++;
	delta = ivm_merge_match_find(m, ms->plan, row);
	if (delta != NULL && !delta->done)
	{
		TupleTableSlot *merged = ivm_merge_match_merge(ms, row, delta);

		if (merged)
			add_waiting(ms, ExecCopySlotMinimalTuple(merged));
	}
	if (m->order == IVM_MATCH_BY_KEY)
		resolve_passed(ms);
	else if (m->rows_seen == Min(ROWS_UNTIL_RESOLVED, 4 * ms->pending_keys) ||
			 m->waiting_bytes > work_mem * (Size) 1024)
		resolve_all(ms);
	else if (m->rows_seen % ROWS_BETWEEN_LOOKUPS == 0)
	{
		IvmDelta   *first = first_ranked(m);

		if (first)
			resolve(ms, &first, 1);
	}
	if (m->order == IVM_MATCH_BY_SUM)
		find_limit(ms);
	if (delta != NULL)
		return NULL;
	if (pairingheap_is_empty(m->waiting) && child_is_safe(ms))
		return row;
	add_waiting(ms, ExecCopySlotMinimalTuple(row));
	return NULL;
}

TupleTableSlot *
ivm_merge_match_next(IvmMergeScan *ms)
{
	TupleTableSlot *result = NULL;

	while (result == NULL)
	{
		WaitingRow *first = first_waiting(ms->match);
		TupleTableSlot *row;
		MemoryContext oldcxt;

		CHECK_FOR_INTERRUPTS();
		if (first != NULL && is_safe(ms, first))
			return take_waiting(ms);
		if (ms->child_done)
			return NULL;
		row = ExecProcNode(outerPlanState(ms));
		oldcxt = MemoryContextSwitchTo(ms->cxt);
		result = take_child_row(ms, TupIsNull(row) ? NULL : row);
		MemoryContextSwitchTo(oldcxt);
	}
	return result;
}

void
ivm_merge_match_order_begin(IvmMergeScan *ms, List *deltas)
{
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);
	IvmMatch   *m = ms->match;
	ListCell   *lc;

	m->tuple_slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	m->limit_cxt = AllocSetContextCreate(ms->cxt, "ivm merge limit", ALLOCSET_SMALL_SIZES);
	m->limit_kind = IVM_LIMIT_ROW;
	m->waiting = pairingheap_allocate(compare_waiting, ms);
	m->ranked = binaryheap_allocate(list_length(deltas),
									m->order == IVM_MATCH_BY_KEY ? rank_by_key : rank_by_sum, ms);
	foreach(lc, deltas)
		binaryheap_add_unordered(m->ranked, PointerGetDatum(lfirst(lc)));
	binaryheap_build(m->ranked);
}
