/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Writing rows of state and delta tables.
 *
 * A row is found by a hint, without the index, where there is one: see "where rows
 * are" below.  Hints live in the plan's context and are bounded per view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/smgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "commit/key_lookup.h"
#include "commit/store.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"

Relation
ivm_store_try_open(Oid relid, LOCKMODE lockmode)
{
	if (!ConditionalLockRelationOid(relid, lockmode))
		return NULL;
	return try_relation_open(relid, NoLock);
}

/*
 * A transaction that drops the table makes the plan invalid before its lock is released,
 * so with the lock, a plan that is valid says that the table is there.
 */
Relation
ivm_store_try_open_state(IvmPlan *plan, LOCKMODE lockmode)
{
	if (!ConditionalLockRelationOid(plan->row->state, lockmode))
		return NULL;
	if (unlikely(plan->run->derived.invalid))
		return try_relation_open(plan->row->state, NoLock);
	return table_open(plan->row->state, NoLock);
}

IvmStore *
ivm_store_open(IvmPlan *plan, Relation rel, bool is_delta)
{
	IvmStore   *store = palloc0(sizeof(IvmStore));

	store->cxt = CurrentMemoryContext;
	store->plan = plan;
	store->rel = rel;
	store->is_delta = is_delta;
	store->slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	return store;
}

void
ivm_store_close(IvmStore *store)
{
	if (store->lookup)
		ivm_key_lookup_end(store->lookup);
	if (store->fetch)
	{
		table_index_fetch_end(store->fetch);
		ExecDropSingleTupleTableSlot(store->fetch_slot);
	}
	if (store->rri)
	{
		ExecCloseIndices(store->rri);
		FreeExecutorState(store->estate);
	}
	ExecDropSingleTupleTableSlot(store->slot);
	pfree(store);
}

IvmKeyLookup *
ivm_store_lookup(IvmStore *store)
{
	if (store->lookup == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

		store->lookup = ivm_key_lookup_begin(store->plan, store->rel, store->is_delta);
		MemoryContextSwitchTo(oldcxt);
	}
	return store->lookup;
}

/* ---- where rows are ---- */

/*
 * The hints of a view: a table of sets, each a cache line.  A hint can be in any place
 * of the set that its hash and slot give.  Sets are doubled when one is full, up to a
 * limit; then a hint takes the place of another.
 */
#define HINT_WAYS		4
#define HINT_SETS_MIN	16
#define HINT_SETS_MAX	2048	/* powers of two */

typedef struct IvmTidHints
{
	int			nsets;
	uint32		ndropped;
	IvmTidHint *hints;
} IvmTidHints;

static IvmTidHint *
hint_set(const IvmTidHints *hints, uint64 hash, int slot)
{
	uint64		set = (hash + slot * 31) & (hints->nsets - 1);

	return &hints->hints[set * HINT_WAYS];
}

IvmTidHint *
ivm_store_hint(const IvmPlan *plan, uint64 hash, int slot)
{
	const IvmTidHints *hints = plan->run->hints;
	IvmTidHint *set;

	if (unlikely(hints == NULL))
		return NULL;
	set = hint_set(hints, hash, slot);
	for (int i = 0; i < HINT_WAYS; i++)
		if (set[i].hash == (uint32) hash && set[i].slot == slot && ItemPointerIsValid(&set[i].root))
			return &set[i];
	return NULL;
}

/* A free place for a hint, or NULL. */
static IvmTidHint *
free_hint(const IvmTidHints *hints, uint64 hash, int slot)
{
	IvmTidHint *set = hint_set(hints, hash, slot);

	for (int i = 0; i < HINT_WAYS; i++)
		if (!ItemPointerIsValid(&set[i].root))
			return &set[i];
	return NULL;
}

/* The hints of a plan, with room for some. */
static IvmTidHints *
make_hints(const IvmPlan *plan)
{
	IvmTidHints *hints = MemoryContextAllocZero(plan->cxt, sizeof(IvmTidHints));

	hints->hints = MemoryContextAllocZero(plan->cxt,
										  sizeof(IvmTidHint) * HINT_SETS_MIN * HINT_WAYS);
	hints->nsets = HINT_SETS_MIN;
	return plan->run->hints = hints;
}

