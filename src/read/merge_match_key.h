/*-------------------------------------------------------------------------
 *
 * merge_match_key.h
 *	  Matching: the pending keys, and the child's rows that have one of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_MATCH_KEY_H
#define IVM_MERGE_MATCH_KEY_H

#include "lib/binaryheap.h"
#include "lib/pairingheap.h"

#include "base/value_image.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/key.h"
#include "plan/state.h"
#include "read/merge_scan.h"

/* The order in which rows are emitted */
typedef enum IvmMatchOrder
{
	IVM_MATCH_ANY,				/* as the child shows them, new keys last */
	IVM_MATCH_BY_KEY,			/* of an index on key columns only */
	IVM_MATCH_BY_SUM			/* of an index that starts with a sum or a
								 * count */
} IvmMatchOrder;

/*
 * State of matching, IvmMergeScan.match.  It lives in IvmMergeScan.cxt.
 */
struct IvmMatch
{
	IvmMatchOrder order;
	IvmDeltaSet *deltas;		/* of all pending keys */
	uint64	   *done;			/* bits, by the numbers of deltas */
	int			unresolved;		/* deltas that are not done */
	IvmDeltaMap *dirty;			/* to be recomputed in the end, or NULL */
	IvmState   *state;			/* of the key being merged */
	TupleTableSlot *slot;		/* the row merged last */

	/* The filter: bits set by the hashes of the pending keys */
	uint64	   *filter;
	int			filter_shift;
	int			last_column;	/* of state rows: keys, and what is to be
								 * emitted */
	bool		by_datum;		/* keys are the same if their Datums are */

	/* For an order (merge_match_order.c) */
	const struct IvmRanking *ranking;	/* merge_match_rank.c */
	int			next_best;		/* in it: those before are done */
	binaryheap *ranked;			/* deltas that come after those of the
								 * ranking, in the same order; NULL: not
								 * needed yet */
	pairingheap *waiting;		/* merged rows that cannot be emitted yet */
	MinimalTuple *queue;		/* rows of the child that cannot, in their
								 * order */
	int			queue_first;
	int			queue_end;
	int			queue_size;
	bool		front_known;	/* the next two are those of the first */
	Datum	   *front_values;	/* of the index's columns */
	bool	   *front_nulls;
	TupleTableSlot *front_slot;
	Size		waiting_bytes;	/* size of all rows that wait */
	TupleTableSlot *tuple_slot; /* to look into a waiting row */
	MemoryContext cutoff_cxt;	/* of the datum in cutoff */
	const IvmDelta *cutoff_delta;	/* cutoff is that of this delta and this
									 * value; NULL: of none */
	Datum		cutoff_value;
	bool		cutoff_known;	/* it is no overflow */
	Datum		cutoff;			/* cutoff_value less the delta's sum */
	int64		rows_seen;		/* of the child */
	int			delta_column;	/* by sum: the sum's column of the delta table */
	bool		is_numeric;		/* by sum: its type is numeric, else int8 */
	Datum		zero;			/* by sum: of that type */
};

/*
 * A hash of a key for the filter.  values are those of a state row from its
 * first column on: where there is a key_hash it is the first, else keys are.
 */
static inline uint64
ivm_merge_match_filter_hash(const IvmMatch *m, const IvmPlan *plan,
							const Datum *values, const bool *nulls)
{
	uint64		h = 0;

	if (plan->layout.hashed)
		return DatumGetUInt64(values[0]);
	if (!m->by_datum)
		return ivm_key_hash(plan, values, nulls);
	for (int i = 0; i < plan->nkeys; i++)
		h = (h ^ (nulls[i] ? 1 : ivm_value_image_bits(plan->keys[i].typlen, values[i]))) * UINT64CONST(0x9E3779B97F4A7C15);
	return h;
}

/* The place of a hash in the filter */
static inline uint64
ivm_merge_match_filter_bit(const IvmMatch *m, uint64 hash)
{
	return (hash * UINT64CONST(0x9E3779B97F4A7C15)) >> m->filter_shift;
}

/*
 * The delta of a state row's key, done or not, or NULL.  Inline, since it is
 * called for each row of the child.
 */
static inline IvmDelta *
ivm_merge_match_find(IvmMatch *m, const IvmPlan *plan, TupleTableSlot *slot)
{
	Datum	   *keys;
	bool	   *nulls;
	uint64		hash;
	uint64		bit;

	slot_getsomeattrs(slot, m->last_column);
	hash = ivm_merge_match_filter_hash(m, plan, slot->tts_values, slot->tts_isnull);
	bit = ivm_merge_match_filter_bit(m, hash);
	if (likely((m->filter[bit / 64] & (UINT64CONST(1) << (bit % 64))) == 0))
		return NULL;
	keys = slot->tts_values + plan->layout.first_key;
	nulls = slot->tts_isnull + plan->layout.first_key;
	if (m->by_datum && !plan->layout.hashed)
		hash = ivm_key_hash(plan, keys, nulls);
	return ivm_delta_map_find(m->deltas->map, hash, keys, nulls);
}

/* Has the key been merged or looked up, or does it wait among the dirty ones? */
static inline bool
ivm_merge_match_is_done(const IvmMatch *m, const IvmDelta *delta)
{
	return (m->done[delta->number / 64] & (UINT64CONST(1) << (delta->number % 64))) != 0;
}

static inline void
ivm_merge_match_set_done(IvmMatch *m, const IvmDelta *delta)
{
	Assert(!ivm_merge_match_is_done(m, delta));
	m->done[delta->number / 64] |= UINT64CONST(1) << (delta->number % 64);
	m->unresolved--;
}

/* Have a filter for m->deltas, which may have kept one. */
extern void ivm_merge_match_make_filter(IvmMergeScan *ms, IvmMatch *m);

/*
 * Merge a state row, or none, with its delta, which must not be done yet and is
 * afterwards.  Returns the merged row in m->slot, good until the next call; or
 * NULL: the group has gone, the row does not satisfy the scan's quals, or the
 * key is dirty and waits in m->dirty.  Resets ms->key_cxt.
 */
extern TupleTableSlot *ivm_merge_match_merge(IvmMergeScan *ms, TupleTableSlot *row,
											 IvmDelta *delta);

/* Does the child show all state rows there are, as it has no quals? */
extern bool ivm_merge_match_child_shows_all(IvmMergeScan *ms);

/*
 * The deltas that are not done, in the order in which look-ups by key are
 * cheapest: an array in the current memory context, and its length in *n.
 */
extern IvmDelta **ivm_merge_match_unresolved(IvmMergeScan *ms, int *n);

#endif							/* IVM_MERGE_MATCH_KEY_H */
