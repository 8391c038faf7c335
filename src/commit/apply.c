/*-------------------------------------------------------------------------
 *
 * apply.c
 *	  Applies the pending change: at commit, or early as delta rows.
 *
 * Per key, in this order of preference, and never waiting:
 *
 *	 1. in place: the key's lock is free, and the new state follows from the
 *		stored one: update the state row, or insert it if there is none
 *	 2. in a slot: another writer is committing a change of the key; take one
 *		of its delta rows that nobody else is writing, and add to it
 *	 3. append a delta row
 *
 * Slots bound the delta rows of a contended key by the number of its writers
 * at one time, and their updates are heap-only.  Deltas commute, so all three
 * are exact; a delta that makes a key dirty is always 2 or 3: state rows are
 * never dirty.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/lock_fields.h"
#include "base/worker_call.h"
#include "capture/on_error.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "commit/apply.h"
#include "commit/distinct_delta.h"
#include "commit/fold.h"
#include "commit/key_lock.h"
#include "commit/shared_hash.h"
#include "commit/store.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/state.h"

/*
 * Keys of a view, and of all views, that a transaction locks one by one before
 * it wants all of a view.  Each takes a field that other keys may share (base/lock_fields.h).
 */
#define MAX_KEY_LOCKS	256
#define MAX_ALL_KEY_LOCKS	512

/* Delta rows of a key that writers share: 2^6 at most. */
#define MAX_SPREAD		6

/* How many slots are tried before a delta row is appended. */
#define SLOT_TRIES		4

/* After a key's lock was refused, its next changes, 2^3 at most, go to slots at once. */
#define MAX_TURNS_SPREAD	3

typedef struct Writer
{
	IvmPlan    *plan;
	bool		state_tried;	/* opening the state table has been tried */
	Relation	state_rel;		/* NULL: not open, so changes are only
								 * appended */
	IvmStore   *state;
	Relation	delta_rel;		/* NULL until needed */
	IvmStore   *delta;
	MemoryContext cxt;
	bool		exclusive;		/* ShareRowExclusive on the state table */
	bool		use_slots;
	int			appended;
} Writer;

/* Open the delta table; false if it is gone: the view was dropped. */
static bool
open_delta(Writer *w)
{
	MemoryContext oldcxt;

	if (w->delta)
		return true;
	w->delta_rel = try_relation_open(w->plan->row->delta, RowExclusiveLock);
	if (w->delta_rel == NULL)
		return false;
	oldcxt = MemoryContextSwitchTo(w->cxt);
	w->delta = ivm_store_open(w->plan, w->delta_rel, true);
	MemoryContextSwitchTo(oldcxt);
	return true;
}

static void
close_writer(Writer *w)
{
	if (w->delta)
	{
		ivm_store_close(w->delta);
		table_close(w->delta_rel, NoLock);
	}
	if (w->state)
	{
		ivm_store_close(w->state);
		table_close(w->state_rel, NoLock);
	}
}

static void
append(Writer *w, IvmDelta *delta, int slot)
{
	if (!open_delta(w))
		return;
	delta->values[w->plan->layout.delta_slot] = Int32GetDatum(slot);
	ivm_store_insert(w->delta, delta->values, delta->nulls);
	w->appended++;
}

/*
 * Get the lock of a slot, this backend's own to begin with, among those in use:
 * more where they are contended, else few.  So there are as few delta rows to
 * read as it takes, and most changes are added to a row that is there already.
 * Returns 0 if the tries end.
 */
static int
lock_slot(IvmPlan *plan, uint64 hash)
{
	IvmTidHint *hint = ivm_store_hint(plan, hash, 0);
	int			spread = hint ? hint->spread : MAX_SPREAD;
	uint64		number = ivm_compat_backend_number();
	int			result = 0;

	for (int tries = 0; tries < SLOT_TRIES; tries++)
	{
		int			slot = 1 + (int) (number & ((1 << spread) - 1));

		if (ivm_key_lock_try(plan, hash, slot))
		{
			result = slot;
			break;
		}
		spread = Min(spread + 1, MAX_SPREAD);
		number = pg_prng_uint64(&pg_global_prng_state);
	}
	if (hint)
		hint->spread = spread;
	return result;
}

