/*-------------------------------------------------------------------------
 *
 * fold.c
 *	  Moving deltas into the state.
 *
 * For a batch of keys: try the lock of each key and of the slots it has in
 * use; then take a snapshot; then, per key, add up the delta rows that this
 * snapshot sees, add them to the state row - or recompute the key from the
 * base table, where it is dirty, or was found wrong (reconcile.h) - and delete them.  In one transaction, so a
 * snapshot sees either the deltas or their sum.
 *
 * The snapshot comes after the locks: whatever transaction changed the state row, or a
 * delta row of a slot, committed before the fold got its lock, so the versions that
 * the snapshot sees are the newest ones, and a recomputed value includes the
 * changes that they stand for.  A slot whose lock the fold did not have before
 * the snapshot may change after it: its delta row is left alone, and with it,
 * unless the core is linear, the whole key.
 *
 * Folding waits for nobody.  Only a fold or an in-place writer, under the same
 * key lock, inserts or deletes state rows; reconcile and TRUNCATE do so too, but
 * keep both out.  Of the base tables a fold holds AccessShareLock, which keeps
 * TRUNCATE and DDL out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/guc.h"
#include "capture/pending.h"
#include "commit/compute.h"
#include "commit/fold.h"
#include "commit/key_lock.h"
#include "commit/key_lookup.h"
#include "commit/old_buckets.h"
#include "commit/shared_hash.h"
#include "commit/store.h"
#include "plan/ahead.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/plan_check.h"
#include "plan/state.h"

/* Of this many writers that have appended delta rows, one folds. */
#define FOLD_ODDS		16

/* Keys per batch of a fold that holds the state table exclusively. */
#define EXCLUSIVE_BATCH 1024

/*
 * Locks of keys and slots that one fold takes at most: the server's table of
 * locks has room for about 64 per connection, shared by all.
 */
#define MAX_LOCKS		1024

/*
 * A writer that folds leaves rows of slots alone that one of the last transactions has
 * written: how many transactions those are, and how many rows it passes over at most.
 */
#define RECENT_TRANSACTIONS	16384
#define MAX_RECENT		1024

/* Planner's cost that a writer may spend on dirty keys when it folds. */
#define WRITER_COST		400.0

/* A dirty key with its state as the base table has it. */
typedef struct ComputedKey
{
	IvmDelta   *key;
	IvmState   *state;
} ComputedKey;

typedef struct Folder
{
	IvmPlan    *plan;
	bool		exclusive;		/* no key locks are needed */
	bool		all;			/* also rows of slots that are in use */
	Relation	state_rel;
	Relation	delta_rel;
	IvmStore   *state;
	IvmStore   *delta;
	MemoryContext cxt;			/* of the fold: index scans allocate at any
								 * call */
	MemoryContext batch_cxt;
	MemoryContext key_cxt;
	int64		folded;			/* keys */
	double		budget;			/* cost of dirty keys yet to be recomputed one
								 * by one */
	IvmDeltaMap *deferred;		/* dirty keys for one pass, or NULL: leave
								 * them */
	List	   *computed;		/* of ComputedKey *, by that pass */
	int			locks;			/* of keys and slots */
	int64		start;			/* of the state; DT_NOBEGIN: it has all */
	const uint64 *wanted;		/* hashes of the keys to be folded, or NULL:
								 * whatever comes first */
	int			nwanted;
} Folder;

static bool allowed = true;

void
ivm_fold_allow(bool allow)
{
	allowed = allow;
}

/* A delta row in a slot, as a delta; values stay the slot's. */
static IvmDelta *
delta_from_slot(IvmPlan *plan, TupleTableSlot *slot)
{
	IvmDelta   *delta = ivm_delta_make(plan);

	slot_getallattrs(slot);
	memcpy(delta->values, slot->tts_values, sizeof(Datum) * plan->layout.delta_natts);
	memcpy(delta->nulls, slot->tts_isnull, sizeof(bool) * plan->layout.delta_natts);
	delta->hash = ivm_key_hash(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta));
	return delta;
}

