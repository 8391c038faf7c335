/*-------------------------------------------------------------------------
 *
 * take_apart.h
 *	  Views taken apart, so that a column which they use can be altered.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TAKE_APART_H
#define IVM_TAKE_APART_H

#include "catalog/catalog_view.h"

/*
 * Find the views that use one of these columns of a table (int list of AttrNumbers; NIL: any), or of
 * a child of it, at any depth, and lock what belongs to them to the end of the transaction: the logs and the
 * refreshes of those that have such, the table as ALTER TABLE does (AccessExclusiveLock, children, too), the
 * other base tables against writers, the views and their storage against everybody.  Waits, as ivm_lock_set_take_in_turn() does.  Returns the rows of ivm.view of
 * whole views, as they are then.
 */
extern List *ivm_take_apart_lock(Oid table, List *columns);

/*
 * Take a view and its parts apart, whose tables are locked by the function above: nothing of it depends on its tables any more, its
 * status is "altering", and its storage is gone, but for the state table of an append view.  The view itself keeps
 * its OID, its columns and all that hangs on these; reads of it raise an error.  An error if this session is just reading the view, or if somebody has built on its
 * storage.
 */
extern void ivm_take_apart(IvmViewRow *row);

/*
 * The definition of a view as text that means the same under any search_path and in any
 * session, where it is read between the two calls that follow.
 */
extern char *ivm_take_apart_definition(const IvmViewRow *row);

/* Bring settings into force under which such a text is read; and undo that with what the first one has returned. */
extern int	ivm_take_apart_text_enter(void);
extern void ivm_take_apart_text_leave(int nestlevel);

#endif							/* IVM_TAKE_APART_H */
