/*-------------------------------------------------------------------------
 *
 * old_buckets.c
 *	  Buckets that have left the window of time of a view.
 *
 *		lock of the start --> start moved in ivm.time_window --> rows before it deleted
 *
 * No reader whose clock is not behind asks the state for them any more.  So they are
 * deleted, and in the same transaction or an earlier one the start of the state is moved.
 * Who looks further back, because the transaction is an old one or the window has grown,
 * sees by the start what is missing, and reads that from the base tables: by the query of
 * the view if it has buckets (read/finishing_window.c), else by running the definition
 * (read/merge_exec.c).  Changes of rows before the start go on to come as deltas, and
 * may leave rows in the state that count for nobody, until the next time.
 *
 * Why that is exact: README.md, "Old buckets".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "catalog/time_start.h"
#include "commit/key_lock.h"
#include "commit/key_lookup.h"
#include "commit/old_buckets.h"
#include "commit/store.h"
#include "definition/core.h"
#include "definition/time_window.h"
#include "plan/ahead.h"
#include "plan/key.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"

/* The number of buckets from the start to the window, for readers whose clock is behind. */
#define MARGIN_BUCKETS	10

/*
 * Where there are no buckets, such readers run the definition; so they may be behind by a
 * tenth of the window, within limits.
 */
#define MARGIN_PART		10
#define MIN_MARGIN		USECS_PER_MINUTE
#define MAX_MARGIN		USECS_PER_DAY

/*
 * Removing is due again when a twentieth of the window has passed: the state has that much
 * more than it needs, and the cost of a removal is that of the rows which it removes.
 */
#define PAUSE_PART		20
#define MIN_PAUSE		(10 * USECS_PER_SEC)
#define MAX_PAUSE		USECS_PER_DAY

/* After a view was created, or made immediate: a script that does so may go on to change it. */
#define FIRST_PAUSE		USECS_PER_MINUTE

/* Locks of keys that one removal takes at most; others share them. */
#define MAX_LOCKS		1024

/* ---- the window ---- */

/* The bound by which rows leave, or NULL. */
static const IvmTimeBound *
leaving_bound(const IvmCore *core)
{
	return core->window ? ivm_time_window_leaving(core->window) : NULL;
}

/* What a bound is at this clock, in microseconds; false if it is nothing finite. */
static bool
bound_at(IvmPlan *plan, const IvmTimeBound *bound, TimestampTz clock, int64 *result)
{
	Oid			type = exprType((Node *) bound->value);
	Expr	   *now = (Expr *) makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(TimestampTz),
										 TimestampTzGetDatum(clock), false, true);
	IvmOwnerScope scope;
	Const	   *value;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	value = (Const *) evaluate_expr(ivm_time_window_with_clock(bound->value, now), type, -1, InvalidOid);
	ivm_owner_scope_leave(&scope);
	if (value->constisnull)
		return false;
	if (type == DATEOID)
	{
		DateADT		date = DatumGetDateADT(value->constvalue);

		if (DATE_NOT_FINITE(date) || date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
			return false;
		*result = date * USECS_PER_DAY;
		return true;
	}
	*result = DatumGetTimestamp(value->constvalue);
	return !TIMESTAMP_NOT_FINITE(*result);
}

/* Where the state is to begin, by this clock; *length: of the window.  False: that is not known. */
static bool
start_at(IvmPlan *plan, const IvmTimeBound *bound, TimestampTz clock, int64 *start, int64 *length)
{
	const IvmTimeWindow *window = plan->core->window;
	int64		value;
	int64		earlier;

	*length = 0;
	if (!bound_at(plan, bound, clock, &value) || value < INT64CONST(0))
		return false;
	*length = clock > value ? clock - value : value - clock;
	if (ivm_time_window_key_of(window, bound)->bucketed)
	{
		*start = value - value % window->width - MARGIN_BUCKETS * window->width;
		return true;
	}
	if (!bound_at(plan, bound, clock - Min(Max(*length / MARGIN_PART, MIN_MARGIN), MAX_MARGIN), &earlier))
		return false;
	*start = Min(value, earlier);
	return *start >= INT64CONST(0);
}

/* How long to wait for the next removal, with a window of this length. */
static int64
pause_of(int64 length)
{
	return Min(Max(length / PAUSE_PART, MIN_PAUSE), MAX_PAUSE);
}

/* ---- the start ---- */

int64
ivm_old_buckets_start(const IvmPlan *plan)
{
	IvmTimeStart row;

	if (leaving_bound(plan->core) == NULL)
		return DT_NOBEGIN;
	(void) ivm_time_start_get(plan->row->id, NULL, &row);
	return row.start;
}

