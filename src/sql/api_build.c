/*-------------------------------------------------------------------------
 *
 * api_build.c
 *	  SQL function ivm.rebuild().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/progress.h"
#include "base/subtransaction.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "maintain/append_refresh.h"
#include "maintain/build.h"
#include "maintain/generation.h"
#include "maintain/refresh.h"
#include "maintain/validation.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_rebuild);

typedef struct Build
{
	int32		id;
	Oid			view;
	char	   *name;
	IvmMode		mode;
	bool		online;			/* in the steps of build.h */
	bool		keep;			/* the rows of before */
	IvmValidation validation;
	List	   *tables;
	int			rounds;
} Build;

/*
 * Raise an error unless a view can be built as it is now, and its rows of before kept if they are to be.  One that was rolled
 * back can: what it shows then is right again.
 */
static void
check_view(IvmViewRow *row, bool keep)
{
	if (row->status == IVM_STATUS_PAUSED)
		ivm_api_report_paused(row);
	if (keep)
		ivm_generation_check(row);
}

/* The view as it is now; it may have changed while something was waited for. */
static IvmViewRow *
find_view(const Build *b)
{
	IvmViewRow *row = ivm_catalog_get(b->id);

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", b->name)));
	check_view(row, b->keep);
	if (row->mode != b->mode)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("mode of view \"%s\" was changed meanwhile", b->name),
				 errhint("Call ivm.rebuild() again.")));
	return row;
}

/* ---- in steps ---- */

static void
start(Build *b)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	ivm_build_start(find_view(b), 0);
	b->tables = ivm_build_tables(ivm_catalog_get(b->id));
	b->rounds = ivm_build_rounds(ivm_catalog_get(b->id));
	PopActiveSnapshot();
	ivm_api_commit();
}

static void
wait_and_finish(void *arg)
{
	Build	   *b = arg;
	IvmViewRow *row;
	IvmCorrections corrections;

	ivm_progress_begin("build", b->view);
	ivm_build_wait(b->tables, b->rounds);
	PushActiveSnapshot(GetTransactionSnapshot());
	row = ivm_catalog_get(b->id);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped while it was being built", b->name)));
	ivm_validation_begin(&b->validation, row);
	if (b->mode == IVM_MODE_DEFERRED)
		(void) ivm_refresh_build(row, b->keep);
	else
		ivm_build_finish(row, false, &corrections);
	if (!b->keep)
		ivm_generation_drop(row);
	ivm_validation_run(&b->validation, row);
	PopActiveSnapshot();
	ivm_progress_end();
}

/* ---- by a refresh ---- */

/*
 * Raise an error if the view was skipped: it was paused, or became stale, while its lock was waited for.  A view that it reads, and
 * that is not ready, is left as it is: to fill it would keep its writers out, and what reads it does not need its rows.
 */
static void
check_done(const Build *b, List *results)
{
	ListCell   *lc;

	foreach(lc, results)
	{
		IvmRefreshResult *result = lfirst(lc);

		if (strcmp(result->method, "skipped") != 0)
			continue;
		if (result->row->id != b->id)
			ereport(NOTICE,
					(errmsg("view \"%s\", which view \"%s\" reads, was not refreshed with it",
							get_rel_name(result->row->view), b->name),
					 errdetail("The reason: %s.", result->reason),
					 errhint("Call ivm.rebuild() for that view.")));
		else
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("view \"%s\" was not rebuilt", b->name),
					 errdetail("The reason: %s.", result->reason),
					 errhint("Call ivm.rebuild() again.")));
	}
}

/* A refresh of a view that is ready holds back nobody; so this is one, with the validation. */
static void
refresh(void *arg)
{
	Build	   *b = arg;
	IvmViewRow *row;
	List	   *results;

	PushActiveSnapshot(GetTransactionSnapshot());
	row = find_view(b);
	ivm_validation_begin(&b->validation, row);
	if (row->status == IVM_STATUS_ROLLED_BACK && b->mode == IVM_MODE_APPEND)
		ivm_append_refresh_pause(row, false);
	if (b->mode == IVM_MODE_APPEND)
		results = list_make1(ivm_append_refresh_rebuild(row, b->keep));
	else
		results = ivm_refresh_rebuild(ivm_api_with_views_read(row), b->keep ? row->id : 0);
	check_done(b, results);
	if (!b->keep)
		ivm_generation_drop(row);
	ivm_validation_run(&b->validation, row);
	PopActiveSnapshot();
}

/* ---- both ---- */

/* After an error: the view is what it was before, and the history has the reason. */
static void
give_up(Build *b, TimestampTz started_at, ErrorData *error)
{
	IvmRun		run = {.operation = b->online ? "build" : "refresh",.started_at = started_at};

	PushActiveSnapshot(GetTransactionSnapshot());
	if (b->online)
		ivm_build_give_up(b->id);
	if (ivm_catalog_get(b->id) != NULL)
	{
		run.view_id = b->id;
		run.view = b->view;
		run.error = error->message;
		ivm_run_history_record(&run);
	}
	PopActiveSnapshot();
	ivm_api_commit();
	ReThrowError(error);
}

static void
run(Build *b)
{
	TimestampTz started_at = GetCurrentTimestamp();
	ErrorData  *error;

	if (b->online)
		start(b);
	error = ivm_subtransaction_run(b->online ? wait_and_finish : refresh, b);
	if (error != NULL)
		give_up(b, started_at, error);
	ivm_api_commit();
}

static void
require_not_atomic(FunctionCallInfo fcinfo)
{
	if (fcinfo->context && IsA(fcinfo->context, CallContext) &&
		!castNode(CallContext, fcinfo->context)->atomic)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("ivm.rebuild() cannot run inside a transaction block"),
			 errdetail("It commits in the middle, which neither a transaction block nor a function allows."),
			 errhint("Call it outside of a transaction block; or call ivm.reconcile().")));
}

/* rebuild(view regclass, validate jsonb, keep bool) */
Datum
ivm_rebuild(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	Build		b = {0};
	LOCKTAG		tag;

	ivm_api_require_writable("ivm.rebuild()");
	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "validate");
	ivm_api_require_not_null(fcinfo, 2, "keep");
	require_not_atomic(fcinfo);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	row = ivm_api_find_maintained_view(PG_GETARG_OID(0));
	b.keep = PG_GETARG_BOOL(2);
	check_view(row, b.keep);
	ivm_validation_parse(DatumGetJsonbP(PG_GETARG_DATUM(1)), &b.validation);
	ivm_validation_check(&b.validation, row);
	b.id = row->id;
	b.view = row->view;
	b.mode = row->mode;
	b.name = get_rel_name(b.view);
	b.online = b.mode == IVM_MODE_IMMEDIATE ||
		(b.mode == IVM_MODE_DEFERRED && !ivm_refresh_is_possible(row));
	ivm_api_commit();
	if (!b.online)
		run(&b);
	else
	{
		ivm_build_lock(b.id, &tag);
		PG_TRY();
		{
			run(&b);
		}
		PG_FINALLY();
		{
			ivm_build_unlock(&tag);
		}
		PG_END_TRY();
	}
	SPI_finish();
	PG_RETURN_VOID();
}
