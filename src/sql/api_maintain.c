/*-------------------------------------------------------------------------
 *
 * api_maintain.c
 *	  Functions for users that bring views up to date or stop maintaining them.
 *
 * A view and its parts are treated as one: what a function does, it does for all
 * of them.  The base tables of all are locked first and at once, so that two such
 * functions cannot deadlock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/options.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "commit/fold.h"
#include "commit/reconcile.h"
#include "ddl/drop.h"
#include "maintain/base_tables.h"
#include "maintain/maintain.h"
#include "maintain/storage.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_fold_view);
IVM_FUNCTION(ivm_reconcile_view);
IVM_FUNCTION(ivm_pause_view);
IVM_FUNCTION(ivm_resume_view);
IVM_FUNCTION(ivm_refresh_view);
IVM_FUNCTION(ivm_refresh_all);
IVM_FUNCTION(ivm_alter_view);

/* Return one row: numbers of rows inserted, updated and deleted. */
static void
return_corrections(FunctionCallInfo fcinfo, const IvmCorrections *c)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[3] = {Int64GetDatum(c->inserted), Int64GetDatum(c->updated),
	Int64GetDatum(c->deleted)};
	bool		nulls[3] = {false, false, false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* ---- a view and its parts ---- */

/* The rows of a view and of its parts */
static List *
view_and_parts(IvmViewRow *row)
{
	return lcons(row, ivm_catalog_parts(row->id));
}

/* Lock the base tables of all these views at once, so in one order. */
static void
lock_all_bases(List *views)
{
	List	   *bases = NIL;
	ListCell   *lc;

	foreach(lc, views)
		bases = list_union_oid(bases, ((IvmViewRow *) lfirst(lc))->bases);
	ivm_base_tables_lock(bases);
}

/* Which of a view and its parts cannot be read from their states? */
static List *
outdated_views(IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, view_and_parts(row))
	{
		IvmViewRow *view = lfirst(lc);

		if (view->status != IVM_STATUS_READY || ivm_plan_cache_require(view)->unusable != NULL)
			result = lappend(result, view);
	}
	return result;
}

/* Bring views up to date, and sum up what was corrected. */
static void
restore_views(List *views, const char *operation, IvmCorrections *sum)
{
	ListCell   *lc;

	memset(sum, 0, sizeof(*sum));
	if (list_length(views) > 1)
		lock_all_bases(views);
	foreach(lc, views)
	{
		IvmCorrections c;

		ivm_maintain_restore(lfirst(lc), operation, NULL, NULL, &c);
		sum->inserted += c.inserted;
		sum->updated += c.updated;
		sum->deleted += c.deleted;
	}
}

/* ---- fold ---- */

/* Fold all deltas of a view or of a part; returns how many keys. */
static int64
fold_view(const IvmViewRow *row)
{
	IvmPlan    *plan;

	ivm_maintain_require_unchanged(row, "Fold it in a transaction of its own.");
	plan = ivm_plan_cache_get(row->id);
	return plan == NULL ? 0 : ivm_fold_all(plan);
}

Datum
ivm_fold_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	int64		folded;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.fold()");
	ivm_api_require_read_committed("ivm.fold()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	folded = fold_view(row);
	foreach(lc, ivm_catalog_parts(row->id))
		folded += fold_view(lfirst(lc));
	ivm_capture_triggers_note(row);
	foreach(lc, ivm_catalog_parts(row->id))
		ivm_capture_triggers_note(lfirst(lc));
	PG_RETURN_INT64(folded);
}

/* ---- reconcile, pause, resume, refresh ---- */

Datum
ivm_reconcile_view(PG_FUNCTION_ARGS)
{
	char	   *key_filter = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	IvmViewRow *row;
	IvmCorrections c;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.reconcile()");
	ivm_api_require_read_committed("ivm.reconcile()");
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	if (key_filter != NULL)
		ivm_maintain_restore(row, "reconcile", ivm_api_parse_filter(row->view, key_filter),
							 key_filter, &c);
	else
		restore_views(view_and_parts(row), "reconcile", &c);
	return_corrections(fcinfo, &c);
	return (Datum) 0;
}

Datum
ivm_pause_view(PG_FUNCTION_ARGS)
{
	List	   *views;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.pause()");
	views = view_and_parts(ivm_api_find_owned_view(PG_GETARG_OID(0)));
	lock_all_bases(views);
	foreach(lc, views)
		ivm_maintain_pause(lfirst(lc));
	PG_RETURN_VOID();
}

