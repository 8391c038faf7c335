/*-------------------------------------------------------------------------
 *
 * compute.h
 *	  Computing states from the base tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_COMPUTE_H
#define IVM_COMPUTE_H

#include "plan/plan.h"
#include "plan/state.h"

/* Receives a state; it lives until the function returns. */
typedef void (*IvmStateVisitor) (IvmPlan *plan, const IvmState *state, void *arg);

extern void ivm_compute_all(IvmPlan *plan, Snapshot snapshot, IvmStateVisitor visit, void *arg);
extern void ivm_compute_where(IvmPlan *plan, Node *qual, Snapshot snapshot,
							  IvmStateVisitor visit, void *arg);
extern double ivm_compute_all_cost(IvmPlan *plan);
extern double ivm_compute_key_cost(IvmPlan *plan, const Datum *keys, const bool *nulls);
extern bool ivm_compute_key(IvmPlan *plan, Snapshot snapshot, const Datum *keys,
							const bool *nulls, IvmState *result);

#endif							/* IVM_COMPUTE_H */
