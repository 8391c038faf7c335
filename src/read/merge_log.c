/*-------------------------------------------------------------------------
 *
 * merge_log.c
 *	  DeltaApply: what a deferred view shows.
 *
 *		stored rows, as the snapshot sees them				as of the watermark
 *		+ change that follows from the logs and the			as of the snapshot,
 *		  own pending change (overlay)						if max_staleness asks for it
 *
 * The stored rows of a deferred view are one earlier snapshot's, the watermark.  That
 * suffices if the view tolerates their age.  If not, the changes that the reader's
 * snapshot sees and the watermark does not are read from the change logs, as a refresh
 * would, and merged in memory as the own pending change of an immediate view is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/relation.h"
#include "capture/append_reader.h"
#include "capture/append_scan.h"
#include "capture/changes.h"
#include "capture/log_reader.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/watermark.h"
#include "commit/log_delta.h"
#include "plan/ahead.h"
#include "plan/append_bucket.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "read/merge.h"
#include "read/merge_scan.h"

bool		ivm_merge_read_fresh = false;

bool
ivm_merge_is_young(const IvmPlan *plan, TimestampTz as_of)
{
	TimestampTz limit;

	if (ivm_merge_read_fresh)
		return false;
	if (plan->max_staleness == NULL)
		return true;
	limit = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval,
													TimestampTzGetDatum(as_of),
													IntervalPGetDatum(plan->max_staleness)));
	return limit >= GetCurrentStatementStartTimestamp() && limit > as_of;
}

/*
 * Why the stored rows cannot be relied on to be those of the watermark, if the view is
 * read afresh; or NULL
 */
static const char *
why_unknown(const IvmWatermark *watermark)
{
	if (watermark == NULL || watermark->snapshot == NULL)
		return "what the view has taken in is not known";
	if (FullTransactionIdIsValid(watermark->own_xid) &&
		FullTransactionIdEquals(watermark->own_xid, GetTopFullTransactionIdIfAny()))
		return "this transaction has filled the view itself";
	return NULL;
}

/* _clock(view_id integer): the moment as of which a view shows its rows, to who reads it now. */
IVM_FUNCTION(ivm_merge_clock);
Datum
ivm_merge_clock(PG_FUNCTION_ARGS)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	IvmPlan    *plan = ivm_plan_cache_get(PG_GETARG_INT32(0));
	IvmWatermark *watermark;

	if (plan == NULL || !plan->deferred || plan->unusable != NULL || ivm_ahead_is(plan->row->id))
		PG_RETURN_TIMESTAMPTZ(now);
	watermark = ivm_watermark_get(ivm_catalog_whole(plan->row)->id, GetActiveSnapshot());
	if (watermark == NULL)
		PG_RETURN_TIMESTAMPTZ(now);
	if ((plan->max_staleness != NULL ||
		 (ivm_merge_read_fresh && plan->row->status != IVM_STATUS_ROLLED_BACK)) &&
		(why_unknown(watermark) != NULL || !ivm_merge_is_young(plan, watermark->as_of)))
		PG_RETURN_TIMESTAMPTZ(now);
	PG_RETURN_TIMESTAMPTZ(watermark->as_of);
}

static void
lock_bases(const IvmPlan *plan)
{
	ListCell   *lc;

	foreach(lc, plan->locked)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
}

/* Once the tables are locked: was one of them changed in a way that the snapshot meets? */
static bool
is_any_newer(const IvmPlan *plan, Snapshot snapshot)
{
	ListCell   *lc;

	foreach(lc, plan->locked)
	{
		if (ivm_relation_is_newer(lfirst_oid(lc), snapshot))
			return true;
	}
	return false;
}

static void
add_to_overlay(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	IvmMergeScan *ms = arg;

	if (!ms->key_qual_fixed || ivm_merge_wants_key(ms, delta))
		ivm_delta_map_add(ms->overlay, delta);
}

/* Make the overlay from what is logged; a reason if that is not possible. */
static const char *
merge_logged(IvmMergeScan *ms, const IvmWatermark *watermark, Snapshot snapshot)
{
	IvmPlan    *plan = ms->plan;
	IvmLoggedChanges changes;
	IvmChangeMap map;
	const char *reason;

	lock_bases(plan);
	if (is_any_newer(plan, snapshot))
		return "a table was truncated or altered after the snapshot";
	ivm_log_reader_read(plan, watermark, snapshot, true, &changes);
	reason = changes.obstacle;
	if (reason == NULL && changes.nrows > 0)
		reason = ivm_log_delta_obstacle(plan, &changes);

	/*
	 * to evaluate rows that have come and gone might raise an error that the
	 * query does not
	 */
	if (reason == NULL && plan->core->single && !changes.net)
		reason = "more has changed since the last refresh than is compared in memory";
	ms->logged_rows = changes.nrows;
	if (reason == NULL && changes.nrows > 0)
	{
		ms->overlay = ivm_delta_map_create(plan, ms->css.ss.ps.state->es_query_cxt);
		ivm_changes_init(&map, plan, CurrentMemoryContext);
		if (ivm_log_delta_compute(plan, &changes, snapshot, &map, NULL, NULL))
		{
			ivm_merge_init_key_qual(ms);
			ivm_changes_visit(&map, add_to_overlay, ms);
		}
		else
			reason = "more has changed since the last refresh than fits into memory";
	}
	ivm_log_reader_free(&changes);
	return reason;
}

