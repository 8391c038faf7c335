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
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "catalog/watermark.h"
#include "commit/fold.h"
#include "commit/reconcile.h"
#include "ddl/drop.h"
#include "definition/append_source.h"
#include "maintain/append_refresh.h"
#include "maintain/build.h"
#include "maintain/change_mode.h"
#include "maintain/due.h"
#include "maintain/generation.h"
#include "maintain/live_reconcile.h"
#include "maintain/maintain.h"
#include "maintain/restore.h"
#include "maintain/storage.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/api.h"

IVM_FUNCTION(ivm_fold_view);
IVM_FUNCTION(ivm_reconcile_view);
IVM_FUNCTION(ivm_pause_view);
IVM_FUNCTION(ivm_resume_view);
IVM_FUNCTION(ivm_rollback);
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
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	ivm_build_clean_up(row);
	folded = fold_view(row);
	foreach(lc, ivm_catalog_parts(row->id))
		folded += fold_view(lfirst(lc));
	ivm_capture_triggers_note(row);
	foreach(lc, ivm_catalog_parts(row->id))
		ivm_capture_triggers_note(lfirst(lc));
	PG_RETURN_INT64(folded);
}

/* ---- reconcile, pause, resume ---- */

Datum
ivm_reconcile_view(PG_FUNCTION_ARGS)
{
	char	   *key_filter = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	Query	   *filter = NULL;
	IvmViewRow *row;
	IvmCorrections c;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.reconcile()");
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	if (key_filter != NULL && row->mode != IVM_MODE_IMMEDIATE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot be reconciled in part", get_rel_name(row->view)),
				 errdetail("It is not immediate: all of its rows are of one time."),
				 errhint("Leave key_filter out.")));
	if (key_filter != NULL)
		filter = ivm_api_parse_filter(row->view, key_filter);
	if (row->status == IVM_STATUS_ROLLED_BACK && row->mode == IVM_MODE_APPEND)
		ivm_append_refresh_pause(row, false);
	if (row->mode == IVM_MODE_APPEND)
		c = ivm_append_refresh_reconcile(row, false, true)->changes;
	else if (row->mode == IVM_MODE_IMMEDIATE && ivm_live_reconcile(row, filter, key_filter, &c))
		 /* done beside the writers */ ;
	else if (key_filter != NULL)
		ivm_maintain_restore(row, "reconcile", filter, key_filter, &c);
	else
		ivm_restore_views(ivm_restore_family(row), "reconcile", &c);
	return_corrections(fcinfo, &c);
	return (Datum) 0;
}

Datum
ivm_pause_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	List	   *views;
	ListCell   *lc;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.pause()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	if (row->mode == IVM_MODE_APPEND)
	{
		ivm_append_refresh_pause(row, true);
		PG_RETURN_VOID();
	}
	views = ivm_restore_family(row);
	ivm_restore_lock(views);
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
	InitMaterializedSRF(fcinfo, 0);
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	outdated = ivm_restore_outdated(row);
	if (row->mode == IVM_MODE_APPEND && outdated != NIL)
	{
		ivm_append_refresh_pause(row, false);
		c = ivm_append_refresh(row, IVM_REFRESH_AUTO, true, false)->changes;
	}
	else if (outdated == NIL)
		ereport(NOTICE,
				(errmsg("view \"%s\" is not paused", get_rel_name(row->view))));
	else
		ivm_restore_views(outdated, "resume", &c);
	return_corrections(fcinfo, &c);
	return (Datum) 0;
}

/* ---- rollback ---- */

Datum
ivm_rollback(PG_FUNCTION_ARGS)
{
	IvmCorrections c;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_writable("ivm.rollback()");
	InitMaterializedSRF(fcinfo, 0);
	ivm_generation_roll_back(ivm_api_find_owned_view(PG_GETARG_OID(0)), &c);
	return_corrections(fcinfo, &c);
	return (Datum) 0;
}

/* ---- alter_view ---- */

