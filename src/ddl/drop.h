/*-------------------------------------------------------------------------
 *
 * drop.h
 *	  Dropping views and what is left of them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DROP_H
#define IVM_DROP_H

#include "catalog/catalog_view.h"

/*
 * Lock the base tables of views that are about to be dropped, and those of
 * their parts, until the end of the transaction, in the order of their OIDs;
 * waits.  The lock is AccessExclusiveLock for a table that no other view reads,
 * since its triggers will be dropped, else ShareRowExclusiveLock.  others are tables (OIDs)
 * that get ShareRowExclusiveLock in any case, in the same order.  Before that, the locks of
 * refreshes of those that are refreshed: a run that is due locks the view's row of ivm.schedule
 * last, which who drops the view does before its storage.
 */
extern void ivm_drop_lock_tables(List *rows, List *others);

/*
 * Drop a view with its parts, as far as they still exist: views, storage, rows
 * of ivm.view, and triggers that no other view needs.  If row is that of a part,
 * the whole view is dropped.  With cascade, the views of this extension that
 * read it are dropped in the same way, else such a view is an error, as for
 * core's DROP ... RESTRICT.  Takes the locks of ivm_drop_lock_tables() first,
 * then AccessExclusiveLock on what is dropped; waits.
 */
extern void ivm_drop_views(IvmViewRow *row, bool cascade);

/*
 * Raise error 55006, with the name of the view, if a cursor or another statement of this session reads it.  Takes
 * no lock.
 */
extern void ivm_drop_check_not_in_use(IvmViewRow *row);

/*
 * Drop what a view consists of, with its parts, but not the relation that users know, which
 * has become independent of it; returns the rows of ivm.view deleted, for ivm_drop_unused().
 * The caller has called ivm_drop_lock_tables().  It is an error if users have built on the
 * storage.
 */
extern List *ivm_drop_storage(IvmViewRow *row);

/* Drop triggers and logs that were needed by nothing but these views, which are gone. */
extern void ivm_drop_unused(List *rows);

/*
 * Drop what is left of views that were dropped where no event trigger ran: their
 * storage, rows of ivm.view and triggers.  Never waits: what is locked, or has
 * something depending on it, stays until the next call.  Each view is dropped in
 * a subtransaction.  Returns whether anything was dropped.
 */
extern bool ivm_drop_remains(void);

#endif							/* IVM_DROP_H */