/* Write the new state of a key; gone: it has no rows left.  key: any delta of it. */
static void
write_state(Folder *f, const IvmDelta *key, TupleTableSlot *row, IvmState *state, bool gone)
{
	if (gone && row)
		ivm_store_delete(f->state, &row->tts_tid);
	else if (row)
		ivm_store_update(f->state, &row->tts_tid, state->values, state->nulls);
	else if (!gone)
	{
		ivm_store_insert(f->state, state->values, state->nulls);
		ivm_shared_hash_after_insert(f->state, f->delta, key);
	}
}

/* Is it a row that is never folded? */
static bool
is_note(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetInt32(delta->values[plan->layout.delta_slot]) == IVM_SLOT_SHARED_HASH;
}

/* Did this fold have the lock of a delta row's slot before it took its snapshot? */
static bool
slot_is_claimed(Folder *f, IvmDelta *delta)
{
	int			slot = DatumGetInt32(delta->values[f->plan->layout.delta_slot]);

	return slot == 0 || ivm_key_lock_is_held(f->plan, delta->hash, slot);
}

/* The delta rows of a key that a fold takes. */
typedef struct TakenDeltas
{
	IvmDelta   *sum;			/* NULL: none */
	List	   *tids;
	bool		complete;		/* all that the snapshot sees */
} TakenDeltas;

/* Find what can be taken of a key; false if that is nothing. */
static bool
take_deltas(Folder *f, const IvmDelta *key, Snapshot snapshot, TakenDeltas *taken)
{
	IvmPlan    *plan = f->plan;
	IvmKeyLookup *lookup = ivm_store_lookup(f->delta);
	TupleTableSlot *row;

	taken->sum = NULL;
	taken->tids = NIL;
	taken->complete = true;
	ivm_key_lookup_find(lookup, snapshot, key->hash, ivm_delta_keys(plan, key),
						ivm_delta_key_nulls(plan, key), -1);
	while ((row = ivm_key_lookup_next(lookup)) != NULL)
	{
		IvmDelta   *delta = delta_from_slot(plan, row);

		if (is_note(plan, delta))
			continue;
		if (!slot_is_claimed(f, delta))
		{
			taken->complete = false;
			continue;
		}
		if (taken->sum)
			ivm_delta_add(plan, taken->sum, delta);
		else
			taken->sum = ivm_delta_copy(plan, delta);
		taken->tids = lappend(taken->tids, memcpy(palloc(sizeof(ItemPointerData)),
												  &row->tts_tid, sizeof(ItemPointerData)));
	}
	ivm_key_lookup_done(lookup);
	return taken->sum != NULL &&
		(taken->complete || !(ivm_plan_recomputes(plan) || ivm_delta_is_dirty(plan, taken->sum)));
}

/*
 * Replace a key's state row (NULL: none) and delete the deltas taken.  No state: it is before
 * the start of the state, and nothing of it is kept.
 */
static void
put_state(Folder *f, TupleTableSlot *row, IvmState *state, const TakenDeltas *taken)
{
	IvmPlan    *plan = f->plan;
	ListCell   *lc;

	write_state(f, taken->sum, row, state, state == NULL ||
				(!ivm_key_is_permanent(plan, state->values + plan->layout.first_key,
									   state->nulls + plan->layout.first_key) &&
				 (taken->complete ? ivm_state_row_count(plan, state) == 0 :
				  ivm_state_is_empty(plan, state))));
	foreach(lc, taken->tids)
		ivm_store_delete(f->delta, lfirst(lc));
	f->folded++;
}

static TupleTableSlot *
find_state_row(Folder *f, const IvmDelta *key)
{
	IvmKeyLookup *lookup = ivm_store_lookup(f->state);

	ivm_key_lookup_find(lookup, SnapshotSelf, key->hash, ivm_delta_keys(f->plan, key),
						ivm_delta_key_nulls(f->plan, key), -1);
	return ivm_key_lookup_next(lookup);
}

