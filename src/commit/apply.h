/*-------------------------------------------------------------------------
 *
 * apply.h
 *	  From the pending change to the state and delta tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPLY_H
#define IVM_APPLY_H

#include "plan/plan.h"

/*
 * Apply the pending change of the transaction to all views, in the order of their ids;
 * called when it is about to commit.  First distinct values are settled, which may wait (distinct_delta.h);
 * key locks are tried and never waited for.  Writers
 * may fold some keys afterwards (fold.h).
 */
extern void ivm_apply_all(void);

/*
 * Write the maps of the current subtransaction out as delta rows, under its own
 * subtransaction id: should it abort, they are gone with it.  The maps are empty then.
 */
extern void ivm_apply_write_out(void);

/*
 * Empty a view whose base table this transaction has truncated, which holds
 * AccessExclusiveLock on it: nobody else writes state or deltas now.
 */
extern void ivm_apply_truncate(IvmPlan *plan);

#endif							/* IVM_APPLY_H */
