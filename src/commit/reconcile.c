/*-------------------------------------------------------------------------
 *
 * reconcile.c
 *	  Repairing the state of a view by the smallest difference.
 *
 *		state table --sort--+
 *		delta table --sort--+-- merge by hash of the key --> per key:
 *		core query  --sort--+	what readers get, against what they should
 *
 * The three are sorted by the hash of the key, so that memory holds the rows
 * of one hash at a time and the rest may spill.  A key whose state row is not
 * the computed one is written; its delta rows are deleted in any case, since
 * the computed row includes them.  What counts as a correction is what a
 * reader would have noticed: state and deltas together against the computed
 * row.
 *
 * Of keys that have left a window of time nothing is to be there (old_buckets.c), and
 * what is there is no mistake: it is deleted, and not counted.
 *
 * Locks, held to the end of the transaction: the caller keeps out all that
 * write deltas (reconcile.h); ShareRowExclusiveLock on the state table keeps
 * folds out.  Readers go on, with the snapshots they have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/progress.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "commit/compute.h"
#include "commit/key_stream.h"
#include "commit/old_buckets.h"
#include "commit/reconcile.h"
#include "commit/shared_hash.h"
#include "commit/shown_state.h"
#include "commit/state_filter.h"
#include "commit/store.h"
#include "definition/core.h"
#include "plan/ahead.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"

typedef struct StoredRow
{
	ItemPointerData tid;
	IvmState   *state;
	bool		matched;
} StoredRow;

typedef struct DeltaRow
{
	ItemPointerData tid;
	IvmDelta   *delta;
	bool		deleted;
} DeltaRow;

typedef struct Reconciler
{
	IvmPlan    *plan;
	bool		trust_deltas;
	Oid			instead;		/* table whose rows are to be stored, not what
								 * the definition gives; or InvalidOid */
	IvmKeyStream stored;
	IvmKeyStream deltas;
	IvmKeyStream computed;		/* what is to be stored */

	IvmStateFilter filter;

	IvmStore   *state_store;
	IvmStore   *delta_store;
	MemoryContext group_cxt;
	int64		ncomputed;		/* rows put into that stream */
	Tuplestorestate *marks;		/* delta rows that make wrong keys dirty;
								 * NULL: keys are corrected at once */
	bool		misplaced;		/* some stored row is not the one that a
								 * look-up of its key finds */
	int64		start;			/* of the state: what is before counts for
								 * nobody; DT_NOBEGIN: it has all */
	IvmCorrections *result;
} Reconciler;

/* Does the filter concern this key?  It does if it holds for its stored or its computed state. */
static bool
is_concerned(Reconciler *r, const IvmState *stored, const IvmState *computed)
{
	if (r->filter.qual == NULL)
		return true;
	return (computed && ivm_state_filter_passes(&r->filter, computed->values, computed->nulls)) ||
		(stored && ivm_state_filter_passes(&r->filter, stored->values, stored->nulls));
}

/* ---- input ---- */

/* Has a key, given by the values of its columns, left the window of time, so that nobody asks for it? */
static bool
is_old(Reconciler *r, const Datum *keys, const bool *nulls)
{
	return r->start != DT_NOBEGIN && ivm_old_buckets_is_before(r->plan, keys, nulls, r->start);
}

static bool
is_old_state(Reconciler *r, const IvmState *state)
{
	int			first_key = r->plan->layout.first_key;

	return is_old(r, state->values + first_key, state->nulls + first_key);
}

