/*-------------------------------------------------------------------------
 *
 * api_schedule.c
 *	  Functions for users that concern schedules.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/cron.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "maintain/due.h"
#include "maintain/run_due.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_run_due);
IVM_FUNCTION(ivm_next_run);

/* May the current user have the views of all others refreshed? */
static bool
maintains_all(void)
{
	return superuser() || has_privs_of_role(GetUserId(), ivm_catalog_owner());
}

/*
 * Commit the run of a view that began at a time.  If that fails, the server begins a new
 * transaction, and the failure is recorded there.
 */
static void
commit_run(const IvmDueRun *due, TimestampTz started_at)
{
	MemoryContext oldcxt = CurrentMemoryContext;
	ErrorData  *error = NULL;

	PG_TRY();
	{
		ivm_api_commit();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(oldcxt);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(oldcxt);
	if (error == NULL)
		return;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	ivm_run_due_failed(due, started_at, error, false);
	ivm_api_commit();
}

/* Fold, and remove what has left windows of time, view by view. */
static void
fold_views(List *ids)
{
	ListCell   *lc;

	foreach(lc, ids)
	{
		int			batches = 0;
		int64		folded;

		do
		{
			folded = ivm_run_due_fold(lfirst_int(lc), true);
			ivm_api_commit();
		} while (folded > 0 && ++batches < IVM_RUN_DUE_FOLD_BATCHES);
	}
}

Datum
ivm_run_due(PG_FUNCTION_ARGS)
{
	bool		atomic = !fcinfo->context || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	Oid			role = maintains_all() ? InvalidOid : GetUserId();
	TimestampTz next;
	bool		on_change;
	List	   *runs;
	ListCell   *lc;

	ivm_api_require_writable("ivm.run_due()");

	/*
	 * an error even if nothing is due, so that a script fails the first time
	 */
	if (atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("ivm.run_due() cannot run inside a transaction block"),
				 errdetail("It commits after each view, which neither a transaction block nor a function allows."),
				 errhint("Call it outside of a transaction block, or call ivm.refresh() on each view.")));
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (IsolationUsesXactSnapshot())
		ivm_api_commit();
	ivm_due_complete();
	ivm_api_commit();
	runs = ivm_due_find(role, GetCurrentTimestamp(), &next, &on_change);
	foreach(lc, runs)
	{
		const IvmDueRun *due = lfirst(lc);
		IvmRunOutcome outcome;

		/* a first fill in batches is done when it is */
		do
		{
			TimestampTz started_at = GetCurrentTimestamp();

			outcome = ivm_run_due_one(due, true, false);
			commit_run(due, started_at);
		}
		while (outcome == IVM_RUN_AGAIN ||
			   (outcome == IVM_RUN_DONE && due->operation == IVM_DUE_REFRESH &&
				ivm_append_view_is_filling(due->view_id)));
	}
	fold_views(ivm_run_due_find_folds(role));
	SPI_finish();
	PG_RETURN_VOID();
}

Datum
ivm_next_run(PG_FUNCTION_ARGS)
{
	char	   *line = text_to_cstring(PG_GETARG_TEXT_PP(0));
	TimestampTz after = PG_GETARG_TIMESTAMPTZ(1);
	IvmCron		cron;

	if (TIMESTAMP_NOT_FINITE(after))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be finite", "after")));
	ivm_cron_parse(line, &cron);
	PG_RETURN_TIMESTAMPTZ(ivm_cron_next(&cron, after, session_timezone));
}
