/*-------------------------------------------------------------------------
 *
 * own_command.c
 *	  Commands that the extension runs itself.
 *
 * The event triggers of the extension watch for DDL that changes views and base
 * tables (ddl_event.c).  Most of the DDL that the extension itself runs, on
 * storage and triggers, is none of that, so a flag of the backend tells it apart.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"

#include "catalog/own_command.h"

static bool own_commands = false;

/* ---- the flag ---- */

bool
ivm_own_command_enter(void)
{
	bool		before = own_commands;

	own_commands = true;
	return before;
}

void
ivm_own_command_leave(bool before)
{
	own_commands = before;
}

bool
ivm_own_command_is_running(void)
{
	return own_commands;
}

/* ---- running ---- */

void
ivm_own_command_run(const char *sql)
{
	int			rc;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rc = SPI_execute(sql, false, 0);
	if (rc < 0)
		elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(rc));
	SPI_finish();
}

void
ivm_own_command_run_all(List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
		ivm_own_command_run(lfirst(lc));
}
