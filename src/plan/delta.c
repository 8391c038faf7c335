/*-------------------------------------------------------------------------
 *
 * delta.c
 *	  Rows of the delta and the state table in memory, and how they combine.
 *
 * The only operations on them are commutative sums (accum.h), so deltas can
 * be added up in any order and in any grouping before they meet the state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "catalog/pg_am.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"

#include "base/compat.h"
#include "plan/delta.h"

/* ---- deltas ---- */

/* An empty delta; the key columns are left for the caller to fill. */
IvmDelta *
ivm_delta_make(const IvmPlan *plan)
{
	const IvmLayout *layout = &plan->layout;
	IvmDelta   *delta = palloc0(MAXALIGN(sizeof(IvmDelta)) +
								(sizeof(Datum) + sizeof(bool)) * layout->delta_natts);

	delta->values = (Datum *) ((char *) delta + MAXALIGN(sizeof(IvmDelta)));
	delta->nulls = (bool *) (delta->values + layout->delta_natts);
	for (int i = layout->delta_row_count + 1; i < layout->delta_natts; i++)
		delta->nulls[i] = true;
	return delta;
}

/* An empty delta of the n-th permanent key (ivm_plan_permanent_keys). */
IvmDelta *
ivm_delta_make_permanent(const IvmPlan *plan, int n)
{
	IvmDelta   *delta = ivm_delta_make(plan);
	const IvmGroupingSets *sets = plan->core->sets;

	for (int i = 0; i < plan->nkeys; i++)
	{
		int			c = plan->layout.first_key + i;

		delta->nulls[c] = i != sets->key;
		delta->values[c] = i == sets->key ? Int64GetDatum(sets->empty[n]) : (Datum) 0;
	}
	delta->hash = ivm_key_hash(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta));
	if (plan->layout.hashed)
		delta->values[0] = UInt64GetDatum(delta->hash);
	return delta;
}

/* into += from; results in CurrentMemoryContext, nothing of from is kept. */
void
ivm_delta_add(const IvmPlan *plan, IvmDelta *into, const IvmDelta *from)
{
	const IvmLayout *layout = &plan->layout;

	into->values[layout->delta_row_count] =
		Int64GetDatum(ivm_delta_row_count(plan, into) + ivm_delta_row_count(plan, from));
	if (ivm_delta_is_dirty(plan, from))
		into->values[layout->delta_dirty] = BoolGetDatum(true);
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		int			first = plan->delta_first[i];

		if (accum->class->ndelta > 0)
			accum->class->sum_delta(accum, into->values + first, into->nulls + first,
									from->values + first, from->nulls + first);
	}
}

/* A copy whose keys are its own; the accumulators start from zero and add. */
IvmDelta *
ivm_delta_copy(const IvmPlan *plan, const IvmDelta *delta)
{
	IvmDelta   *copy = ivm_delta_make(plan);

	copy->hash = delta->hash;
	if (plan->layout.hashed)
		copy->values[0] = delta->values[0];
	for (int i = 0; i < plan->nkeys; i++)
	{
		int			c = plan->layout.first_key + i;

		copy->nulls[c] = delta->nulls[c];
		if (!delta->nulls[c])
			copy->values[c] = datumCopy(delta->values[c], plan->keys[i].typbyval,
										plan->keys[i].typlen);
	}
	ivm_delta_add(plan, copy, delta);
	return copy;
}

/* ---- states ---- */

IvmState *
ivm_state_make(const IvmPlan *plan)
{
	IvmState   *state = palloc(sizeof(IvmState));

	state->values = palloc0(sizeof(Datum) * plan->layout.state_natts);
	state->nulls = palloc0(sizeof(bool) * plan->layout.state_natts);
	return state;
}

/* The state of a key without rows; keys point into delta. */
void
ivm_state_empty(const IvmPlan *plan, const IvmDelta *delta, IvmState *state)
{
	int			nkeycols = plan->layout.first_key + plan->nkeys;

	memcpy(state->values, delta->values, sizeof(Datum) * nkeycols);
	memcpy(state->nulls, delta->nulls, sizeof(bool) * nkeycols);
	state->values[plan->layout.state_row_count] = Int64GetDatum(0);
	state->nulls[plan->layout.state_row_count] = false;
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		int			first = plan->state_first[i];

		accum->class->empty(accum, state->values + first, state->nulls + first);
	}
}

