/*-------------------------------------------------------------------------
 *
 * delta_map.c
 *	  A set of deltas, one for each key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/sortsupport.h"

#include "base/compat.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/plan.h"

#include "lib/simplehash.h"

typedef struct DeltaEntry
{
	IvmDelta   *delta;
	uint32		hash;
	char		status;
	bool		kept;			/* the delta must not be changed */
} DeltaEntry;

typedef struct DeltaProbe
{
	IvmPlan    *plan;
	uint64		hash;
	const Datum *keys;
	const bool *nulls;
} DeltaProbe;

/*
 * A hash table (simplehash) whose entries point to deltas.  The key of an entry
 * is inside its delta, and the key of a look-up in no delta at all, so the
 * caller of the table puts the latter into probe first (set_probe), where the
 * table's functions for hashing and comparing find it.
 */
struct IvmDeltaMap
{
	IvmPlan    *plan;
	MemoryContext cxt;
	struct deltahash_hash *table;
	DeltaProbe	probe;
	int64		added;			/* deltas, several of a key included */
};

static bool
probe_matches(struct IvmDeltaMap *map, IvmDelta *delta)
{
	DeltaProbe	probe;
	bool		result;

	if (delta == NULL)
		return true;			/* the entry being inserted */
	if (delta->hash != map->probe.hash)
		return false;
	/* a type's own equality may look up in the same map, which others share */
	probe = map->probe;
	result = ivm_key_equal(map->plan, probe.keys, probe.nulls,
						   ivm_delta_keys(map->plan, delta),
						   ivm_delta_key_nulls(map->plan, delta));
	map->probe = probe;
	return result;
}

#define SH_PREFIX deltahash
#define SH_ELEMENT_TYPE DeltaEntry
#define SH_KEY_TYPE IvmDelta *
#define SH_KEY delta
#define SH_HASH_KEY(tb, key) ((uint32) ((struct IvmDeltaMap *) (tb)->private_data)->probe.hash)
#define SH_EQUAL(tb, a, b) probe_matches((struct IvmDeltaMap *) (tb)->private_data, (a))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

IvmDeltaMap *
ivm_delta_map_create(IvmPlan *plan, MemoryContext cxt)
{
	IvmDeltaMap *map = MemoryContextAllocZero(cxt, sizeof(IvmDeltaMap));

	map->plan = plan;
	map->cxt = cxt;
	map->table = deltahash_create(cxt, 64, map);
	return map;
}

static void
set_probe(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	map->probe.hash = hash;
	map->probe.keys = keys;
	map->probe.nulls = nulls;
}

/* The entry of a key, whose delta is the caller's to set if it is new. */
static DeltaEntry *
insert(IvmDeltaMap *map, const IvmDelta *delta, bool *found)
{
	set_probe(map, delta->hash, ivm_delta_keys(map->plan, delta),
			  ivm_delta_key_nulls(map->plan, delta));
	map->added++;
	return deltahash_insert(map->table, NULL, found);
}

/* Let a delta be that of a new entry. */
static void
set_new(IvmDeltaMap *map, DeltaEntry *entry, IvmDelta *delta, bool kept)
{
	delta->number = (int) map->table->members - 1;
	entry->delta = delta;
	entry->kept = kept;
}

/* Add to the delta of an entry. */
static void
add_to(IvmDeltaMap *map, DeltaEntry *entry, const IvmDelta *delta)
{
	if (entry->kept)
	{
		int			number = entry->delta->number;

		entry->delta = ivm_delta_copy(map->plan, entry->delta);
		entry->delta->number = number;
		entry->kept = false;
	}
	ivm_delta_add(map->plan, entry->delta, delta);
}

void
ivm_delta_map_add(IvmDeltaMap *map, const IvmDelta *delta)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(map->cxt);
	bool		found;
	DeltaEntry *entry = insert(map, delta, &found);

	if (!found)
		set_new(map, entry, ivm_delta_copy(map->plan, delta), false);
	else
		add_to(map, entry, delta);
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_delta_map_add_kept(IvmDeltaMap *map, IvmDelta *delta)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(map->cxt);
	bool		found;
	DeltaEntry *entry = insert(map, delta, &found);

	if (!found)
		set_new(map, entry, delta, true);
	else
		add_to(map, entry, delta);
	MemoryContextSwitchTo(oldcxt);
}

/* A copy of a row of the delta table, with its values detoasted. */
static IvmDelta *
copy_row(const IvmPlan *plan, TupleDesc desc, const IvmDelta *row)
{
	IvmDelta   *copy = ivm_delta_make(plan);

	copy->hash = row->hash;
	for (int i = 0; i < plan->layout.delta_natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		copy->nulls[i] = row->nulls[i];
		if (row->nulls[i])
			continue;
		if (att->attbyval)
			copy->values[i] = row->values[i];
		else if (att->attlen == -1)
			copy->values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(row->values[i]));
		else
			copy->values[i] = datumCopy(row->values[i], false, att->attlen);
	}
	return copy;
}

