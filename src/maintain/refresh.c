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
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/progress.h"
#include "capture/pending.h"
#include "catalog/watermark.h"
#include "commit/old_buckets.h"
#include "maintain/build.h"
#include "maintain/lock_set.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/refresh.h"
#include "maintain/refresh_one.h"
#include "maintain/restore.h"
#include "plan/ahead.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

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
skip(IvmRefresh *r, const char *reason)
{
	r->result->method = "skipped";
	r->result->reason = reason;
}

static void
skip_locked(IvmRefresh *r)
{
	skip(r, "another refresh of the view is running");
}

/* Take the locks of refreshes, and return those that were not skipped. */
static List *
take_locks(List *refreshes, bool wait)
{
	List	   *result = list_copy(refreshes);
	IvmRefresh *refused;

	do
	{
		IvmLockSet	set = {NIL};
		ListCell   *lc;
		ListCell   *lc2;
		List	   *relids = NIL;

		foreach(lc, result)
		{
			IvmRefresh *r = lfirst(lc);
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
			skip_locked(refused);
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

/* ---- views that changes are not logged for ---- */

/* Why a view is not refreshed from change logs, a clause. */
static const char *
why_restored(const IvmRefresh *r)
{
	const char *reason = ivm_plan_cache_require(r->row)->unusable;

	return reason ? reason : "not all changes of its tables are logged";
}

/*
 * Once a view is locked: is it still there to be refreshed?  It may have been paused or made
 * immediate by the one whose locks were waited for.
 */
static bool
is_still_deferred(IvmRefresh *r)
{
	r->row = ivm_catalog_get(r->row->id);
	if (r->row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", r->name)));
	r->result->row = r->row;
	if (r->row->mode == IVM_MODE_DEFERRED && !ivm_view_row_is_paused(r->row))
		return true;
	skip(r, r->row->mode == IVM_MODE_DEFERRED ? "the view was paused meanwhile" :
		 "the view is not deferred any more");
	return false;
}

/*
 * Fill or repair a view with its writers kept out, and let its changes be logged from then on.  False, and
 * only locks are taken, if somebody else has done so meanwhile.
 */
static bool
restore(IvmRefresh *r, bool wait)
{
	List	   *family;
	ListCell   *lc;

	if (r->rebuilds)
	{
		skip(r, why_restored(r));
		return true;
	}
	if (r->how == IVM_REFRESH_DELTA)
		ivm_refresh_fail_delta(r, why_restored(r));
	if (!ivm_restore_lock_deferred(r->row, wait))
	{
		skip_locked(r);
		return true;
	}
	if (!is_still_deferred(r))
		return true;
	if ((r->plans = find_plans(r->row)) != NIL)
		return false;
	family = family_of(r->row);
	r->result->method = "recompute";
	r->result->reason = why_restored(r);
	foreach(lc, family)
	{
		IvmCorrections c;

		if (ivm_old_buckets_are_missed(ivm_plan_cache_require(lfirst(lc)), GetCurrentTimestamp(), NULL))
			ivm_old_buckets_restore(ivm_plan_cache_require(lfirst(lc)));
		ivm_maintain_restore(lfirst(lc), ivm_refresh_operation(r), NULL, NULL, &c);
		r->result->changes.inserted += c.inserted;
		r->result->changes.updated += c.updated;
		r->result->changes.deleted += c.deleted;
	}
	ivm_log_storage_filled(family);
	r->result->as_of = ivm_watermark_get(r->row->id, NULL)->as_of;
	return true;
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
includes_own(const IvmRefresh *r)
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
look_again(IvmRefresh *r)
{
	if (!is_still_deferred(r))
		return false;
	r->plans = find_plans(r->row);
	r->watermark = ivm_watermark_get(r->row->id, NULL);
	r->own = includes_own(r);
	return true;
}

static IvmRefresh *
make_refresh(IvmViewRow *row, IvmRefreshHow how)
{
	IvmRefresh *r = palloc0(sizeof(IvmRefresh));

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
		if (ivm_ahead_is(((IvmRefresh *) lfirst(lc))->row->id))
			return true;
	}
	return false;
}

/* Let a view be refreshed to now.  Its watermark goes forward only. */
static void
make_latest(IvmRefresh *r)
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
		IvmRefresh *r = lfirst(lc);
		Snapshot	own;

		if (latest)
			make_latest(r);
		if (!r->own)
		{
			ivm_refresh_one(r, snapshot, as_of);
			continue;
		}
		own = take_snapshot(true, latest);
		ivm_refresh_one(r, own, as_of);
		UnregisterSnapshot(own);
	}
	UnregisterSnapshot(snapshot);
}

/* What is done beside refreshing */
typedef struct Besides
{
	int32		compared;		/* id of the view that is compared, or 0 */
	bool		rebuilds;
	int32		kept;			/* id of the one whose rows are kept, or 0 */
} Besides;

static List *
refresh_views(List *rows, IvmRefreshHow how, bool wait, const Besides *besides)
{
	List	   *sorted = list_copy(rows);
	List	   *all = NIL;
	List	   *from_logs = NIL;
	List	   *results = NIL;
	ListCell   *lc;

	if (rows == NIL)
		return NIL;
	list_sort(sorted, compare_ids);
	ivm_progress_begin(besides->compared != 0 ? "reconcile" : "refresh", ((IvmViewRow *) linitial(sorted))->view);
	foreach(lc, sorted)
	{
		IvmRefresh *r = make_refresh(lfirst(lc), how);

		r->compares = r->row->id == besides->compared;
		r->rebuilds = besides->rebuilds;
		r->keeps = r->row->id == besides->kept;
		all = lappend(all, r);
		results = lappend(results, r->result);
		if (r->plans != NIL || !restore(r, wait))
			from_logs = lappend(from_logs, r);
	}
	from_logs = take_locks(from_logs, wait);
	foreach(lc, from_logs)
	{
		IvmRefresh *r = lfirst(lc);

		if (!look_again(r))
		{
			from_logs = foreach_delete_current(from_logs, lc);
			continue;
		}
		if (r->plans == NIL)
		{
			/* it has become stale meanwhile */
			(void) restore(r, wait);
			from_logs = foreach_delete_current(from_logs, lc);
			continue;
		}
		ivm_log_storage_trim_read(r->row->bases);
	}
	if (from_logs != NIL)
		refresh_locked(from_logs, is_any_ahead(all));
	foreach(lc, all)
		ivm_refresh_record_skipped(lfirst(lc));
	ivm_progress_end();
	return results;
}

List *
ivm_refresh_views(List *rows, IvmRefreshHow how, bool wait)
{
	Besides		nothing = {0};

	return refresh_views(rows, how, wait, &nothing);
}

List *
ivm_refresh_rebuild(List *rows, int32 kept)
{
	Besides		besides = {.rebuilds = true,.kept = kept};

	return refresh_views(rows, IVM_REFRESH_RECOMPUTE, true, &besides);
}

List *
ivm_refresh_reconcile(List *rows, int32 id)
{
	Besides		besides = {.compared = id};

	return refresh_views(rows, IVM_REFRESH_DUE, false, &besides);
}

/* ---- online builds ---- */

bool
ivm_refresh_is_possible(const IvmViewRow *row)
{
	return find_plans(row) != NIL;
}

/* The plans of a view that is being built, and of its parts. */
static List *
plans_being_built(IvmRefresh *r)
{
	List	   *result = NIL;
	ListCell   *lc;

	r->row = r->result->row = ivm_build_require(r->row->id, r->name);
	foreach(lc, family_of(r->row))
	{
		IvmViewRow *row = ivm_build_require(((IvmViewRow *) lfirst(lc))->id, r->name);

		ivm_build_check(row);
		result = lappend(result, ivm_plan_cache_require(row));
	}
	return result;
}

IvmRefreshResult *
ivm_refresh_build(IvmViewRow *row, bool keep)
{
	IvmRefresh *r = make_refresh(row, IVM_REFRESH_RECOMPUTE);
	Snapshot	snapshot;
	ListCell   *lc;

	r->builds = true;
	r->keeps = keep;
	r->plans = plans_being_built(r);
	(void) take_locks(list_make1(r), true);
	r->plans = plans_being_built(r);
	r->watermark = ivm_watermark_get(r->row->id, NULL);
	make_latest(r);

	/*
	 * An id that is older than the snapshot keeps others from dropping what
	 * is logged from then on: no watermark passes an open transaction.
	 */
	(void) GetTopTransactionId();
	snapshot = take_snapshot(false, true);
	ivm_refresh_one(r, snapshot, GetCurrentTimestamp());
	UnregisterSnapshot(snapshot);
	foreach(lc, r->plans)
	{
		IvmPlan    *plan = lfirst(lc);

		ivm_build_complete(plan->row, plan->row->partitions, false);
	}
	return r->result;
}