/* Add to a delta row of a slot whose lock is free; false if none was found. */
static bool
add_to_slot(Writer *w, IvmDelta *delta)
{
	IvmPlan    *plan = w->plan;
	int			slot = lock_slot(plan, delta->hash);
	TupleTableSlot *row;
	IvmDelta   *sum;

	if (slot == 0 || !open_delta(w))
		return false;
	row = ivm_store_find(w->delta, delta, slot);
	if (row == NULL)
	{
		append(w, delta, slot);
		ivm_shared_hash_after_insert(w->delta, w->delta, delta);
		return true;
	}
	sum = ivm_delta_make(plan);
	slot_getallattrs(row);
	memcpy(sum->values, row->tts_values, sizeof(Datum) * plan->layout.delta_natts);
	memcpy(sum->nulls, row->tts_isnull, sizeof(bool) * plan->layout.delta_natts);
	ivm_delta_add(plan, sum, delta);
	ivm_store_update(w->delta, &row->tts_tid, sum->values, sum->nulls);
	ivm_store_found_done(w->delta);
	return true;
}

/*
 * Open the state table as far as it may be written at once.  A serializable
 * transaction only appends: a reader's lock on the whole delta table is how
 * conflicts with it are found (merge_exec.c).  So do all while a view is being built
 * (maintain/build.h).
 */
static void
open_state(Writer *w, LOCKMODE lockmode)
{
	MemoryContext oldcxt;

	w->state_tried = true;
	if (IsolationIsSerializable() || w->plan->appends || !OidIsValid(w->plan->state_index))
		return;
	w->state_rel = ivm_store_try_open_state(w->plan, lockmode);
	if (w->state_rel == NULL)
		return;
	oldcxt = MemoryContextSwitchTo(w->cxt);
	w->state = ivm_store_open(w->plan, w->state_rel, false);
	MemoryContextSwitchTo(oldcxt);
	w->exclusive = lockmode == ShareRowExclusiveLock;
}

/*
 * Get the lock of a key's state row, unless it was just refused; the state
 * table is open then.
 */
static bool
lock_state_row(Writer *w, uint64 hash)
{
	IvmTidHint *hint;

	if (w->exclusive)
		return true;
	hint = ivm_store_hint(w->plan, hash, 0);
	if (hint && hint->contended > 0 && w->use_slots)
	{
		hint->contended--;
		return false;
	}
	if (!w->state_tried)
		open_state(w, RowExclusiveLock);
	if (w->state == NULL)
		return false;
	if (ivm_key_lock_try(w->plan, hash, 0))
	{
		if (hint && hint->spread > 0)
			hint->spread--;
		return true;
	}
	if (hint)
		hint->contended = 1 << Min(hint->spread, MAX_TURNS_SPREAD);
	return false;
}

/*
 * Apply to the state row; false if that cannot be done here and now.  The
 * look-up comes after the lock, so what it finds is the newest version.  Where
 * nothing is left the row is deleted: a state row without deltas has rows.
 */
static bool
apply_in_place(Writer *w, IvmDelta *delta)
{
	IvmPlan    *plan = w->plan;
	TupleTableSlot *row;
	IvmState   *state;
	bool		done = true;

	if (ivm_delta_is_dirty(plan, delta) || !lock_state_row(w, delta->hash))
		return false;
	row = ivm_store_find(w->state, delta, 0);
	state = ivm_state_make(plan);
	if (row)
		ivm_state_from_slot(plan, row, state);
	else
		ivm_state_empty(plan, delta, state);
	if (!ivm_state_apply(plan, state, delta))
		done = false;
	else if (!ivm_key_is_permanent(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta)) &&
			 ivm_state_is_empty(plan, state))
	{
		if (row)
			ivm_store_delete(w->state, &row->tts_tid);
	}
	else if (row)
		ivm_store_update(w->state, &row->tts_tid, state->values, state->nulls);
	else
	{
		ivm_store_insert(w->state, state->values, state->nulls);
		if (unlikely(ivm_shared_hash_was_met(w->state)) && open_delta(w))
			ivm_shared_hash_after_insert(w->state, w->delta, delta);
	}
	ivm_store_found_done(w->state);
	return done;
}

