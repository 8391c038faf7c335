/*-------------------------------------------------------------------------
 *
 * run_due.c
 *	  Doing what is due, view by view: refreshes, comparisons with the definition, and folds.
 *
 *		transaction			lock of the view's refresh
 *			subtransaction		as the owner: refresh or comparison, due again at
 *			or, after an error	history, failures, due again at
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/subtransaction.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "catalog/schedule.h"
#include "catalog/time_start.h"
#include "catalog/watermark.h"
#include "commit/fold.h"
#include "commit/old_buckets.h"
#include "maintain/append_refresh.h"
#include "maintain/build.h"
#include "maintain/due.h"
#include "maintain/refresh.h"
#include "maintain/restore.h"
#include "maintain/run_due.h"
#include "plan/owner_scope.h"
#include "plan/plan_cache.h"

/* Delta rows of a view that are worth a fold, and how many keys are folded at once. */
#define MANY_DELTAS		1000
#define FOLD_BATCH		512

/* How many rows that have left a window of time are removed in one transaction. */
#define REMOVE_BATCH	100000

/* ---- as the owner ---- */

/* The owner of a view; not from its plan, which nobody but the owner should derive here. */
static Oid
owner_of(const IvmViewRow *row)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(row->view));
	Oid			result;

	if (!HeapTupleIsValid(tup))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view with id %d was dropped", row->id)));
	result = ((Form_pg_class) GETSTRUCT(tup))->relowner;
	ReleaseSysCache(tup);
	return result;
}

/* Something to be done for a view as its owner; returns a number. */
typedef int64 (*Work) (const IvmViewRow *row);

static int64
do_as_owner(const IvmViewRow *row, Work work)
{
	IvmOwnerScope scope;
	int			nest = NewGUCNestLevel();
	int64		result;

	ivm_owner_scope_become(&scope, owner_of(row), SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	result = work(row);
	ivm_owner_scope_leave(&scope);
	AtEOXact_GUC(false, nest);
	return result;
}

typedef struct OwnersWork
{
	const IvmViewRow *row;
	Work		work;
	int64		result;
} OwnersWork;

static void
do_in_snapshot(void *arg)
{
	OwnersWork *w = arg;

	PushActiveSnapshot(GetTransactionSnapshot());
	w->result = do_as_owner(w->row, w->work);
	PopActiveSnapshot();
}

/*
 * Do something in a subtransaction of its own.  Returns the error that it ended with, in
 * CurrentMemoryContext, or NULL.
 */
static ErrorData *
try_as_owner(const IvmViewRow *row, Work work, int64 *result)
{
	OwnersWork	w = {row, work, 0};
	ErrorData  *error = ivm_subtransaction_run(do_in_snapshot, &w);

	*result = w.result;
	return error;
}

/* ---- refreshes ---- */

/* The view and the deferred views that it reads and its owner may refresh. */
static List *
with_views_below(const IvmViewRow *row)
{
	List	   *result = list_make1(unconstify(IvmViewRow *, row));
	List	   *views = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_with_parts(result))
		views = list_concat_unique_oid(views, ivm_plan_cache_require(lfirst(lc))->core->views);
	foreach(lc, views)
	{
		IvmViewRow *below = ivm_catalog_find_view(lfirst_oid(lc));

		if (below && below->id != row->id && below->mode == IVM_MODE_DEFERRED &&
			!ivm_view_row_is_paused(below) &&
			(ivm_compat_is_owner(below->view, GetUserId()) ||
			 ivm_compat_may_maintain(below->view, GetUserId())))
			result = lappend(result, below);
	}
	return result;
}

/* Refreshes that have begun at a time are done, but for skipped ones.  Was that of this view? */
static bool
note_refreshes(List *results, int32 id, TimestampTz started_at)
{
	bool		done = false;
	ListCell   *lc;

	foreach(lc, results)
	{
		IvmRefreshResult *result = lfirst(lc);

		if (strcmp(result->method, "skipped") == 0)
			continue;
		ivm_due_refreshed(result->row, started_at);
		done |= result->row->id == id;
	}
	return done;
}

