/*-------------------------------------------------------------------------
 *
 * base_tables.h
 *	  Locking the base tables of a view, and putting their capture in order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BASE_TABLES_H
#define IVM_BASE_TABLES_H

#include "catalog/catalog_view.h"
#include "definition/core.h"

extern void ivm_base_tables_lock(List *relids);
extern void ivm_base_tables_restore_capture(IvmViewRow *row, const IvmCore *core);
extern void ivm_base_tables_lock_one(Oid relid, LOCKMODE lockmode);

#endif							/* IVM_BASE_TABLES_H */
