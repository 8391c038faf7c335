/*-------------------------------------------------------------------------
 *
 * ddl.h
 *	  Creating and dropping views, and what follows other DDL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_H
#define IVM_DDL_H

#include "nodes/primnodes.h"
#include "utils/jsonb.h"

#include "analyze.h"
#include "catalog.h"
#include "plan.h"

extern Oid	ivm_ddl_create(const RangeVar *name, Oid namespace, Query *query,
						   const IvmCore *core, bool with_data, Jsonb *options);
extern void ivm_ddl_drop(IvmViewRow *row, bool cascade);
extern void ivm_ddl_lock_bases(IvmViewRow *row);
extern int64 ivm_ddl_populate(IvmViewRow *row);

#endif							/* IVM_DDL_H */