static void
apply_delta(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	Writer	   *w = arg;

	if (apply_in_place(w, delta))
		return;
	if (w->use_slots && add_to_slot(w, delta))
		return;
	append(w, delta, 0);
}

static void
append_delta(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	append(arg, delta, 0);
}

/*
 * Apply the whole pending change of one view.  *locked counts the keys that
 * the transaction has locked one by one.
 */
static void
apply_view(IvmPlan *plan, int *locked)
{
	Writer		w = {
		.plan = plan,
		.cxt = CurrentMemoryContext
	};
	int			nkeys = ivm_pending_keys(plan);
	ErrorContextCallback callback;
	bool		many = nkeys > MAX_KEY_LOCKS || *locked + nkeys > MAX_ALL_KEY_LOCKS ||
		!ivm_lock_fields_available();

	ivm_error_enter_view(&callback, plan->name);
	if (many)
		open_state(&w, ShareRowExclusiveLock);
	else
		*locked += nkeys;
	w.use_slots = !many && !IsolationIsSerializable() && !plan->appends && OidIsValid(plan->delta_index);
	ivm_pending_visit(plan, apply_delta, &w);
	close_writer(&w);
	if (plan->core->window != NULL)
		ivm_worker_call_note(IVM_CALL_TO_REMOVE);
	ivm_fold_after_apply(plan, w.appended, w.exclusive);
	ivm_error_leave_view(&callback);
}

/* Views that this transaction has broken get no changes; in the order of their ids, as their rows are locked. */
static void
mark_broken(List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		if (ivm_pending_broken(plan) == NULL)
			continue;
		PushActiveSnapshot(GetTransactionSnapshot());
		ivm_on_error_mark_broken(plan);
		PopActiveSnapshot();
	}
}

void
ivm_apply_all(void)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm apply",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	List	   *plans = ivm_pending_level_plans();
	ListCell   *lc;
	int			locked = 0;

	mark_broken(plans);
	ivm_distinct_delta_settle(plans);
	PushActiveSnapshot(GetTransactionSnapshot());
	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		/*
		 * the view may have been dropped, paused or broken in this
		 * transaction
		 */
		if (plan->run->derived.invalid)
		{
			IvmPlan    *now = ivm_plan_cache_get(plan->row->id);
			IvmPlan    *captured = plan;

			if (now == NULL || !now->capturing)
				continue;

			/*
			 * as the changes were captured, and with the indexes that there
			 * are now
			 */
			plan = palloc(sizeof(IvmPlan));
			*plan = *captured;
			plan->state_index = now->state_index;
			plan->delta_index = now->delta_index;
		}
		apply_view(plan, &locked);
		if (plan->reconciles)
			ivm_worker_call_note(IVM_CALL_IF_DUE);
	}
	PopActiveSnapshot();
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

void
ivm_apply_write_out(void)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm write-out",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	ListCell   *lc;

	/* at the end of a subtransaction there may be none */
	PushActiveSnapshot(GetTransactionSnapshot());
	foreach(lc, ivm_pending_level_plans())
	{
		IvmPlan    *plan = lfirst(lc);
		Writer		w = {
			.plan = plan,
			.cxt = cxt
		};
		ErrorContextCallback callback;

		ivm_error_enter_view(&callback, plan->name);
		ivm_distinct_delta_wrote_out(plan);
		ivm_pending_visit(plan, append_delta, &w);
		close_writer(&w);
		ivm_error_leave_view(&callback);
	}
	PopActiveSnapshot();
	ivm_pending_empty();
	ivm_pending_wrote();
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/*
 * TRUNCATE is not MVCC-safe: older snapshots see the table empty.  ivm_catalog_touch()
 * lets them run the definition, which gives the same.
 */
void
ivm_apply_truncate(IvmPlan *plan)
{
	ErrorContextCallback callback;

	ivm_error_enter_view(&callback, plan->name);
	ivm_store_delete_all(plan, plan->row->state);
	ivm_store_delete_all(plan, plan->row->delta);
	ivm_catalog_touch(plan->row->id, true);
	ivm_error_leave_view(&callback);
	ivm_pending_wrote();
}