/* The state in a row of the state table; by-reference values stay the slot's. */
void
ivm_state_from_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmState *state)
{
	slot_getallattrs(slot);
	memcpy(state->values, slot->tts_values, sizeof(Datum) * plan->layout.state_natts);
	memcpy(state->nulls, slot->tts_isnull, sizeof(bool) * plan->layout.state_natts);
}

/*
 * Is this what a key has that was never seen?  A row count of zero alone does
 * not say so: deltas of the key may still be on their way.
 */
bool
ivm_state_is_empty(const IvmPlan *plan, const IvmState *state)
{
	if (ivm_state_row_count(plan, state) != 0)
		return false;
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		Datum		values[IVM_ACCUM_MAX_COLS] = {0};
		bool		nulls[IVM_ACCUM_MAX_COLS] = {0};

		accum->class->empty(accum, values, nulls);
		for (int c = 0; c < accum->class->nstate; c++)
		{
			int			col = plan->state_first[i] + c;

			if (state->nulls[col] != nulls[c])
				return false;
			if (!nulls[c] && !datum_image_eq(state->values[col], values[c],
											 plan->state_byval[col], plan->state_len[col]))
				return false;
		}
	}
	return true;
}

/* Is there a row for this state, with its deltas, or has its group or row gone? */
bool
ivm_state_is_shown(const IvmPlan *plan, const IvmState *state)
{
	return ivm_state_row_count(plan, state) != 0 ||
		ivm_key_is_permanent(plan, state->values + plan->layout.first_key,
							 state->nulls + plan->layout.first_key);
}

/* Copy a state into one that has been made; values in CurrentMemoryContext. */
void
ivm_state_copy(const IvmPlan *plan, IvmState *into, const IvmState *from)
{
	for (int i = 0; i < plan->layout.state_natts; i++)
	{
		into->nulls[i] = from->nulls[i];
		into->values[i] = (Datum) 0;
		if (!from->nulls[i])
			into->values[i] = datumCopy(from->values[i], plan->state_byval[i],
										plan->state_len[i]);
	}
}

/*
 * state += delta.  Returns false where the result cannot be derived: the key
 * is dirty and has to be recomputed.  State is unspecified then.
 */
bool
ivm_state_apply(const IvmPlan *plan, IvmState *state, const IvmDelta *delta)
{
	const IvmLayout *layout = &plan->layout;

	if (ivm_delta_is_dirty(plan, delta))
		return false;
	state->values[layout->state_row_count] =
		Int64GetDatum(ivm_state_row_count(plan, state) + ivm_delta_row_count(plan, delta));
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];

		if (!accum->class->apply(accum, state->values + plan->state_first[i],
								 state->nulls + plan->state_first[i],
								 delta->values + plan->delta_first[i],
								 delta->nulls + plan->delta_first[i]))
			return false;
	}
	return true;
}

/* ---- sets of deltas ---- */

typedef struct DeltaEntry
{
	IvmDelta   *delta;
	uint32		hash;
	char		status;
} DeltaEntry;

typedef struct DeltaProbe
{
	IvmPlan    *plan;
	uint64		hash;
	const Datum *keys;
	const bool *nulls;
} DeltaProbe;

/*
 * simplehash over the key: entries are looked up with a probe set aside in
 * the table's private data, since an entry's key is inside its delta.
 */
struct IvmDeltaMap
{
	IvmPlan    *plan;
	MemoryContext cxt;
	struct deltahash_hash *table;
	DeltaProbe	probe;
};

static bool
probe_matches(struct IvmDeltaMap *map, IvmDelta *delta)
{
	if (delta == NULL)
		return true;			/* the entry being inserted */
	return delta->hash == map->probe.hash &&
		ivm_key_equal(map->plan, map->probe.keys, map->probe.nulls,
					  ivm_delta_keys(map->plan, delta),
					  ivm_delta_key_nulls(map->plan, delta));
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
ivm_deltas_create(IvmPlan *plan, MemoryContext cxt)
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

/* Add a delta to the set; everything is copied into the set's context. */
void
ivm_deltas_add(IvmDeltaMap *map, const IvmDelta *delta)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(map->cxt);
	DeltaEntry *entry;
	bool		found;

	set_probe(map, delta->hash, ivm_delta_keys(map->plan, delta),
			  ivm_delta_key_nulls(map->plan, delta));
	entry = deltahash_insert(map->table, NULL, &found);
	if (!found)
		entry->delta = ivm_delta_copy(map->plan, delta);
	else
		ivm_delta_add(map->plan, entry->delta, delta);
	MemoryContextSwitchTo(oldcxt);
}

/* A copy of a row of the delta table. */
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

