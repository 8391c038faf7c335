/*-------------------------------------------------------------------------
 *
 * refresh.c
 *	  Refreshing deferred views.
 *
 *		lock of the refresh --> locks of the base tables --> snapshot S
 *		watermark W: what the view has taken in
 *		change logs: rows that S sees and W does not --> by what changed (log_delta.c)
 *												   \-> or by the definition under S
 *		W := S
 *
 * The log rows of a transaction become visible with its changes, so the rows that S
 * sees and W does not are exactly the difference between the two, in whatever order
 * the transactions have begun and committed.  (An id or a time as the watermark would
 * lose rows that become visible late.)
 *
 * The snapshot is used with command id 0: changes of the own transaction, which
 * are logged only when it commits, are left for the next refresh.
 *
 * Everything is done in the transaction of the caller, so readers get the old
 * state or the new one, and a refresh that fails or is cancelled leaves nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "portability/instr_time.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/subtransaction.h"
#include "base/xid_snapshot.h"
#include "capture/changes.h"
#include "capture/log_reader.h"
#include "capture/log_writer.h"
#include "capture/pending.h"
#include "catalog/run_history.h"
#include "catalog/watermark.h"
#include "commit/compute.h"
#include "commit/log_delta.h"
#include "commit/old_buckets.h"
#include "maintain/lock_set.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/recent.h"
#include "maintain/refresh.h"
#include "maintain/restore.h"
#include "plan/ahead.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* A view being refreshed */
typedef struct Refresh
{
	const IvmViewRow *row;
	const char *name;			/* of the view, for messages */
	List	   *plans;			/* IvmPlan *, of it and its parts */
	IvmWatermark *watermark;	/* NULL: nothing taken in yet */
	IvmRefreshHow how;
	bool		compares;		/* with the definition, and counts that alone */
	const char *key_filter;		/* what is compared, or NULL */
	bool		own;			/* filled by this transaction: include its own
								 * changes */
	bool		latest;			/* to a fresh snapshot at every isolation
								 * level, see plan/ahead.h */
	double		delta_ms;		/* predictions, or -1 */
	double		recompute_ms;
	double		log_rows;		/* to be read, about; 0: few */
	IvmRefreshResult *result;
} Refresh;

/* May another way be taken than what was asked for? */
static bool
may_choose(const Refresh *r)
{
	return r->how == IVM_REFRESH_AUTO || r->how == IVM_REFRESH_DUE;
}

/*
 * Is the cheaper way to be taken?  Not before a comparison: that could not tell any more what
 * was wrong from what had changed.
 */
static bool
takes_cheaper(const Refresh *r)
{
	return may_choose(r) && !r->compares;
}

/* ---- locks and snapshots ---- */

static List *
family_of(const IvmViewRow *row)
{
	return ivm_catalog_with_parts(list_make1(unconstify(IvmViewRow *, row)));
}

/* The plans of a view and its parts; NIL if one cannot be refreshed from change logs. */
static List *
find_plans(const IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, family_of(row))
	{
		IvmPlan    *plan = ivm_plan_cache_require(lfirst(lc));

		if (plan->unusable || !plan->capturing || !ivm_log_storage_suffices(plan))
			return NIL;
		result = lappend(result, plan);
	}
	return result;
}

static void
skip(Refresh *r)
{
	r->result->method = "skipped";
	r->result->reason = "another refresh of the view is running";
}

