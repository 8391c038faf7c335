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
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
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
#include "base/settings.h"
#include "base/xid_snapshot.h"
#include "capture/append_reader.h"
#include "capture/append_scan.h"
#include "capture/changes.h"
#include "capture/log_reader.h"
#include "catalog/run_history.h"
#include "catalog/watermark.h"
#include "commit/log_delta.h"
#include "commit/reconcile.h"
#include "definition/append_source.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "maintain/append_locks.h"
#include "maintain/append_refresh.h"
#include "maintain/generation.h"
#include "maintain/lock_set.h"
#include "maintain/maintain.h"
#include "maintain/populate.h"
#include "maintain/recent.h"
#include "maintain/storage.h"
#include "plan/append_bucket.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "plan/plan_triggers.h"

/* Up to this number, buckets are computed one by one. */
#define MAX_BUCKETS		100

typedef struct AppendRefresh
{
	IvmViewRow *row;
	const char *name;
	IvmPlan    *plan;
	IvmAppendView *view;
	IvmAppendBuckets buckets;
	Snapshot	snapshot;
	IvmRefreshHow how;
	bool		repairs;		/* also while it is paused */
	int64		late_rows;
	const char *key_filter;		/* what is computed besides, or NULL */
	List	   *touched;		/* Datum *: buckets to be computed; NULL for
								 * that of NULL */
	IvmChangeMap touched_keys;	/* the same of a view without buckets */
	bool		touched_all;	/* there were too many */
	bool		filled;			/* by the last batch of a first fill */
	IvmRefreshResult *result;
} AppendRefresh;

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
check_xact_snapshot(const AppendRefresh *r)
{
	TransactionId xmin = r->view->written_by;

	if (IsolationUsesXactSnapshot() && TransactionIdIsNormal(xmin) &&
		!TransactionIdIsCurrentTransactionId(xmin) && XidInMVCCSnapshot(xmin, r->snapshot))
		fail_serialization("refresh of view", r->name);
	check_tables(r->plan, r->snapshot);
}

/* ---- buckets ---- */

/* IvmDeltaFilter: is the bucket open?  Counts the rows of closed ones. */
static bool
is_open(IvmPlan *plan, const IvmDelta *delta, void *arg)
{
	AppendRefresh *r = arg;

	if (ivm_append_bucket_is_open(&r->buckets, plan, delta))
		return true;
	r->late_rows += ivm_delta_row_count(plan, delta);
	return false;
}

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

/* ---- computing ---- */

static void
add_corrections(AppendRefresh *r, const IvmCorrections *c)
{
	r->result->changes.inserted += c->inserted;
	r->result->changes.updated += c->updated;
	r->result->changes.deleted += c->deleted;
}

/* Compute the buckets that satisfy a condition on the state table, or all. */
static void
compute_buckets(AppendRefresh *r, Node *filter)
{
	IvmCorrections c;

	ivm_reconcile_state(r->plan, filter, true, r->snapshot, &c);
	add_corrections(r, &c);
}

/*
 * The change that rows bring to the view: as evaluated, or by joining those kept.  It is not
 * limited, since to compute the view afresh would be something else: rows may be gone.
 */
static IvmChangeMap *
compute_change(AppendRefresh *r, IvmRowStore *store, IvmChangeMap *map)
{
	IvmLoggedChanges changes = {.net = true,.unlimited = true};

	if (store == NULL)
		return map;
	changes.relids = list_make1_oid(r->view->base);
	changes.stores = list_make1(store);
	changes.nrows = store->nrows[0];
	(void) ivm_log_delta_compute(r->plan, &changes, r->snapshot, map, NULL, NULL);
	return map;
}

static void
note_touched(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	AppendRefresh *r = arg;
	Datum		value;
	bool		notnull;
	ListCell   *lc;
	MemoryContext oldcxt;

	if (!is_open(plan, delta, r) || r->touched_all)
		return;
	notnull = ivm_append_bucket_of(&r->buckets, plan, delta, &value);
	foreach(lc, r->touched)
	{
		Datum	   *other = lfirst(lc);

		if (notnull ? other && ivm_append_value_compare(&r->buckets.type, *other, value) == 0 : other == NULL)
			return;
	}
	if (list_length(r->touched) == MAX_BUCKETS)
	{
		r->touched_all = true;
		return;
	}
	oldcxt = MemoryContextSwitchTo(GetMemoryChunkContext(r));
	if (notnull)
	{
		Datum	   *copy = palloc(sizeof(Datum));

		*copy = datumCopy(value, r->buckets.type.typbyval, r->buckets.type.typlen);
		r->touched = lappend(r->touched, copy);
	}
	else
		r->touched = lappend(r->touched, NULL);
	MemoryContextSwitchTo(oldcxt);
}

