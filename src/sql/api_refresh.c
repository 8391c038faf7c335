/*-------------------------------------------------------------------------
 *
 * api_refresh.c
 *	  Functions for users that refresh views.
 *
 * A view that is immediate is current unless it is stale, unpopulated or broken: then it
 * is repaired.  A deferred view takes in what was committed since its last refresh.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "base/subtransaction.h"
#include "capture/capture_triggers.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "catalog/watermark.h"
#include "ddl/adopt.h"
#include "ddl/drop.h"
#include "maintain/append_refresh.h"
#include "maintain/refresh.h"
#include "maintain/restore.h"
#include "maintain/storage.h"
#include "plan/ahead.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "read/merge.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_refresh_view);
IVM_FUNCTION(ivm_refresh_together);
IVM_FUNCTION(ivm_refresh_all);
IVM_FUNCTION(ivm_backfill);
IVM_FUNCTION(ivm_wait_for);

/* ---- results ---- */

/* Add a row to the function's result: view_name, method, counts, data_as_of, reason. */
static void
return_result(FunctionCallInfo fcinfo, const IvmRefreshResult *result)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[8] = {
		CStringGetTextDatum(ivm_sql_text_relation_name(result->row->view)),
		CStringGetTextDatum(result->method),
		Int64GetDatum(result->rows_read),
		Int64GetDatum(result->changes.inserted),
		Int64GetDatum(result->changes.updated),
		Int64GetDatum(result->changes.deleted),
		TimestampTzGetDatum(result->as_of),
		(Datum) 0
	};
	bool		nulls[8] = {false};

	nulls[6] = result->as_of == 0;
	nulls[7] = result->reason == NULL;
	if (result->reason)
		values[7] = CStringGetTextDatum(result->reason);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* ---- one view ---- */

static IvmRefreshHow
parse_how(const char *how)
{
	if (strcmp(how, "auto") == 0)
		return IVM_REFRESH_AUTO;
	if (strcmp(how, "delta") == 0)
		return IVM_REFRESH_DELTA;
	if (strcmp(how, "recompute") == 0)
		return IVM_REFRESH_RECOMPUTE;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized way to refresh a view: \"%s\"", how),
			 errhint("It is \"auto\", \"delta\" or \"recompute\".")));
}

static void
check_not_paused(const IvmViewRow *row)
{
	if (ivm_view_row_is_paused(row))
		ivm_api_report_paused(row);
}

static bool
contains_view(List *rows, int32 id)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		if (((IvmViewRow *) lfirst(lc))->id == id)
			return true;
	}
	return false;
}

List *
ivm_api_with_views_read(IvmViewRow *row)
{
	List	   *result = list_make1(row);
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_restore_family(row))
	{
		foreach(lc2, ivm_plan_cache_require(lfirst(lc))->core->views)
		{
			IvmViewRow *other = ivm_catalog_find_view(lfirst_oid(lc2));

			if (other != NULL && other->mode == IVM_MODE_DEFERRED &&
				!ivm_view_row_is_paused(other) && !contains_view(result, other->id) &&
				ivm_api_may_maintain(other->view))
				result = lappend(result, other);
		}
	}
	return result;
}

/* Repair an immediate view where it needs that; it is current afterwards. */
static IvmRefreshResult *
repair(IvmViewRow *row, IvmRefreshHow how)
{
	IvmRefreshResult *result = palloc0(sizeof(IvmRefreshResult));
	List	   *outdated = how == IVM_REFRESH_RECOMPUTE ? ivm_restore_family(row) :
		ivm_restore_outdated(row);

	result->row = row;
	result->method = "nothing";
	result->as_of = GetCurrentTimestamp();
	if (outdated == NIL)
		return result;
	if (how == IVM_REFRESH_DELTA)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" cannot be refreshed by what has changed", get_rel_name(row->view)),
				 errdetail("It is %s.", ivm_view_row_status_shown(row->status)),
				 errhint("Use how => 'auto' or how => 'recompute'.")));
	result->method = "recompute";
	result->reason = how == IVM_REFRESH_RECOMPUTE ? "it was asked for" :
		ivm_plan_cache_require(linitial(outdated))->unusable;
	ivm_restore_views(outdated, "refresh", &result->changes);
	result->as_of = GetCurrentTimestamp();
	return result;
}

/*
 * The row of a view that the user may refresh, after who has taken it apart to alter a table, or is replacing it at last, has
 * committed: it gets another row by that.
 */
static IvmViewRow *
find_settled_view(Oid relid)
{
	(void) ivm_api_find_maintained_view(relid);
	LockRelationOid(relid, AccessShareLock);
	UnlockRelationOid(relid, AccessShareLock);
	return ivm_api_find_maintained_view(relid);
}