/* Take the locks of refreshes, and return those that were not skipped. */
static List *
take_locks(List *refreshes, bool wait)
{
	List	   *result = list_copy(refreshes);
	Refresh    *refused;

	do
	{
		IvmLockSet	set = {NIL};
		ListCell   *lc;
		ListCell   *lc2;
		List	   *relids = NIL;

		foreach(lc, result)
		{
			Refresh    *r = lfirst(lc);
			LOCKTAG		tag;

			ivm_watermark_lock_tag(&tag, r->row->id);
			ivm_lock_set_add(&set, &tag, ExclusiveLock, r);
			foreach(lc2, r->plans)
				relids = list_union_oid(relids, ((IvmPlan *) lfirst(lc2))->locked);
		}
		ivm_lock_set_add_tables(&set, relids, AccessShareLock, false);
		refused = ivm_lock_set_take(&set, wait);
		if (refused)
		{
			skip(refused);
			result = list_delete_ptr(result, refused);
		}
	} while (refused);
	return result;
}

/* The snapshot of a refresh, registered; without own changes unless they are wanted. */
static Snapshot
take_snapshot(bool own, bool latest)
{
	Snapshot	result;

	PushCopiedSnapshot(IsolationUsesXactSnapshot() && !latest ? GetTransactionSnapshot() : GetLatestSnapshot());
	result = RegisterSnapshot(GetActiveSnapshot());
	PopActiveSnapshot();
	result->curcid = own ? GetCurrentCommandId(false) : FirstCommandId;
	return result;
}

/*
 * In REPEATABLE READ, raise an error if the view or its tables were changed in ways that
 * the transaction's snapshot does not show but would be met: by a later refresh, or by
 * commands that are not MVCC-safe.
 */
static void
check_xact_snapshot(const Refresh *r, Snapshot snapshot)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (!IsolationUsesXactSnapshot() || r->latest)
		return;
	if (r->watermark && TransactionIdIsNormal(r->watermark->xmin) &&
		!TransactionIdIsCurrentTransactionId(r->watermark->xmin) &&
		XidInMVCCSnapshot(r->watermark->xmin, snapshot))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent refresh of view \"%s\"",
						get_rel_name(r->row->view)),
				 errhint("The transaction might succeed if retried.")));
	foreach(lc, r->plans)
	{
		TransactionId xmin = ((IvmPlan *) lfirst(lc))->row->xmin;

		if (TransactionIdIsNormal(xmin) && !TransactionIdIsCurrentTransactionId(xmin) &&
			XidInMVCCSnapshot(xmin, snapshot))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to a concurrent change of view \"%s\"",
							get_rel_name(r->row->view)),
					 errhint("The transaction might succeed if retried.")));
		foreach(lc2, ((IvmPlan *) lfirst(lc))->locked)
		{
			if (ivm_relation_is_newer(lfirst_oid(lc2), snapshot))
				ereport(ERROR,
						(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						 errmsg("could not serialize access due to a concurrent change of table \"%s\"",
								get_rel_name(lfirst_oid(lc2))),
						 errdetail("The table, which view \"%s\" reads, was truncated or altered after the transaction's snapshot.",
								   get_rel_name(r->row->view)),
						 errhint("The transaction might succeed if retried.")));
		}
	}
}

/* ---- the way ---- */

/* What a millisecond costs in the planner's units, until there were runs that tell. */
#define COST_PER_MS		200.0

/* What past runs of one way tell, else those of the other way, since units are the same. */
static double
ms_per_cost(double known, double other)
{
	if (known > 0)
		return known;
	return other > 0 ? other : 1 / COST_PER_MS;
}

static double
recompute_cost(const Refresh *r)
{
	double		result = 0;
	ListCell   *lc;

	foreach(lc, r->plans)
		result += ivm_compute_all_cost_now(lfirst(lc));
	return result;
}

/* Set the predictions, for a delta of this cost.  Needs an active snapshot. */
static void
predict(Refresh *r, double delta_cost)
{
	double		delta = r->watermark ? r->watermark->delta_ms_per_cost : 0;
	double		recompute = r->watermark ? r->watermark->recompute_ms_per_cost : 0;

	r->delta_ms = delta_cost * ms_per_cost(delta, recompute);
	r->recompute_ms = recompute_cost(r) * ms_per_cost(recompute, delta);
}

