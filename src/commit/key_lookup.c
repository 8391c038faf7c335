/*-------------------------------------------------------------------------
 *
 * key_lookup.c
 *	  Finding rows of a state or delta table by their key.
 *
 * While an old snapshot is open dead index entries stay, one for each page that a row has
 * been in.  Who looks for the newest version begins with the last one: entries with equal
 * keys are in the order of their TIDs, and a table that keeps all versions grows at its
 * end.  From there the update chain leads on to the newest version.  Who looks with a snapshot begins there,
 * too, unless the snapshot is old.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "pgstat.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/heap_row.h"
#include "commit/key_lookup.h"
#include "plan/key.h"
#include "plan/plan.h"

struct IvmKeyLookup
{
	MemoryContext cxt;			/* of the look-up: index scans allocate at any
								 * call */
	IvmPlan    *plan;
	Relation	rel;
	Relation	index;
	IndexScanDesc scan;
	bool		delta;
	bool		heap;
	TupleTableSlot *row;
	int			nkeys;			/* scan keys without the slot */
	int			nscankeys;
	ScanKeyData *scankeys;
	ItemPointerData root;		/* where the index entry found points to */
	bool		newest;			/* looking for the newest version */
	bool		backward;		/* from the last index entry to the first */
	bool		met_others;		/* visible rows with the hash and another key */
	Snapshot	judged;			/* the last snapshot looked with, and whether */
	bool		recent;			/* it is recent */
	const Datum *keys;			/* the key being looked for */
	const bool *nulls;
	int			slot;
};

static void
init_scankey(ScanKey sk, AttrNumber attno, Relation index)
{
	Oid			opcintype = index->rd_opcintype[attno - 1];
	Oid			eqop = get_opfamily_member(index->rd_opfamily[attno - 1],
										   opcintype, opcintype, BTEqualStrategyNumber);

	ScanKeyEntryInitialize(sk, 0, attno, BTEqualStrategyNumber, InvalidOid,
						   index->rd_indcollation[attno - 1], get_opcode(eqop), (Datum) 0);
}

/* Scan keys of the key indexes, without values; NULL: not made yet. */
typedef struct IvmScanKeys
{
	ScanKeyData *state;
	ScanKeyData *delta;
} IvmScanKeys;

/* The scan keys of one key index, made at first use; they live as long as the plan. */
static const ScanKeyData *
cached_scankeys(const IvmPlan *plan, Relation index, bool delta, int n)
{
	IvmScanKeys *cached = plan->run->scankeys;
	ScanKeyData **place;
	MemoryContext oldcxt;
	ScanKeyData *keys;

	if (unlikely(cached == NULL))
		cached = plan->run->scankeys = MemoryContextAllocZero(plan->cxt, sizeof(IvmScanKeys));
	place = delta ? &cached->delta : &cached->state;
	if (likely(*place != NULL))
		return *place;
	oldcxt = MemoryContextSwitchTo(plan->cxt);
	keys = palloc(sizeof(ScanKeyData) * n);
	for (int i = 0; i < n; i++)
		init_scankey(&keys[i], i + 1, index);
	MemoryContextSwitchTo(oldcxt);
	return *place = keys;
}

IvmKeyLookup *
ivm_key_lookup_begin(IvmPlan *plan, Relation rel, bool delta)
{
	IvmKeyLookup *lookup = palloc0(sizeof(IvmKeyLookup));

	lookup->cxt = CurrentMemoryContext;
	lookup->plan = plan;
	lookup->rel = rel;
	lookup->index = index_open(delta ? plan->delta_index : plan->state_index, AccessShareLock);
	lookup->nkeys = plan->layout.hashed ? 1 : plan->nkeys;
	lookup->nscankeys = lookup->nkeys + (delta ? 1 : 0);
	lookup->scankeys = palloc(sizeof(ScanKeyData) * lookup->nscankeys);
	memcpy(lookup->scankeys, cached_scankeys(plan, lookup->index, delta, lookup->nscankeys),
		   sizeof(ScanKeyData) * lookup->nscankeys);
	lookup->delta = delta;
	lookup->heap = ivm_heap_row_is_heap(rel);
	lookup->row = table_slot_create(rel, NULL);
	lookup->scan = ivm_compat_index_beginscan(rel, lookup->index, SnapshotAny,
											  lookup->nscankeys);
	return lookup;
}

Relation
ivm_key_lookup_index(IvmKeyLookup *lookup)
{
	return lookup->index;
}

/*
 * A snapshot that this many transactions have ended after, or fewer, sees one of the last
 * versions of a row.
 */
#define RECENT_TRANSACTIONS	65536