/* What a linear core has dirty was found wrong; a writer's commit must not fail for that. */
static bool
may_compute(Folder *f)
{
	return ivm_plan_recomputes(f->plan) || ivm_plan_owner_may_read(f->plan);
}

static bool
can_afford(Folder *f, const IvmDelta *key)
{
	double		cost = ivm_compute_key_cost(f->plan, ivm_delta_keys(f->plan, key),
											ivm_delta_key_nulls(f->plan, key));

	if (cost > f->budget)
		return false;
	f->budget -= cost;
	return true;
}

/*
 * Fold one key, whose lock is held; snapshot was taken after that.  A dirty
 * key is recomputed by itself if that is cheap, else set aside for one pass over
 * the base table, or left to a later fold.
 */
static void
fold_key(Folder *f, IvmDelta *key, Snapshot snapshot)
{
	IvmPlan    *plan = f->plan;
	TakenDeltas taken;
	IvmState   *state = ivm_state_make(plan);
	TupleTableSlot *row;

	if (!take_deltas(f, key, snapshot, &taken))
		return;
	row = find_state_row(f, key);
	if (row)
		ivm_state_from_slot(plan, row, state);
	else
		ivm_state_empty(plan, taken.sum, state);
	if (f->start != DT_NOBEGIN &&
		ivm_old_buckets_is_before(plan, ivm_delta_keys(plan, key), ivm_delta_key_nulls(plan, key), f->start))
		put_state(f, row, NULL, &taken);
	else if (ivm_state_apply(plan, state, taken.sum))
		put_state(f, row, state, &taken);
	else if (!may_compute(f))
		 /* it stays dirty */ ;
	else if (can_afford(f, key))
	{
		if (!ivm_compute_key(plan, snapshot, ivm_delta_keys(plan, key),
							 ivm_delta_key_nulls(plan, key), state))
			ivm_state_empty(plan, taken.sum, state);
		put_state(f, row, state, &taken);
	}
	else if (f->deferred != NULL &&
			 MemoryContextMemAllocated(f->cxt, true) < (Size) ivm_guc_pending_mem * 1024)
		ivm_delta_map_add(f->deferred, key);
	ivm_key_lookup_done(ivm_store_lookup(f->state));
}

/*
 * A state of the pass over the base table: keep it if its key waits for it.  The slot of the key becomes the
 * number of its state.  Rows of a bag come one by one.
 */
static void
keep_computed(IvmPlan *plan, const IvmState *state, void *arg)
{
	Folder	   *f = arg;
	const Datum *keys = state->values + plan->layout.first_key;
	const bool *nulls = state->nulls + plan->layout.first_key;
	IvmDelta   *key = ivm_delta_map_find(f->deferred, ivm_key_hash(plan, keys, nulls), keys, nulls);
	MemoryContext oldcxt;
	ComputedKey *computed;
	int			number;

	if (key == NULL)
		return;
	number = DatumGetInt32(key->values[plan->layout.delta_slot]);
	if (number > 0)
	{
		IvmState   *kept = ((ComputedKey *) list_nth(f->computed, number - 1))->state;

		kept->values[plan->layout.state_row_count] =
			Int64GetDatum(ivm_state_row_count(plan, kept) + ivm_state_row_count(plan, state));
		return;
	}
	oldcxt = MemoryContextSwitchTo(f->cxt);
	computed = palloc(sizeof(ComputedKey));
	computed->key = key;
	computed->state = ivm_state_make(plan);
	ivm_state_copy(plan, computed->state, state);
	f->computed = lappend(f->computed, computed);
	key->values[plan->layout.delta_slot] = Int32GetDatum(list_length(f->computed));
	MemoryContextSwitchTo(oldcxt);
}