/* Make room for more hints; some of them may be lost. */
static void
grow_hints(const IvmPlan *plan, IvmTidHints *hints)
{
	IvmTidHint *old = hints->hints;
	int			nold = hints->nsets * HINT_WAYS;

	hints->hints = MemoryContextAllocZero(plan->cxt, sizeof(IvmTidHint) * nold * 2);
	hints->nsets *= 2;
	for (int i = 0; i < nold; i++)
	{
		IvmTidHint *to;

		if (!ItemPointerIsValid(&old[i].root))
			continue;
		to = free_hint(hints, old[i].hash, old[i].slot);
		if (to)
			*to = old[i];
	}
	pfree(old);
}

static void
set_hint(IvmTidHint *hint, ItemPointer root)
{
	hint->root = *root;
	hint->before = ItemPointerGetOffsetNumber(root);
}

/* Remember where a row is, maybe in the place of another hint. */
static IvmTidHint *
make_hint(const IvmPlan *plan, uint64 hash, int slot, ItemPointer root)
{
	IvmTidHint *hint = ivm_store_hint(plan, hash, slot);

	if (hint == NULL)
	{
		IvmTidHints *hints = plan->run->hints ? plan->run->hints : make_hints(plan);

		hint = free_hint(hints, hash, slot);
		while (hint == NULL && hints->nsets < HINT_SETS_MAX)
		{
			grow_hints(plan, hints);
			hint = free_hint(hints, hash, slot);
		}
		if (hint == NULL)
			hint = hint_set(hints, hash, slot) + hints->ndropped++ % HINT_WAYS;
		hint->hash = (uint32) hash;
		hint->slot = slot;
		hint->contended = hint->spread = 0;
	}
	set_hint(hint, root);
	return hint;
}

/* Is this the row of the key, and in a delta table, of the slot? */
static bool
is_row_of(IvmStore *store, TupleTableSlot *row, const IvmDelta *delta, int slot)
{
	IvmPlan    *plan = store->plan;
	int			first = plan->layout.first_key;

	slot_getsomeattrs(row, store->is_delta ? plan->layout.delta_slot + 1 : first + plan->nkeys);
	if (store->is_delta && DatumGetInt32(row->tts_values[plan->layout.delta_slot]) != slot)
		return false;
	return ivm_key_equal(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta),
						 row->tts_values + first, row->tts_isnull + first);
}

/*
 * Does a table, on which a lock is held, have this block?  What this backend
 * remembers of the size is forgotten when the table is truncated.
 */
static bool
has_block(Relation rel, BlockNumber block)
{
	BlockNumber known = RelationGetSmgr(rel)->smgr_cached_nblocks[MAIN_FORKNUM];

	return (known != InvalidBlockNumber && block < known) ||
		block < RelationGetNumberOfBlocks(rel);
}

/*
 * Fetch the newest version by the chain that starts at an offset, or (goes_on) goes on
 * from there; is it the row of the key?
 */
static bool
fetch_row(IvmStore *store, IvmTidHint *hint, OffsetNumber start, bool goes_on,
		  const IvmDelta *delta, int slot)
{
	ItemPointerData tid;

	ItemPointerSet(&tid, ItemPointerGetBlockNumber(&hint->root), start);
	return table_index_fetch_tuple(store->fetch, &tid, SnapshotSelf, store->fetch_slot,
								   &goes_on, NULL) &&
		is_row_of(store, store->fetch_slot, delta, slot);
}

/*
 * A row by its hint, without the index, or NULL.  Whatever the hint points to
 * by now: a visible row with this key and slot is the row.
 *
 * Until a page is pruned a chain may have a hundred versions, so the look-up
 * begins with the version before the one seen last time.  It is first tried as the
 * start of a chain: the table access method goes on from a version only if that was
 * looked at before.
 */
static TupleTableSlot *
find_by_hint(IvmStore *store, const IvmDelta *delta, int slot)
{
	IvmTidHint *hint = ivm_store_hint(store->plan, delta->hash, slot);
	OffsetNumber root;

	if (hint == NULL || !has_block(store->rel, ItemPointerGetBlockNumber(&hint->root)))
		return NULL;
	if (store->fetch == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

		store->fetch = table_index_fetch_begin(store->rel);
		store->fetch_slot = table_slot_create(store->rel, NULL);
		MemoryContextSwitchTo(oldcxt);
	}
	root = ItemPointerGetOffsetNumber(&hint->root);
	if (!(hint->before != root && TTS_IS_BUFFERTUPLE(store->fetch_slot) &&
		  (fetch_row(store, hint, hint->before, false, delta, slot) ||
		   fetch_row(store, hint, hint->before, true, delta, slot))) &&
		!fetch_row(store, hint, root, false, delta, slot))
		return NULL;
	store->hint = hint;
	return store->fetch_slot;
}

