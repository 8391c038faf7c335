/*-------------------------------------------------------------------------
 *
 * drop.h
 *	  Dropping views, and who reads what.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DROP_H
#define IVM_DROP_H

#include "catalog/catalog_view.h"

extern void ivm_drop_views(IvmViewRow *row, bool cascade);
extern bool ivm_drop_remains(void);
extern void ivm_drop_lock_tables(List *rows);

#endif							/* IVM_DROP_H */
