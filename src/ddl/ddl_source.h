/*-------------------------------------------------------------------------
 *
 * ddl_source.h
 *	  Views that the definitions of other views read.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_SOURCE_H
#define IVM_DDL_SOURCE_H

#include "nodes/pg_list.h"

extern void ivm_ddl_source_before_replace(List *rows, Oid view);
extern void ivm_ddl_source_after_replace(Oid view);
extern void ivm_ddl_source_check_unread(List *rows, Oid view);

#endif							/* IVM_DDL_SOURCE_H */
