/*-------------------------------------------------------------------------
 *
 * key_lookup.c
 *	  Finding rows of a state or delta table by their key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
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
	TupleTableSlot *slot;
	int			nkeys;			/* scan keys without the slot */
	int			nscankeys;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	ItemPointerData root;		/* where the index entry found points to */
	const Datum *keys;			/* the key being looked for */
	const bool *nulls;
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
	memcpy(lookup->scankeys, cached_scankeys(plan, lookup->index, delta, lookup->nscankeys),
		   sizeof(ScanKeyData) * lookup->nscankeys);
	lookup->slot = table_slot_create(rel, NULL);
	lookup->scan = ivm_compat_index_beginscan(rel, lookup->index, SnapshotAny,
											  lookup->nscankeys);
	return lookup;
}

Relation
ivm_key_lookup_index(IvmKeyLookup *lookup)
{
	return lookup->index;
}

void
ivm_key_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
					const Datum *keys, const bool *nulls, int slot)
{
	int			nscankeys = slot < 0 ? lookup->nkeys : lookup->nkeys + 1;
	MemoryContext oldcxt = MemoryContextSwitchTo(lookup->cxt);

	lookup->keys = keys;
	lookup->nulls = nulls;
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

TupleTableSlot *
ivm_key_lookup_next(IvmKeyLookup *lookup)
{
	IvmPlan    *plan = lookup->plan;
	MemoryContext oldcxt = MemoryContextSwitchTo(lookup->cxt);
	TupleTableSlot *result = NULL;

	while (result == NULL)
	{
		if (!lookup->scan->xs_heap_continue)
		{
			ItemPointer tid = index_getnext_tid(lookup->scan, ForwardScanDirection);

			if (tid == NULL)
				break;
			lookup->root = *tid;
		}
		if (!index_fetch_heap(lookup->scan, lookup->slot))
			continue;
		if (plan->layout.hashed)
		{
			slot_getsomeattrs(lookup->slot, 1 + plan->nkeys);
			if (!ivm_key_equal(plan, lookup->keys, lookup->nulls,
							   lookup->slot->tts_values + 1, lookup->slot->tts_isnull + 1))
				continue;
		}
		result = lookup->slot;
	}
	MemoryContextSwitchTo(oldcxt);
	return result;
}

ItemPointer
ivm_key_lookup_root(IvmKeyLookup *lookup)
{
	return &lookup->root;
}

void
ivm_key_lookup_done(IvmKeyLookup *lookup)
{
	ExecClearTuple(lookup->slot);
}

void
ivm_key_lookup_end(IvmKeyLookup *lookup)
{
	index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->slot);
	index_close(lookup->index, NoLock);
	pfree(lookup);
}