/* A row of the delta table as a delta, good as long as the slot has it. */
static void
row_in_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmDelta *row)
{
	slot_getallattrs(slot);
	row->values = slot->tts_values;
	row->nulls = slot->tts_isnull;
	row->hash = ivm_key_hash(plan, ivm_delta_keys(plan, row), ivm_delta_key_nulls(plan, row));
}

void
ivm_delta_map_add_row(IvmDeltaMap *map, TupleTableSlot *slot)
{
	IvmDelta	row;
	MemoryContext oldcxt;
	DeltaEntry *entry;
	bool		found;

	row_in_slot(map->plan, slot, &row);
	oldcxt = MemoryContextSwitchTo(map->cxt);
	entry = insert(map, &row, &found);
	if (!found)
		set_new(map, entry, copy_row(map->plan, slot->tts_tupleDescriptor, &row), false);
	else
		add_to(map, entry, &row);
	MemoryContextSwitchTo(oldcxt);
}

IvmDelta *
ivm_delta_map_copy_row(IvmPlan *plan, TupleTableSlot *slot)
{
	IvmDelta	row;

	row_in_slot(plan, slot, &row);
	return copy_row(plan, slot->tts_tupleDescriptor, &row);
}

void
ivm_delta_map_free_row(IvmPlan *plan, TupleDesc desc, IvmDelta *delta)
{
	for (int i = 0; i < plan->layout.delta_natts; i++)
	{
		if (!delta->nulls[i] && !TupleDescAttr(desc, i)->attbyval)
			pfree(DatumGetPointer(delta->values[i]));
	}
	pfree(delta);
}

IvmDelta *
ivm_delta_map_find(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	DeltaEntry *entry;

	set_probe(map, hash, keys, nulls);
	entry = deltahash_lookup(map->table, NULL);
	return entry ? entry->delta : NULL;
}

int
ivm_delta_map_count(IvmDeltaMap *map)
{
	return (int) map->table->members;
}

int64
ivm_delta_map_added(const IvmDeltaMap *map)
{
	return map->added;
}

List *
ivm_delta_map_list(IvmDeltaMap *map)
{
	deltahash_iterator it;
	DeltaEntry *entry;
	List	   *result = NIL;

	deltahash_start_iterate(map->table, &it);
	while ((entry = deltahash_iterate(map->table, &it)) != NULL)
		result = lappend(result, entry->delta);
	return result;
}

typedef struct SortedDelta
{
	IvmDelta   *delta;
	Datum		first;			/* value of the first column compared */
	bool		first_null;
} SortedDelta;

typedef struct DeltaOrder
{
	const IvmPlan *plan;
	int			n;
	SortSupportData columns[INDEX_MAX_KEYS];
} DeltaOrder;

static int
compare_deltas(const void *a, const void *b, void *arg)
{
	const SortedDelta *da = a;
	const SortedDelta *db = b;
	DeltaOrder *order = arg;
	int			c = ApplySortComparator(da->first, da->first_null, db->first, db->first_null,
										&order->columns[0]);

	for (int i = 1; i < order->n && c == 0; i++)
		c = ApplySortComparator(ivm_delta_keys(order->plan, da->delta)[i],
								ivm_delta_key_nulls(order->plan, da->delta)[i],
								ivm_delta_keys(order->plan, db->delta)[i],
								ivm_delta_key_nulls(order->plan, db->delta)[i],
								&order->columns[i]);
	return c;
}

IvmDelta  **
ivm_delta_map_sort(IvmDeltaMap *map, Relation index)
{
	IvmPlan    *plan = map->plan;
	int			n = ivm_delta_map_count(map);
	IvmDelta  **result = palloc_extended(sizeof(IvmDelta *) * (Size) n, MCXT_ALLOC_HUGE);
	SortedDelta *items = palloc_extended(sizeof(SortedDelta) * (Size) n, MCXT_ALLOC_HUGE);
	DeltaOrder	order = {.plan = plan};
	deltahash_iterator it;
	DeltaEntry *entry;
	int			i = 0;

	order.n = plan->layout.hashed ? 1 : plan->nkeys;
	for (int c = 0; c < order.n && n > 1; c++)
	{
		SortSupport column = &order.columns[c];

		column->ssup_cxt = CurrentMemoryContext;
		column->ssup_collation = index->rd_indcollation[c];
		column->ssup_attno = c + 1;
		PrepareSortSupportFromIndexRel(index, BTLessStrategyNumber, column);
	}
	deltahash_start_iterate(map->table, &it);
	while ((entry = deltahash_iterate(map->table, &it)) != NULL)
	{
		SortedDelta *item = &items[i++];

		item->delta = entry->delta;
		item->first = plan->layout.hashed ? UInt64GetDatum(entry->delta->hash) :
			ivm_delta_keys(plan, entry->delta)[0];
		item->first_null = !plan->layout.hashed && ivm_delta_key_nulls(plan, entry->delta)[0];
	}
	if (n > 1)
		qsort_arg(items, n, sizeof(SortedDelta), compare_deltas, &order);
	for (i = 0; i < n; i++)
		result[i] = items[i].delta;
	pfree(items);
	return result;
}
