/*-------------------------------------------------------------------------
 *
 * ddl_partition.h
 *	  Partitions that come and go.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_PARTITION_H
#define IVM_DDL_PARTITION_H

#include "nodes/parsenodes.h"

#include "catalog/catalog_view.h"

/* ddl_partition.c */
extern void ivm_ddl_partition_before_drop(List *relids);
extern void ivm_ddl_partition_before_attach(Oid parent, Oid child);
extern void ivm_ddl_partition_before_detach(Oid parent, Oid child, bool exclusive);
extern void ivm_ddl_partition_follow(IvmViewRow *row, List *attached, List *detached,
								 bool concurrently);
extern void ivm_ddl_partition_detached(void);

#endif							/* IVM_DDL_PARTITION_H */
