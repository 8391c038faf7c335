/*-------------------------------------------------------------------------
 *
 * append_refresh.c
 *	  Filling and refreshing append views.
 *
 *		locks --> floors, open transactions --> snapshot S --> rows that S sees and
 *		the view has not taken in (capture/append_reader.c)
 *						new rows		--> change of the view, without closed buckets
 *						updated ones	--> their buckets, or keys, computed under S
 *		the view has taken in what S sees
 *
 * Nothing holds back writers, and nobody tells of what they do; so what an UPDATE or a DELETE
 * has changed shows where a bucket is computed for another reason.  All buckets that
 * are not closed are computed where transaction ids do not tell which rows are new:
 * storage was written anew, a partition has come back, the database was restored.
 *
 * Closed is what was before closed_before at the last refresh: a row that comes in time is
 * taken in, however late the refresh is.  Closed buckets stay as they are, whatever becomes of
 * their rows; only a backfill computes them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/append_value.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/xid_snapshot.h"
#include "capture/append_reader.h"
#include "capture/append_scan.h"
#include "catalog/run_history.h"
#include "catalog/watermark.h"
#include "definition/append_source.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "maintain/append_apply.h"
#include "maintain/append_locks.h"
#include "maintain/append_refresh.h"
#include "maintain/generation.h"
#include "maintain/maintain.h"
#include "maintain/populate.h"
#include "maintain/recent.h"
#include "maintain/storage.h"
#include "plan/append_bucket.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "plan/plan_triggers.h"

/* ---- snapshots ---- */

/* A snapshot without own changes, registered. */
static Snapshot
take_snapshot(void)
{
	Snapshot	result;

	PushCopiedSnapshot(IsolationUsesXactSnapshot() ? GetTransactionSnapshot() : GetLatestSnapshot());
	result = RegisterSnapshot(GetActiveSnapshot());
	PopActiveSnapshot();
	result->curcid = FirstCommandId;
	return result;
}

static void
fail_serialization(const char *by, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("could not serialize access due to a concurrent %s \"%s\"", by, name),
			 errhint("The transaction might succeed if retried.")));
}

/*
 * In REPEATABLE READ, raise an error if a table was changed in a way that is not MVCC-safe: rows
 * that the transaction's snapshot shows need not be of transactions that it sees.
 */
static void
check_tables(const IvmPlan *plan, Snapshot snapshot)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (!IsolationUsesXactSnapshot())
		return;
	foreach(lc, plan->locked)
	{
		foreach(lc2, lcons_oid(lfirst_oid(lc), ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock)))
		{
			if (ivm_relation_is_newer(lfirst_oid(lc2), snapshot))
				fail_serialization("change of table", get_rel_name(lfirst_oid(lc2)));
		}
	}
}

/* The same, and if a later refresh has committed. */
static void
check_xact_snapshot(const IvmAppendRun *r)
{
	TransactionId xmin = r->view->written_by;

	if (IsolationUsesXactSnapshot() && TransactionIdIsNormal(xmin) &&
		!TransactionIdIsCurrentTransactionId(xmin) && XidInMVCCSnapshot(xmin, r->snapshot))
		fail_serialization("refresh of view", r->name);
	check_tables(r->plan, r->snapshot);
}

/* ---- buckets ---- */

/* Close the buckets that are late by now. */
static void
close_buckets(IvmPlan *plan, IvmAppendView *view, TimestampTz now)
{
	const char *late = ivm_options_append(plan->row->options, "late");
	IvmAppendBuckets buckets;
	Datum		limit;

	ivm_append_bucket_init(&buckets, plan, view);
	if (buckets.key < 0 || late == NULL)
		return;
	if (ivm_recent_bound(plan, &buckets, late, now, &limit) &&
		(!buckets.closes || ivm_append_value_compare(&buckets.type, limit, buckets.closed_before) > 0))
		view->closed_before = ivm_append_value_out(&buckets.type, limit);
}

