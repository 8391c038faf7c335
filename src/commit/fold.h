/*-------------------------------------------------------------------------
 *
 * fold.h
 *	  Moving deltas into the state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FOLD_H
#define IVM_FOLD_H

#include "plan/plan.h"

extern int64 ivm_fold_deltas(IvmPlan *plan, int64 max_keys, bool exclusive, bool recompute_all);
extern void ivm_fold_after_apply(IvmPlan *plan, int appended, bool exclusive);
extern void ivm_fold_allow(bool allow);

#endif							/* IVM_FOLD_H */