/* ---- append views ---- */

/* Where the change of rows not taken in goes to */
typedef struct AppendOverlay
{
	IvmDeltaMap *overlay;
	IvmAppendBuckets buckets;
	bool		touched;		/* rows were updated: the key must be computed */
} AppendOverlay;

static void
add_open(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	AppendOverlay *a = arg;

	if (!ivm_append_bucket_is_open(&a->buckets, plan, delta))
		return;
	if (a->touched)
		delta->values[plan->layout.delta_dirty] = BoolGetDatum(true);
	ivm_delta_map_add(a->overlay, delta);
}

/* Add the change of rows to the overlay: as it was evaluated, or of those kept.  False: it does not fit into memory. */
static bool
add_rows(IvmMergeScan *ms, const IvmAppendView *view, IvmChangeMap *map, IvmRowStore *store,
		 Snapshot snapshot, bool touched)
{
	AppendOverlay a = {.overlay = ms->overlay,.touched = touched};

	if (store)
	{
		IvmLoggedChanges changes = {.net = true};

		changes.relids = list_make1_oid(view->base);
		changes.stores = list_make1(store);
		changes.nrows = store->nrows[0];
		if (!ivm_log_delta_compute(ms->plan, &changes, snapshot, map, NULL, NULL))
			return false;
	}
	ivm_append_bucket_init(&a.buckets, ms->plan, view);
	ivm_changes_visit(map, add_open, &a);
	return true;
}

/* Make the overlay from the rows that were not taken in yet; a reason if they cannot be told. */
static const char *
merge_appended(IvmMergeScan *ms, IvmAppendView *view, Snapshot snapshot)
{
	IvmAppendReader *reader;
	IvmAppendRows rows;
	bool		fits;

	lock_bases(ms->plan);
	if (is_any_newer(ms->plan, snapshot))
		return "a table was truncated or altered after the snapshot";
	reader = ivm_append_reader_begin(ms->plan, view, IVM_APPEND_READ, false);
	if (ivm_append_reader_obstacle(reader))
		return ivm_append_reader_obstacle(reader);
	ivm_append_scan_read(reader, snapshot, &rows, NULL, NULL);
	ms->overlay = ivm_delta_map_create(ms->plan, ms->css.ss.ps.state->es_query_cxt);
	ms->logged_rows = rows.nnew + rows.ntouched;
	fits = !rows.exceeded && add_rows(ms, view, &rows.new_changes, rows.new, snapshot, false) &&
		add_rows(ms, view, &rows.touched_changes, rows.touched, snapshot, true);
	ivm_append_scan_free_rows(&rows);
	if (!fits)
	{
		ms->overlay = NULL;
		return "more has come since the last refresh than fits into memory";
	}
	ms->as_of = 0;
	return NULL;
}

static const char *
begin_append(IvmMergeScan *ms, const IvmWatermark *watermark, Snapshot snapshot)
{
	IvmAppendView *view = ivm_append_view_get(ms->plan->row->id, snapshot);
	const char *reason;

	if (view == NULL || !view->stored)
		return "the snapshot is older than the view's state";
	if ((ms->plan->max_staleness == NULL && !ivm_merge_read_fresh) ||
		(watermark && ivm_merge_is_young(ms->plan, watermark->as_of)))
		return NULL;
	reason = merge_appended(ms, view, snapshot);

	/* what the definition gives may lack rows of closed buckets */
	if (reason != NULL && view->closed_before)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" cannot be read as of now", ms->plan->name),
				 errdetail("The reason: %s.", reason),
				 errhint("Call ivm.refresh(), or let reads show older rows by the option \"max_staleness\".")));
	return reason;
}

/* ---- */

const char *
ivm_merge_begin_deferred(IvmMergeScan *ms)
{
	IvmPlan    *plan = ms->plan;
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm merge log",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmWatermark *watermark;
	const char *reason = NULL;

	watermark = ivm_watermark_get(ivm_catalog_whole(plan->row)->id, snapshot);
	ms->as_of = watermark ? watermark->as_of : 0;
	if (plan->append)
		reason = begin_append(ms, watermark, snapshot);
	else if (plan->max_staleness != NULL ||
			 (ivm_merge_read_fresh && plan->row->status != IVM_STATUS_ROLLED_BACK))
	{
		if ((reason = why_unknown(watermark)) == NULL &&
			!ivm_merge_is_young(plan, watermark->as_of) &&
			(reason = merge_logged(ms, watermark, snapshot)) == NULL)
			ms->as_of = 0;
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
	return reason;
}

void
ivm_merge_explain_age(IvmMergeScan *ms, ExplainState *es)
{
	IvmWatermark *watermark = ivm_watermark_get(ivm_catalog_whole(ms->plan->row)->id,
												ms->css.ss.ps.state->es_snapshot);

	if (watermark)
		ExplainPropertyText("Data As Of", timestamptz_to_str(watermark->as_of), es);
	if (watermark == NULL || !ivm_merge_is_young(ms->plan, watermark->as_of))
		ExplainPropertyBool("Merges Change Log", true, es);
}