Datum
ivm_refresh_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	IvmRefreshHow how;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "how");
	ivm_api_require_not_null(fcinfo, 2, "wait");
	ivm_api_require_writable("ivm.refresh()");
	how = parse_how(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	InitMaterializedSRF(fcinfo, 0);
	row = PG_GETARG_BOOL(2) ? find_settled_view(PG_GETARG_OID(0)) : ivm_api_find_maintained_view(PG_GETARG_OID(0));
	check_not_paused(row);
	if (row->mode == IVM_MODE_IMMEDIATE)
	{
		return_result(fcinfo, repair(row, how));
		return (Datum) 0;
	}
	if (row->mode == IVM_MODE_APPEND)
	{
		return_result(fcinfo, ivm_append_refresh(row, how, PG_GETARG_BOOL(2), ivm_api_is_bare_call(fcinfo)));
		return (Datum) 0;
	}
	foreach(lc, ivm_refresh_views(ivm_api_with_views_read(row), how, PG_GETARG_BOOL(2)))
		return_result(fcinfo, lfirst(lc));
	return (Datum) 0;
}

/* ---- append views ---- */

Datum
ivm_backfill(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.backfill()");
	row = ivm_api_find_maintained_view(PG_GETARG_OID(0));
	check_not_paused(row);
	if (row->mode != IVM_MODE_APPEND)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("view \"%s\" is not an append view", get_rel_name(row->view)),
				 errhint("Use ivm.reconcile() or ivm.refresh().")));
	if (strcmp(ivm_append_refresh_backfill(row, PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)),
										   PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)))->method, "skipped") == 0)
		check_not_paused(ivm_catalog_get(row->id));
	PG_RETURN_VOID();
}

/* ---- waiting for a refresh ---- */

/* How long to sleep between looks, in milliseconds */
#define WAIT_STEP	50

/* Would a read that begins now show everything committed before a time? */
static bool
shows(IvmViewRow *row, TimestampTz as_of)
{
	Snapshot	snapshot = RegisterSnapshot(IsolationUsesXactSnapshot() ?
											GetTransactionSnapshot() : GetLatestSnapshot());
	const IvmPlan *plan = ivm_plan_cache_require(row);
	IvmWatermark *watermark = row->mode != IVM_MODE_IMMEDIATE ?
		ivm_watermark_get(row->id, snapshot) : NULL;
	bool		result;

	UnregisterSnapshot(snapshot);
	if (row->mode == IVM_MODE_IMMEDIATE || plan->unusable != NULL || ivm_ahead_is(row->id) ||
		(plan->max_staleness != NULL && !(watermark && ivm_merge_is_young(plan, watermark->as_of))))
		result = as_of <= (IsolationUsesXactSnapshot() ? GetCurrentTransactionStartTimestamp() :
						   GetCurrentTimestamp());
	else
		result = watermark != NULL && as_of <= watermark->as_of;
	return result;
}

Datum
ivm_wait_for(PG_FUNCTION_ARGS)
{
	TimestampTz as_of;
	TimestampTz end;
	IvmViewRow *row;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "as_of");
	ivm_api_require_not_null(fcinfo, 2, "timeout");
	as_of = PG_GETARG_TIMESTAMPTZ(1);
	end = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
												  TimestampTzGetDatum(GetCurrentTimestamp()),
												  PG_GETARG_DATUM(2)));
	row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	while (!shows(row, as_of))
	{
		/* this transaction's own snapshot will not show more later */
		if (IsolationUsesXactSnapshot() || GetCurrentTimestamp() >= end)
			PG_RETURN_BOOL(false);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, WAIT_STEP,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		AcceptInvalidationMessages();
		row = ivm_api_find_readable_view(PG_GETARG_OID(0));
	}
	PG_RETURN_BOOL(true);
}

/* ---- several views ---- */

Datum
ivm_refresh_together(PG_FUNCTION_ARGS)
{
	ArrayType  *array;
	Datum	   *views;
	bool	   *nulls;
	int			n;
	List	   *rows = NIL;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "views");
	ivm_api_require_writable("ivm.refresh_together()");
	array = PG_GETARG_ARRAYTYPE_P(0);
	deconstruct_array(array, REGCLASSOID, sizeof(Oid), true, TYPALIGN_INT, &views, &nulls, &n);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < n; i++)
	{
		IvmViewRow *row;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" must not be null", "views")));
		row = find_settled_view(DatumGetObjectId(views[i]));
		check_not_paused(row);
		if (row->mode != IVM_MODE_DEFERRED)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("view \"%s\" is not deferred", get_rel_name(row->view)),
					 errdetail("Only deferred views are refreshed to one snapshot; immediate ones are always current.")));
		if (!contains_view(rows, row->id))
			rows = lappend(rows, row);
	}
	foreach(lc, ivm_refresh_views(rows, IVM_REFRESH_AUTO, true))
		return_result(fcinfo, lfirst(lc));
	return (Datum) 0;
}

/* ---- refresh_all ---- */

