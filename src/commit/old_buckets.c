/*-------------------------------------------------------------------------
 *
 * old_buckets.c
 *	  Buckets that have left the window of time of a view.
 *
 * No reader whose clock is not behind asks the state for them any more.  So they are
 * deleted, and in the same transaction the start of the state is moved.  Who looks further
 * back, because the transaction is an old one or the window has grown, sees by the start
 * what is missing, and reads that from the base tables (read/finishing_window.c).  Changes
 * of rows before the start go on to come as deltas, and leave rows in the state that count
 * for nobody until the start moves again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalog/time_start.h"
#include "commit/old_buckets.h"
#include "commit/store.h"
#include "definition/core.h"
#include "definition/time_window.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"

/* The number of buckets from the start to the window, for readers whose clock is behind. */
#define MARGIN	10

/* A lower bound by the clock of this transaction; false: it is none. */
static bool
bound_now(IvmPlan *plan, const IvmTimeBound *bound, Timestamp *result)
{
	IvmOwnerScope scope;
	Oid			type = exprType((Node *) bound->value);
	Expr	   *value;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	value = (Expr *) evaluate_expr(copyObject(bound->value), type, -1, InvalidOid);
	ivm_owner_scope_leave(&scope);
	if (((Const *) value)->constisnull)
		return false;
	*result = DatumGetTimestamp(((Const *) value)->constvalue);
	return !TIMESTAMP_NOT_FINITE(*result);
}

/*
 * The first lower bound with buckets, whose key is the one that readers restrict by the
 * start; or NULL.
 */
static const IvmTimeBound *
restricting_bound(const IvmTimeWindow *window)
{
	ListCell   *lc;

	foreach(lc, window->bounds)
	{
		const IvmTimeBound *bound = lfirst(lc);

		if (ivm_time_window_is_lower(bound) &&
			((IvmTimeKey *) list_nth(window->keys, bound->timekey))->bucketed)
			return bound;
	}
	return NULL;
}

/* Delete the rows of the state whose bucket, in this column, is before the start. */
static void
delete_before(IvmPlan *plan, AttrNumber column, Timestamp start)
{
	Relation	rel = table_open(plan->row->state, RowExclusiveLock);
	IvmStore   *store = ivm_store_open(plan, rel, false);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Timestamp	bucket = DatumGetTimestamp(slot_getattr(slot, column, &isnull));

		CHECK_FOR_INTERRUPTS();
		if (isnull || bucket >= start)
			continue;
		ivm_store_delete(store, &slot->tts_tid);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	ivm_store_close(store);
	table_close(rel, NoLock);
}

bool
ivm_old_buckets_drop(IvmPlan *plan)
{
	const IvmTimeWindow *window = plan->core->window;
	const IvmTimeBound *bound = window ? restricting_bound(window) : NULL;
	Timestamp	start;

	if (bound == NULL || !bound_now(plan, bound, &start) ||
		start < INT64CONST(0))
		return false;
	start -= start % window->width;
	start -= MARGIN * window->width;
	if (start <= ivm_time_start_get(plan->row->id))
		return false;
	ivm_time_start_set(plan->row->id, start);
	delete_before(plan, plan->layout.first_key + 1 +
				  ((IvmTimeKey *) list_nth(window->keys, bound->timekey))->key, start);
	CommandCounterIncrement();
	return true;
}
