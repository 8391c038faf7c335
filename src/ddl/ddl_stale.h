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

extern void ivm_ddl_stale_mark(IvmViewRow *row, const char *reason);

#endif							/* IVM_DDL_STALE_H */