/*
 * Let all be stored again of what has reached further back with the clock of the refresh than
 * rows are stored.  That takes a window that does not move one way.
 */
static bool
reach_back(const Refresh *r, TimestampTz as_of)
{
	bool		result = false;
	ListCell   *lc;

	foreach(lc, r->plans)
	{
		if (!ivm_old_buckets_are_missed(lfirst(lc), as_of, NULL))
			continue;
		ivm_old_buckets_restore(lfirst(lc));
		result = true;
	}
	return result;
}

/* Why a view must be computed afresh, a clause; or NULL. */
static const char *
must_recompute(const Refresh *r, bool reaches_back)
{
	if (r->how == IVM_REFRESH_RECOMPUTE)
		return "it was asked for";
	if (r->own)
		return "this transaction has filled the view, or emptied a table, itself";
	if (r->watermark == NULL || r->watermark->snapshot == NULL)
		return "what the view has taken in is not known in this cluster";
	if (reaches_back)
		return "its window of time reaches further back than what is stored";
	return NULL;
}

/* Pages of a log that are read without being looked at before. */
#define FEW_PAGES	100

/* Rows of a log that are better not kept, if that can be avoided. */
#define MANY_ROWS	100000

/* Is what is to be read of the view's only table so much that it should not be kept? */
static bool
is_streamed(const Refresh *r)
{
	return r->log_rows > MANY_ROWS && list_length(r->plans) == 1 &&
		ivm_log_delta_can_stream(linitial(r->plans));
}

/*
 * Would reading the log take longer than computing the view?  Only reading, if what that gives
 * can still be judged by itself.
 */
static bool
is_too_long(Refresh *r, Snapshot snapshot)
{
	IvmLogSize	size = {0};
	double		cost;
	ListCell   *lc;

	PushActiveSnapshot(snapshot);
	foreach(lc, r->plans)
		ivm_log_reader_size(((IvmPlan *) lfirst(lc))->row->bases, r->watermark, &size);
	if (size.pages >= FEW_PAGES)
	{
		r->log_rows = size.rows;
		cost = size.pages * seq_page_cost;
		cost += is_streamed(r) ? ivm_log_delta_cost_of_rows(size.rows) : size.rows * cpu_tuple_cost;
		predict(r, cost);
	}
	PopActiveSnapshot();
	return r->delta_ms > r->recompute_ms;
}

static void
fail_delta(const Refresh *r, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" cannot be refreshed by what has changed", get_rel_name(r->row->view)),
			 errdetail("The reason: %s.", reason),
			 errhint("Use how => 'auto' or how => 'recompute'.")));
}

/* ---- doing it ---- */

static void
recompute(Refresh *r, Snapshot snapshot, const char *reason)
{
	ListCell   *lc;

	r->result->method = "recompute";
	r->result->reason = reason;
	foreach(lc, r->plans)
	{
		IvmCorrections c;

		ivm_reconcile_state(lfirst(lc), NULL, true, snapshot, &c);
		r->result->changes.inserted += c.inserted;
		r->result->changes.updated += c.updated;
		r->result->changes.deleted += c.deleted;
		ivm_run_history_count_recomputation(((IvmPlan *) lfirst(lc))->row->id);
	}
}

/* Where a change goes that is applied. */
typedef struct Application
{
	IvmPlan    *plan;
	Snapshot	snapshot;
	IvmCorrections *changes;
} Application;

static void
apply_map(IvmChangeMap *map, void *arg)
{
	Application *a = arg;

	ivm_log_delta_apply(a->plan, map, a->snapshot, a->changes);
	ivm_changes_empty(map);
}

