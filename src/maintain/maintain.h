/*-------------------------------------------------------------------------
 *
 * maintain.h
 *	  Pausing a view and bringing it back to exactness.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MAINTAIN_H
#define IVM_MAINTAIN_H

#include "catalog/catalog_view.h"
#include "nodes/parsenodes.h"
#include "commit/reconcile.h"

extern bool ivm_maintain_has_changes(const IvmViewRow *row);
extern void ivm_maintain_pause(IvmViewRow *row);
extern void ivm_maintain_restore(IvmViewRow *row, const char *operation, Query *filter,
								 const char *key_filter, IvmCorrections *result);

#endif							/* IVM_MAINTAIN_H */
