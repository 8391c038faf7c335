/*-------------------------------------------------------------------------
 *
 * distinct_delta.h
 *	  Which values have come to a key, and which have gone from it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DISTINCT_DELTA_H
#define IVM_DISTINCT_DELTA_H

#include "plan/plan.h"

/*
 * Before commit, after the locks of views over several sources and before any key's: settle the values
 * of the pending change of those plans that have accumulators of distinct values, or leave their keys dirty.
 * Waits for locks, which are held until the commit is visible; takes snapshots after them.  What it
 * needs stays in CurrentMemoryContext.
 */
extern void ivm_distinct_delta_settle(List *plans);

/* The pending change of this view is about to be written out early, with its keys dirty. */
extern void ivm_distinct_delta_wrote_out(const IvmPlan *plan);

/* At the end of the transaction. */
extern void ivm_distinct_delta_reset(void);

#endif							/* IVM_DISTINCT_DELTA_H */
