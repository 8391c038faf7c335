/*-------------------------------------------------------------------------
 *
 * reconcile.h
 *	  Repairing the state of a view by the smallest difference.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RECONCILE_H
#define IVM_RECONCILE_H

#include "plan/plan.h"

/* What a reader saw wrong, in groups or distinct rows. */
typedef struct IvmCorrections
{
	int64		inserted;
	int64		updated;
	int64		deleted;
} IvmCorrections;

extern void ivm_reconcile_state(IvmPlan *plan, Node *filter, bool trust_deltas,
						  IvmCorrections *result);

#endif							/* IVM_RECONCILE_H */