/* Raise an error if views that an immediate view reads, or is read by, forbid a mode. */
static void
check_mode_of_views(IvmViewRow *row, IvmMode mode)
{
	ListCell   *lc;

	if (mode == IVM_MODE_IMMEDIATE)
	{
		foreach(lc, ivm_restore_family(row))
			ivm_api_check_views_read(ivm_plan_cache_require(lfirst(lc))->core, mode);
		return;
	}
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *other = lfirst(lc);

		if (other->mode == IVM_MODE_IMMEDIATE && ivm_catalog_whole(other)->id != row->id &&
			list_member_oid(ivm_plan_cache_require(other)->core->views, row->view))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("view \"%s\" cannot become deferred", get_rel_name(row->view)),
					 errdetail("View \"%s\", which is immediate, reads it.", ivm_catalog_view_name(other)),
					 errhint("Make that view deferred first.")));
	}
}

/*
 * Append views keep rows that their tables may not have any more, and others have what append
 * views do not follow: neither becomes the other in place.
 */
static void
check_append(IvmViewRow *row, IvmMode mode, const IvmOptions *options)
{
	IvmAppendView *view;
	Jsonb	   *merged = ivm_options_merge(row->options, options->stored);
	const char *before = ivm_options_append(row->options, "overlap");
	const char *overlap = ivm_options_append(merged, "overlap");
	IvmAppendSource source;

	if (mode != row->mode && (mode == IVM_MODE_APPEND || row->mode == IVM_MODE_APPEND))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" cannot be changed from mode \"%s\" to mode \"%s\"", get_rel_name(row->view),
						ivm_view_row_mode_name(row->mode), ivm_view_row_mode_name(mode)),
				 errdetail("An append view need not show what its definition gives now."),
				 errhint("Create it anew with ivm.create_view() and the option \"replace\".")));
	if (row->mode != IVM_MODE_APPEND || !(options->append || options->bucket || options->reconcile_last))
		return;
	(void) ivm_watermark_lock(row->id, true);
	view = ivm_append_view_get(row->id, NULL);
	ivm_api_find_append_source(ivm_plan_cache_whole(row)->core, merged, &source);
	if (overlap == NULL)
		ivm_append_source_check_order(source.base, source.watermark);
	if (view && (source.base != view->base || source.watermark != view->watermark ||
				 source.bucket != view->bucket))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("options \"watermark\" and \"bucket\" of view \"%s\" cannot be changed", get_rel_name(row->view)),
				 errhint("Create it anew with ivm.create_view() and the option \"replace\".")));
	if (before == overlap || (before && overlap && strcmp(before, overlap) == 0))
		return;
	/* a lower bound would meet rows that the ids seen do not tell of */
	if (view && view->xids_seen)
		ivm_append_view_forget(row->id);
	ivm_append_view_forget_kept(row->id);
}

static void
change_mode(IvmViewRow *row, IvmMode mode)
{
	check_mode_of_views(row, mode);
	ivm_api_check_window(ivm_plan_cache_require(row)->core, mode);
	ivm_change_mode(row, mode);
}

Datum
ivm_alter_view(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	List	   *views;
	ListCell   *lc;
	IvmOptions	options;
	IvmMode		mode;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "options");
	ivm_api_require_writable("ivm.alter_view()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	views = ivm_restore_family(row);
	ivm_options_parse(PG_GETARG_JSONB_P(1), false, &options);
	mode = options.mode ? ivm_api_parse_mode(options.mode) : row->mode;
	check_append(row, mode, &options);
	ivm_api_check_mode_options(&options, mode);
	if (options.bucket || options.reconcile_last)
		ivm_api_check_reconcile(ivm_plan_cache_whole(row)->core, &options,
								ivm_options_merge(row->options, options.stored), mode);
	foreach(lc, views)
		ivm_api_check_on_error(ivm_plan_cache_require(lfirst(lc))->core, options.stored);
	/* locks of tables come before those of rows of ivm.view */
	if (mode != row->mode)
		change_mode(row, mode);
	foreach(lc, views)
	{
		row = lfirst(lc);
		if (options.fillfactor != 0)
			ivm_storage_set_fillfactor(row, options.fillfactor);
		if (JB_ROOT_COUNT(options.stored) > 0)
			ivm_catalog_set_options(row->id, ivm_options_merge(row->options, options.stored));
	}
	ivm_due_follow(ivm_catalog_get(((IvmViewRow *) linitial(views))->id));
	PG_RETURN_VOID();
}
