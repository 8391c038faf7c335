/*-------------------------------------------------------------------------
 *
 * merge_match_order.c
 *	  Matching in the order of an index.
 *
 * A merged row may belong before rows that the child shows.  So rows wait until no
 * other can come before them: merged ones in a heap, the child's, which come in order,
 * in a queue.
 *
 *		child row, unchanged -----------+--> queue -+
 *		child row + delta = merged row -+--> heap --+--> first one safe? -- yes --> row
 *		keys looked up, merged rows ----+					|
 *			  ^												no
 *			  +------------- the child's next row <---------+
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
#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "plan/delta.h"
#include "read/merge_match_key.h"
#include "read/merge_match_order.h"
#include "read/merge_match_rank.h"
#include "read/merge_scan.h"

/*
 * In the order of a sum, pending keys are looked up in batches: the first one after
 * ROWS_BETWEEN_LOOKUPS rows of the child, the next ones each time their number has doubled.  A
 * batch is as large as is needed for one look-up per ROWS_BETWEEN_LOOKUPS rows.  After
 * ROWS_UNTIL_RESOLVED rows, or as many as keys are pending, all the others are looked up,
 * since the reader wants more than a few rows.
 */
#define ROWS_BETWEEN_LOOKUPS	16
#define ROWS_UNTIL_RESOLVED		1024

/* A merged row that waits in the heap. */
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

/* Compare the index's columns of two rows. */
static int
compare_sorted(IvmMergeScan *ms, const Datum *a, const bool *anulls, const Datum *b, const bool *bnulls)
{
	for (int i = 0; i < ms->nsort; i++)
	{
		int			c = ApplySortComparator(a[i], anulls[i], b[i], bnulls[i], &ms->sortkeys[i]);

		if (c != 0)
			return c;
	}
	return 0;
}

/* Keep a merged row until it may be emitted. */
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

	return -compare_sorted(ms, ra->values, ra->nulls, rb->values, rb->nulls);
}

/* Keep a row of the child.  It comes behind those that are kept. */
static void
add_to_queue(IvmMergeScan *ms, MinimalTuple tuple)
{
	IvmMatch   *m = ms->match;

	if (m->queue_first == m->queue_end)
		m->queue_first = m->queue_end = 0;
	if (m->queue_end == m->queue_size)
	{
		m->queue_size *= 2;
		m->queue = repalloc_huge(m->queue, sizeof(MinimalTuple) * (Size) m->queue_size);
	}
	m->queue[m->queue_end++] = tuple;
	m->waiting_bytes += sizeof(MinimalTuple) + tuple->t_len;
}

/* Have the values of the first row in the queue, which is not empty. */
static void
look_at_front(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;

	if (m->front_known)
		return;
	ExecStoreMinimalTuple(m->queue[m->queue_first], m->front_slot, false);
	for (int i = 0; i < ms->nsort; i++)
		m->front_values[i] = slot_getattr(m->front_slot, ms->sort_attnos[i], &m->front_nulls[i]);
	m->front_known = true;
}

static inline bool
none_waits(const IvmMatch *m)
{
	return m->queue_first == m->queue_end && pairingheap_is_empty(m->waiting);
}

/* Is the waiting row that comes first the child's?  There is one. */
static bool
first_is_queued(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	WaitingRow *row;

	if (pairingheap_is_empty(m->waiting))
		return true;
	if (m->queue_first == m->queue_end)
		return false;
	row = pairingheap_container(WaitingRow, node, pairingheap_first(m->waiting));
	look_at_front(ms);
	return compare_sorted(ms, m->front_values, m->front_nulls, row->values, row->nulls) <= 0;
}

/* Take the row that comes first, into merged_slot. */
static TupleTableSlot *
take_waiting(IvmMergeScan *ms, bool queued)
{
	IvmMatch   *m = ms->match;

	m->cutoff_delta = NULL;
	if (queued)
	{
		MinimalTuple tuple = m->queue[m->queue_first++];

		m->front_known = false;
		ExecClearTuple(m->front_slot);
		m->waiting_bytes -= sizeof(MinimalTuple) + tuple->t_len;
		ExecStoreMinimalTuple(tuple, ms->merged_slot, true);
	}
	else
	{
		WaitingRow *row = pairingheap_container(WaitingRow, node,
												pairingheap_remove_first(m->waiting));

		m->waiting_bytes -= sizeof(WaitingRow) + row->tuple->t_len;
		ExecClearTuple(m->tuple_slot);
		ExecStoreMinimalTuple(row->tuple, ms->merged_slot, true);
		pfree(row);
	}
	return ms->merged_slot;
}