/* Returns 0 if another run is at the view. */
static int64
refresh(const IvmViewRow *row)
{
	TimestampTz started_at = GetCurrentTimestamp();

	return note_refreshes(row->mode == IVM_MODE_APPEND ?
						  list_make1(ivm_append_refresh(unconstify(IvmViewRow *, row), IVM_REFRESH_DUE,
														false, true)) :
						  ivm_refresh_views(with_views_below(row), IVM_REFRESH_DUE, false),
						  row->id, started_at);
}

/* ---- comparisons with the definition ---- */

/* Compare a view that is refreshed, which includes a refresh; false if another run is at it. */
static bool
reconcile_refreshed(const IvmViewRow *row, TimestampTz started_at, IvmCorrections *corrections)
{
	List	   *results = row->mode == IVM_MODE_APPEND ?
		list_make1(ivm_append_refresh_reconcile(unconstify(IvmViewRow *, row), true, false)) :
		ivm_refresh_reconcile(with_views_below(row), row->id);
	ListCell   *lc;

	if (!note_refreshes(results, row->id, started_at))
		return false;
	foreach(lc, results)
	{
		IvmRefreshResult *result = lfirst(lc);

		if (result->row->id == row->id)
			*corrections = result->changes;
	}
	return true;
}

/* Of deferred and append views; build() is for immediate ones.  Returns 0 if another run is at the view. */
static int64
reconcile(const IvmViewRow *row)
{
	TimestampTz started_at = GetCurrentTimestamp();
	IvmCorrections c = {0};

	if (!reconcile_refreshed(row, started_at, &c))
		return 0;
	ivm_due_reconciled(row, started_at, c.inserted + c.updated + c.deleted);
	return 1;
}

/* ---- online builds ---- */

/*
 * How long, in milliseconds, a build waits for writers, and tries for locks that keep them out.  Other
 * views that are due wait meanwhile.
 */
#define PATIENCE	5000

/* When that was not enough, it is tried again after a pause. */
#define PAUSE		(10 * USECS_PER_SEC)

static int64
start_build(const IvmViewRow *row)
{
	ivm_build_start(unconstify(IvmViewRow *, row), PATIENCE);
	return 1;
}

static int64
finish_build(const IvmViewRow *row)
{
	IvmCorrections c;

	if (row->mode == IVM_MODE_DEFERRED)
		(void) ivm_refresh_build(unconstify(IvmViewRow *, row), false);
	else
		ivm_build_finish(unconstify(IvmViewRow *, row), false, &c);
	ivm_due_built(row);
	return 1;
}

static int64
finish_comparison(const IvmViewRow *row)
{
	TimestampTz started_at = GetCurrentTimestamp();
	IvmCorrections c;

	ivm_build_finish(unconstify(IvmViewRow *, row), true, &c);
	ivm_due_reconciled(row, started_at, c.inserted + c.updated + c.deleted);
	return 1;
}

/* Deriving plans is the owner's. */
static int64
count_rounds(const IvmViewRow *row)
{
	return ivm_build_rounds(unconstify(IvmViewRow *, row));
}

/*
 * Writers that the build of a view waits for.  The worker remembers them from one try to the next: who has
 * come since knows of the build, and however many long transactions follow each other, the build ends.
 */
typedef struct Writers
{
	int32		view_id;
	TransactionId started;		/* version of the row of ivm.view: has nobody
								 * ended the build, and begun another one? */
	List	   *tables;			/* locks, as of ivm_build_tables() */
	int64		rounds;			/* left, besides this one */
	List	   *writers;		/* VirtualTransactionId * */
} Writers;

static List *remembered = NIL;	/* of Writers *, in TopMemoryContext */

static Writers *
find_writers_of(int32 view_id)
{
	ListCell   *lc;

	foreach(lc, remembered)
	{
		if (((Writers *) lfirst(lc))->view_id == view_id)
			return lfirst(lc);
	}
	return NULL;
}

static void
forget_writers(int32 view_id)
{
	Writers    *w = find_writers_of(view_id);

	if (w == NULL)
		return;
	remembered = list_delete_ptr(remembered, w);
	list_free_deep(w->tables);
	list_free_deep(w->writers);
	pfree(w);
}

/* The writers that this build of a view still waits for, if it has begun to. */
static Writers *
find_writers(const IvmViewRow *row)
{
	Writers    *w = find_writers_of(row->id);

	if (w != NULL && w->started != row->xmin)
	{
		forget_writers(row->id);
		w = NULL;
	}
	return w;
}