/* Take in what one plan's tables have logged; false if that does not fit into memory. */
static bool
apply_changes(Refresh *r, IvmPlan *plan, const IvmLoggedChanges *changes, Snapshot snapshot)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm refresh",
											  ALLOCSET_DEFAULT_SIZES);
	Application application = {plan, snapshot, &r->result->changes};
	IvmChangeMap map;
	bool		result;

	ivm_changes_init_apart(&map, plan, cxt);
	result = ivm_log_delta_compute(plan, changes, snapshot, &map, apply_map, &application);
	if (result)
		ivm_log_delta_apply(plan, &map, snapshot, &r->result->changes);
	MemoryContextDelete(cxt);
	return result;
}

/* What is logged for each plan of a view; the reason why that does not suffice, or NULL. */
static const char *
read_changes(Refresh *r, Snapshot snapshot, IvmLoggedChanges *changes)
{
	const char *reason = NULL;
	ListCell   *lc;

	ivm_progress_phase(IVM_PROGRESS_LOGS, 0);
	foreach(lc, r->plans)
	{
		IvmPlan    *plan = lfirst(lc);
		IvmLoggedChanges *c = &changes[foreach_current_index(lc)];

		ivm_log_reader_read(plan, r->watermark, snapshot, false, c);
		r->result->rows_read += c->nrows;
		if (reason == NULL && (c->nrows > 0 || c->obstacle))
			reason = ivm_log_delta_obstacle(plan, c);
		if (reason == NULL && c->nrows > 0)
			reason = ivm_plan_check_row_security(plan);
	}
	return reason;
}

/* Is the definition expected to be cheaper than what was read?  Sets the predictions. */
static bool
is_dearer(Refresh *r, Snapshot snapshot, const IvmLoggedChanges *changes)
{
	double		cost = 0;
	ListCell   *lc;

	PushActiveSnapshot(snapshot);
	foreach(lc, r->plans)
		cost += ivm_log_delta_cost(lfirst(lc), &changes[foreach_current_index(lc)], snapshot);
	predict(r, cost);
	PopActiveSnapshot();
	return r->delta_ms > r->recompute_ms;
}

/* What has changed does not fit into memory: compute the view afresh, which needs no more. */
static void
recompute_instead(Refresh *r, Snapshot snapshot)
{
	const char *reason = "more has changed than fits into maintenance_work_mem";

	if (r->how == IVM_REFRESH_DELTA)
		fail_delta(r, reason);
	memset(&r->result->changes, 0, sizeof(IvmCorrections));
	recompute(r, snapshot, reason);
}

/* Take in what is logged without keeping it; the reason why that does not suffice, or NULL. */
static const char *
stream_changes(Refresh *r, IvmPlan *plan, Snapshot snapshot)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm refresh",
											  ALLOCSET_DEFAULT_SIZES);
	Application application = {plan, snapshot, &r->result->changes};
	const char *reason = ivm_plan_check_row_security(plan);
	IvmChangeMap map;

	ivm_progress_phase(IVM_PROGRESS_DELTA, (int64) r->log_rows);
	ivm_changes_init_apart(&map, plan, cxt);
	if (reason == NULL)
		reason = ivm_log_delta_stream(plan, r->watermark, snapshot, &map, apply_map, &application,
									  &r->result->rows_read);
	if (reason == NULL)
		ivm_log_delta_apply(plan, &map, snapshot, &r->result->changes);
	MemoryContextDelete(cxt);
	return reason;
}

static void
refresh_by_stream(Refresh *r, Snapshot snapshot)
{
	const char *reason = stream_changes(r, linitial(r->plans), snapshot);

	if (reason == NULL)
		r->result->method = r->result->rows_read > 0 ? "delta" : "nothing";
	else if (r->how == IVM_REFRESH_DELTA)
		fail_delta(r, reason);
	else
	{
		memset(&r->result->changes, 0, sizeof(IvmCorrections));
		recompute(r, snapshot, reason);
	}
}

