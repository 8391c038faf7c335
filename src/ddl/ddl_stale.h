/*-------------------------------------------------------------------------
 *
 * ddl_stale.h
 *	  Views whose changes may have been missed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_STALE_H
#define IVM_DDL_STALE_H

#include "catalog/catalog_view.h"

/*
 * Mark a view stale, as changes may have been missed: its reads run the
 * definition from now on, until it is reconciled.  Says so in a warning, once
 * for a view and all its parts.  Nothing happens to a view that is not ready, or
 * that is being dropped.  reason is a phrase without a full stop; it is stored.
 */
extern void ivm_ddl_stale_mark(IvmViewRow *row, const char *reason);

#endif							/* IVM_DDL_STALE_H */