/* A copy of a list and its items in TopMemoryContext. */
static List *
keep_all(List *items, Size size)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(TopMemoryContext);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, items)
		result = lappend(result, memcpy(palloc(size), lfirst(lc), size));
	MemoryContextSwitchTo(oldcxt);
	return result;
}

/* Remember who writes the tables of a view now; NULL, and *error is set, if its owner cannot derive its plan. */
static Writers *
remember_writers(const IvmViewRow *row, ErrorData **error)
{
	MemoryContext oldcxt;
	List	   *tables;
	Writers    *w;
	int64		rounds;

	*error = try_as_owner(row, count_rounds, &rounds);
	if (*error != NULL)
		return NULL;
	tables = ivm_build_tables(unconstify(IvmViewRow *, row));
	w = MemoryContextAllocZero(TopMemoryContext, sizeof(Writers));
	w->view_id = row->id;
	w->started = row->xmin;
	w->tables = keep_all(tables, sizeof(LOCKTAG));
	w->rounds = rounds - 1;
	w->writers = keep_all(ivm_build_writers(tables), sizeof(VirtualTransactionId));
	oldcxt = MemoryContextSwitchTo(TopMemoryContext);
	remembered = lappend(remembered, w);
	MemoryContextSwitchTo(oldcxt);
	return w;
}

/* Wait for one writer after the other; who has ended is not waited for again, also after a timeout. */
static void
wait_for_writers(void *arg)
{
	Writers    *w = arg;
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), PATIENCE);

	ivm_progress_phase(IVM_PROGRESS_WRITERS, list_length(w->writers));
	while (w->writers != NIL || w->rounds > 0)
	{
		long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);
		int			nest;

		if (w->writers == NIL)
		{
			w->writers = keep_all(ivm_build_writers(w->tables), sizeof(VirtualTransactionId));
			w->rounds--;
			continue;
		}
		nest = NewGUCNestLevel();
		(void) set_config_option("lock_timeout", psprintf("%ld", Max(left, 1)), PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
		(void) VirtualXactLock(*(VirtualTransactionId *) linitial(w->writers), true);
		AtEOXact_GUC(false, nest);
		pfree(linitial(w->writers));
		w->writers = list_delete_first(w->writers);
	}
}

/*
 * Start to build a view, or to compare it, and finish that in a later transaction.  In between,
 * writers are waited for.  If one does not end, it is tried again later: by a session that goes on (remember),
 * a build of a new view from there; a comparison is begun again, since folds wait for it meanwhile.
 */
static ErrorData *
build(const IvmViewRow *row, IvmDueOperation operation, bool remember, IvmRunOutcome *outcome)
{
	ErrorData  *error = NULL;
	Writers    *w;
	bool		goes_on = false;
	int64		result;

	*outcome = row->building ? IVM_RUN_DONE : IVM_RUN_AGAIN;
	if (!row->building)
	{
		forget_writers(row->id);
		return try_as_owner(row, start_build, &result);
	}
	ivm_progress_begin(ivm_schedule_operation_name(operation), row->view);
	if ((w = find_writers(row)) == NULL)
		w = remember_writers(row, &error);
	if (error == NULL)
		error = ivm_subtransaction_run(wait_for_writers, w);
	if (error != NULL && error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		ivm_due_wait(row, operation, PAUSE);
		*outcome = IVM_RUN_BUSY;
		goes_on = remember && operation == IVM_DUE_BUILD;
		error = NULL;
	}
	else if (error == NULL)
		error = try_as_owner(row, operation == IVM_DUE_BUILD ? finish_build : finish_comparison, &result);
	if (!goes_on)
		forget_writers(row->id);
	if (error != NULL || (*outcome == IVM_RUN_BUSY && !goes_on))
		ivm_build_give_up(row->id);
	ivm_progress_end();
	return error;
}

/* ---- runs ---- */