/* ---- a refresh ---- */

static void
set_watermark(const IvmPlan *plan, Snapshot snapshot, TimestampTz as_of)
{
	IvmWatermark w = {.as_of = as_of};

	w.snapshot = ivm_xid_snapshot_make(snapshot);
	w.own_xid = InvalidFullTransactionId;
	ivm_watermark_set(plan->row->id, &w);
}

int64
ivm_append_refresh_fill(IvmPlan *plan, IvmAppendView *view)
{
	bool		old = IsolationUsesXactSnapshot();
	IvmAppendReader *reader = ivm_append_reader_begin(plan, view,
													  old ? IVM_APPEND_REFRESH_OLD : IVM_APPEND_REFRESH,
													  !view->bare);
	TimestampTz as_of = old ? GetCurrentTransactionStartTimestamp() : GetCurrentTimestamp();
	Snapshot	snapshot = take_snapshot();
	int64		rows;

	check_tables(plan, snapshot);
	rows = ivm_populate_state(plan, snapshot);
	if (ivm_append_scan_is_needed(snapshot))
		ivm_append_scan_read(reader, snapshot, NULL, NULL, NULL);
	ivm_append_reader_end(reader, snapshot, true);
	close_buckets(plan, view, as_of);
	set_watermark(plan, snapshot, as_of);
	UnregisterSnapshot(snapshot);
	return rows;
}

static void
record(const IvmAppendRun *r, const char *operation, TimestampTz started_at)
{
	const IvmRefreshResult *result = r->result;
	IvmRun		run = {.operation = operation,.started_at = started_at};

	run.method = result->method;
	run.reason = result->reason;
	run.rows_read = result->rows_read;
	run.late_rows = r->late_rows;
	run.key_filter = r->key_filter;
	ivm_maintain_record(&run, r->row, &result->changes);
}

static void
check_rights(const IvmAppendRun *r)
{
	const char *reason;

	if (r->plan->core->refusal != NULL)
		ivm_error_report_refusal(r->name, r->plan->core->refusal->message);
	if ((reason = ivm_plan_check_row_security(r->plan)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("view \"%s\" cannot be computed under row security", r->name),
				 errdetail("To the one who reads it for the view, %s.", reason),
				 errhint("Give the view to the table's owner or to a role with BYPASSRLS, or disable row security.")));
	if (!ivm_plan_owner_may_read(r->plan))
		ivm_plan_check_owner_may_read(r->plan);
}

/* Let readers use the state of a view that was unpopulated or stale. */
static void
make_ready(IvmAppendRun *r)
{
	ivm_storage_ensure_guards(r->row);
	ivm_storage_ensure_indexes(r->plan);
	ivm_catalog_set_trigger_versions(r->row->id, ivm_plan_triggers_now(r->row));
	ivm_catalog_set_sources(r->row->id, NIL, ivm_plan_view_versions(r->plan->core),
							ivm_plan_row_types(r->plan->core));
	ivm_catalog_set_status(r->row->id, IVM_STATUS_READY, NULL);
}

/*
 * A restore may give columns other numbers, but the names that the options have.  Otherwise the
 * number counts, and the option follows a column that was renamed.
 */
static void
find_column(IvmAppendRun *r)
{
	const char *option = ivm_options_append(r->row->options, "watermark");
	const char *name = option && strrchr(option, '.') ? strrchr(option, '.') + 1 : option;
	const char *now = get_attname(r->view->base, r->view->watermark, true);
	AttrNumber	attno = name ? get_attnum(r->view->base, name) : InvalidAttrNumber;

	if (name == NULL || (now && strcmp(name, now) == 0))
		return;
	if (r->view->stored && !r->view->filled && attno > 0)
		r->view->watermark = attno;
	else if (now)
		ivm_catalog_set_options(r->row->id,
								ivm_options_set(r->row->options, "watermark",
												psprintf("%.*s%s", (int) (name - option), option, now)));
}