static void
fold_computed(Folder *f, const IvmDelta *key, IvmState *state, Snapshot snapshot)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(f->key_cxt);
	TakenDeltas taken;

	CHECK_FOR_INTERRUPTS();
	if (take_deltas(f, key, snapshot, &taken))
	{
		TupleTableSlot *row = find_state_row(f, key);

		if (state == NULL)
		{
			state = ivm_state_make(f->plan);
			ivm_state_empty(f->plan, taken.sum, state);
		}
		put_state(f, row, state, &taken);
		ivm_key_lookup_done(ivm_store_lookup(f->state));
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextReset(f->key_cxt);
}

/*
 * Recompute the keys set aside, in one pass.  Their locks are held, so the
 * snapshot taken here is as good as the one that found them dirty.  The pass
 * may run in parallel, and nothing can be written until it has ended.
 */
static void
fold_deferred(Folder *f)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ListCell   *lc;

	ivm_compute_all(f->plan, snapshot, keep_computed, f);
	foreach(lc, f->computed)
	{
		ComputedKey *computed = lfirst(lc);

		fold_computed(f, computed->key, computed->state, snapshot);
	}
	foreach(lc, ivm_delta_map_list(f->deferred))
	{
		IvmDelta   *key = lfirst(lc);

		if (DatumGetInt32(key->values[f->plan->layout.delta_slot]) == 0)
			fold_computed(f, key, NULL, snapshot);
	}
	UnregisterSnapshot(snapshot);
	CommandCounterIncrement();
}

static bool
claim(Folder *f, uint64 hash, int slot)
{
	if (ivm_key_lock_is_held(f->plan, hash, slot))
		return true;
	if (!ivm_key_lock_try(f->plan, hash, slot))
		return false;
	f->locks++;
	return true;
}

/*
 * Has one of the last transactions written this row?  Then the next ones will
 * add to it; without it they would have to insert it again.
 */
static bool
is_recent(TupleTableSlot *row, Snapshot snapshot)
{
	bool		isnull;
	TransactionId xmin;

	if (!TTS_IS_BUFFERTUPLE(row))
		return false;
	xmin = DatumGetTransactionId(slot_getsysattr(row, MinTransactionIdAttributeNumber, &isnull));
	return TransactionIdIsNormal(xmin) && (int32) (snapshot->xmax - xmin) < RECENT_TRANSACTIONS;
}

static bool
is_wanted(const Folder *f, uint64 hash)
{
	for (int i = 0; i < f->nwanted; i++)
		if (f->wanted[i] == hash)
			return true;
	return f->wanted == NULL;
}

/*
 * Take keys from an ordered scan of the delta table, with their locks, until
 * the batch is full; returns false at the end, of the scan or of the locks.
 */
static bool
collect_keys(Folder *f, IndexScanDesc scan, TupleTableSlot *slot, int max_keys,
			 IvmDeltaMap *batch)
{
	IvmPlan    *plan = f->plan;
	int			refused = 0;
	int			recent = 0;

	while (ivm_delta_map_count(batch) < max_keys && refused < max_keys * 4)
	{
		IvmDelta   *delta;
		int			slotno;
		MemoryContext oldcxt = MemoryContextSwitchTo(f->cxt);
		bool		found = index_getnext_slot(scan, ForwardScanDirection, slot);

		MemoryContextSwitchTo(oldcxt);
		CHECK_FOR_INTERRUPTS();
		if (!found)
			return false;
		delta = delta_from_slot(plan, slot);
		if (is_note(plan, delta))
			continue;
		slotno = DatumGetInt32(delta->values[plan->layout.delta_slot]);
		if (!is_wanted(f, delta->hash))
			continue;
		if (f->locks >= MAX_LOCKS)
			return false;
		if (!f->all && slotno != 0 && recent < MAX_RECENT &&
			is_recent(slot, scan->xs_snapshot))
		{
			recent++;
			continue;
		}
		if (!f->exclusive && !claim(f, delta->hash, 0))
		{
			refused++;
			continue;
		}
		if (slotno != 0)
			(void) claim(f, delta->hash, slotno);
		ivm_delta_map_add(batch, delta);
	}
	return true;
}

