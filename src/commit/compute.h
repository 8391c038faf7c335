/*-------------------------------------------------------------------------
 *
 * compute.h
 *	  Computing states from the base tables.
 *
 * Runs the core query - of the whole view, or of one key - under a snapshot
 * given by the caller, as the view's owner and under the view's settings.
 * Used to populate a view, to recompute dirty keys, and to read a view whose
 * state cannot be used.  The base tables are locked until the end of the transaction
 * (AccessShareLock, which may wait); errors of the definition are raised.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_COMPUTE_H
#define IVM_COMPUTE_H

#include "plan/plan.h"
#include "plan/state.h"

/* Receives a state; it lives until the function returns. */
typedef void (*IvmStateVisitor) (IvmPlan *plan, const IvmState *state, void *arg);

/*
 * Compute the states of all keys.  A bag's rows come one at a time, each with
 * row count 1, in no order.
 */
extern void ivm_compute_all(IvmPlan *plan, Snapshot snapshot, IvmStateVisitor visit, void *arg);

/*
 * The same of the rows that satisfy a qual over the columns of the base table, numbered
 * as in the definition; NULL: all rows.
 */
extern void ivm_compute_where(IvmPlan *plan, Node *qual, Snapshot snapshot,
							  IvmStateVisitor visit, void *arg);

/* Compute the state of one key, in CurrentMemoryContext; false if the key has no rows. */
extern bool ivm_compute_key(IvmPlan *plan, Snapshot snapshot, const Datum *keys,
							const bool *nulls, IvmState *result);

/*
 * What the planner expects computing all keys, or one key, to cost.  Kept with the plan:
 * the first key asked for, of each grouping set, stands for all.
 */
extern double ivm_compute_all_cost(IvmPlan *plan);
extern double ivm_compute_key_cost(IvmPlan *plan, const Datum *keys, const bool *nulls);

/* The first, planned anew: the tables may have grown since. */
extern double ivm_compute_all_cost_now(IvmPlan *plan);

#endif							/* IVM_COMPUTE_H */
