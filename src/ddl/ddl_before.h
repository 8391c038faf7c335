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

/*
 * A command of a user is about to run (ddl_command_start); rows are all views.
 * Raises the errors of ddl_refuse.c, takes locks that the command would take
 * later in an order that can deadlock, which may wait, and adds the rows of
 * partitions about to be dropped to the transaction's pending change.
 */
extern void ivm_ddl_before_command(List *rows, Node *stmt);

#endif							/* IVM_DDL_BEFORE_H */
