/*-------------------------------------------------------------------------
 *
 * ddl_after.h
 *	  What follows a command.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_AFTER_H
#define IVM_DDL_AFTER_H

#include "nodes/parsenodes.h"

extern void ivm_ddl_after_command(Node *stmt);

#endif							/* IVM_DDL_AFTER_H */