/*
 * What a view begins with whose schema alone was restored: what its options say, as when it
 * was created.
 */
static IvmAppendView *
view_of_options(const IvmAppendRun *r)
{
	Jsonb	   *stored = r->row->options;
	IvmAppendOptions options = {
		.watermark = ivm_options_append(stored, "watermark"),
		.bucket = ivm_options_append(stored, "bucket"),
		.overlap = ivm_options_append(stored, "overlap"),
		.late = ivm_options_append(stored, "late"),
		.reconcile_last = ivm_options_append(stored, "reconcile_last")
	};
	IvmAppendView *result = palloc0(sizeof(IvmAppendView));
	IvmAppendSource source;

	if (r->row->status != IVM_STATUS_UNPOPULATED || options.watermark == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("ivm.append_view has no row for view \"%s\"", r->name),
				 errhint("Drop the view and create it again.")));
	ivm_append_source_find(ivm_plan_cache_whole(r->row)->core, &options, &source);
	result->view_id = r->row->id;
	result->base = source.base;
	result->watermark = source.watermark;
	result->bucket = source.bucket;
	return result;
}

/* Lock the tables and the refresh, and look at the view then; false if another one is at it, or has paused it. */
static bool
begin(IvmAppendRun *r, bool wait)
{
	r->plan = ivm_plan_cache_require(r->row);
	r->view = ivm_append_view_get(r->row->id, NULL);
	if (r->view == NULL && ivm_catalog_get(r->row->id) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", r->name)));
	if (r->view == NULL)
		r->view = view_of_options(r);

	if (!ivm_append_locks_take(r->plan->locked, r->view->base, r->row->id, wait))
	{
		r->result->method = "skipped";
		r->result->reason = "another refresh of the view is running, or a table is locked";
		return false;
	}
	r->row = ivm_catalog_get(r->row->id);
	if (r->row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", r->name)));
	r->result->row = r->row;
	if (r->row->status == IVM_STATUS_ROLLED_BACK || (r->row->status == IVM_STATUS_PAUSED && !r->repairs))
	{
		r->result->method = "skipped";
		r->result->reason = "the view was paused meanwhile";
		return false;
	}
	r->plan = ivm_plan_cache_require(r->row);
	if (ivm_append_view_get(r->row->id, NULL) == NULL)
		ivm_append_view_put(r->view);
	r->view = ivm_append_view_get(r->row->id, NULL);
	find_column(r);
	ivm_append_bucket_init(&r->buckets, r->plan, r->view);
	return true;
}

static IvmAppendRun *
make_refresh(IvmViewRow *row, IvmRefreshHow how)
{
	IvmAppendRun *r = palloc0(sizeof(IvmAppendRun));

	r->result = palloc0(sizeof(IvmRefreshResult));
	r->result->row = r->row = row;
	r->name = get_rel_name(row->view);
	r->how = how;
	return r;
}

/* Why what is not closed must be computed afresh, a clause; or NULL. */
static const char *
must_recompute(const IvmAppendRun *r, const IvmAppendReader *reader)
{
	if (ivm_append_reader_obstacle(reader))
		return ivm_append_reader_obstacle(reader);
	if (r->plan->unusable)
		return r->plan->unusable;
	if (r->view->filling)
		return "the view was being filled";
	return r->how == IVM_REFRESH_RECOMPUTE ? "it was asked for" : NULL;
}

static void
finish(IvmAppendRun *r, IvmAppendReader *reader, bool anew)
{
	bool		unusable = r->plan->unusable != NULL;

	ivm_append_reader_end(reader, r->snapshot, anew);
	r->view->filling = false;
	r->view->late_rows += r->late_rows;
	close_buckets(r->plan, r->view, r->result->as_of);
	ivm_append_view_put(r->view);
	set_watermark(r->plan, r->snapshot, r->result->as_of);
	if (unusable)
		make_ready(r);
}

/* ---- a first fill in batches ---- */

/*
 * Begin a first fill: what the snapshot shows is what the view has taken in once it is filled, and no
 * refresh runs before.  Returns a reader for its batches.
 */
static IvmAppendReader *
begin_fill(IvmAppendRun *r, IvmAppendReader *reader)
{
	IvmAppendView *view = r->view;
	ListCell   *lc;

	if (ivm_append_scan_is_needed(r->snapshot))
		ivm_append_scan_read(reader, r->snapshot, NULL, NULL, NULL);
	ivm_append_reader_end(reader, r->snapshot, true);
	set_watermark(r->plan, r->snapshot, r->result->as_of);
	view->filling = true;
	view->fill_rows = 0;
	view->newest_first = ivm_options_newest_first(r->row->options);
	foreach(lc, view->leaves)
		((IvmAppendLeaf *) lfirst(lc))->filled = false;
	return ivm_append_reader_begin(r->plan, view, IVM_APPEND_READ, false);
}

/* The rows of the table and its partitions as the planner knows them. */
static double
rows_of_table(const IvmAppendView *view)
{
	double		result = 0;
	ListCell   *lc;

	foreach(lc, view->leaves)
	{
		IvmAppendLeaf *leaf = lfirst(lc);
		Relation	rel = leaf->attached ? table_open(leaf->relid, AccessShareLock) : NULL;

		if (rel == NULL)
			continue;
		result += Max(rel->rd_rel->reltuples, 0);
		table_close(rel, NoLock);
	}
	return result;
}

/* What a view shows that is being filled, for ivm.views. */
static void
tell_fill(IvmAppendRun *r)
{
	char	   *so_far = psprintf("the view is being filled: " INT64_FORMAT " of about %.0f rows", r->view->fill_rows,
								  Max(rows_of_table(r->view), r->view->fill_rows));

	r->result->reason = so_far;
	if (!r->view->newest_first)
		ivm_catalog_set_status(r->row->id, IVM_STATUS_UNPOPULATED, so_far);
}

/* Take in the next batch; the view is shown after the last one or, if the newest rows come first, after each. */
static void
fill_batch(IvmAppendRun *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append fill",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	int64		nrows = ivm_options_batch_rows(r->row->options);
	IvmAppendRows rows;
	bool		done;

	ivm_progress_phase(IVM_PROGRESS_DELTA, nrows);
	done = ivm_append_scan_fill(reader, r->snapshot, nrows > 0 ? nrows : PG_INT64_MAX, &rows, ivm_append_apply_rows, r);
	ivm_append_apply_rows(&rows, r);
	r->result->rows_read = rows.nnew;
	r->result->method = "delta";
	r->view->fill_rows += rows.nnew;
	ivm_append_scan_free_rows(&rows);
	MemoryContextSwitchTo(oldcxt);
	if (done)
	{
		r->view->filling = false;
		r->filled = true;
		close_buckets(r->plan, r->view, r->result->as_of);
	}
	if (r->plan->unusable != NULL && (done || r->view->newest_first))
		make_ready(r);
	if (!done)
		tell_fill(r);
	ivm_append_view_put(r->view);
	MemoryContextDelete(cxt);
}

/* What is computed besides: buckets that satisfy a condition on the state table (NULL: all) */
typedef enum Besides
{
	NOTHING_BESIDES,
	BACKFILL,
	RECONCILE					/* open buckets; only that is counted */
} Besides;

/* Is this run one batch of a first fill, the first of them or a later one? */
static bool
is_fill(const IvmAppendRun *r, const IvmAppendReader *reader, Besides besides)
{
	if (r->how == IVM_REFRESH_RECOMPUTE || r->how == IVM_REFRESH_DELTA || besides != NOTHING_BESIDES)
		return false;
	if (r->view->filling)
		return ivm_append_reader_obstacle(reader) == NULL;
	return !r->view->stored && r->row->status == IVM_STATUS_UNPOPULATED &&
		ivm_options_batch_rows(r->row->options) > 0;
}

/* Take in what is new or, for a reason, compute all that is not closed; then the rest. */
static void
bring_up_to_date(IvmAppendRun *r, bool bare, Besides besides, Node *buckets)
{
	bool		old = IsolationUsesXactSnapshot();
	IvmAppendReader *reader = ivm_append_reader_begin(r->plan, r->view,
													  old ? IVM_APPEND_REFRESH_OLD : IVM_APPEND_REFRESH,
													  !bare);
	const char *reason = must_recompute(r, reader);

	r->result->as_of = old ? GetCurrentTransactionStartTimestamp() : GetCurrentTimestamp();
	r->snapshot = take_snapshot();
	check_xact_snapshot(r);
	if (is_fill(r, reader, besides))
	{
		if (r->view->filling)
			r->result->as_of = ivm_watermark_get(r->row->id, NULL)->as_of;
		fill_batch(r, r->view->filling ? reader : begin_fill(r, reader));
		UnregisterSnapshot(r->snapshot);
		return;
	}
	if (reason != NULL && r->how == IVM_REFRESH_DELTA)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" cannot be refreshed by what has changed", r->name),
				 errdetail("The reason: %s.", reason),
				 errhint("Use how => 'auto' or how => 'recompute'.")));
	if (reason != NULL)
		ivm_append_apply_all(r, reader, reason);
	else
		ivm_append_apply_new(r, reader);
	if (besides == RECONCILE && reason == NULL)
		memset(&r->result->changes, 0, sizeof(IvmCorrections));
	if (besides == BACKFILL || (besides == RECONCILE && reason == NULL))
	{
		r->result->method = "recompute";
		r->result->reason = besides == BACKFILL ? "a range of buckets was asked for" : "it was asked for";
		ivm_append_apply_buckets(r, buckets);
	}
	finish(r, reader, reason != NULL);
	UnregisterSnapshot(r->snapshot);
}

