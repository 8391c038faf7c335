/*-------------------------------------------------------------------------
 *
 * generation.h
 *	  The rows of a view before a rebuild, kept to go back to them.
 *
 * Of a view with its parts.  Only deferred and append views have them: an immediate one shows what its query gives.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GENERATION_H
#define IVM_GENERATION_H

#include "catalog/catalog_view.h"
#include "commit/reconcile.h"

/*
 * Raise an error unless the rows of a view can be kept as it is now: it is not immediate, and readers get
 * its stored rows.
 */
extern void ivm_generation_check(IvmViewRow *row);

/*
 * Keep what a view shows, in the place of what is kept already.  An error as above.  The caller holds the lock
 * of the view's refresh, and is about to write the view in the same transaction.
 */
extern void ivm_generation_keep(IvmViewRow *row);

/* Forget what is kept of a view and its parts; and of this view, or part, alone.  The caller holds the lock of the refresh. */
extern void ivm_generation_drop(IvmViewRow *row);
extern void ivm_generation_drop_one(int32 view_id);

/*
 * Put back what is kept, and pause the view, with the reason.  Waits for the lock of its refresh, and for ShareRowExclusiveLock on
 * its state tables.  An error if nothing is kept, if what is kept does not fit the storage any more, or, in REPEATABLE READ
 * (40001), if the transaction's snapshot does not show what is stored.  result: groups, or distinct rows, that were changed.
 */
extern void ivm_generation_roll_back(IvmViewRow *row, IvmCorrections *result);

#endif							/* IVM_GENERATION_H */
