/*-------------------------------------------------------------------------
 *
 * error.c
 *	  Error positions in a query given as an argument.
 *
 * A position that parse analysis reports is one in the text it was given; to
 * the client it would look like one in the statement that it sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "error.h"

static void
move_position(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(arg);
	}
}

/* From here on, error positions are positions in this query. */
void
ivm_error_enter_query(ErrorContextCallback *callback, const char *sql)
{
	callback->callback = move_position;
	callback->arg = unconstify(char *, sql);
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
ivm_error_leave_query(ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

/* As parser_errposition(): for use in ereport; location is a byte offset or -1. */
int
ivm_error_position(const char *sql, int location)
{
	if (location < 0)
		return 0;
	return errposition(pg_mbstrlen_with_len(sql, location) + 1);
}