/* The number of old runs that are deleted in one transaction. */
#define TRIM_BATCH		1000

/* Is "schema.view" LIKE the pattern? */
static bool
name_matches(Oid view, text *pattern)
{
	char	   *name = psprintf("%s.%s", get_namespace_name(get_rel_namespace(view)), get_rel_name(view));

	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID,
												CStringGetTextDatum(name),
												PointerGetDatum(pattern)));
}

/* May and should this user refresh a view? */
static bool
is_to_refresh(IvmViewRow *row)
{
	return row->part_of == 0 && get_rel_name(row->view) != NULL &&
		!ivm_view_row_is_paused(row) &&
		ivm_api_may_maintain(row->view) &&
		(row->mode != IVM_MODE_IMMEDIATE || ivm_restore_outdated(row) != NIL);
}

/* Ids of the views of this user that need a refresh. */
static List *
find_views_to_refresh(text *pattern)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (is_to_refresh(row) && name_matches(row->view, pattern))
			result = lappend_int(result, row->id);
	}
	return result;
}

/* Refresh a view, if it still needs that. */
static void
refresh_one(int32 id)
{
	IvmViewRow *row = ivm_catalog_get(id);

	if (row == NULL || !is_to_refresh(row))
		return;
	if (row->mode == IVM_MODE_APPEND)
		(void) ivm_append_refresh(row, IVM_REFRESH_AUTO, true, true);
	else if (row->mode == IVM_MODE_DEFERRED)
		(void) ivm_refresh_views(ivm_api_with_views_read(row), IVM_REFRESH_AUTO, true);
	else
		(void) repair(row, IVM_REFRESH_AUTO);
}

/* Record the failure of a refresh, and warn of it. */
static void
report_failure(int32 id, TimestampTz started_at, const ErrorData *error)
{
	IvmViewRow *row = ivm_catalog_get(id);
	IvmRun		run = {.view_id = id,.operation = "refresh",.started_at = started_at};

	if (row == NULL)
		return;
	run.view = row->view;
	run.error = error->message;
	PushActiveSnapshot(GetTransactionSnapshot());
	ivm_run_history_record(&run);
	PopActiveSnapshot();
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("refresh of view \"%s\" failed: %s", get_rel_name(row->view), error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

static void
refresh_in_snapshot(void *arg)
{
	PushActiveSnapshot(GetTransactionSnapshot());
	refresh_one(*(int32 *) arg);
	PopActiveSnapshot();
}

/* Refresh a view in a subtransaction of its own; false if that failed. */
static bool
try_refresh(int32 id)
{
	TimestampTz started_at = GetCurrentTimestamp();
	ErrorData  *error = ivm_subtransaction_run(refresh_in_snapshot, &id);

	if (error == NULL)
		return true;
	/* a command that was cancelled must not go on */
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	report_failure(id, started_at, error);
	return false;
}

Datum
ivm_refresh_all(PG_FUNCTION_ARGS)
{
	bool		atomic = !fcinfo->context || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	text	   *pattern;
	int			max_failures = PG_ARGISNULL(1) ? PG_INT32_MAX : PG_GETARG_INT32(1);
	int			failures = 0;
	List	   *ids;
	ListCell   *lc;

	ivm_api_require_writable("ivm.refresh_all()");
	ivm_api_require_not_null(fcinfo, 0, "pattern");
	if (max_failures < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max_failures must not be negative"),
				 errhint("Leave it out, or give NULL, for any number.")));

	/*
	 * an error even if there is nothing to refresh, so that a script fails
	 * the first time
	 */
	if (atomic)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("ivm.refresh_all() cannot run inside a transaction block"),
				 errdetail("It commits after each view, which neither a transaction block nor a function allows."),
				 errhint("Call it outside of a transaction block, or call ivm.refresh() on each view.")));
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pattern = PG_GETARG_TEXT_P_COPY(0);
	if (IsolationUsesXactSnapshot())
		ivm_api_commit();
	if (ivm_drop_remains())
		ivm_api_commit();
	while (ivm_run_history_trim(TRIM_BATCH) == TRIM_BATCH)
		ivm_api_commit();
	ivm_storage_ensure_own_guards();
	ivm_adopt_all();
	ivm_capture_triggers_note_all();
	ids = find_views_to_refresh(pattern);
	foreach(lc, ids)
	{
		bool		done;

		/* a first fill in batches is done when it is */
		do
		{
			done = try_refresh(lfirst_int(lc));
			ivm_api_commit();
		}
		while (done && ivm_append_view_is_filling(lfirst_int(lc)));
		failures += !done;
		if (failures > max_failures)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg_plural("%d view could not be refreshed, more than max_failures allows",
								   "%d views could not be refreshed, more than max_failures allows",
								   failures, failures),
					 errhint("The warnings above and ivm.history say why.")));
	}
	SPI_finish();
	PG_RETURN_VOID();
}
