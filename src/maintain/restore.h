/*-------------------------------------------------------------------------
 *
 * restore.h
 *	  A view and its parts, brought back to exactness as one.
 *
 * The base tables of all are locked first and at once, so that two functions that do
 * this cannot deadlock.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RESTORE_H
#define IVM_RESTORE_H

#include "catalog/catalog_view.h"
#include "commit/reconcile.h"

/* The rows of a view and of its parts, a new list. */
extern List *ivm_restore_family(IvmViewRow *row);

/* The base tables (OIDs) of views, such as those of a family, in CurrentMemoryContext. */
extern List *ivm_restore_bases(List *views);

/* Lock the base tables of all these views against writers; waits. */
extern void ivm_restore_lock(List *views);

/*
 * Take what a view that is deferred, or becomes so, needs for being filled: the locks of its logs
 * (Share), of its refresh, and of its base tables against writers; trim the logs.  False if its
 * refresh is locked and wait is not set.  Nothing is held while a lock is waited for.
 */
extern bool ivm_restore_lock_deferred(const IvmViewRow *row, bool wait);

/*
 * Which of a view and its parts cannot be read from their states?  Of a deferred view all,
 * if there is one: they are of one time.
 */
extern List *ivm_restore_outdated(IvmViewRow *row);

/*
 * Bring a view, or those of its parts that are outdated, up to date with ivm_maintain_restore(),
 * and sum up what was corrected.  operation: for the history.  A deferred view has taken in
 * everything then; its refresh is locked, which waits.
 */
extern void ivm_restore_views(List *views, const char *operation, IvmCorrections *sum);

#endif							/* IVM_RESTORE_H */
