/*-------------------------------------------------------------------------
 *
 * state.h
 *	  States: what is stored of one key, as rows of the state table.
 *
 *		[key_hash] keys...  row_count  accumulators' state columns...
 *
 *		state + delta = state
 *
 * A state may be partial: with deltas of its key waiting elsewhere, its row count can
 * be zero or less beside sums that are not zero (accum.h).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STATE_H
#define IVM_STATE_H

#include "plan/delta.h"
#include "plan/plan.h"

/* One state.  Both arrays have layout.state_natts elements. */
typedef struct IvmState
{
	Datum	   *values;
	bool	   *nulls;
} IvmState;

/* How many rows of the base tables the group has, or copies the bag's row. */
static inline int64
ivm_state_row_count(const IvmPlan *plan, const IvmState *state)
{
	return DatumGetInt64(state->values[plan->layout.state_row_count]);
}

/* Room for a state, in CurrentMemoryContext; the functions below fill it. */
extern IvmState *ivm_state_make(const IvmPlan *plan);

/* Make it the state that the delta's key has without rows; keys point into the delta. */
extern void ivm_state_empty(const IvmPlan *plan, const IvmDelta *delta, IvmState *state);

/*
 * Make it the state in a row of the state table.  Values passed by reference stay the
 * slot's, so the state may be used as long as the slot holds the row.
 */
extern void ivm_state_from_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmState *state);

/* Make it a copy of another state, with values in CurrentMemoryContext. */
extern void ivm_state_copy(const IvmPlan *plan, IvmState *into, const IvmState *from);

/*
 * Is it the state that a key has which was never seen?  A row count of zero alone does
 * not say so, because the state may be partial.
 */
extern bool ivm_state_is_empty(const IvmPlan *plan, const IvmState *state);

/*
 * Does a reader get a row for this state, to which all deltas that the reader sees have
 * been added?  Not if its group or row has gone.
 */
extern bool ivm_state_is_shown(const IvmPlan *plan, const IvmState *state);

/*
 * state += delta, both of the same key; new values are in CurrentMemoryContext.  False
 * if the sum does not follow from the two: the key is dirty and has to be recomputed,
 * and the state is unspecified.
 */
extern bool ivm_state_apply(const IvmPlan *plan, IvmState *state, const IvmDelta *delta);

#endif							/* IVM_STATE_H */
