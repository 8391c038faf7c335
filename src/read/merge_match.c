/*-------------------------------------------------------------------------
 *
 * merge_match.c
 *	  DeltaApply: pending keys merged as the child comes to their state rows.
 *
 * With many pending keys, looking up each state row first costs more than to
 * ask of each row of the child whether its key is pending; and where the order
 * of an index counts, the reader may want a few rows only.  So, if nothing
 * speaks against it, the child's rows are matched with the deltas:
 *
 *		child row --> key pending? -- no ---------------------> row
 *							 |
 *							yes --> state row + delta --------> row
 *		in the end: keys that the child has not shown --------> rows
 *
 * A small filter by hash answers "no" for most rows.  The keys not shown are
 * new, or their state rows did not satisfy the scan's quals: these are looked
 * up then.
 *
 * In the order of an index, a merged row may belong before rows that the child
 * shows, and rows wait in a heap until no other can come before them.  What is
 * not known yet are the merged rows of unresolved keys:
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
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/executor.h"
#include "lib/binaryheap.h"
#include "lib/pairingheap.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "commit/key_lookup.h"
#include "definition/core.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"
#include "read/merge_scan.h"

typedef enum MatchOrder
{
	MATCH_ANY,
	MATCH_BY_KEY,
	MATCH_BY_SUM
} MatchOrder;

/* With fewer pending keys looking them up is as good. */
#define MIN_KEYS_UNORDERED	64
#define MIN_KEYS_ORDERED	4

/* A look-up costs as much as matching so many rows. */
#define ROWS_PER_LOOKUP		200

/*
 * By sum: so many rows of the child, then one key is looked up; and after so
 * many rows all keys, as the reader wants more than a few.
 */
#define ROWS_BETWEEN_LOOKUPS	16
#define ROWS_UNTIL_RESOLVED		1024

/* Ordered: a row that waits. */
typedef struct WaitingRow
{
	pairingheap_node node;
	MinimalTuple tuple;
	Datum	   *values;			/* of the index's columns */
	bool	   *nulls;
} WaitingRow;

/* By sum: no row that is to come sorts before this. */
typedef enum LimitKind
{
	LIMIT_NONE,					/* nothing is known */
	LIMIT_ROW,					/* the child's row */
	LIMIT_VALUE					/* a value of the index's first column */
} LimitKind;

struct IvmMatch
{
	MatchOrder	order;
	IvmDeltaMap *deltas;
	int			unresolved;		/* deltas not done */
	IvmDeltaMap *dirty;			/* to be recomputed in the end, or NULL */
	IvmState   *state;
	TupleTableSlot *slot;		/* merged row */

	/* Filter */
	uint64	   *filter;
	int			filter_shift;
	int			last_column;	/* of state rows: keys, and what is to be emitted */
	bool		by_datum;		/* keys are the same if their Datums are */

	/* Ordered */
	binaryheap *ranked;			/* deltas, first the one that might come first */
	pairingheap *waiting;
	Size		waiting_bytes;
	TupleTableSlot *tuple_slot;
	MemoryContext limit_cxt;
	LimitKind	limit_kind;
	Datum		limit;
	bool		limit_null;
	int64		rows_seen;
	int			delta_column;	/* by sum: of the delta table */
	bool		is_numeric;		/* by sum: else int8 */
	Datum		zero;
};

/* ---- the filter ---- */

static inline uint64
filter_hash(const IvmMatch *m, const IvmPlan *plan, const Datum *values, const bool *nulls)
{
	uint64		h = 0;

	if (plan->layout.hashed)
		return DatumGetUInt64(values[0]);
	if (!m->by_datum)
		return ivm_key_hash(plan, values, nulls);
	for (int i = 0; i < plan->nkeys; i++)
		h = (h ^ (nulls[i] ? 1 : (uint64) values[i])) * UINT64CONST(0x9E3779B97F4A7C15);
	return h;
}

static inline uint64
filter_bit(const IvmMatch *m, uint64 hash)
{
	return (hash * UINT64CONST(0x9E3779B97F4A7C15)) >> m->filter_shift;
}

static void
make_filter(IvmMergeScan *ms, IvmMatch *m, List *deltas)
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
		uint64		bit = filter_bit(m, plan->layout.hashed ?
									 filter_hash(m, plan, &hash, NULL) :
									 filter_hash(m, plan, ivm_delta_keys(plan, delta),
												 ivm_delta_key_nulls(plan, delta)));

		m->filter[bit / 64] |= UINT64CONST(1) << (bit % 64);
	}
}