/* Add a row of the delta table to the set. */
void
ivm_deltas_add_row(IvmDeltaMap *map, TupleTableSlot *slot)
{
	IvmPlan    *plan = map->plan;
	IvmDelta	row;
	MemoryContext oldcxt;
	DeltaEntry *entry;
	bool		found;

	slot_getallattrs(slot);
	row.values = slot->tts_values;
	row.nulls = slot->tts_isnull;
	row.hash = ivm_key_hash(plan, ivm_delta_keys(plan, &row), ivm_delta_key_nulls(plan, &row));
	oldcxt = MemoryContextSwitchTo(map->cxt);
	set_probe(map, row.hash, ivm_delta_keys(plan, &row), ivm_delta_key_nulls(plan, &row));
	entry = deltahash_insert(map->table, NULL, &found);
	if (!found)
		entry->delta = copy_row(plan, slot->tts_tupleDescriptor, &row);
	else
		ivm_delta_add(plan, entry->delta, &row);
	MemoryContextSwitchTo(oldcxt);
}

IvmDelta *
ivm_deltas_find(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	DeltaEntry *entry;

	set_probe(map, hash, keys, nulls);
	entry = deltahash_lookup(map->table, NULL);
	return entry ? entry->delta : NULL;
}

int
ivm_deltas_count(IvmDeltaMap *map)
{
	return (int) map->table->members;
}

List *
ivm_deltas_list(IvmDeltaMap *map)
{
	deltahash_iterator it;
	DeltaEntry *entry;
	List	   *result = NIL;

	deltahash_start_iterate(map->table, &it);
	while ((entry = deltahash_iterate(map->table, &it)) != NULL)
		result = lappend(result, entry->delta);
	return result;
}

/* ---- in the order of an index ---- */

typedef struct SortedDelta
{
	IvmDelta   *delta;
	Datum		first;			/* of the columns compared */
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

/*
 * All deltas of the set, in the order of a key index: look-ups one after the
 * other then find in the cache what they need.
 */
IvmDelta  **
ivm_deltas_sort(IvmDeltaMap *map, Relation index)
{
	IvmPlan    *plan = map->plan;
	int			n = ivm_deltas_count(map);
	IvmDelta  **result = palloc_extended(sizeof(IvmDelta *) * (Size) n, MCXT_ALLOC_HUGE);
	SortedDelta *items = palloc_extended(sizeof(SortedDelta) * (Size) n, MCXT_ALLOC_HUGE);
	DeltaOrder	order = {.plan = plan};
	deltahash_iterator it;
	DeltaEntry *entry;
	int			i = 0;

	order.n = plan->layout.hashed ? 1 : plan->nkeys;
	for (int c = 0; c < order.n; c++)
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

/* ---- look-up by key ---- */

struct IvmKeyLookup
{
	MemoryContext cxt;			/* index scans allocate whenever they like */
	IvmPlan    *plan;
	Relation	rel;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	int			nkeys;			/* scan keys without the slot */
	int			nscankeys;
	ScanKeyData scankeys[INDEX_MAX_KEYS];
	ItemPointerData root;		/* where the index entry found points to */
	const Datum *keys;			/* being looked for */
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

/* Those of one key index; they live as long as the plan. */
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

/*
 * Prepare look-ups by key in the state or the delta table, which the caller
 * has opened and locked.  End with ivm_lookup_end().
 */
IvmKeyLookup *
ivm_lookup_begin(IvmPlan *plan, Relation rel, bool delta)
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
ivm_lookup_index(IvmKeyLookup *lookup)
{
	return lookup->index;
}

/*
 * Position before the rows of a key; in a delta table, before those of one
 * slot only, or of all if slot is negative.
 */
void
ivm_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
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

/* The next row of the key that the snapshot sees, or NULL. */
TupleTableSlot *
ivm_lookup_next(IvmKeyLookup *lookup)
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

/*
 * Start of the update chain that the last row found belongs to: it stays the
 * same as long as updates are heap-only.
 */
ItemPointer
ivm_lookup_root(IvmKeyLookup *lookup)
{
	return &lookup->root;
}

/* Let go of the row; the look-up can be positioned again. */
void
ivm_lookup_done(IvmKeyLookup *lookup)
{
	ExecClearTuple(lookup->slot);
}

void
ivm_lookup_end(IvmKeyLookup *lookup)
{
	index_endscan(lookup->scan);
	ExecDropSingleTupleTableSlot(lookup->slot);
	index_close(lookup->index, NoLock);
	pfree(lookup);
}
