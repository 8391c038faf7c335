/*-------------------------------------------------------------------------
 *
 * ddl_refuse.h
 *	  Commands that views do not allow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_REFUSE_H
#define IVM_DDL_REFUSE_H

#include "nodes/parsenodes.h"

extern void ivm_ddl_refuse_replacement(List *rows, RangeVar *rv, Node *query);
extern void ivm_ddl_refuse_schema_rename(RenameStmt *stmt);
extern void ivm_ddl_refuse_rename(List *rows, RangeVar *rv);
extern void ivm_ddl_refuse_alteration(List *rows, Oid relid, AlterTableCmd *cmd);

#endif							/* IVM_DDL_REFUSE_H */