/* The delta of a state row's key, or NULL. */
static inline IvmDelta *
find_delta(IvmMatch *m, const IvmPlan *plan, TupleTableSlot *slot)
{
	Datum	   *keys;
	bool	   *nulls;
	uint64		hash;
	uint64		bit;

	slot_getsomeattrs(slot, m->last_column);
	hash = filter_hash(m, plan, slot->tts_values, slot->tts_isnull);
	bit = filter_bit(m, hash);
	if (likely((m->filter[bit / 64] & (UINT64CONST(1) << (bit % 64))) == 0))
		return NULL;
	keys = slot->tts_values + plan->layout.first_key;
	nulls = slot->tts_isnull + plan->layout.first_key;
	if (m->by_datum && !plan->layout.hashed)
		hash = ivm_key_hash(plan, keys, nulls);
	return ivm_delta_map_find(m->deltas, hash, keys, nulls);
}

/* ---- merging a row ---- */

static void
add_dirty(IvmMergeScan *ms, IvmDelta *delta)
{
	IvmMatch   *m = ms->match;

	if (m->order != MATCH_ANY)
		elog(ERROR, "delta of view %d cannot be merged", ms->plan->row->id);
	if (m->dirty == NULL)
		m->dirty = ivm_delta_map_create(ms->plan, ms->cxt);
	ivm_delta_map_add(m->dirty, delta);
}

/*
 * Merge a state row, or none, with its delta.  Returns the merged row, good
 * until the next call, or NULL: there is none, or the key is dirty.
 */
static TupleTableSlot *
merge_row(IvmMergeScan *ms, TupleTableSlot *row, IvmDelta *delta)
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

/* Does the child show all state rows there are? */
static bool
child_shows_all(IvmMergeScan *ms)
{
	return ms->css.ss.ps.plan->qual == NIL;
}

/* ---- without an order ---- */

/*
 * What to emit for a row of the child: itself, or the merged row, or nothing.
 */
TupleTableSlot *
ivm_merge_match_row(IvmMergeScan *ms, TupleTableSlot *row)
{
	IvmDelta   *delta = find_delta(ms->match, ms->plan, row);

	if (delta == NULL)
		return row;
	return delta->done ? NULL : merge_row(ms, row, delta);
}

static IvmDelta **
unresolved_deltas(IvmMergeScan *ms, int *n)
{
	IvmMatch   *m = ms->match;
	IvmDelta  **all = ivm_delta_map_sort(m->deltas, ivm_key_lookup_index(ivm_merge_get_lookup(ms)));

	*n = 0;
	for (int i = 0; i < ivm_delta_map_count(m->deltas); i++)
		if (!all[i]->done)
			all[(*n)++] = all[i];
	return all;
}

/* The child is through: merge the keys that it has not shown, to ms->rows. */
void
ivm_merge_match_rest(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	if (m->unresolved > 0)
	{
		int			n;
		IvmDelta  **deltas = unresolved_deltas(ms, &n);

		if (child_shows_all(ms))
		{
			for (int i = 0; i < n; i++)
			{
				TupleTableSlot *slot = merge_row(ms, NULL, deltas[i]);

				if (slot)
					ivm_merge_add_tuple(ms, ExecCopySlotMinimalTuple(slot));
			}
		}
		else
		{
			for (int i = 0; i < n; i++)
				deltas[i]->done = true;
			m->unresolved = 0;
			ivm_merge_look_up(ms, deltas, n);
		}
	}
	if (m->dirty)
		ivm_merge_recompute(ms, m->dirty);
	m->dirty = NULL;
	MemoryContextSwitchTo(oldcxt);
}

/* ---- in the order of an index ---- */

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

static WaitingRow *
first_waiting(IvmMatch *m)
{
	return pairingheap_is_empty(m->waiting) ? NULL :
		pairingheap_container(WaitingRow, node, pairingheap_first(m->waiting));
}

/* Emit the row that is first. */
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