static IvmRefreshResult *
run(IvmAppendRun *r, const char *operation, bool bare, Besides besides, Node *buckets)
{
	TimestampTz started_at = GetCurrentTimestamp();
	ErrorContextCallback callback;

	ivm_error_enter_view(&callback, r->name);
	check_rights(r);
	bring_up_to_date(r, bare, besides, buckets);
	if (r->how != IVM_REFRESH_DUE || strcmp(r->result->method, "nothing") != 0)
		record(r, operation, started_at);
	ivm_error_leave_view(&callback);
	return r->result;
}

IvmRefreshResult *
ivm_append_refresh(IvmViewRow *row, IvmRefreshHow how, bool wait, bool bare)
{
	IvmAppendRun *r = make_refresh(row, how);
	IvmRefreshResult *result = r->result;
	int64		filled;

	if (!begin(r, wait))
		return result;
	(void) run(r, "refresh", bare, NOTHING_BESIDES, NULL);
	if (!r->filled)
		return result;

	/* what has come since the fill began */
	filled = result->rows_read;
	ivm_append_apply_count(r = make_refresh(row, how), &result->changes);
	(void) begin(r, true);		/* it has the locks */
	(void) run(r, "refresh", bare, NOTHING_BESIDES, NULL);
	r->result->method = "delta";
	r->result->rows_read += filled;
	return r->result;
}