static void
refresh_from_logs(Refresh *r, Snapshot snapshot)
{
	IvmLoggedChanges *changes = palloc0(sizeof(IvmLoggedChanges) * list_length(r->plans));
	const char *reason = read_changes(r, snapshot, changes);
	ListCell   *lc;

	if (reason == NULL && r->result->rows_read > 0 && takes_cheaper(r) &&
		is_dearer(r, snapshot, changes))
		reason = "that is expected to take less time";
	if (reason != NULL && r->how == IVM_REFRESH_DELTA)
		fail_delta(r, reason);
	if (reason != NULL)
		recompute(r, snapshot, reason);
	else if (r->result->rows_read == 0)
		r->result->method = "nothing";
	else
	{
		r->result->method = "delta";
		foreach(lc, r->plans)
		{
			if (changes[foreach_current_index(lc)].nrows > 0 &&
				!apply_changes(r, lfirst(lc), &changes[foreach_current_index(lc)], snapshot))
				break;
		}
		if (lc != NULL)
			recompute_instead(r, snapshot);
	}
	for (int i = 0; i < list_length(r->plans); i++)
		ivm_log_reader_free(&changes[i]);
}

/* Runs shorter than this tell more of the machine's load than of the way. */
#define MIN_MS_TO_LEARN	20

/*
 * Remember how well a prediction was met: by halves, and not more than fourfold, so that one
 * odd run counts little.
 */
static void
learn(double *known, double other, double predicted, double ms)
{
	if (predicted > 0 && ms > MIN_MS_TO_LEARN)
		*known = ms_per_cost(*known, other) * (1 + Max(0.25, Min(4, ms / predicted))) / 2;
}

static void
set_watermark(Refresh *r, Snapshot snapshot, double ms)
{
	IvmWatermark w = {.as_of = r->result->as_of};

	if (r->watermark)
	{
		w.delta_ms_per_cost = r->watermark->delta_ms_per_cost;
		w.recompute_ms_per_cost = r->watermark->recompute_ms_per_cost;
	}
	if (strcmp(r->result->method, "delta") == 0)
		learn(&w.delta_ms_per_cost, w.recompute_ms_per_cost, r->delta_ms, ms);
	else if (strcmp(r->result->method, "recompute") == 0)
		learn(&w.recompute_ms_per_cost, w.delta_ms_per_cost, r->recompute_ms, ms);
	w.snapshot = ivm_xid_snapshot_make(snapshot);
	w.own_xid = r->own ? GetTopFullTransactionId() : InvalidFullTransactionId;
	ivm_watermark_set(r->row->id, &w);
}

/* The name of what is done, for the history. */
static const char *
operation_of(const Refresh *r)
{
	return r->compares ? "reconcile" : "refresh";
}

static void
record(const Refresh *r, TimestampTz started_at)
{
	const IvmRefreshResult *result = r->result;
	IvmRun		run = {.operation = operation_of(r),.started_at = started_at};

	run.key_filter = r->key_filter;
	run.view_id = r->row->id;
	run.view = r->row->view;
	run.method = result->method;
	run.reason = result->reason;
	run.rows_read = result->rows_read;
	run.rows_inserted = result->changes.inserted;
	run.rows_updated = result->changes.updated;
	run.rows_deleted = result->changes.deleted;
	run.predicted_delta_ms = r->delta_ms;
	run.predicted_recompute_ms = r->recompute_ms;
	ivm_run_history_record(&run);
}

/* Has this transaction changed what the view reads? */
static bool
has_own_changes(const Refresh *r)
{
	List	   *changed = ivm_pending_exists() ? ivm_pending_row_tables() : NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, changed)
	{
		foreach(lc2, r->plans)
		{
			if (list_member_oid(((IvmPlan *) lfirst(lc2))->row->bases, lfirst_oid(lc)))
				return true;
		}
	}
	return false;
}

static void
record_skipped(const Refresh *r)
{
	if (strcmp(r->result->method, "skipped") == 0)
		record(r, GetCurrentTimestamp());
}

typedef struct TakeIn
{
	Refresh    *refresh;
	Snapshot	snapshot;
} TakeIn;