static void
record_failure(const IvmViewRow *row, IvmDueOperation operation, TimestampTz started_at,
			   const ErrorData *error, bool once)
{
	IvmScheduleRow *schedule = ivm_schedule_get(row->id, operation);
	IvmRun		run = {.view_id = row->id,.view = row->view,.started_at = started_at};
	bool		known = once && schedule && schedule->last_error &&
		strcmp(schedule->last_error, error->message) == 0;
	IvmOwnerScope scope;

	run.operation = ivm_schedule_operation_name(operation);
	run.error = error->message;
	PushActiveSnapshot(GetTransactionSnapshot());
	ivm_owner_scope_become(&scope, owner_of(row), SECURITY_RESTRICTED_OPERATION);
	ivm_run_history_record(&run);
	ivm_owner_scope_leave(&scope);
	ivm_due_failed(row, operation, started_at, error->message);
	PopActiveSnapshot();
	ereport(known ? DEBUG1 : WARNING,
			(errcode(error->sqlerrcode),
			 errmsg(operation == IVM_DUE_REFRESH ? "refresh of view \"%s\" failed: %s" :
					operation == IVM_DUE_BUILD ? "build of view \"%s\" failed: %s" :
					"reconciliation of view \"%s\" failed: %s", get_rel_name(row->view), error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

/*
 * Is there nothing to do for a view as it is?  Refreshes fill views, but comparisons do not, nor
 * do they put an end to a fill in batches by doing the rest at once.
 */
static bool
is_left_out(const IvmViewRow *row, IvmDueOperation operation)
{
	if (ivm_view_row_is_paused(row))
		return true;
	if (operation == IVM_DUE_BUILD)
		return row->status != IVM_STATUS_UNPOPULATED || row->mode == IVM_MODE_APPEND;
	return operation == IVM_DUE_RECONCILE &&
		(row->status == IVM_STATUS_UNPOPULATED ||
		 (row->mode == IVM_MODE_APPEND && ivm_append_view_is_filling(row->id)));
}

IvmRunOutcome
ivm_run_due_one(const IvmDueRun *due, bool cancel, bool once)
{
	int32		id = due->view_id;
	TimestampTz started_at = GetCurrentTimestamp();
	IvmScheduleRow *schedule;
	IvmViewRow *row;
	IvmRunOutcome outcome;
	ErrorData  *error;
	int64		result;

	/* who changes the schedule may take his time to commit */
	if (!ivm_watermark_lock(id, false) || ivm_schedule_is_locked(id))
		return IVM_RUN_BUSY;
	row = ivm_catalog_get(id);
	schedule = ivm_schedule_get(id, due->operation);
	if (row == NULL || schedule == NULL || get_rel_name(row->view) == NULL ||
		!ivm_due_is(schedule, started_at))
		return IVM_RUN_NOT_DUE;
	if (is_left_out(row, due->operation))
	{
		/* look again when the next run would be due */
		ivm_due_left_out(row, due->operation);
		return IVM_RUN_NOT_DUE;
	}
	if (due->operation == IVM_DUE_BUILD || row->mode == IVM_MODE_IMMEDIATE)
		error = build(row, due->operation, once, &outcome);
	else
	{
		error = try_as_owner(row, due->operation == IVM_DUE_REFRESH ? refresh : reconcile, &result);
		outcome = result > 0 ? IVM_RUN_DONE : IVM_RUN_BUSY;
	}
	if (error == NULL)
		return outcome;
	if (cancel && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	if (!ivm_relation_exists(row->view))
		return IVM_RUN_NOT_DUE;
	record_failure(row, due->operation, started_at, error, once);
	return IVM_RUN_FAILED;
}

void
ivm_run_due_failed(const IvmDueRun *due, TimestampTz started_at, const ErrorData *error, bool once)
{
	IvmViewRow *row = ivm_catalog_get(due->view_id);

	if (row != NULL && ivm_relation_exists(row->view))
		record_failure(row, due->operation, started_at, error, once);
}

/* ---- folds ---- */

static bool
has_many_deltas(const IvmViewRow *row)
{
	return DatumGetInt64(DirectFunctionCall1(pg_stat_get_live_tuples, ObjectIdGetDatum(row->delta))) >= MANY_DELTAS;
}

/* Can rows that have left the window of time of a view be removed now? */
static bool
may_remove(int32 id)
{
	IvmViewRow *row = ivm_catalog_get(id);

	return row != NULL && row->status == IVM_STATUS_READY && row->mode == IVM_MODE_IMMEDIATE;
}

bool
ivm_run_due_first_removal(TimestampTz *due_at)
{
	ListCell   *lc;

	foreach(lc, ivm_time_start_all())
	{
		IvmTimeStart *start = lfirst(lc);

		if (start->due_at == DT_NOEND)
			break;
		if (may_remove(start->view_id))
		{
			*due_at = start->due_at;
			return true;
		}
	}
	return false;
}

/* The ids of the views of which rows are to be removed by now. */
static List *
find_removals(TimestampTz now)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_time_start_all())
	{
		IvmTimeStart *start = lfirst(lc);

		if (start->due_at > now)
			break;
		if (may_remove(start->view_id))
			result = lappend_int(result, start->view_id);
	}
	return result;
}

/* May this role do what is due for a view?  For a part, that is asked of the whole. */
static bool
may_do(const IvmViewRow *row, Oid role)
{
	Oid			view = ivm_catalog_whole(row)->view;

	return !OidIsValid(role) || ivm_compat_is_owner(view, role) || ivm_compat_may_maintain(view, role);
}

List *
ivm_run_due_find_folds(Oid role)
{
	List	   *old = find_removals(GetCurrentTimestamp());
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (row->status != IVM_STATUS_READY || !ivm_relation_exists(row->view) ||
			!may_do(row, role))
			continue;
		if (list_member_int(old, row->id) ||
			has_many_deltas(row))
			result = lappend_int(result, row->id);
	}
	return result;
}

/*
 * Where keys have to be recomputed, all are taken at once, since one pass computes them;
 * else as many as hold up nobody.
 */
static int64
fold(const IvmViewRow *row)
{
	IvmPlan    *plan;
	int64		result;
	ListCell   *lc;

	/*
	 * Base tables come first, and nobody is waited for: who drops the view
	 * has them, and waits for what making the plan locks.
	 */
	foreach(lc, row->bases)
	{
		if (!ConditionalLockRelationOid(lfirst_oid(lc), AccessShareLock))
			return 0;
	}
	plan = ivm_plan_cache_require(row);
	result = ivm_fold_old(plan, REMOVE_BATCH);
	return result + (ivm_plan_recomputes(plan) ? ivm_fold_all(plan) : ivm_fold_batch(plan, FOLD_BATCH));
}

/* Keys that readers have asked for, while they are folded; no hashes: all that are dirty. */
static const uint64 *asked_hashes = NULL;
static int	n_asked = 0;

static int64
fold_asked(const IvmViewRow *row)
{
	IvmPlan    *plan;
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		if (!ConditionalLockRelationOid(lfirst_oid(lc), AccessShareLock))
			return 0;
	}
	plan = ivm_plan_cache_require(row);
	if (plan->deferred)
		return 0;
	return n_asked > 0 ? ivm_fold_keys(plan, asked_hashes, n_asked) : ivm_fold_batch(plan, FOLD_BATCH);
}

int64
ivm_run_due_fold_keys(int32 id, const uint64 *hashes, int n)
{
	IvmViewRow *row = ivm_catalog_get(id);
	ErrorData  *error;
	int64		folded = 0;

	if (row == NULL || row->status != IVM_STATUS_READY || !ivm_relation_exists(row->view))
		return 0;
	asked_hashes = hashes;
	n_asked = n;
	error = try_as_owner(row, fold_asked, &folded);

	/* the reader has met it as well, and has reported it */
	if (error != NULL)
		ereport(DEBUG1,
				(errcode(error->sqlerrcode),
				 errmsg_internal("keys of view \"%s\" could not be folded: %s",
								 ivm_catalog_view_name(row), error->message)));
	return folded;
}

int64
ivm_run_due_fold(int32 id, bool cancel)
{
	IvmViewRow *row = ivm_catalog_get(id);
	ErrorData  *error;
	int64		result;

	if (row == NULL || row->status != IVM_STATUS_READY || !ivm_relation_exists(row->view))
		return 0;
	error = try_as_owner(row, fold, &result);
	if (error != NULL && cancel && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	if (error != NULL)
	{
		ivm_old_buckets_postpone(id);
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("deltas of view \"%s\" could not be folded: %s",
						ivm_catalog_view_name(row), error->message)));
	}
	return result;
}