bool
ivm_key_lookup_is_recent(Snapshot snapshot)
{
	return IsMVCCSnapshot(snapshot) &&
		(int32) (ReadNextTransactionId() - snapshot->xmax) < RECENT_TRANSACTIONS;
}

/* Is a visible row likely to be found from the last entry sooner than from the first? */
static bool
from_last(IvmKeyLookup *lookup, Snapshot snapshot)
{
	if (lookup->delta)
		return false;
	if (lookup->judged != snapshot)
	{
		lookup->judged = snapshot;
		lookup->recent = ivm_key_lookup_is_recent(snapshot);
	}
	return lookup->recent;
}

void
ivm_key_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
					const Datum *keys, const bool *nulls, int slot)
{
	int			nscankeys = slot < 0 ? lookup->nkeys : lookup->nkeys + 1;
	MemoryContext oldcxt = MemoryContextSwitchTo(lookup->cxt);

	lookup->newest = snapshot == SnapshotSelf && lookup->heap;
	lookup->backward = lookup->newest || from_last(lookup, snapshot);
	lookup->met_others = false;
	lookup->keys = keys;
	lookup->nulls = nulls;
	lookup->slot = slot;
	lookup->scan->xs_snapshot = snapshot;
	if (lookup->plan->layout.hashed)
		lookup->scankeys[0].sk_argument = UInt64GetDatum(hash);
	else
	{
		for (int i = 0; i < lookup->nkeys; i++)
		{
			ScanKey		sk = &lookup->scankeys[i];

			sk->sk_argument = keys[i];
			sk->sk_flags = nulls[i] ? SK_ISNULL | SK_SEARCHNULL : 0;
		}
	}
	if (slot >= 0)
		lookup->scankeys[lookup->nkeys].sk_argument = Int32GetDatum(slot);
	lookup->scan->numberOfKeys = nscankeys;
	index_rescan(lookup->scan, lookup->scankeys, nscankeys, NULL, 0);
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_key_lookup_matches(const IvmPlan *plan, bool delta, TupleTableSlot *row,
					   const Datum *keys, const bool *nulls, int slot)
{
	int			first = plan->layout.first_key;

	slot_getsomeattrs(row, delta ? plan->layout.delta_slot + 1 : first + plan->nkeys);
	if (delta && slot >= 0 && DatumGetInt32(row->tts_values[plan->layout.delta_slot]) != slot)
		return false;
	return ivm_key_equal(plan, keys, nulls, row->tts_values + first, row->tts_isnull + first);
}

/* Fetch what an index entry leads to; false if that is nothing visible. */
static bool
fetch_row(IvmKeyLookup *lookup, ItemPointer tid)
{
	IndexScanDesc scan = lookup->scan;
	bool		all_dead;

	lookup->root = *tid;
	if (!lookup->newest)
		return index_fetch_heap(scan, lookup->row);
	if (ivm_heap_row_newest(lookup->rel, &lookup->root, NULL, lookup->row, &all_dead))
	{
		pgstat_count_heap_fetch(lookup->index);
		return true;
	}
	/* as index_fetch_heap() does: the index marks the entry as dead */
	if (!scan->xactStartedInRecovery)
		scan->kill_prior_tuple = all_dead;
	return false;
}

TupleTableSlot *
ivm_key_lookup_next(IvmKeyLookup *lookup)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(lookup->cxt);
	ScanDirection direction = lookup->backward ? BackwardScanDirection : ForwardScanDirection;
	bool		checks = lookup->newest || lookup->plan->layout.hashed;
	TupleTableSlot *result = NULL;

	while (result == NULL)
	{
		ItemPointer tid = &lookup->root;

		if (!lookup->scan->xs_heap_continue)
			tid = index_getnext_tid(lookup->scan, direction);
		if (tid == NULL)
			break;
		if (!fetch_row(lookup, tid))
			continue;
		if (!checks || ivm_key_lookup_matches(lookup->plan, lookup->delta, lookup->row,
											  lookup->keys, lookup->nulls, lookup->slot))
			result = lookup->row;
		else
			lookup->met_others = true;
	}
	MemoryContextSwitchTo(oldcxt);
	return result;
}

bool
ivm_key_lookup_met_others(IvmKeyLookup *lookup)
{
	return lookup->plan->layout.hashed && lookup->met_others;
}

ItemPointer
ivm_key_lookup_root(IvmKeyLookup *lookup)
{
	return &lookup->root;
}

void
ivm_key_lookup_done(IvmKeyLookup *lookup)
{
	ExecClearTuple(lookup->row);
}

void
ivm_key_lookup_end(IvmKeyLookup *lookup)
{
	index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->row);
	index_close(lookup->index, NoLock);
	pfree(lookup->scankeys);
	pfree(lookup);
}