/* Take in what is logged. */
static void
take_in(void *arg)
{
	TakeIn	   *t = arg;

	if (is_streamed(t->refresh))
		refresh_by_stream(t->refresh, t->snapshot);
	else
		refresh_from_logs(t->refresh, t->snapshot);
}

/*
 * The same, but compute the view afresh if that fails by a data exception.  The definition
 * need not fail by it: rows are evaluated that have come and gone since the last refresh, and
 * pairs of rows of which one had gone before the other one came.
 */
static void
try_delta(Refresh *r, Snapshot snapshot)
{
	TakeIn		t = {r, snapshot};
	ErrorData  *error = ivm_subtransaction_run(take_in, &t);

	if (error == NULL)
		return;
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		ReThrowError(error);
	memset(&r->result->changes, 0, sizeof(IvmCorrections));
	recompute(r, snapshot, psprintf("evaluating what has changed failed: %s", error->message));
}

/*
 * Compare the view, after the refresh, with its definition, and correct what is wrong; its parts
 * as a whole, since they have other keys.
 */
static void
compare(Refresh *r, Snapshot snapshot)
{
	ListCell   *lc;

	memset(&r->result->changes, 0, sizeof(IvmCorrections));
	r->result->method = "recompute";
	foreach(lc, r->plans)
	{
		IvmPlan    *plan = lfirst(lc);
		IvmCorrections c;

		ivm_reconcile_state(plan, plan->row->part_of != 0 ? NULL :
							ivm_recent_filter(plan, r->result->as_of, &r->key_filter),
							true, snapshot, &c);
		r->result->changes.inserted += c.inserted;
		r->result->changes.updated += c.updated;
		r->result->changes.deleted += c.deleted;
	}
}

/* Refresh one view, whose lock and tables are locked. */
static void
refresh_one(Refresh *r, Snapshot snapshot, TimestampTz as_of)
{
	TimestampTz started_at = GetCurrentTimestamp();
	ErrorContextCallback callback;
	const char *reason;
	ListCell   *lc;

	ivm_error_enter_view(&callback, get_rel_name(r->row->view));
	ivm_progress_view(r->row->view);
	check_xact_snapshot(r, snapshot);
	r->result->as_of = as_of;
	r->delta_ms = r->recompute_ms = -1;
	foreach(lc, r->plans)
	{
		if (!ivm_plan_owner_may_read(lfirst(lc)))
			ivm_plan_check_owner_may_read(lfirst(lc));
	}
	reason = must_recompute(r, reach_back(r, as_of));
	if (reason == NULL && is_too_long(r, snapshot) && takes_cheaper(r))
		reason = "that is expected to take less time";
	if (reason != NULL && r->how == IVM_REFRESH_DELTA)
		fail_delta(r, reason);
	if (reason != NULL)
	{
		if (r->recompute_ms < 0)
		{
			PushActiveSnapshot(snapshot);
			predict(r, 0);
			PopActiveSnapshot();
			r->delta_ms = -1;
		}
		recompute(r, snapshot, reason);
	}
	else if (may_choose(r))
		try_delta(r, snapshot);
	else
	{
		TakeIn		t = {r, snapshot};

		take_in(&t);
	}
	if (r->compares && strcmp(r->result->method, "recompute") != 0)
		compare(r, snapshot);
	foreach(lc, r->plans)
		(void) ivm_old_buckets_drop_as_of(lfirst(lc), as_of);
	if (r->result->reason == NULL && !r->own && has_own_changes(r))
		r->result->reason = "changes of this transaction are left for the next refresh";
	set_watermark(r, snapshot, (GetCurrentTimestamp() - started_at) / 1000.0);
	if (r->own)
	{
		foreach(lc, r->plans)
			ivm_log_writer_filled(((IvmPlan *) lfirst(lc))->row);
	}
	if (r->how != IVM_REFRESH_DUE || strcmp(r->result->method, "nothing") != 0)
		record(r, started_at);
	ivm_error_leave_view(&callback);
}

