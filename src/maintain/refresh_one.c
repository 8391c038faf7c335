/*-------------------------------------------------------------------------
 *
 * refresh_one.c
 *	  The refresh of one deferred view, once its locks and its snapshot are there.
 *
 *		watermark W: what the view has taken in; S: the snapshot
 *		change logs: rows that S sees and W does not --> by what changed (log_delta.c)
 *												   \-> or by the definition under S
 *		W := S
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "optimizer/cost.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
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
#include "maintain/generation.h"
#include "maintain/maintain.h"
#include "maintain/populate.h"
#include "maintain/recent.h"
#include "maintain/refresh_one.h"
#include "plan/plan.h"
#include "plan/plan_check.h"

/* May another way be taken than what was asked for? */
static bool
may_choose(const IvmRefresh *r)
{
	return r->how == IVM_REFRESH_AUTO || r->how == IVM_REFRESH_DUE;
}

/*
 * Is the cheaper way to be taken?  Not before a comparison: that could not tell any more what
 * was wrong from what had changed.
 */
static bool
takes_cheaper(const IvmRefresh *r)
{
	return may_choose(r) && !r->compares;
}

/*
 * In REPEATABLE READ, raise an error if the view or its tables were changed in ways that
 * the transaction's snapshot does not show but would be met: by a later refresh, or by
 * commands that are not MVCC-safe.
 */
static void
check_xact_snapshot(const IvmRefresh *r, Snapshot snapshot)
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
recompute_cost(const IvmRefresh *r)
{
	double		result = 0;
	ListCell   *lc;

	foreach(lc, r->plans)
		result += ivm_compute_all_cost_now(lfirst(lc));
	return result;
}

/* Set the predictions, for a delta of this cost.  Needs an active snapshot. */
static void
predict(IvmRefresh *r, double delta_cost)
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
reach_back(const IvmRefresh *r, TimestampTz as_of)
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
must_recompute(const IvmRefresh *r, bool reaches_back)
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
is_streamed(const IvmRefresh *r)
{
	return r->log_rows > MANY_ROWS && list_length(r->plans) == 1 &&
		ivm_log_delta_can_stream(linitial(r->plans));
}

/*
 * Would reading the log take longer than computing the view?  Only reading, if what that gives
 * can still be judged by itself.
 */
static bool
is_too_long(IvmRefresh *r, Snapshot snapshot)
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

void
ivm_refresh_fail_delta(const IvmRefresh *r, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("view \"%s\" cannot be refreshed by what has changed", get_rel_name(r->row->view)),
			 errdetail("The reason: %s.", reason),
			 errhint("Use how => 'auto' or how => 'recompute'.")));
}

/* ---- doing it ---- */

static void
recompute(IvmRefresh *r, Snapshot snapshot, const char *reason)
{
	ListCell   *lc;

	r->result->method = "recompute";
	r->result->reason = reason;
	foreach(lc, r->plans)
	{
		IvmCorrections c = {0};

		if (r->builds && ivm_populate_is_new(lfirst(lc)))
			c.inserted = ivm_populate_new(lfirst(lc), snapshot);
		else
			ivm_reconcile_state(lfirst(lc), NULL, !r->builds, snapshot, &c);
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
apply_changes(IvmRefresh *r, IvmPlan *plan, const IvmLoggedChanges *changes, Snapshot snapshot)
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
read_changes(IvmRefresh *r, Snapshot snapshot, IvmLoggedChanges *changes)
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
is_dearer(IvmRefresh *r, Snapshot snapshot, const IvmLoggedChanges *changes)
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
recompute_instead(IvmRefresh *r, Snapshot snapshot)
{
	const char *reason = "more has changed than fits into maintenance_work_mem";

	if (r->how == IVM_REFRESH_DELTA)
		ivm_refresh_fail_delta(r, reason);
	memset(&r->result->changes, 0, sizeof(IvmCorrections));
	recompute(r, snapshot, reason);
}

/* Take in what is logged without keeping it; the reason why that does not suffice, or NULL. */
static const char *
stream_changes(IvmRefresh *r, IvmPlan *plan, Snapshot snapshot)
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
refresh_by_stream(IvmRefresh *r, Snapshot snapshot)
{
	const char *reason = stream_changes(r, linitial(r->plans), snapshot);

	if (reason == NULL)
		r->result->method = r->result->rows_read > 0 ? "delta" : "nothing";
	else if (r->how == IVM_REFRESH_DELTA)
		ivm_refresh_fail_delta(r, reason);
	else
	{
		memset(&r->result->changes, 0, sizeof(IvmCorrections));
		recompute(r, snapshot, reason);
	}
}

static void
refresh_from_logs(IvmRefresh *r, Snapshot snapshot)
{
	IvmLoggedChanges *changes = palloc0(sizeof(IvmLoggedChanges) * list_length(r->plans));
	const char *reason = read_changes(r, snapshot, changes);
	ListCell   *lc;

	if (reason == NULL && r->result->rows_read > 0 && takes_cheaper(r) &&
		is_dearer(r, snapshot, changes))
		reason = "that is expected to take less time";
	if (reason != NULL && r->how == IVM_REFRESH_DELTA)
		ivm_refresh_fail_delta(r, reason);
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
set_watermark(IvmRefresh *r, Snapshot snapshot, double ms)
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
const char *
ivm_refresh_operation(const IvmRefresh *r)
{
	return r->compares ? "reconcile" : r->builds ? "build" : "refresh";
}

static void
record(const IvmRefresh *r, TimestampTz started_at)
{
	const IvmRefreshResult *result = r->result;
	IvmRun		run = {.operation = ivm_refresh_operation(r),.started_at = started_at};

	run.key_filter = r->key_filter;
	run.method = result->method;
	run.reason = result->reason;
	run.rows_read = result->rows_read;
	run.predicted_delta_ms = r->delta_ms;
	run.predicted_recompute_ms = r->recompute_ms;
	ivm_maintain_record(&run, r->row, &result->changes);
}

/* Has this transaction changed what the view reads? */
static bool
has_own_changes(const IvmRefresh *r)
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

void
ivm_refresh_record_skipped(const IvmRefresh *r)
{
	if (strcmp(r->result->method, "skipped") == 0)
		record(r, GetCurrentTimestamp());
}

typedef struct TakeIn
{
	IvmRefresh *refresh;
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
try_delta(IvmRefresh *r, Snapshot snapshot)
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
compare(IvmRefresh *r, Snapshot snapshot)
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
void
ivm_refresh_one(IvmRefresh *r, Snapshot snapshot, TimestampTz as_of)
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
	if (r->keeps)
		ivm_generation_keep(unconstify(IvmViewRow *, r->row));
	reason = must_recompute(r, reach_back(r, as_of));
	if (reason == NULL && is_too_long(r, snapshot) && takes_cheaper(r))
		reason = "that is expected to take less time";
	if (reason != NULL && r->how == IVM_REFRESH_DELTA)
		ivm_refresh_fail_delta(r, reason);
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