static void
fold_batch(Folder *f, IvmDeltaMap *batch)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ListCell   *lc;

	foreach(lc, ivm_delta_map_list(batch))
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(f->key_cxt);

		CHECK_FOR_INTERRUPTS();
		fold_key(f, lfirst(lc), snapshot);
		MemoryContextSwitchTo(oldcxt);
		MemoryContextReset(f->key_cxt);
	}
	UnregisterSnapshot(snapshot);
}

/* Fold up to max_keys keys in the order of the delta table's index. */
static void
fold_keys(Folder *f, int64 max_keys)
{
	Relation	index = index_open(f->plan->delta_index, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	IndexScanDesc scan = ivm_compat_index_beginscan(f->delta_rel, index, snapshot, 0);
	TupleTableSlot *slot = table_slot_create(f->delta_rel, NULL);
	bool		more = true;
	int64		collected = 0;

	index_rescan(scan, NULL, 0, NULL, 0);
	while (more && collected < max_keys)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(f->batch_cxt);
		IvmDeltaMap *batch = ivm_delta_map_create(f->plan, f->batch_cxt);
		int			size = (int) Min(max_keys - collected, EXCLUSIVE_BATCH);

		more = collect_keys(f, scan, slot, size, batch);
		collected += ivm_delta_map_count(batch);
		if (ivm_delta_map_count(batch) == 0)
			more = false;
		else
			fold_batch(f, batch);
		MemoryContextSwitchTo(oldcxt);
		MemoryContextReset(f->batch_cxt);
		CommandCounterIncrement();
	}
	index_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
}

/* Lock the base tables and all partitions, if that is possible at once. */
static bool
try_lock_bases(IvmPlan *plan, LOCKMODE lockmode)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, plan->row->bases)
	{
		Relation	rel = ivm_store_try_open(lfirst_oid(lc), lockmode);
		bool		partitioned;

		if (rel == NULL)
			return false;
		partitioned = rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
		table_close(rel, NoLock);
		if (!partitioned)
			continue;
		foreach(lc2, find_all_inheritors(lfirst_oid(lc), NoLock, NULL))
		{
			if (!ConditionalLockRelationOid(lfirst_oid(lc2), lockmode))
				return false;
		}
	}
	return true;
}

/* May the view be folded?  Where not, its deltas wait. */
static bool
is_possible(IvmPlan *plan)
{
	/*
	 * dirty keys are recomputed as the owner: no writer's commit may fail for
	 * that
	 */
	return plan->unusable == NULL && !plan->appends &&
		(!ivm_plan_recomputes(plan) || ivm_plan_owner_may_read(plan));
}

/* Fold what can be had without waiting, of all keys or of those wanted; the base tables are locked. */
static int64
fold_deltas(IvmPlan *plan, int64 max_keys, bool exclusive, bool recompute_all, const uint64 *wanted, int nwanted)
{
	Folder		f = {
		.plan = plan,
		.exclusive = exclusive,
		.wanted = wanted,
		.nwanted = nwanted
	};
	ErrorContextCallback callback;
	MemoryContext cxt;
	MemoryContext oldcxt;

	/* where keys can be dirty, rows in use would keep them so */
	f.all = max_keys == PG_INT64_MAX || ivm_plan_recomputes(plan);
	ivm_ahead_note(plan->row->id);
	ivm_error_enter_view(&callback, plan->name);
	f.state_rel = ivm_store_try_open(plan->row->state, RowExclusiveLock);
	f.delta_rel = f.state_rel ? ivm_store_try_open(plan->row->delta, RowExclusiveLock) : NULL;
	if (f.delta_rel != NULL)
	{
		cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm fold", ALLOCSET_DEFAULT_SIZES);
		oldcxt = MemoryContextSwitchTo(cxt);
		f.cxt = cxt;
		f.batch_cxt = AllocSetContextCreate(cxt, "ivm fold batch", ALLOCSET_DEFAULT_SIZES);
		f.key_cxt = AllocSetContextCreate(cxt, "ivm fold key", ALLOCSET_DEFAULT_SIZES);
		f.state = ivm_store_open(plan, f.state_rel, false);
		f.delta = ivm_store_open(plan, f.delta_rel, true);
		f.start = ivm_old_buckets_start(plan);
		f.budget = recompute_all && ivm_plan_recomputes(plan) ? ivm_compute_all_cost(plan) : WRITER_COST;
		if (recompute_all)
			f.deferred = ivm_delta_map_create(plan, cxt);
		fold_keys(&f, max_keys);
		if (f.deferred && ivm_delta_map_count(f.deferred) > 0)
			fold_deferred(&f);
		ivm_store_close(f.delta);
		ivm_store_close(f.state);
		MemoryContextSwitchTo(oldcxt);
		MemoryContextDelete(cxt);
		table_close(f.delta_rel, NoLock);
	}
	if (f.state_rel)
		table_close(f.state_rel, NoLock);
	ivm_error_leave_view(&callback);
	return f.folded;
}

