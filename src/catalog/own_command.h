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

/*
 * Commands between these two are the extension's own: its event triggers leave them
 * alone.  Calls may be nested; ivm_own_command_leave() takes what
 * ivm_own_command_enter() has returned.  An error in between must pass a PG_FINALLY
 * with ivm_own_command_leave(), so PG_TRY comes before whatever may fail: else the rest
 * of the session would count as the extension's.
 */
extern bool ivm_own_command_enter(void);
extern void ivm_own_command_leave(bool before);

/* Is this such a command? */
extern bool ivm_own_command_is_running(void);

/*
 * Run an SQL command, or each of a list of strings, by SPI, as the current user.
 * They count as the extension's own only between the two above.
 */
extern void ivm_own_command_run(const char *sql);
extern void ivm_own_command_run_all(List *statements);

#endif							/* IVM_OWN_COMMAND_H */