/* Put the rows of a table of the view into a stream: all, or those that the filter passes. */
static void
read_rows(Reconciler *r, Relation rel, Snapshot snapshot, bool filtered, IvmKeyStream *into)
{
	int			first_key = r->plan->layout.first_key;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		uint64		hash;

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		if (filtered && !ivm_state_filter_passes(&r->filter, slot->tts_values, slot->tts_isnull))
			continue;
		hash = ivm_key_hash(r->plan, slot->tts_values + first_key, slot->tts_isnull + first_key);
		if (r->plan->layout.hashed && DatumGetInt64(slot->tts_values[0]) != (int64) hash)
			r->misplaced = true;
		ivm_key_stream_put(into, hash, &slot->tts_tid, slot->tts_values, slot->tts_isnull);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
put_computed(IvmPlan *plan, const IvmState *state, void *arg)
{
	Reconciler *r = arg;
	int			first_key = plan->layout.first_key;

	if (is_old(r, state->values + first_key, state->nulls + first_key))
		return;
	ivm_key_stream_put(&r->computed,
					   ivm_key_hash(plan, state->values + first_key, state->nulls + first_key),
					   NULL, state->values, state->nulls);
	r->ncomputed++;
	ivm_progress_add(1);
}

/* Put what is to be stored into its stream. */
static void
read_truth(Reconciler *r, Snapshot snapshot)
{
	Relation	rel;

	if (!OidIsValid(r->instead))
	{
		ivm_compute_where(r->plan, r->filter.base, snapshot, put_computed, r);
		return;
	}
	rel = table_open(r->instead, AccessShareLock);
	read_rows(r, rel, snapshot, false, &r->computed);
	table_close(rel, NoLock);
}

/* ---- one hash ---- */

static bool
same_key(IvmPlan *plan, const IvmState *a, const IvmState *b)
{
	int			first = plan->layout.first_key;

	return ivm_key_equal(plan, a->values + first, a->nulls + first,
						 b->values + first, b->nulls + first);
}

static IvmState *
state_ahead(Reconciler *r, IvmKeyStream *s)
{
	IvmState	view = {s->row->tts_values + IVM_KEY_STREAM_FIRST, s->row->tts_isnull + IVM_KEY_STREAM_FIRST};
	IvmState   *state = ivm_state_make(r->plan);

	ivm_state_copy(r->plan, state, &view);
	return state;
}

static List *
take_stored(Reconciler *r, int64 hash)
{
	List	   *result = NIL;

	for (; ivm_key_stream_has(&r->stored, hash); ivm_key_stream_next(&r->stored))
	{
		StoredRow  *row = palloc0(sizeof(StoredRow));

		row->tid = *(ItemPointer) DatumGetPointer(r->stored.row->tts_values[IVM_KEY_STREAM_TID]);
		row->state = state_ahead(r, &r->stored);
		result = lappend(result, row);
	}
	return result;
}

/* A bag's rows come one by one: count the equal ones. */
static List *
take_computed(Reconciler *r, int64 hash)
{
	IvmPlan    *plan = r->plan;
	List	   *result = NIL;

	for (; ivm_key_stream_has(&r->computed, hash); ivm_key_stream_next(&r->computed))
	{
		ivm_progress_add(1);
		if (plan->core->kind == IVM_CORE_BAG)
		{
			IvmState	ahead = {r->computed.row->tts_values + IVM_KEY_STREAM_FIRST,
			r->computed.row->tts_isnull + IVM_KEY_STREAM_FIRST};
			ListCell   *lc;

			foreach(lc, result)
			{
				if (same_key(plan, lfirst(lc), &ahead))
					break;
			}
			if (lc != NULL)
			{
				IvmState   *state = lfirst(lc);

				state->values[plan->layout.state_row_count] =
					Int64GetDatum(ivm_state_row_count(plan, state) +
								  ivm_state_row_count(plan, &ahead));
				continue;
			}
		}
		result = lappend(result, state_ahead(r, &r->computed));
	}
	return result;
}

static List *
take_deltas(Reconciler *r, int64 hash)
{
	IvmPlan    *plan = r->plan;
	List	   *result = NIL;

	for (; ivm_key_stream_has(&r->deltas, hash); ivm_key_stream_next(&r->deltas))
	{
		DeltaRow   *row = palloc0(sizeof(DeltaRow));
		IvmDelta   *ahead = ivm_delta_make(plan);

		ahead->hash = (uint64) hash;
		memcpy(ahead->values, r->deltas.row->tts_values + IVM_KEY_STREAM_FIRST,
			   sizeof(Datum) * plan->layout.delta_natts);
		memcpy(ahead->nulls, r->deltas.row->tts_isnull + IVM_KEY_STREAM_FIRST,
			   sizeof(bool) * plan->layout.delta_natts);
		row->tid = *(ItemPointer) DatumGetPointer(r->deltas.row->tts_values[IVM_KEY_STREAM_TID]);
		row->delta = ivm_delta_copy(plan, ahead);
		result = lappend(result, row);
	}
	return result;
}

/* Count what a reader would have noticed; false: nothing. */
static bool
count_correction(Reconciler *r, const IvmState *effective, const IvmState *truth)
{
	if (effective && !truth)
		r->result->deleted++;
	else if (!effective && truth)
		r->result->inserted++;
	else if (effective && truth && !ivm_shown_state_equal(r->plan, effective, truth))
		r->result->updated++;
	else
		return false;
	return true;
}

/* Have a key computed by whoever needs it, once the marks are written. */
static void
mark_key(Reconciler *r, const IvmState *key)
{
	const IvmLayout *layout = &r->plan->layout;
	IvmDelta   *delta = ivm_delta_make(r->plan);
	int			n = layout->first_key + r->plan->nkeys;

	memcpy(delta->values, key->values, sizeof(Datum) * n);
	memcpy(delta->nulls, key->nulls, sizeof(bool) * n);
	delta->values[layout->delta_dirty] = BoolGetDatum(true);
	tuplestore_putvalues(r->marks, r->delta_store->slot->tts_tupleDescriptor, delta->values, delta->nulls);
}

/* The sum of a key's delta rows, or NULL; deletes them if asked to. */
static IvmDelta *
sum_deltas(Reconciler *r, List *deltas, const IvmState *key, bool delete)
{
	IvmPlan    *plan = r->plan;
	int			first = plan->layout.first_key;
	IvmDelta   *sum = NULL;
	ListCell   *lc;

	foreach(lc, deltas)
	{
		DeltaRow   *row = lfirst(lc);

		if (row->deleted ||
			!ivm_key_equal(plan, ivm_delta_keys(plan, row->delta),
						   ivm_delta_key_nulls(plan, row->delta),
						   key->values + first, key->nulls + first))
			continue;
		if (sum)
			ivm_delta_add(plan, sum, row->delta);
		else
			sum = ivm_delta_copy(plan, row->delta);
		if (delete)
		{
			ivm_store_delete(r->delta_store, &row->tid);
			row->deleted = true;
		}
	}
	return sum;
}

/* Make one key what it should be.  row: its state row, truth: its computed state; either may be NULL. */
static void
repair_key(Reconciler *r, StoredRow *row, IvmState *truth, List *deltas)
{
	IvmPlan    *plan = r->plan;
	IvmState   *stored = row ? row->state : NULL;
	IvmDelta   *delta;
	IvmState   *effective;
	bool		wrong;

	if (truth == NULL && is_old_state(r, stored))
	{
		if (r->marks)
			return;
		(void) sum_deltas(r, deltas, stored, true);
		ivm_store_delete(r->state_store, &row->tid);
		return;
	}
	delta = sum_deltas(r, deltas, stored ? stored : truth, false);
	effective = ivm_shown_state_get(r->plan, stored, r->trust_deltas ? delta : NULL, truth);
	if (!is_concerned(r, effective ? effective : stored, truth))
		return;
	wrong = count_correction(r, effective, truth);
	if (r->marks)
	{
		if (wrong)
			mark_key(r, stored ? stored : truth);
		return;
	}
	if (delta)
		(void) sum_deltas(r, deltas, stored ? stored : truth, true);
	if (row && truth == NULL)
		ivm_store_delete(r->state_store, &row->tid);
	else if (row == NULL)
		ivm_store_insert(r->state_store, truth->values, truth->nulls);
	else if (!ivm_shown_state_equal(plan, stored, truth) ||
			 (plan->layout.hashed && DatumGetInt64(stored->values[0]) != DatumGetInt64(truth->values[0])))
		ivm_store_update(r->state_store, &row->tid, truth->values, truth->nulls);
}

/* Repair the keys that have deltas, but neither a stored nor a computed state. */
static void
repair_delta_keys(Reconciler *r, List *deltas, List *stored, List *computed)
{
	IvmPlan    *plan = r->plan;
	ListCell   *lc;
	List	   *done = NIL;

	foreach(lc, deltas)
	{
		IvmState   *key = ivm_state_make(plan);
		IvmState   *effective = NULL;
		ListCell   *lc2;

		ivm_state_empty(plan, ((DeltaRow *) lfirst(lc))->delta, key);
		foreach(lc2, stored)
		{
			if (same_key(plan, ((StoredRow *) lfirst(lc2))->state, key))
				break;
		}
		if (lc2 != NULL)
			continue;
		foreach(lc2, computed)
		{
			if (same_key(plan, lfirst(lc2), key))
				break;
		}
		if (lc2 != NULL)
			continue;
		foreach(lc2, done)
		{
			if (same_key(plan, lfirst(lc2), key))
				break;
		}
		if (lc2 != NULL)
			continue;
		done = lappend(done, key);
		if (is_old_state(r, key))
		{
			if (r->marks == NULL)
				(void) sum_deltas(r, deltas, key, true);
			continue;
		}
		if (r->trust_deltas)
			effective = ivm_shown_state_get(r->plan, NULL, sum_deltas(r, deltas, key, false), NULL);
		if (!is_concerned(r, effective ? effective : key, NULL))
			continue;
		if (!count_correction(r, effective, NULL) && r->marks)
			continue;
		if (r->marks)
			mark_key(r, key);
		else
			(void) sum_deltas(r, deltas, key, true);
	}
}

/* Two rows of one key, of which a look-up finds either? */
static bool
has_duplicate(IvmPlan *plan, List *stored)
{
	ListCell   *lc;

	foreach(lc, stored)
	{
		for (ListCell *other = lnext(stored, lc); other; other = lnext(stored, other))
		{
			if (same_key(plan, ((StoredRow *) lfirst(lc))->state, ((StoredRow *) lfirst(other))->state))
				return true;
		}
	}
	return false;
}

static void
repair_hash(Reconciler *r, int64 hash)
{
	IvmPlan    *plan = r->plan;
	List	   *stored = take_stored(r, hash);
	List	   *computed = take_computed(r, hash);
	List	   *deltas = take_deltas(r, hash);
	ListCell   *lc;
	ListCell   *lc2;

	if (has_duplicate(plan, stored))
		r->misplaced = true;
	foreach(lc, computed)
	{
		IvmState   *truth = lfirst(lc);
		StoredRow  *match = NULL;

		foreach(lc2, stored)
		{
			StoredRow  *row = lfirst(lc2);

			if (!row->matched && same_key(plan, row->state, truth))
			{
				row->matched = true;
				match = row;
				break;
			}
		}
		repair_key(r, match, truth, deltas);
	}
	foreach(lc, stored)
	{
		StoredRow  *row = lfirst(lc);

		if (!row->matched)
			repair_key(r, row, NULL, deltas);
	}
	if (deltas != NIL)
		repair_delta_keys(r, deltas, stored, computed);
}

static bool
next_hash(Reconciler *r, int64 *hash)
{
	IvmKeyStream *streams[] = {&r->stored, &r->deltas, &r->computed};
	bool		found = false;

	for (int i = 0; i < (int) lengthof(streams); i++)
	{
		if (TTS_EMPTY(streams[i]->row))
			continue;
		if (!found || ivm_key_stream_hash(streams[i]) < *hash)
			*hash = ivm_key_stream_hash(streams[i]);
		found = true;
	}
	return found;
}

static void
repair_all(Reconciler *r)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(r->group_cxt);
	int64		hash = 0;

	while (next_hash(r, &hash))
	{
		repair_hash(r, hash);
		MemoryContextReset(r->group_cxt);
	}
	MemoryContextSwitchTo(oldcxt);
}

