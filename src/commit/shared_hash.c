/*-------------------------------------------------------------------------
 *
 * shared_hash.c
 *	  Keys of a view that have the same hash.
 *
 * Where the key index is over the hash of the key, a reader who has come to the row of a hash that its snapshot sees
 * would like to know that there is no other (read/merge_newest.c).  Two keys hash alike once in a very long while, or
 * because somebody wants it, so it is noted when it happens: by a row of the delta table, which each reader reads.
 *
 * Of two rows that a snapshot sees, one was inserted later.  Its writer had the lock of the hash, or of the hash and the
 * slot, which is that of both keys, and looked the row up under it among all with the hash: so it has met the other one.
 * README.md, "Reading beside dead versions".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "base/compat.h"
#include "commit/key_lookup.h"
#include "commit/shared_hash.h"
#include "definition/core.h"
#include "plan/key.h"

bool
ivm_shared_hash_is_noted(const IvmPlan *plan)
{
	if (!plan->layout.hashed || plan->nkeys == 0 || plan->core->kind == IVM_CORE_BAG)
		return false;
	for (int i = 0; i < plan->nkeys; i++)
		if (!ivm_key_has_hash(&plan->keys[i]))
			return false;
	return true;
}

bool
ivm_shared_hash_was_met(const IvmStore *store)
{
	return store->lookup != NULL && ivm_key_lookup_met_others(store->lookup) &&
		ivm_shared_hash_is_noted(store->plan);
}

/* Write a note with the hash and the key of a delta, unless it is there. */
static void
note(IvmStore *delta, const IvmDelta *key)
{
	IvmPlan    *plan = delta->plan;
	int			n = plan->layout.first_key + plan->nkeys;
	IvmDelta   *result;
	bool		noted = ivm_store_find(delta, key, IVM_SLOT_SHARED_HASH) != NULL;

	ivm_store_found_done(delta);
	if (noted)
		return;
	result = ivm_delta_make(plan);
	memcpy(result->values, key->values, sizeof(Datum) * n);
	memcpy(result->nulls, key->nulls, sizeof(bool) * n);
	result->values[plan->layout.delta_slot] = Int32GetDatum(IVM_SLOT_SHARED_HASH);
	ivm_store_insert(delta, result->values, result->nulls);
}

void
ivm_shared_hash_after_insert(const IvmStore *store, IvmStore *delta, const IvmDelta *key)
{
	if (ivm_shared_hash_was_met(store))
		note(delta, key);
}

/* A hash that two rows of the state have, in *hash; false if there is none. */
static bool
find_shared(Relation state, Snapshot snapshot, int64 *hash)
{
	TupleTableSlot *slot = table_slot_create(state, NULL);
	TableScanDesc scan = table_beginscan(state, snapshot, 0, NULL);
	Tuplesortstate *sort = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false,
												 maintenance_work_mem, NULL, TUPLESORT_NONE);
	bool		found = false;
	bool		any = false;
	Datum		value;
	bool		isnull;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		value = slot_getattr(slot, 1, &isnull);
		tuplesort_putdatum(sort, value, isnull);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	tuplesort_performsort(sort);
	while (!found && ivm_compat_tuplesort_getdatum(sort, &value, &isnull))
	{
		found = any && DatumGetInt64(value) == *hash;
		*hash = DatumGetInt64(value);
		any = true;
	}
	tuplesort_end(sort);
	return found;
}

/* One note is enough for readers.  Its key is that of any row with the hash. */
static void
note_hash(IvmPlan *plan, Relation state, Snapshot snapshot, int64 hash)
{
	Relation	rel = table_open(plan->row->delta, RowExclusiveLock);
	IvmStore   *delta = ivm_store_open(plan, rel, true);
	TupleTableSlot *slot = table_slot_create(state, NULL);
	TableScanDesc scan = table_beginscan(state, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		int			n = plan->layout.first_key + plan->nkeys;
		IvmDelta   *key;

		slot_getsomeattrs(slot, n);
		if (DatumGetInt64(slot->tts_values[0]) != hash)
			continue;
		key = ivm_delta_make(plan);
		key->hash = (uint64) hash;
		memcpy(key->values, slot->tts_values, sizeof(Datum) * n);
		memcpy(key->nulls, slot->tts_isnull, sizeof(bool) * n);
		key->values[plan->layout.delta_slot] = Int32GetDatum(IVM_SLOT_SHARED_HASH);
		ivm_store_insert(delta, key->values, key->nulls);
		break;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	ivm_store_close(delta);
	table_close(rel, NoLock);
}

void
ivm_shared_hash_note_all(IvmPlan *plan)
{
	MemoryContext cxt;
	MemoryContext oldcxt;
	Relation	state;
	Snapshot	snapshot;
	int64		hash;

	if (!ivm_shared_hash_is_noted(plan))
		return;
	CommandCounterIncrement();
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm shared hashes", ALLOCSET_DEFAULT_SIZES);
	oldcxt = MemoryContextSwitchTo(cxt);
	state = table_open(plan->row->state, AccessShareLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	if (find_shared(state, snapshot, &hash))
		note_hash(plan, state, snapshot, hash);
	UnregisterSnapshot(snapshot);
	table_close(state, NoLock);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}
