/*-------------------------------------------------------------------------
 *
 * old_buckets.h
 *	  Buckets that have left the window of time of a view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OLD_BUCKETS_H
#define IVM_OLD_BUCKETS_H

#include "plan/plan.h"

/*
 * Move the start of the state of a view with a window of time to where the window begins by the
 * clock of this transaction, less a margin, and delete what is before it from the state.
 * Returns whether it has moved.  The caller holds ShareRowExclusiveLock on the state
 * table, which keeps out all that write it, and takes no snapshot before that.
 */
extern bool ivm_old_buckets_drop(IvmPlan *plan);

#endif							/* IVM_OLD_BUCKETS_H */