/* ---- views that changes are not logged for ---- */

/* Why a view is not refreshed from change logs, a clause. */
static const char *
why_restored(const Refresh *r)
{
	const char *reason = ivm_plan_cache_require(r->row)->unusable;

	return reason ? reason : "not all changes of its tables are logged";
}

/*
 * Once a view is locked: is it still there to be refreshed?  It may have been paused or made
 * immediate by the one whose locks were waited for.
 */
static bool
is_still_deferred(Refresh *r)
{
	r->row = ivm_catalog_get(r->row->id);
	if (r->row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", r->name)));
	r->result->row = r->row;
	if (r->row->mode == IVM_MODE_DEFERRED && r->row->status != IVM_STATUS_PAUSED)
		return true;
	r->result->method = "skipped";
	r->result->reason = r->row->mode == IVM_MODE_DEFERRED ? "the view was paused meanwhile" :
		"the view is not deferred any more";
	return false;
}

/* Fill or repair a view with its writers kept out, and let its changes be logged from then on. */
static void
restore(Refresh *r, bool wait)
{
	List	   *family;
	ListCell   *lc;

	if (r->how == IVM_REFRESH_DELTA)
		fail_delta(r, why_restored(r));
	if (!ivm_restore_lock_deferred(r->row, wait))
	{
		skip(r);
		return;
	}
	if (!is_still_deferred(r))
		return;
	family = family_of(r->row);
	r->result->method = "recompute";
	r->result->reason = why_restored(r);
	foreach(lc, family)
	{
		IvmCorrections c;

		if (ivm_old_buckets_are_missed(ivm_plan_cache_require(lfirst(lc)), GetCurrentTimestamp(), NULL))
			ivm_old_buckets_restore(ivm_plan_cache_require(lfirst(lc)));
		ivm_maintain_restore(lfirst(lc), operation_of(r), NULL, NULL, &c);
		r->result->changes.inserted += c.inserted;
		r->result->changes.updated += c.updated;
		r->result->changes.deleted += c.deleted;
	}
	ivm_log_storage_filled(family);
	r->result->as_of = ivm_watermark_get(r->row->id, NULL)->as_of;
}

/* ---- all ---- */

static int
compare_ids(const ListCell *a, const ListCell *b)
{
	int32		x = ((IvmViewRow *) lfirst(a))->id;
	int32		y = ((IvmViewRow *) lfirst(b))->id;

	return x < y ? -1 : x > y;
}

/* Has this transaction emptied one of these tables, or given it new storage? */
static bool
has_replaced(List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel;
		bool		result;

		if (list_member_oid(ivm_pending_marked_tables(), lfirst_oid(lc)))
			return true;
		rel = RelationIdGetRelation(lfirst_oid(lc));
		result = rel != NULL && ivm_compat_has_new_storage(rel);
		if (rel != NULL)
			RelationClose(rel);
		if (result)
			return true;
	}
	return false;
}

/*
 * Must own changes be taken in at once?  They must be if the stored rows have some, and where
 * a snapshot without them does not show the tables as they were.
 */
static bool
includes_own(const Refresh *r)
{
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	ListCell   *lc;

	if (!FullTransactionIdIsValid(own))
		return false;
	if (r->watermark && FullTransactionIdIsValid(r->watermark->own_xid) &&
		FullTransactionIdEquals(r->watermark->own_xid, own))
		return true;
	foreach(lc, r->plans)
	{
		if (has_replaced(((IvmPlan *) lfirst(lc))->locked))
			return true;
	}
	return false;
}

/* Look at a view again, which is locked now; false if it is not to be refreshed any more. */
static bool
look_again(Refresh *r)
{
	if (!is_still_deferred(r))
		return false;
	r->plans = find_plans(r->row);
	r->watermark = ivm_watermark_get(r->row->id, NULL);
	r->own = includes_own(r);
	return true;
}

