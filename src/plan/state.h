/*-------------------------------------------------------------------------
 *
 * state.h
 *	  Rows of the state table in memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STATE_H
#define IVM_STATE_H

#include "plan/delta.h"
#include "plan/plan.h"

/* A row laid out as one of the state table. */
typedef struct IvmState
{
	Datum	   *values;			/* layout.state_natts */
	bool	   *nulls;
} IvmState;

static inline int64
ivm_state_row_count(const IvmPlan *plan, const IvmState *state)
{
	return DatumGetInt64(state->values[plan->layout.state_row_count]);
}

extern IvmState *ivm_state_make(const IvmPlan *plan);
extern void ivm_state_empty(const IvmPlan *plan, const IvmDelta *delta, IvmState *state);
extern void ivm_state_from_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmState *state);
extern void ivm_state_copy(const IvmPlan *plan, IvmState *into, const IvmState *from);
extern bool ivm_state_is_empty(const IvmPlan *plan, const IvmState *state);
extern bool ivm_state_is_shown(const IvmPlan *plan, const IvmState *state);
extern bool ivm_state_apply(const IvmPlan *plan, IvmState *state, const IvmDelta *delta);

#endif							/* IVM_STATE_H */
