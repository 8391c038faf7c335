/*-------------------------------------------------------------------------
 *
 * error_context.c
 *	  Where an error arose: in a query given as an argument, for a view; and
 *	  errors that are reported in several places.
 *
 * A position that parse analysis reports is one in the text it was given; to
 * the client it would look like one in the statement that it sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/error_context.h"

void
ivm_error_report_refusal(const char *view, const char *refusal)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" cannot be computed", view),
			 errdetail("Its definition is no longer supported: %s.", refusal),
			 errhint("Undo the change of its base table, or drop the view and create it again.")));
}

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

static void
name_view(void *arg)
{
	errcontext("maintaining view \"%s\"", (const char *) arg);
}

static void
name_nothing(void *arg)
{
}

void
ivm_error_enter_view(ErrorContextCallback *callback, const char *view)
{
	callback->callback = name_view;
	for (ErrorContextCallback *outer = error_context_stack; outer != NULL; outer = outer->previous)
		if (outer->callback == name_view && strcmp(outer->arg, view) == 0)
			callback->callback = name_nothing;
	callback->arg = unconstify(char *, view);
	callback->previous = error_context_stack;
	error_context_stack = callback;
}

void
ivm_error_leave_view(ErrorContextCallback *callback)
{
	error_context_stack = callback->previous;
}

int
ivm_error_position(const char *sql, int location)
{
	if (location < 0)
		return 0;
	return errposition(pg_mbstrlen_with_len(sql, location) + 1);
}