/* Note the buckets of touched rows; without buckets, their keys. */
static void
add_touched(AppendRefresh *r, IvmChangeMap *map)
{
	if (r->buckets.key >= 0)
	{
		ivm_changes_visit(map, note_touched, r);
		return;
	}
	if (!r->touched_all)
		ivm_changes_merge(&r->touched_keys, map);
	if (ivm_changes_exceed(&r->touched_keys, maintenance_work_mem))
	{
		r->touched_all = true;
		ivm_changes_empty(&r->touched_keys);
	}
}

/* Compute what touched rows belong to, once all new rows have been added. */
static void
compute_touched(AppendRefresh *r)
{
	List	   *filter = NIL;
	ListCell   *lc;

	if (r->touched_all)
	{
		compute_buckets(r, ivm_append_bucket_open(&r->buckets, r->plan));
		return;
	}
	if (r->buckets.key < 0)
	{
		ivm_log_delta_compute_keys(r->plan, &r->touched_keys, r->snapshot, NULL, NULL, &r->result->changes);
		return;
	}
	if (r->touched == NIL)
		return;
	foreach(lc, r->touched)
		filter = lappend(filter, lfirst(lc) == NULL ? ivm_append_bucket_null(&r->buckets, r->plan) :
						 ivm_append_bucket_compare(&r->buckets, r->plan, BTEqualStrategyNumber,
												   *(Datum *) lfirst(lc)));
	compute_buckets(r, (Node *) make_orclause(filter));
}

static void
count_late(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	(void) is_open(plan, delta, arg);
}

static void
count_late_of(IvmAppendRows *rows, void *arg)
{
	AppendRefresh *r = arg;

	ivm_changes_visit(compute_change(r, rows->new, &rows->new_changes), count_late, r);
	ivm_changes_visit(compute_change(r, rows->touched, &rows->touched_changes), count_late, r);
}

