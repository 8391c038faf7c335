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

/*
 * Fold up to max_keys keys of a view, as many as can be had without waiting, and return
 * their number.  Without a limit (PG_INT64_MAX) rows of slots are taken even if they are
 * in use.  exclusive: the caller holds ShareRowExclusiveLock on the state table.
 * recompute_all: dirty keys too, however many there are; else only a few of them.
 *
 * Own changes of the base tables must have been applied and made visible
 * (CommandCounterIncrement).  Locks are tried, not waited for, and stay until the end of
 * the transaction; snapshots are taken inside.
 */
extern int64 ivm_fold_deltas(IvmPlan *plan, int64 max_keys, bool exclusive, bool recompute_all);

/*
 * Called by a writer that has applied its change of a view and appended some delta rows:
 * now and then it folds some keys.
 */
extern void ivm_fold_after_apply(IvmPlan *plan, int appended, bool exclusive);

/* May writers fold?  Not before PREPARE TRANSACTION, which would keep their locks for long. */
extern void ivm_fold_allow(bool allow);

#endif							/* IVM_FOLD_H */