IvmRefreshResult *
ivm_append_refresh_rebuild(IvmViewRow *row, bool keep)
{
	IvmAppendRun *r = make_refresh(row, IVM_REFRESH_RECOMPUTE);

	if (!begin(r, true))
		return r->result;
	if (keep)
		ivm_generation_keep(r->row);
	return run(r, "refresh", false, NOTHING_BESIDES, NULL);
}

/* The buckets to be compared: all that are open, or the recent ones of them. */
static Node *
compared_buckets(IvmAppendRun *r, bool recent)
{
	Node	   *open = ivm_append_bucket_open(&r->buckets, r->plan);
	Node	   *filter = recent && r->plan->unusable == NULL ?
		ivm_recent_filter(r->plan, GetCurrentTimestamp(), &r->key_filter) : NULL;

	return open && filter ? (Node *) make_andclause(list_make2(open, filter)) : open ? open : filter;
}

IvmRefreshResult *
ivm_append_refresh_reconcile(IvmViewRow *row, bool recent, bool wait)
{
	IvmAppendRun *r = make_refresh(row, IVM_REFRESH_AUTO);

	r->repairs = true;
	return begin(r, wait) ? run(r, "reconcile", false, RECONCILE, compared_buckets(r, recent)) : r->result;
}

/* An end of a range, read as the type of the bucket. */
static Node *
range_end(IvmAppendRun *r, StrategyNumber strategy, const char *value)
{
	return ivm_append_bucket_compare(&r->buckets, r->plan, strategy,
									 ivm_append_value_in(&r->buckets.type, value));
}