int64
ivm_fold_all(IvmPlan *plan)
{
	bool		exclusive;
	int64		removed;
	int64		folded;

	if (!is_possible(plan) || !try_lock_bases(plan, RowExclusiveLock))
		return 0;
	/* one lock instead of one per key */
	exclusive = ConditionalLockRelationOid(plan->row->state, ShareRowExclusiveLock);
	removed = ivm_old_buckets_drop(plan, exclusive, PG_INT64_MAX);
	folded = fold_deltas(plan, PG_INT64_MAX, exclusive, true, NULL, 0);
	if (exclusive && removed == 0 && folded == 0)
		UnlockRelationOid(plan->row->state, ShareRowExclusiveLock);
	return folded;
}

int64
ivm_fold_old(IvmPlan *plan, int64 max_rows)
{
	if (plan->unusable != NULL || !try_lock_bases(plan, RowExclusiveLock))
		return 0;
	return ivm_old_buckets_drop(plan, ConditionalLockRelationOid(plan->row->state, ShareRowExclusiveLock),
								max_rows);
}

int64
ivm_fold_batch(IvmPlan *plan, int64 max_keys)
{
	if (!is_possible(plan) || !try_lock_bases(plan, RowExclusiveLock))
		return 0;
	return fold_deltas(plan, max_keys, false, true, NULL, 0);
}

int64
ivm_fold_keys(IvmPlan *plan, const uint64 *hashes, int n)
{
	if (!is_possible(plan) || !try_lock_bases(plan, RowExclusiveLock))
		return 0;

	/*
	 * a number of keys as a limit would end the scan at the first delta row
	 * of the last one
	 */
	return fold_deltas(plan, PG_INT64_MAX, false, true, hashes, n);
}

/*
 * Fold after a change of the view has been applied; the writer goes on to commit.  Where computing a
 * key may raise an error, that is left to others: it would fail a writer who has nothing to do with it,
 * and a subtransaction cannot be rolled back during a COMMIT.
 */
static void
fold_some(IvmPlan *plan, int64 max_keys, bool exclusive)
{
	CommandCounterIncrement();
	if (!ivm_plan_may_raise(plan) && is_possible(plan) && try_lock_bases(plan, AccessShareLock))
		(void) fold_deltas(plan, max_keys, exclusive, false, NULL, 0);
}

void
ivm_fold_after_apply(IvmPlan *plan, int appended, bool exclusive)
{
	bool		wrote_out = ivm_pending_wrote_out();

	if (!allowed || IsolationUsesXactSnapshot() || ivm_guc_fold_batch == 0)
		return;
	if (exclusive && wrote_out)
		fold_some(plan, PG_INT64_MAX, true);
	else if (appended > 0 &&
			 pg_prng_uint64_range(&pg_global_prng_state, 1, FOLD_ODDS) == 1)
		fold_some(plan, ivm_guc_fold_batch, exclusive);
}
