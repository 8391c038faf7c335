/*-------------------------------------------------------------------------
 *
 * own_command.h
 *	  Commands that the extension runs itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OWN_COMMAND_H
#define IVM_OWN_COMMAND_H

#include "nodes/pg_list.h"

extern bool ivm_own_command_enter(void);
extern void ivm_own_command_leave(bool before);
extern bool ivm_own_command_is_running(void);
extern void ivm_own_command_run(const char *sql);
extern void ivm_own_command_run_all(List *statements);

#endif							/* IVM_OWN_COMMAND_H */
