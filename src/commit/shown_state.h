/*-------------------------------------------------------------------------
 *
 * shown_state.h
 *	  What readers get for a key, of its state row and its deltas.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SHOWN_STATE_H
#define IVM_SHOWN_STATE_H

#include "plan/delta.h"
#include "plan/plan.h"
#include "plan/state.h"

/*
 * What readers get for a key now: its state row and the sum of its deltas; either may be NULL.  NULL if they
 * get nothing; truth where they would recompute.  What is made is in CurrentMemoryContext.
 */
extern IvmState *ivm_shown_state_get(IvmPlan *plan, const IvmState *stored, const IvmDelta *delta, IvmState *truth);

/* Are two states of one key the same?  The key itself may look different in the two. */
extern bool ivm_shown_state_equal(IvmPlan *plan, const IvmState *a, const IvmState *b);

#endif							/* IVM_SHOWN_STATE_H */