/* Where everything else is computed afresh: count new rows of closed buckets, as far as they can be told. */
static void
count_late_rows(AppendRefresh *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append late rows",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmAppendRows rows;

	ivm_append_scan_read(reader, r->snapshot, &rows, count_late_of, r);
	count_late_of(&rows, r);
	ivm_append_scan_free_rows(&rows);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

static void
recompute(AppendRefresh *r, IvmAppendReader *reader, const char *reason)
{
	r->result->method = "recompute";
	r->result->reason = reason;
	compute_buckets(r, ivm_append_bucket_open(&r->buckets, r->plan));
	ivm_run_history_count_recomputation(r->row->id);
	if (r->buckets.closes && ivm_append_reader_obstacle(reader) == NULL)
		count_late_rows(r, reader);
	else if (ivm_append_scan_is_needed(r->snapshot))
		ivm_append_scan_read(reader, r->snapshot, NULL, NULL, NULL);
}

/* IvmAppendTake: apply what new rows bring, and note what touched ones belong to. */
static void
take_in(IvmAppendRows *rows, void *arg)
{
	AppendRefresh *r = arg;
	IvmChangeMap *new = compute_change(r, rows->new, &rows->new_changes);

	if (ivm_changes_count(new) > 0)
		ivm_log_delta_apply_some(r->plan, new, r->snapshot, is_open, r, &r->result->changes);
	if (rows->ntouched > 0)
		add_touched(r, compute_change(r, rows->touched, &rows->touched_changes));
}

static void
add_new_rows(AppendRefresh *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append refresh",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmAppendRows rows;

	ivm_progress_phase(IVM_PROGRESS_DELTA, 0);
	ivm_changes_init_apart(&r->touched_keys, r->plan, cxt);
	ivm_append_scan_read(reader, r->snapshot, &rows, take_in, r);
	take_in(&rows, r);
	r->result->rows_read = rows.nnew + rows.ntouched;
	r->result->method = r->result->rows_read > 0 ? "delta" : "nothing";
	if (rows.ntouched > 0)
	{
		compute_touched(r);
		r->result->reason = "rows were updated, or frozen: what they belong to was computed";
	}
	ivm_append_scan_free_rows(&rows);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
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
record(const AppendRefresh *r, const char *operation, TimestampTz started_at)
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
check_rights(const AppendRefresh *r)
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
make_ready(AppendRefresh *r)
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
find_column(AppendRefresh *r)
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
view_of_options(const AppendRefresh *r)
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
begin(AppendRefresh *r, bool wait)
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

static AppendRefresh *
make_refresh(IvmViewRow *row, IvmRefreshHow how)
{
	AppendRefresh *r = palloc0(sizeof(AppendRefresh));

	r->result = palloc0(sizeof(IvmRefreshResult));
	r->result->row = r->row = row;
	r->name = get_rel_name(row->view);
	r->how = how;
	return r;
}

/* Why what is not closed must be computed afresh, a clause; or NULL. */
static const char *
must_recompute(const AppendRefresh *r, const IvmAppendReader *reader)
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
finish(AppendRefresh *r, IvmAppendReader *reader, bool anew)
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
begin_fill(AppendRefresh *r, IvmAppendReader *reader)
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
tell_fill(AppendRefresh *r)
{
	char	   *so_far = psprintf("the view is being filled: " INT64_FORMAT " of about %.0f rows", r->view->fill_rows,
								  Max(rows_of_table(r->view), r->view->fill_rows));

	r->result->reason = so_far;
	if (!r->view->newest_first)
		ivm_catalog_set_status(r->row->id, IVM_STATUS_UNPOPULATED, so_far);
}

/* Take in the next batch; the view is shown after the last one or, if the newest rows come first, after each. */
static void
fill_batch(AppendRefresh *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append fill",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	int64		nrows = ivm_options_batch_rows(r->row->options);
	IvmAppendRows rows;
	bool		done;

	ivm_progress_phase(IVM_PROGRESS_DELTA, nrows);
	done = ivm_append_scan_fill(reader, r->snapshot, nrows > 0 ? nrows : PG_INT64_MAX, &rows, take_in, r);
	take_in(&rows, r);
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
is_fill(const AppendRefresh *r, const IvmAppendReader *reader, Besides besides)
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
bring_up_to_date(AppendRefresh *r, bool bare, Besides besides, Node *buckets)
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
		recompute(r, reader, reason);
	else
		add_new_rows(r, reader);
	if (besides == RECONCILE && reason == NULL)
		memset(&r->result->changes, 0, sizeof(IvmCorrections));
	if (besides == BACKFILL || (besides == RECONCILE && reason == NULL))
	{
		r->result->method = "recompute";
		r->result->reason = besides == BACKFILL ? "a range of buckets was asked for" : "it was asked for";
		compute_buckets(r, buckets);
	}
	finish(r, reader, reason != NULL);
	UnregisterSnapshot(r->snapshot);
}

static IvmRefreshResult *
run(AppendRefresh *r, const char *operation, bool bare, Besides besides, Node *buckets)
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
	AppendRefresh *r = make_refresh(row, how);
	IvmRefreshResult *result = r->result;
	int64		filled;

	if (!begin(r, wait))
		return result;
	(void) run(r, "refresh", bare, NOTHING_BESIDES, NULL);
	if (!r->filled)
		return result;

	/* what has come since the fill began */
	filled = result->rows_read;
	add_corrections(r = make_refresh(row, how), &result->changes);
	(void) begin(r, true);		/* it has the locks */
	(void) run(r, "refresh", bare, NOTHING_BESIDES, NULL);
	r->result->method = "delta";
	r->result->rows_read += filled;
	return r->result;
}

IvmRefreshResult *
ivm_append_refresh_rebuild(IvmViewRow *row, bool keep)
{
	AppendRefresh *r = make_refresh(row, IVM_REFRESH_RECOMPUTE);

	if (!begin(r, true))
		return r->result;
	if (keep)
		ivm_generation_keep(r->row);
	return run(r, "refresh", false, NOTHING_BESIDES, NULL);
}

/* The buckets to be compared: all that are open, or the recent ones of them. */
static Node *
compared_buckets(AppendRefresh *r, bool recent)
{
	Node	   *open = ivm_append_bucket_open(&r->buckets, r->plan);
	Node	   *filter = recent && r->plan->unusable == NULL ?
		ivm_recent_filter(r->plan, GetCurrentTimestamp(), &r->key_filter) : NULL;

	return open && filter ? (Node *) make_andclause(list_make2(open, filter)) : open ? open : filter;
}

IvmRefreshResult *
ivm_append_refresh_reconcile(IvmViewRow *row, bool recent, bool wait)
{
	AppendRefresh *r = make_refresh(row, IVM_REFRESH_AUTO);

	r->repairs = true;
	return begin(r, wait) ? run(r, "reconcile", false, RECONCILE, compared_buckets(r, recent)) : r->result;
}

/* An end of a range, read as the type of the bucket. */
static Node *
range_end(AppendRefresh *r, StrategyNumber strategy, const char *value)
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
	AppendRefresh *r = make_refresh(row, IVM_REFRESH_AUTO);
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