/* Does the waiting row come before the child's, or neither before the other? */
static bool
is_before_child(IvmMergeScan *ms, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < ms->nsort; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(ms->child_row, ms->sort_attnos[i], &isnull);
		int			c = ApplySortComparator(values[i], nulls[i], value, isnull, &ms->sortkeys[i]);

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
		ivm_merge_match_set_done(m, deltas[i]);
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

/* ---- by key ---- */

/* Look up the keys that the child has gone past. */
static void
resolve_passed(IvmMergeScan *ms)
{
	IvmDelta   *delta;

	while ((delta = ivm_merge_match_rank_first(ms)) != NULL)
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

/* Look up keys that might come first, at the rows where it is time to. */
static void
resolve_some(IvmMergeScan *ms)
{
	int64		n = ms->match->rows_seen / ROWS_BETWEEN_LOOKUPS;
	IvmDelta   *deltas[64];
	int			found;

	if (ms->match->rows_seen % ROWS_BETWEEN_LOOKUPS != 0 || (n & (n - 1)) != 0)
		return;
	found = ivm_merge_match_rank_some(ms, deltas, (int) Min(n, lengthof(deltas)));
	if (found > 0)
		resolve(ms, deltas, found);
}

/* Have m->cutoff for a value that is not NULL: the value less the sum of a delta. */
static void
find_cutoff(IvmMatch *m, Datum value, const IvmDelta *delta)
{
	MemoryContext oldcxt;

	if (m->cutoff_delta == delta && m->cutoff_value == value)
		return;
	MemoryContextReset(m->cutoff_cxt);
	oldcxt = MemoryContextSwitchTo(m->cutoff_cxt);
	m->cutoff_known = true;
	if (m->is_numeric)
		m->cutoff = DirectFunctionCall2(numeric_sub, value, ivm_merge_match_rank_sum(m, delta));
	else
	{
		int64		difference;

		if (pg_sub_s64_overflow(DatumGetInt64(value),
								DatumGetInt64(ivm_merge_match_rank_sum(m, delta)), &difference))
			m->cutoff_known = false;
		m->cutoff = Int64GetDatum(difference);
	}
	MemoryContextSwitchTo(oldcxt);
	m->cutoff_delta = delta;
	m->cutoff_value = value;
}

/*
 * A row with this value of the index's first column: does it come before all that are to come, or,
 * where the index has no other column, neither before the other?  The child's present
 * row is the last that the child has shown, and delta the best of the unresolved ones.
 *
 * With v the value of the child's row, what is to come is at best v or max(v, 0) + delta
 * (for DESC).  So that one sum per row is not needed, value - delta is compared with v and 0.
 */
static bool
value_is_safe(IvmMergeScan *ms, Datum value, bool isnull, const IvmDelta *delta)
{
	IvmMatch   *m = ms->match;
	int			limit = ms->nsort == 1 ? 0 : -1;	/* of comparisons */
	bool		last_null;
	Datum		last = slot_getattr(ms->child_row, ms->sort_attnos[0], &last_null);

	/* either states without a sum come first, or no others are to come */
	if (last_null)
		return ms->sortkeys[0].ssup_nulls_first ?
			compare_first(ms, value, isnull, (Datum) 0, true) <= limit :
			compare_first(ms, value, isnull, ivm_merge_match_rank_sum(m, delta), false) <= limit;
	if (isnull)
		return compare_first(ms, value, true, last, false) <= limit;
	find_cutoff(m, value, delta);
	return m->cutoff_known && compare_first(ms, m->cutoff, false, last, false) <= limit &&
		compare_first(ms, m->cutoff, false, m->zero, false) <= limit &&
		compare_first(ms, value, false, last, false) <= limit;
}

/* The same for the child's present row itself, without arithmetic. */
static bool
child_value_is_safe(IvmMergeScan *ms, const IvmDelta *delta)
{
	IvmMatch   *m = ms->match;
	int			limit = ms->nsort == 1 ? 0 : -1;
	Datum		sum = ivm_merge_match_rank_sum(m, delta);
	bool		isnull;
	Datum		value = slot_getattr(ms->child_row, ms->sort_attnos[0], &isnull);

	if (isnull)
		return (ms->sortkeys[0].ssup_nulls_first ? 0 : compare_first(ms, value, true, sum, false)) <= limit;
	if (compare_first(ms, value, false, m->zero, false) >= 0)
		return Max(compare_first(ms, value, false, sum, false), 0) <= limit;
	/* infinite and NaN stay what they are, whatever is added */
	if (m->is_numeric &&
		(numeric_is_nan(DatumGetNumeric(value)) || numeric_is_inf(DatumGetNumeric(value))))
		return limit == 0;
	return Max(compare_first(ms, m->zero, false, sum, false), 0) <= limit;
}

/* ---- the next row ---- */

/* Can no row that is to come sort before the waiting one that comes first? */
static bool
first_is_safe(IvmMergeScan *ms, bool queued)
{
	IvmMatch   *m = ms->match;
	const IvmDelta *delta;
	const Datum *values;
	const bool *nulls;

	if (ms->child_done)
		return true;
	if (ms->child_row == NULL)
		return false;
	if (queued)
	{
		look_at_front(ms);
		values = m->front_values;
		nulls = m->front_nulls;
	}
	else
	{
		WaitingRow *row = pairingheap_container(WaitingRow, node, pairingheap_first(m->waiting));

		values = row->values;
		nulls = row->nulls;
	}
	if (m->order == IVM_MATCH_BY_SUM && (delta = ivm_merge_match_rank_first(ms)) != NULL)
		return value_is_safe(ms, values[0], nulls[0], delta);
	return queued || is_before_child(ms, values, nulls);
}

/* Can no row that is to come sort before the child's present one? */
static bool
child_is_safe(IvmMergeScan *ms)
{
	const IvmDelta *delta;

	return ms->match->order == IVM_MATCH_BY_KEY ||
		(delta = ivm_merge_match_rank_first(ms)) == NULL || child_value_is_safe(ms, delta);
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
	if (delta != NULL && !ivm_merge_match_is_done(m, delta))
	{
		TupleTableSlot *merged = ivm_merge_match_merge(ms, row, delta);

		if (merged)
			add_waiting(ms, ExecCopySlotMinimalTuple(merged));
	}
	if (m->order == IVM_MATCH_BY_KEY)
		resolve_passed(ms);
	else if (m->rows_seen == Max(Min(ROWS_UNTIL_RESOLVED, 4 * ms->pending_keys), ms->pending_keys) ||
			 m->waiting_bytes > work_mem * (Size) 1024)
		resolve_all(ms);
	else
		resolve_some(ms);
	if (delta != NULL)
		return NULL;
	if (none_waits(m) && child_is_safe(ms))
		return row;
	add_to_queue(ms, ExecCopySlotMinimalTuple(row));
	return NULL;
}

TupleTableSlot *
ivm_merge_match_next(IvmMergeScan *ms)
{
	TupleTableSlot *result = NULL;

	while (result == NULL)
	{
		TupleTableSlot *row;
		MemoryContext oldcxt;

		CHECK_FOR_INTERRUPTS();
		if (!none_waits(ms->match))
		{
			bool		queued = first_is_queued(ms);

			if (first_is_safe(ms, queued))
				return take_waiting(ms, queued);
		}
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
ivm_merge_match_order_begin(IvmMergeScan *ms)
{
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);
	IvmMatch   *m = ms->match;

	m->tuple_slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	m->front_slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	m->front_values = palloc(sizeof(Datum) * ms->nsort);
	m->front_nulls = palloc(sizeof(bool) * ms->nsort);
	m->cutoff_cxt = AllocSetContextCreate(ms->cxt, "ivm merge cutoff", ALLOCSET_SMALL_SIZES);
	m->waiting = pairingheap_allocate(compare_waiting, ms);
	m->queue_size = 64;
	m->queue = palloc(sizeof(MinimalTuple) * m->queue_size);
	ivm_merge_match_rank_begin(ms);
}
