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
 * Fold all keys of a view that can be had without waiting, dirty ones and rows of slots in
 * use included, and return their number.  The transaction has no pending change of the view.
 *
 * Locks are tried, not waited for: RowExclusiveLock on the base tables, as a writer has, so
 * that whoever reconciles the view waits for this transaction there, before it locks
 * anything of the view; then ShareRowExclusiveLock on the state table, or locks of keys.
 * All stay until the end of the transaction, but for that on the state table if nothing was
 * folded.  Snapshots are taken inside.
 */
extern int64 ivm_fold_all(IvmPlan *plan);

/*
 * The same for up to max_keys keys, by locks of keys, so that other writers go on in place;
 * dirty keys one by one as far as that is cheap, the others in one pass over the base tables.
 */
extern int64 ivm_fold_batch(IvmPlan *plan, int64 max_keys);

/* The same for the keys with these hashes, wherever they are in the delta table. */
extern int64 ivm_fold_keys(IvmPlan *plan, const uint64 *hashes, int n);

/*
 * Remove rows of the state that have left the view's window of time, at most max_rows, and return
 * their number.  Locks as for ivm_fold_all(), which does it, too.
 */
extern int64 ivm_fold_old(IvmPlan *plan, int64 max_rows);

/*
 * Called by a writer that has applied its change of a view and appended some delta rows:
 * now and then it folds some keys, with locks that are tried, and stay.  exclusive: it has
 * ShareRowExclusiveLock on the state table.
 */
extern void ivm_fold_after_apply(IvmPlan *plan, int appended, bool exclusive);

/* May writers fold?  Not before PREPARE TRANSACTION, which would keep their locks for long. */
extern void ivm_fold_allow(bool allow);

#endif							/* IVM_FOLD_H */