static void
check_storage(IvmPlan *plan, Relation state, Relation delta)
{
	if (RelationGetNumberOfAttributes(state) != plan->layout.state_natts ||
		RelationGetNumberOfAttributes(delta) != plan->layout.delta_natts)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("storage of view \"%s\" does not fit its definition",
						ivm_catalog_view_name(plan->row)),
				 errdetail("Tables \"%s\" and \"%s\" do not have the columns that the definition needs.",
						   RelationGetRelationName(state), RelationGetRelationName(delta)),
				 errhint("Drop the view and create it again.")));
}

/* Write what mark_key() has kept. */
static void
write_marks(Reconciler *r)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(r->delta_store->slot->tts_tupleDescriptor,
													&TTSOpsMinimalTuple);

	while (tuplestore_gettupleslot(r->marks, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		ivm_store_insert(r->delta_store, slot->tts_values, slot->tts_isnull);
	}
	ExecDropSingleTupleTableSlot(slot);
}

/* Read state and deltas, compute the definition, and do what is to be done key by key. */
static void
compare(Reconciler *r, Relation state_rel, Relation delta_rel, Node *filter, Snapshot truth)
{
	int			workmem = Max(maintenance_work_mem / 3, 64);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	int			nest;

	PushActiveSnapshot(snapshot);
	nest = ivm_settings_push(r->plan->settings);
	ivm_state_filter_open(&r->filter, r->plan, filter, state_rel);
	ivm_key_stream_open(&r->stored, RelationGetDescr(state_rel), workmem);
	ivm_key_stream_open(&r->deltas, RelationGetDescr(delta_rel), workmem);
	ivm_key_stream_open(&r->computed, RelationGetDescr(state_rel), workmem);
	read_rows(r, state_rel, snapshot, r->filter.base != NULL, &r->stored);
	read_rows(r, delta_rel, snapshot, false, &r->deltas);
	ivm_progress_phase(IVM_PROGRESS_COMPUTE, 0);
	read_truth(r, truth ? truth : snapshot);
	ivm_key_stream_start(&r->stored);
	ivm_key_stream_start(&r->deltas);
	ivm_key_stream_start(&r->computed);

	ivm_progress_phase(IVM_PROGRESS_WRITE, r->ncomputed);
	r->state_store = ivm_store_open(r->plan, state_rel, false);
	r->delta_store = ivm_store_open(r->plan, delta_rel, true);
	repair_all(r);
	if (r->marks && !r->misplaced)
		write_marks(r);
	ivm_store_close(r->delta_store);
	ivm_store_close(r->state_store);

	ivm_key_stream_close(&r->stored);
	ivm_key_stream_close(&r->deltas);
	ivm_key_stream_close(&r->computed);
	ivm_state_filter_close(&r->filter);
	ivm_settings_pop(nest);
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
}