/*
 * What other transactions have committed meanwhile is in the range and not yet taken in; so all is
 * brought up to date.
 */
IvmRefreshResult *
ivm_append_refresh_backfill(IvmViewRow *row, const char *from, const char *to)
{
	IvmAppendRun *r = make_refresh(row, IVM_REFRESH_AUTO);
	List	   *range = NIL;

	if (!begin(r, true))
		return r->result;
	if (r->buckets.key < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" has no buckets", r->name),
				 errhint("Use ivm.refresh() with how => 'recompute', or create the view with the option \"bucket\".")));
	if (r->view->filling)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" is being filled", r->name),
				 errhint("Call ivm.refresh_all() or ivm.refresh() until it is.")));
	if (from)
		range = lappend(range, range_end(r, BTGreaterEqualStrategyNumber, from));
	if (to)
		range = lappend(range, range_end(r, BTLessStrategyNumber, to));
	return run(r, "refresh", false, BACKFILL, range == NIL ? NULL : (Node *) make_ands_explicit(range));
}

/* ---- pausing ---- */

void
ivm_append_refresh_pause(IvmViewRow *row, bool pause)
{
	(void) ivm_watermark_lock(row->id, true);
	row = ivm_catalog_get(row->id);
	if (row == NULL)
		return;
	if (pause && row->status == IVM_STATUS_READY)
		ivm_catalog_set_status(row->id, IVM_STATUS_PAUSED, NULL);
	else if (pause)
		ereport(NOTICE,
				(errmsg("view \"%s\" is %s", get_rel_name(row->view),
						ivm_view_row_is_paused(row) ? "already paused" : "not ready"),
				 ivm_append_view_is_filling(row->id) ?
				 errdetail("It is being filled, and is not paused before that is done.") : 0));
	else if (ivm_view_row_is_paused(row))
		ivm_catalog_set_status(row->id, IVM_STATUS_READY, NULL);
}

/* ---- comparing ---- */

/* The column of the view that shows a column of its state table, or NULL. */
static const char *
column_showing(Oid view, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, ivm_relation_view_query(view)->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && IsA(tle->expr, Var) && ((Var *) tle->expr)->varattno == attno)
			return tle->resname;
	}
	return NULL;
}

char *
ivm_append_refresh_open_text(IvmPlan *plan, Snapshot snapshot)
{
	IvmAppendView *view = ivm_append_view_get(plan->row->id, snapshot);
	const char *column;
	IvmAppendType type;

	if (view == NULL || view->bucket < 0 || view->closed_before == NULL)
		return NULL;
	column = column_showing(plan->row->view, plan->layout.first_key + view->bucket + 1);
	if (column == NULL || !ivm_append_type_init(&type, plan->core->keys[view->bucket].type))
		return NULL;
	return psprintf("(%s OPERATOR(pg_catalog.>=) %s::%s OR %s IS NULL)", quote_identifier(column),
					quote_literal_cstr(view->closed_before), format_type_be_qualified(type.type),
					quote_identifier(column));
}