static void
resolve_all(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	IvmDelta  **deltas;
	int			n;

	if (m->unresolved == 0)
		return;
	deltas = unresolved_deltas(ms, &n);
	if (ms->child_done && child_shows_all(ms))
	{
		for (int i = 0; i < n; i++)
		{
			TupleTableSlot *slot = merge_row(ms, NULL, deltas[i]);

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

/* Keys that the child has gone past. */
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

static Datum
delta_sum(IvmMatch *m, const IvmDelta *delta)
{
	return delta->nulls[m->delta_column] ? m->zero : delta->values[m->delta_column];
}

static int
rank_by_sum(Datum a, Datum b, void *arg)
{
	IvmMergeScan *ms = arg;

	return -compare_first(ms, delta_sum(ms->match, (IvmDelta *) DatumGetPointer(a)), false,
						  delta_sum(ms->match, (IvmDelta *) DatumGetPointer(b)), false);
}

static void
find_limit(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	IvmDelta   *delta = m->unresolved > 0 ? first_ranked(m) : NULL;
	MemoryContext oldcxt;
	Datum		best;
	Datum		last;
	Datum		base;

	m->limit_kind = LIMIT_ROW;
	if (delta == NULL)
		return;
	best = delta_sum(m, delta);
	m->limit_kind = LIMIT_VALUE;
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
			m->limit_kind = LIMIT_NONE;
		m->limit = Int64GetDatum(sum);
	}
	if (compare_first(ms, last, false, m->limit, false) < 0)
		m->limit = last;
	MemoryContextSwitchTo(oldcxt);
}

/* ---- ordered ---- */

/* Can no row that is to come sort before this one? */
static bool
is_safe(IvmMergeScan *ms, WaitingRow *row)
{
	IvmMatch   *m = ms->match;
	int			c;

	if (ms->child_done)
		return true;
	if (ms->child_row == NULL || m->limit_kind == LIMIT_NONE)
		return false;
	if (m->limit_kind == LIMIT_ROW)
		return is_before_child(ms, row);
	c = compare_first(ms, row->values[0], row->nulls[0], m->limit, m->limit_null);
	return ms->nsort == 1 ? c <= 0 : c < 0;
}

/* The same of the child's row. */
static bool
child_is_safe(IvmMergeScan *ms)
{
	IvmMatch   *m = ms->match;
	bool		isnull;
	Datum		value;
	int			c;

	if (m->limit_kind != LIMIT_VALUE)
		return m->limit_kind == LIMIT_ROW;
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
	delta = find_delta(m, ms->plan, row);
	if (delta != NULL && !delta->done)
	{
		TupleTableSlot *merged = merge_row(ms, row, delta);

		if (merged)
			add_waiting(ms, ExecCopySlotMinimalTuple(merged));
	}
	if (m->order == MATCH_BY_KEY)
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
	if (m->order == MATCH_BY_SUM)
		find_limit(ms);
	if (delta != NULL)
		return NULL;
	if (pairingheap_is_empty(m->waiting) && child_is_safe(ms))
		return row;
	add_waiting(ms, ExecCopySlotMinimalTuple(row));
	return NULL;
}

/* The next row in the order of the index, or NULL. */
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

/* ---- what can be matched ---- */

static bool
always_mergeable(const IvmPlan *plan, List *deltas)
{
	ListCell   *lc;

	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme ||
			plan->accums[i].class == &ivm_accum_slice)
			return false;
	foreach(lc, deltas)
		if (ivm_delta_is_dirty(plan, lfirst(lc)))
			return false;
	return true;
}

static bool
is_key_column(const IvmPlan *plan, int attno)
{
	return attno > plan->layout.first_key && attno <= plan->layout.first_key + plan->nkeys;
}

static bool
quals_on_keys_only(IvmMergeScan *ms)
{
	Scan	   *scan = (Scan *) ms->css.ss.ps.plan;
	Bitmapset  *attnos = NULL;
	int			i = -1;

	pull_varattnos((Node *) scan->plan.qual, scan->scanrelid, &attnos);
	while ((i = bms_next_member(attnos, i)) >= 0)
		if (!is_key_column(ms->plan, i + FirstLowInvalidHeapAttributeNumber))
			return false;
	return true;
}

/*
 * Were the rows that the snapshot sees bound to have a value for this
 * accumulator?  Then a merged sum is NULL for no group that has rows.
 */
static bool
argument_not_null(IvmMergeScan *ms, int accum)
{
	IvmCore    *core = ms->plan->core;
	Var		   *var = list_length(core->accums[accum].args) == 1 ?
		linitial(core->accums[accum].args) : NULL;
	TransactionId xmin;

	if (!core->single || var == NULL || !IsA(var, Var) ||
		var->varno != core->rti || var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	/* children by inheritance may differ, partitions may not */
	if (get_rel_relkind(core->base) == RELKIND_RELATION && has_subclass(core->base))
		return false;
	return ivm_compat_not_null_since(core->base, var->varattno, &xmin) &&
		!(TransactionIdIsNormal(xmin) &&
		  (TransactionIdIsCurrentTransactionId(xmin) ||
		   XidInMVCCSnapshot(xmin, ms->css.ss.ps.state->es_snapshot)));
}

/* Can rows be matched in the order of the sum that the index starts with? */
static bool
can_match_by_sum(IvmMergeScan *ms, IvmMatch *m, List *deltas)
{
	IvmPlan    *plan = ms->plan;
	int			col = ms->sort_attnos[0] - 1;
	const IvmAccumClass *class = NULL;
	ListCell   *lc;

	if (plan->core->kind != IVM_CORE_GROUP)
		return false;
	m->is_numeric = false;
	m->delta_column = -1;
	if (col == plan->layout.state_row_count)
		m->delta_column = plan->layout.delta_row_count;
	for (int i = 0; i < plan->naccums; i++)
	{
		if (plan->state_first[i] != col || !plan->accums[i].class->is_sum)
			continue;
		class = plan->accums[i].class;
		m->delta_column = plan->delta_first[i];
		m->is_numeric = class->state[0].type == NUMERICOID;
		if (class != &ivm_accum_count && ms->sortkeys[0].ssup_nulls_first &&
			!argument_not_null(ms, i))
			return false;
	}
	if (m->delta_column < 0)
		return false;
	/* what else a sum's delta may have makes it more than a number */
	for (int c = 2; class != NULL && c < class->ndelta; c++)
		foreach(lc, deltas)
			if (!((IvmDelta *) lfirst(lc))->nulls[m->delta_column + c])
				return false;
	m->zero = m->is_numeric ? NumericGetDatum(int64_to_numeric(0)) : Int64GetDatum(0);
	return true;
}

static bool
choose_order(IvmMergeScan *ms, IvmMatch *m, List *deltas)
{
	int			nkeys = 0;

	if (ms->nsort == 0)
	{
		m->order = MATCH_ANY;
		return IsA(outerPlanState(ms), SeqScanState) &&
			ms->pending_keys >= MIN_KEYS_UNORDERED &&
			ms->pending_keys > outerPlanState(ms)->plan->plan_rows / ROWS_PER_LOOKUP;
	}
	if (ms->pending_keys < MIN_KEYS_ORDERED || ms->index_is_partial ||
		!IsA(outerPlanState(ms), IndexScanState) ||
		!quals_on_keys_only(ms) || !always_mergeable(ms->plan, deltas))
		return false;
	for (int i = 0; i < ms->nsort; i++)
		if (is_key_column(ms->plan, ms->sort_attnos[i]))
			nkeys++;
	m->order = nkeys == ms->nsort ? MATCH_BY_KEY : MATCH_BY_SUM;
	return m->order == MATCH_BY_KEY || can_match_by_sum(ms, m, deltas);
}

/*
 * Prepare for matching the child's rows with these deltas, if that is possible
 * and worth while.  All that is kept is in ms->cxt, the current context.
 */
bool
ivm_merge_match_begin(IvmMergeScan *ms, IvmDeltaMap *deltas)
{
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);
	IvmMatch   *m;
	List	   *list;
	ListCell   *lc;

	if (ms->rescanned || ms->css.ss.ps.plan->parallel_aware ||
		ms->css.ss.ps.state->es_epq_active != NULL ||
		ms->plan->core->kind == IVM_CORE_GLOBAL)
		return false;
	m = palloc0(sizeof(IvmMatch));
	list = ivm_delta_map_list(deltas);
	if (!choose_order(ms, m, list))
		return false;
	m->deltas = deltas;
	m->unresolved = list_length(list);
	m->state = ivm_state_make(ms->plan);
	m->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
	make_filter(ms, m, list);
	ms->match = m;
	if (m->order == MATCH_ANY)
		return true;
	m->tuple_slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	m->limit_cxt = AllocSetContextCreate(ms->cxt, "ivm merge limit", ALLOCSET_SMALL_SIZES);
	m->limit_kind = LIMIT_ROW;
	m->waiting = pairingheap_allocate(compare_waiting, ms);
	m->ranked = binaryheap_allocate(list_length(list),
									m->order == MATCH_BY_KEY ? rank_by_key : rank_by_sum, ms);
	foreach(lc, list)
		binaryheap_add_unordered(m->ranked, PointerGetDatum(lfirst(lc)));
	binaryheap_build(m->ranked);
	return true;
}

bool
ivm_merge_match_is_ordered(IvmMergeScan *ms)
{
	return ms->match->order != MATCH_ANY;
}

/* For EXPLAIN: how the keys are merged. */
const char *
ivm_merge_match_name(IvmMergeScan *ms)
{
	switch (ms->match->order)
	{
		case MATCH_ANY:
			return "as scanned";
		case MATCH_BY_KEY:
			return "in order of keys";
		case MATCH_BY_SUM:
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
	ms->match = NULL;
}