static void
reconcile(Reconciler *r, Node *filter, Snapshot truth)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm reconcile",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	Relation	state_rel;
	Relation	delta_rel;
	ErrorContextCallback callback;

	ivm_error_enter_view(&callback, r->plan->name);
	memset(r->result, 0, sizeof(IvmCorrections));
	state_rel = table_open(r->plan->row->state, r->marks ? AccessShareLock : ShareRowExclusiveLock);
	delta_rel = table_open(r->plan->row->delta, RowExclusiveLock);
	check_storage(r->plan, state_rel, delta_rel);
	r->start = ivm_old_buckets_start(r->plan);
	r->group_cxt = AllocSetContextCreate(cxt, "ivm reconcile key", ALLOCSET_DEFAULT_SIZES);
	compare(r, state_rel, delta_rel, filter, truth);
	table_close(delta_rel, NoLock);
	table_close(state_rel, NoLock);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
	CommandCounterIncrement();
	if (!r->marks)
		ivm_shared_hash_note_all(r->plan);
	ivm_error_leave_view(&callback);
}

void
ivm_reconcile_state(IvmPlan *plan, Node *filter, bool trust_deltas, Snapshot truth,
					IvmCorrections *result)
{
	Reconciler	r = {
		.plan = plan,
		.trust_deltas = trust_deltas,
		.result = result
	};

	if (truth == NULL)
		ivm_ahead_note(plan->row->id);
	reconcile(&r, filter, truth);
}

void
ivm_reconcile_put_back(IvmPlan *plan, Oid rows, IvmCorrections *result)
{
	Reconciler	r = {
		.plan = plan,
		.trust_deltas = true,
		.instead = rows,
		.result = result
	};

	reconcile(&r, NULL, NULL);
}

bool
ivm_reconcile_mark(IvmPlan *plan, Node *filter, IvmCorrections *result)
{
	Reconciler	r = {
		.plan = plan,
		.trust_deltas = true,
		.marks = tuplestore_begin_heap(false, false, maintenance_work_mem),
		.result = result
	};

	reconcile(&r, filter, NULL);
	tuplestore_end(r.marks);
	return !r.misplaced;
}
