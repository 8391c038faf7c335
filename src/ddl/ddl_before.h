/*-------------------------------------------------------------------------
 *
 * ddl_before.h
 *	  What views need before a command runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_BEFORE_H
#define IVM_DDL_BEFORE_H

#include "nodes/parsenodes.h"

extern void ivm_ddl_before_command(List *rows, Node *stmt);

#endif							/* IVM_DDL_BEFORE_H */
