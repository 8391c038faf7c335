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

/*
 * A command of a user has run (ddl_command_end): let views and their storage
 * follow, or mark them stale where changes can have been missed.  Takes the locks
 * of ivm_follow_changes(); derives plans of views on tables that were altered.
 */
extern void ivm_ddl_after_command(Node *stmt);

#endif							/* IVM_DDL_AFTER_H */