/* Is a value of a time key before the start? */
static bool
is_before(Oid type, Datum value, int64 start)
{
	if (type == DATEOID)
		return DatumGetDateADT(value) < start / USECS_PER_DAY;
	return DatumGetTimestamp(value) < start;
}

bool
ivm_old_buckets_is_before(const IvmPlan *plan, const Datum *keys, const bool *nulls, int64 start)
{
	const IvmTimeBound *bound = leaving_bound(plan->core);
	int			key = ivm_time_window_key_of(plan->core->window, bound)->key;

	Assert(start != DT_NOBEGIN);
	return !nulls[key] && is_before(exprType((Node *) bound->value), keys[key], start);
}

bool
ivm_old_buckets_are_missed(IvmPlan *plan, TimestampTz clock, Snapshot snapshot)
{
	const IvmTimeBound *bound = leaving_bound(plan->core);
	IvmTimeStart row;
	int64		value;

	if (bound == NULL || ivm_time_window_key_of(plan->core->window, bound)->bucketed)
		return false;
	(void) ivm_time_start_get(plan->row->id, snapshot, &row);
	return row.start != DT_NOBEGIN && (!bound_at(plan, bound, clock, &value) || value < row.start);
}

void
ivm_old_buckets_restore(const IvmPlan *plan)
{
	IvmTimeStart row;

	if (leaving_bound(plan->core) == NULL ||
		!ivm_time_start_get(plan->row->id, NULL, &row) || row.start == DT_NOBEGIN)
		return;
	row.start = DT_NOBEGIN;
	ivm_time_start_set(&row);
}

void
ivm_old_buckets_note(const IvmCore *core, int32 view_id, bool deferred)
{
	IvmTimeStart row;

	if (leaving_bound(core) == NULL)
		return;
	(void) ivm_time_start_get(view_id, NULL, &row);
	row.due_at = deferred ? DT_NOEND : GetCurrentTimestamp() + FIRST_PAUSE;
	ivm_time_start_set(&row);
}

void
ivm_old_buckets_postpone(int32 view_id)
{
	IvmTimeStart row;

	if (!ivm_time_start_get(view_id, NULL, &row))
		return;
	row.due_at = GetCurrentTimestamp() + USECS_PER_HOUR;
	ivm_time_start_set(&row);
}

/* ---- deleting ---- */

/* A removal from a state table */
typedef struct Removal
{
	IvmPlan    *plan;
	bool		exclusive;		/* nobody else writes the state */
	int64		start;
	AttrNumber	column;			/* of the state */
	Oid			type;			/* of that */
	IvmStore   *store;
	int			locks;
	int64		removed;
	bool		complete;		/* none is left */
} Removal;

/* The index of the state by which old rows are found, open; or NULL. */
static Relation
open_time_index(Relation rel, AttrNumber column)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
			index->rd_index->indkey.values[0] == column &&
			(index->rd_indoption[0] & INDOPTION_DESC) == 0 &&
			RelationGetIndexPredicate(index) == NIL)
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

/* Remove the row of a key that others may be writing; false if one of them is just doing that. */
static bool
remove_locked(Removal *r, TupleTableSlot *row)
{
	IvmPlan    *plan = r->plan;
	IvmKeyLookup *lookup = ivm_store_lookup(r->store);
	const Datum *keys;
	const bool *nulls;
	uint64		hash;

	slot_getallattrs(row);
	keys = row->tts_values + plan->layout.first_key;
	nulls = row->tts_isnull + plan->layout.first_key;
	hash = ivm_key_hash(plan, keys, nulls);
	if (!ivm_key_lock_is_held(plan, hash, 0))
	{
		if (r->locks >= MAX_LOCKS || !ivm_key_lock_try(plan, hash, 0))
			return false;
		r->locks++;
	}

	/*
	 * the newest version, which is there if nobody has deleted it before the
	 * lock
	 */
	ivm_key_lookup_find(lookup, SnapshotSelf, hash, keys, nulls, -1);
	if ((row = ivm_key_lookup_next(lookup)) != NULL)
	{
		ivm_store_delete(r->store, &row->tts_tid);
		r->removed++;
	}
	ivm_key_lookup_done(lookup);
	return true;
}

/* Remove a row, if it is an old one. */
static void
remove_row(Removal *r, TupleTableSlot *row)
{
	bool		isnull;
	Datum		value = slot_getattr(row, r->column, &isnull);

	CHECK_FOR_INTERRUPTS();
	if (isnull || !is_before(r->type, value, r->start))
		return;
	if (!r->exclusive)
	{
		if (!remove_locked(r, row))
			r->complete = false;
		return;
	}
	ivm_store_delete(r->store, &row->tts_tid);
	r->removed++;
}