static Refresh *
make_refresh(IvmViewRow *row, IvmRefreshHow how)
{
	Refresh    *r = palloc0(sizeof(Refresh));

	r->result = palloc0(sizeof(IvmRefreshResult));
	r->result->row = r->row = row;
	r->name = get_rel_name(row->view);
	r->how = how;
	r->plans = find_plans(row);
	return r;
}

/* Is what is stored of one of these views ahead of this transaction's snapshot? */
static bool
is_any_ahead(List *refreshes)
{
	ListCell   *lc;

	foreach(lc, refreshes)
	{
		if (ivm_ahead_is(((Refresh *) lfirst(lc))->row->id))
			return true;
	}
	return false;
}

/* Let a view be refreshed to now.  Its watermark goes forward only. */
static void
make_latest(Refresh *r)
{
	ListCell   *lc;

	r->latest = true;
	foreach(lc, r->plans)
		ivm_ahead_note(((IvmPlan *) lfirst(lc))->row->id);
}

/*
 * Refresh views whose locks are held, to one snapshot: the transaction's own, unless one of
 * them is ahead of that.
 */
static void
refresh_locked(List *refreshes, bool latest)
{
	TimestampTz as_of = IsolationUsesXactSnapshot() && !latest ? GetCurrentTransactionStartTimestamp() :
		GetCurrentTimestamp();
	Snapshot	snapshot = take_snapshot(false, latest);
	ListCell   *lc;

	foreach(lc, refreshes)
	{
		Refresh    *r = lfirst(lc);
		Snapshot	own;

		if (latest)
			make_latest(r);
		if (!r->own)
		{
			refresh_one(r, snapshot, as_of);
			continue;
		}
		own = take_snapshot(true, latest);
		refresh_one(r, own, as_of);
		UnregisterSnapshot(own);
	}
	UnregisterSnapshot(snapshot);
}

/* compared: id of the view that is compared, or 0 */
static List *
refresh_views(List *rows, IvmRefreshHow how, bool wait, int32 compared)
{
	List	   *sorted = list_copy(rows);
	List	   *all = NIL;
	List	   *from_logs = NIL;
	List	   *results = NIL;
	ListCell   *lc;

	if (rows == NIL)
		return NIL;
	list_sort(sorted, compare_ids);
	ivm_progress_begin(compared != 0 ? "reconcile" : "refresh", ((IvmViewRow *) linitial(sorted))->view);
	foreach(lc, sorted)
	{
		Refresh    *r = make_refresh(lfirst(lc), how);

		r->compares = r->row->id == compared;
		all = lappend(all, r);
		results = lappend(results, r->result);
		if (r->plans != NIL)
			from_logs = lappend(from_logs, r);
		else
			restore(r, wait);
	}
	from_logs = take_locks(from_logs, wait);
	foreach(lc, from_logs)
	{
		Refresh    *r = lfirst(lc);

		if (!look_again(r))
		{
			from_logs = foreach_delete_current(from_logs, lc);
			continue;
		}
		if (r->plans == NIL)
		{
			/* it has become stale meanwhile */
			restore(r, wait);
			from_logs = foreach_delete_current(from_logs, lc);
			continue;
		}
		ivm_log_storage_trim_read(r->row->bases);
	}
	if (from_logs != NIL)
		refresh_locked(from_logs, is_any_ahead(all));
	foreach(lc, all)
		record_skipped(lfirst(lc));
	ivm_progress_end();
	return results;
}

List *
ivm_refresh_views(List *rows, IvmRefreshHow how, bool wait)
{
	return refresh_views(rows, how, wait, 0);
}

List *
ivm_refresh_reconcile(List *rows, int32 id)
{
	return refresh_views(rows, IVM_REFRESH_DUE, false, id);
}
