/*-------------------------------------------------------------------------
 *
 * delta.h
 *	  Deltas: signed changes of one key, as rows of the delta table.
 *
 *		[key_hash] keys...  slot  dirty  row_count  accumulators' delta columns...
 *
 * A delta in memory has the columns of a row of the delta table (plan->layout).
 * row_count says how many rows the key's group has gained or lost.  A dirty
 * delta says that the key's state does not follow from state and deltas, so
 * that whoever needs it must compute it from the base tables.
 *
 * The only operation on deltas is a commutative sum (accum.h), so they can be
 * added up in any order and in any grouping before they meet the state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_H
#define IVM_DELTA_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "plan/plan.h"

/*
 * One delta.  Both arrays have layout.delta_natts elements.  Values passed by
 * reference live where the function that has made the delta says.
 */
typedef struct IvmDelta
{
	uint64		hash;			/* of the key (ivm_key_hash) */
	Datum	   *values;
	bool	   *nulls;
	bool		done;			/* a mark for loops over a set of deltas */
	int			number;			/* its place in the set (delta_map.h) that it
								 * belongs to, from 0 */
} IvmDelta;

static inline Datum *
ivm_delta_keys(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->values + plan->layout.first_key;
}

static inline bool *
ivm_delta_key_nulls(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->nulls + plan->layout.first_key;
}

static inline bool
ivm_delta_is_dirty(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetBool(delta->values[plan->layout.delta_dirty]);
}

static inline int64
ivm_delta_row_count(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetInt64(delta->values[plan->layout.delta_row_count]);
}

/*
 * A delta that changes nothing, in CurrentMemoryContext, with its arrays in the
 * same allocation.  Hash and key columns are zero, for the caller to fill.
 */
extern IvmDelta *ivm_delta_make(const IvmPlan *plan);

/*
 * A delta that changes nothing of the n-th permanent key, counted from 0 to
 * ivm_key_count_permanent() - 1: with hash and key columns.
 */
extern IvmDelta *ivm_delta_make_permanent(const IvmPlan *plan, int n);

/*
 * into += from, both of the same key.  Results are allocated in
 * CurrentMemoryContext, in which into must live; nothing of from is kept.
 * The key columns of into stay as they are.
 */
extern void ivm_delta_add(const IvmPlan *plan, IvmDelta *into, const IvmDelta *from);

/* A copy in CurrentMemoryContext that shares nothing with the delta. */
extern IvmDelta *ivm_delta_copy(const IvmPlan *plan, const IvmDelta *delta);

#endif							/* IVM_DELTA_H */
