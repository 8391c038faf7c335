/*-------------------------------------------------------------------------
 *
 * live_reconcile.h
 *	  Correcting an immediate view while its base tables are written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LIVE_RECONCILE_H
#define IVM_LIVE_RECONCILE_H

#include "catalog/catalog_view.h"
#include "commit/reconcile.h"

/*
 * Compare a view that is immediate and ready with its definition, or (filter, the analyzed form of
 * key_filter) part of it: wrong keys are computed by who reads them as soon as the transaction has
 * committed, and are folded as far as no writer is in the way.  *result: what was wrong.  False, and
 * nothing is done but locks taken, if it takes ivm_maintain_restore(): the view or a part of it is not
 * read from what is stored, or its storage is damaged so that keys do not lead to their rows.
 *
 * Waits for builds and other repairs of the view, whose lock is kept to the end of the transaction, and
 * for those who have a base table for themselves.  Errors: the transaction has pending changes of the
 * view, or a statement under way writes its tables; its owner lacks a privilege.
 */
extern bool ivm_live_reconcile(IvmViewRow *row, Query *filter, const char *key_filter,
							   IvmCorrections *result);

#endif							/* IVM_LIVE_RECONCILE_H */
