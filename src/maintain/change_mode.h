/*-------------------------------------------------------------------------
 *
 * change_mode.h
 *	  Changing when a view is maintained.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CHANGE_MODE_H
#define IVM_CHANGE_MODE_H

#include "catalog/catalog_view.h"

/*
 * Give a view and its parts another mode.  The rows stored are brought up to now, by what
 * has changed if that is possible.  The caller has checked rights, and that nothing that
 * reads the view, and nothing that the view reads, forbids it.
 *
 * Keeps writers of the base tables out to the end of the transaction, which waits for open
 * ones; takes the lock of the view's refresh before.  Errors: if this transaction has changed
 * a base table (55000), and all of the definition.
 */
extern void ivm_change_mode(IvmViewRow *row, IvmMode mode);

#endif							/* IVM_CHANGE_MODE_H */
