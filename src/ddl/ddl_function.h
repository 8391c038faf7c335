/*-------------------------------------------------------------------------
 *
 * ddl_function.h
 *	  Functions that definitions call, and that a command has replaced.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_FUNCTION_H
#define IVM_DDL_FUNCTION_H

#include "nodes/parsenodes.h"

/* Is this a command that can make a function compute something else? */
extern bool ivm_ddl_function_may_change(Node *stmt);

/*
 * Such a command has just run (ddl_command_end): mark the views stale whose
 * definitions call a function that is another one now, but append views.  Derives the plans of all
 * views if there is one; takes no lock on what they read.
 */
extern void ivm_ddl_function_follow(void);

#endif							/* IVM_DDL_FUNCTION_H */
