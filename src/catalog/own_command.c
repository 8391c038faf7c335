/*-------------------------------------------------------------------------
 *
 * own_command.c
 *	  Commands that the extension runs itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"

#include "catalog/own_command.h"


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

static bool own_commands = false;

/*
 * Commands from here to ivm_own_command_leave() are our own: the event triggers leave
 * them alone.  Errors in between must pass PG_FINALLY with ivm_own_command_leave().
 */
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
