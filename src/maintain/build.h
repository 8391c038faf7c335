/*-------------------------------------------------------------------------
 *
 * build.h
 *	  Filling or repairing an immediate view while its base tables are written; and filling a deferred one.
 *
 *		start, committed: writers only append delta rows from now on
 *		wait for those who had the tables before that
 *		finish: one snapshot; what the definition gives under it becomes the state, and
 *			the delta rows that it sees are deleted; the view is ready
 *
 * A deferred view that is not ready is built in the same three steps: writers log from the first one
 * on, and the last one is a refresh that computes the view (refresh.h).
 *
 * Why that is exact: README.md of this folder; test/model/build.py explores it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BUILD_H
#define IVM_BUILD_H

#include "catalog/catalog_view.h"
#include "commit/reconcile.h"
#include "storage/lock.h"

/*
 * Keep other builds, repairs and changes of a view's mode away, also across transactions: a lock of
 * the session, until it is given back, which an error does not do.  Waits.  *tag: what to give back.
 */
extern void ivm_build_lock(int32 view_id, LOCKTAG *tag);
extern void ivm_build_unlock(const LOCKTAG *tag);

/*
 * Note that a view and its parts are being built.  Takes no lock on the base tables, unless their capture
 * triggers have to be repaired: then it tries for ShareRowExclusiveLock until it gets
 * it, a moment each time, so that nobody queues behind it for long.  It raises the error of that lock
 * after patience milliseconds (0: never).  A view that has missed changes unnoticed is marked stale.  Must be committed before
 * the rest.  Errors: as of ivm_maintain_restore().
 */
extern void ivm_build_start(IvmViewRow *row, int64 patience);

/*
 * Wait for all who have the base tables locked for writing, and might not know of the build.  To be
 * called without a snapshot.  Tags from ivm_build_tables(), which are in CurrentMemoryContext; how
 * often from ivm_build_rounds(): for a view over several tables, those are waited for next who have
 * written beside the first ones.
 */
extern List *ivm_build_tables(IvmViewRow *row);
extern int	ivm_build_rounds(IvmViewRow *row);
extern void ivm_build_wait(List *tables, int rounds);

/* Those who are to be waited for in a round, as VirtualTransactionId *, in CurrentMemoryContext. */
extern List *ivm_build_writers(List *tables);

/*
 * Fill the state, and make the view ready; result: rows corrected.  recent: of a view that was ready, only
 * the keys that its option reconcile_last names are looked at; the run is a comparison to the history.  Locks: AccessShareLock on the base
 * tables, ShareRowExclusiveLock on the state table.  An error if something has ended the build.
 */
extern void ivm_build_finish(IvmViewRow *row, bool recent, IvmCorrections *result);

/*
 * For those who compute the view otherwise.  Before: the row of a view that is being built, and an error if
 * what it shows could not be kept right.  After: make it ready; partitions: of the row that it was computed by;
 * live: it was ready before.
 */
extern IvmViewRow *ivm_build_require(int32 id, const char *name);
extern void ivm_build_check(IvmViewRow *row);
extern void ivm_build_complete(const IvmViewRow *row, const List *partitions, bool live);

/* The same for a build whose server or session has died, if nobody is at it; waits for nobody. */
extern void ivm_build_clean_up(IvmViewRow *row);

/*
 * After an error: the view is what it was before, as far as it is still being built.  What was logged only
 * for the build of a deferred view is dropped, as far as that waits for nobody.
 */
extern void ivm_build_give_up(int32 view_id);

#endif							/* IVM_BUILD_H */