Datum
ivm_resume_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	List	   *outdated;
	IvmCorrections c = {0};

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.resume()");
	ivm_api_require_read_committed("ivm.resume()");
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	outdated = outdated_views(row);
	if (outdated == NIL)
		ereport(NOTICE,
				(errmsg("view \"%s\" is not paused", get_rel_name(row->view))));
	else
		restore_views(outdated, "resume", &c);
	return_corrections(fcinfo, &c);
	return (Datum) 0;
}

/* Has ivm.refresh() nothing to do? */
static bool
is_current(IvmViewRow *row)
{
	if (row->status == IVM_STATUS_PAUSED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" is paused", get_rel_name(row->view)),
				 errhint("Use ivm.resume() to bring it up to date and maintain it again.")));
	return outdated_views(row) == NIL;
}

Datum
ivm_refresh_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	IvmCorrections c;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.refresh()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	if (is_current(row))
	{
		ereport(NOTICE,
				(errmsg("view \"%s\" is current", get_rel_name(row->view))));
		PG_RETURN_BOOL(false);
	}
	ivm_api_require_read_committed("ivm.refresh()");
	restore_views(outdated_views(row), "refresh", &c);
	PG_RETURN_BOOL(true);
}

/* ---- refresh_all ---- */

/* Is "schema.view" LIKE the pattern?  NULL stands for all. */
static bool
name_matches(Oid view, text *pattern)
{
	char	   *name;

	if (pattern == NULL)
		return true;
	name = psprintf("%s.%s", get_namespace_name(get_rel_namespace(view)), get_rel_name(view));
	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID,
												CStringGetTextDatum(name),
												PointerGetDatum(pattern)));
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

		if (row->part_of == 0 && get_rel_name(row->view) != NULL && row->status != IVM_STATUS_PAUSED &&
			object_aclcheck_is_owner(row->view, GetUserId()) &&
			name_matches(row->view, pattern) && !is_current(row))
			result = lappend_int(result, row->id);
	}
	return result;
}

/* Refresh a view, if it still needs that. */
static void
refresh_one(int32 id)
{
	IvmViewRow *row = ivm_catalog_get(id);
	IvmCorrections c;

	if (row != NULL && row->status != IVM_STATUS_PAUSED &&
		object_aclcheck_is_owner(row->view, GetUserId()) && !is_current(row))
		restore_views(outdated_views(row), "refresh", &c);
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

/* Refresh a view in a subtransaction of its own. */
static void
try_refresh(int32 id)
{
	MemoryContext oldcxt = CurrentMemoryContext;
	ResourceOwner oldowner = CurrentResourceOwner;
	TimestampTz started_at = GetCurrentTimestamp();
	ErrorData  *error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(oldcxt);
	PG_TRY();
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		refresh_one(id);
		PopActiveSnapshot();
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(oldcxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(oldcxt);
	CurrentResourceOwner = oldowner;
	if (error)
	{
		/* a command that was cancelled must not go on */
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
		report_failure(id, started_at, error);
	}
}

Datum
ivm_refresh_all(PG_FUNCTION_ARGS)
{
	bool		atomic = !fcinfo->context || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
	text	   *pattern;
	List	   *ids;
	ListCell   *lc;

	ivm_api_require_writable("ivm.refresh_all()");

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
	ivm_api_require_read_committed("ivm.refresh_all()");
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	pattern = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_P_COPY(0);
	if (ivm_drop_remains())
		SPI_commit();
	ivm_capture_triggers_note_all();
	ids = find_views_to_refresh(pattern);
	foreach(lc, ids)
	{
		try_refresh(lfirst_int(lc));
		SPI_commit();
	}
	SPI_finish();
	PG_RETURN_VOID();
}

/* ---- alter_view ---- */

Datum
ivm_alter_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	List	   *views;
	ListCell   *lc;
	IvmOptions	options;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "options");
	ivm_api_require_writable("ivm.alter_view()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	views = view_and_parts(row);
	ivm_options_parse(PG_GETARG_JSONB_P(1), false, &options);
	if (options.mode)
		ivm_api_check_mode(options.mode);
	foreach(lc, views)
		ivm_api_check_on_error(ivm_plan_cache_require(lfirst(lc))->core, options.stored);
	foreach(lc, views)
	{
		row = lfirst(lc);
		if (options.fillfactor != 0)
			ivm_storage_set_fillfactor(row, options.fillfactor);
		if (JB_ROOT_COUNT(options.stored) > 0)
			ivm_catalog_set_options(row->id, ivm_options_merge(row->options, options.stored));
	}
	PG_RETURN_VOID();
}
