/*-------------------------------------------------------------------------
 *
 * old_buckets.h
 *	  Buckets that have left the window of time of a view.
 *
 * README.md of this folder tells why removing them is exact ("Old buckets").
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OLD_BUCKETS_H
#define IVM_OLD_BUCKETS_H

#include "datatype/timestamp.h"
#include "utils/snapshot.h"

#include "plan/plan.h"

/*
 * Where the state of a view begins as the latest catalogue snapshot has it, in microseconds
 * as a timestamp has them; DT_NOBEGIN if nothing was removed.  A look-up for views with
 * a window of time, nothing for others.
 */
extern int64 ivm_old_buckets_start(const IvmPlan *plan);

/* Is a key before a start that is not DT_NOBEGIN?  Then its state counts for nobody. */
extern bool ivm_old_buckets_is_before(const IvmPlan *plan, const Datum *keys, const bool *nulls,
									  int64 start);

/*
 * Move the start of the state of an immediate view to where the window begins by the clock
 * of this transaction, less a margin, and delete what is before it from the state, at
 * most max_rows rows.  Returns how many.  Waits for nobody: the caller has
 * ShareRowExclusiveLock on the state table (exclusive) or at most RowExclusiveLock; then rows
 * whose key another transaction has locked stay for the next time.  Locks of keys are
 * kept to the end of the transaction.  Takes a snapshot of its own.  The caller has locked
 * the base tables as a writer, which keeps out who changes the mode of the view.
 */
extern int64 ivm_old_buckets_drop(IvmPlan *plan, bool exclusive, int64 max_rows);

/*
 * The same for a deferred view that is being refreshed, by the clock of the refresh, if that
 * is worth it.  The caller has the lock of the view's refresh.
 */
extern int64 ivm_old_buckets_drop_as_of(IvmPlan *plan, TimestampTz as_of);

/*
 * Does the window, by this clock, reach further back than the state as the snapshot (NULL: the
 * latest) sees it?  False where the view's own query takes care of that: it has buckets.
 */
extern bool ivm_old_buckets_are_missed(IvmPlan *plan, TimestampTz clock, Snapshot snapshot);

/* All is to be in the state again: the caller brings that about, and keeps out who writes it. */
extern void ivm_old_buckets_restore(const IvmPlan *plan);

/*
 * Note a view that is new or has another mode, if rows of its state can leave the window.
 * Deferred views are never due by themselves.
 */
extern void ivm_old_buckets_note(const IvmCore *core, int32 view_id, bool deferred);

/* Look again after a while at a view of which nothing can be removed now. */
extern void ivm_old_buckets_postpone(int32 view_id);

#endif							/* IVM_OLD_BUCKETS_H */