TupleTableSlot *
ivm_store_find(IvmStore *store, const IvmDelta *delta, int slot)
{
	IvmPlan    *plan = store->plan;
	TupleTableSlot *row = find_by_hint(store, delta, slot);
	IvmKeyLookup *lookup;

	if (row)
		return row;
	lookup = ivm_store_lookup(store);
	ivm_key_lookup_find(lookup, SnapshotSelf, delta->hash, ivm_delta_keys(plan, delta),
						ivm_delta_key_nulls(plan, delta), store->is_delta ? slot : -1);
	row = ivm_key_lookup_next(lookup);
	if (row)
		store->hint = make_hint(plan, delta->hash, slot, ivm_key_lookup_root(lookup));
	return row;
}

void
ivm_store_found_done(IvmStore *store)
{
	store->hint = NULL;
	if (store->fetch_slot)
		ExecClearTuple(store->fetch_slot);
	if (store->lookup)
		ivm_key_lookup_done(store->lookup);
}

static void
put_row(IvmStore *store, const Datum *values, const bool *nulls)
{
	int			natts = RelationGetDescr(store->rel)->natts;

	ExecClearTuple(store->slot);
	memcpy(store->slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(store->slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(store->slot);
	store->slot->tts_tableOid = RelationGetRelid(store->rel);
}

static void
insert_index_entries(IvmStore *store, bool update, int index_mode)
{
	if (store->rri == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

		store->estate = CreateExecutorState();
		MemoryContextSwitchTo(store->estate->es_query_cxt);
		store->rri = makeNode(ResultRelInfo);
		InitResultRelInfo(store->rri, store->rel, 0, NULL, 0);
		ExecOpenIndices(store->rri, false);
		MemoryContextSwitchTo(oldcxt);
	}
	if (store->rri->ri_NumIndices > 0)
		ivm_compat_insert_indexes(store->rri, store->slot, store->estate, update, index_mode);
	ResetPerTupleExprContext(store->estate);
}

void
ivm_store_insert(IvmStore *store, const Datum *values, const bool *nulls)
{
	put_row(store, values, nulls);
	table_tuple_insert(store->rel, store->slot, GetCurrentCommandId(true), 0, NULL);
	insert_index_entries(store, false, 1);
	ExecClearTuple(store->slot);
}

static void
report_interference(IvmStore *store)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("storage of view \"%s\" was changed by another command",
					ivm_catalog_view_name(store->plan->row)),
			 errdetail("Table \"%s\" is maintained by ivm alone.",
					   RelationGetRelationName(store->rel)),
			 errhint("Leave the table alone, and run ivm.reconcile() on the view.")));
}

void
ivm_store_update(IvmStore *store, ItemPointer tid, const Datum *values, const bool *nulls)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	int			index_mode;

	put_row(store, values, nulls);
	if (ivm_compat_tuple_update(store->rel, tid, store->slot, GetCurrentCommandId(true),
								InvalidSnapshot, true, &failure, &lockmode,
								&index_mode) != TM_Ok)
		report_interference(store);
	if (index_mode != 0)
		insert_index_entries(store, true, index_mode);
	if (store->hint && index_mode == 1)
		set_hint(store->hint, &store->slot->tts_tid);	/* a new chain */
	else if (store->hint)
		store->hint->before = ItemPointerGetOffsetNumber(tid);
	ExecClearTuple(store->slot);
}

void
ivm_store_delete(IvmStore *store, ItemPointer tid)
{
	TM_FailureData failure;

	if (table_tuple_delete(store->rel, tid, GetCurrentCommandId(true), InvalidSnapshot,
						   InvalidSnapshot, true, &failure, false) != TM_Ok)
		report_interference(store);
}

void
ivm_store_delete_all(IvmPlan *plan, Oid relid)
{
	Relation	rel = table_open(relid, RowExclusiveLock);
	IvmStore   *store = ivm_store_open(plan, rel, relid == plan->row->delta);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ivm_store_delete(store, &slot->tts_tid);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	ivm_store_close(store);
	table_close(rel, NoLock);
}