/* May it go on? */
static bool
goes_on(Removal *r, int64 max_rows)
{
	if (r->removed < max_rows && r->locks < MAX_LOCKS)
		return true;
	r->complete = false;
	return false;
}

static void
remove_by_index(Removal *r, Relation rel, Relation index, Snapshot snapshot, int64 max_rows)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	IndexScanDesc scan = ivm_compat_index_beginscan(rel, index, snapshot, 1);
	ScanKeyData key;

	if (r->type == DATEOID)
		ScanKeyInit(&key, 1, BTLessStrategyNumber, F_DATE_LT,
					DateADTGetDatum((DateADT) (r->start / USECS_PER_DAY)));
	else
		ScanKeyInit(&key, 1, BTLessStrategyNumber,
					r->type == TIMESTAMPOID ? F_TIMESTAMP_LT : F_TIMESTAMPTZ_LT,
					TimestampGetDatum(r->start));
	index_rescan(scan, &key, 1, NULL, 0);
	while (goes_on(r, max_rows) && index_getnext_slot(scan, ForwardScanDirection, slot))
		remove_row(r, slot);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
remove_by_scan(Removal *r, Relation rel, Snapshot snapshot, int64 max_rows)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (goes_on(r, max_rows) && table_scan_getnextslot(scan, ForwardScanDirection, slot))
		remove_row(r, slot);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* Delete the rows of the state, which is open, before the start. */
static void
remove_rows(Removal *r, Relation rel, const IvmTimeBound *bound, int64 max_rows)
{
	IvmPlan    *plan = r->plan;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	Relation	index;

	r->column = plan->layout.first_key + 1 + ivm_time_window_key_of(plan->core->window, bound)->key;
	r->type = exprType((Node *) bound->value);
	r->complete = true;
	r->store = ivm_store_open(plan, rel, false);
	index = open_time_index(rel, r->column);
	if (index)
	{
		remove_by_index(r, rel, index, snapshot, max_rows);
		index_close(index, NoLock);
	}
	else
		remove_by_scan(r, rel, snapshot, max_rows);
	UnregisterSnapshot(snapshot);
	ivm_store_close(r->store);
	CommandCounterIncrement();
}

/* Is the view immediate now?  Its mode may have changed before the tables were locked. */
static bool
is_immediate(const IvmPlan *plan)
{
	const IvmViewRow *row = ivm_catalog_get(plan->row->id);

	return row != NULL && row->mode == IVM_MODE_IMMEDIATE;
}

int64
ivm_old_buckets_drop(IvmPlan *plan, bool exclusive, int64 max_rows)
{
	const IvmTimeBound *bound = leaving_bound(plan->core);
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	Removal		r = {.plan = plan,.exclusive = exclusive};
	IvmTimeStart before;
	IvmTimeStart row;
	Relation	rel;
	int64		start;
	int64		length;

	if (bound == NULL || !is_immediate(plan) || !ivm_key_lock_try_start(plan))
		return 0;
	(void) ivm_time_start_get(plan->row->id, NULL, &before);
	row = before;
	if (start_at(plan, bound, now, &start, &length))
		row.start = Max(row.start, start);
	rel = ivm_store_try_open(plan->row->state, RowExclusiveLock);
	if (rel == NULL)
		return 0;

	/*
	 * an older snapshot of this transaction need not see the start that is
	 * used
	 */
	ivm_ahead_note(plan->row->id);
	r.start = row.start;
	r.complete = true;
	if (row.start != DT_NOBEGIN)
		remove_rows(&r, rel, bound, max_rows);
	table_close(rel, NoLock);
	row.due_at = r.complete ? now + pause_of(length) : now;
	if (row.start != before.start || before.due_at <= now || before.due_at == DT_NOEND)
		ivm_time_start_set(&row);
	return r.removed;
}

int64
ivm_old_buckets_drop_as_of(IvmPlan *plan, TimestampTz as_of)
{
	const IvmTimeBound *bound = leaving_bound(plan->core);
	Removal		r = {.plan = plan,.exclusive = true};
	IvmTimeStart row;
	Relation	rel;
	int64		length;

	if (bound == NULL || !start_at(plan, bound, as_of, &r.start, &length))
		return 0;
	(void) ivm_time_start_get(plan->row->id, NULL, &row);
	if (row.start != DT_NOBEGIN && r.start - row.start < pause_of(length))
		return 0;
	row.start = r.start;
	row.due_at = DT_NOEND;
	ivm_time_start_set(&row);
	rel = table_open(plan->row->state, RowExclusiveLock);
	remove_rows(&r, rel, bound, PG_INT64_MAX);
	table_close(rel, NoLock);
	return r.removed;
}
