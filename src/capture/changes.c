/*-------------------------------------------------------------------------
 *
 * changes.c
 *	  Change maps: the net change of a view's keys, in memory.
 *
 * The key looked for is handed to the hash table's functions in the map (probe_*),
 * so that it need not be copied for looking.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "capture/changes.h"
#include "capture/value_set.h"
#include "definition/layout.h"
#include "plan/delta.h"
#include "plan/key.h"
#include "plan/plan.h"

typedef struct ChangeEntry
{
	IvmPendingRow *row;
	uint32		hash;
	char		status;
} ChangeEntry;

static bool
probe_matches(IvmChangeMap *map, IvmPendingRow *row)
{
	return row->hash == map->probe_hash &&
		ivm_key_equal(map->plan, map->probe_keys, map->probe_nulls, row->keys, row->nulls);
}

#define SH_PREFIX changehash
#define SH_ELEMENT_TYPE ChangeEntry
#define SH_KEY_TYPE IvmPendingRow *
#define SH_KEY row
#define SH_HASH_KEY(tb, key) ((uint32) ((IvmChangeMap *) (tb)->private_data)->probe_hash)
#define SH_EQUAL(tb, a, b) probe_matches((IvmChangeMap *) (tb)->private_data, (a))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct MapIterator
{
	int			next;			/* among the few */
	changehash_iterator it;
} MapIterator;

static void
start_rows(IvmChangeMap *map, MapIterator *it)
{
	it->next = 0;
	if (map->table)
		changehash_start_iterate(map->table, &it->it);
}

static IvmPendingRow *
next_row(IvmChangeMap *map, MapIterator *it)
{
	ChangeEntry *entry;

	if (map->table == NULL)
		return it->next < map->nfew ? map->few[it->next++] : NULL;
	entry = changehash_iterate(map->table, &it->it);
	return entry ? entry->row : NULL;
}

void
ivm_changes_init(IvmChangeMap *map, IvmPlan *plan, MemoryContext cxt)
{
	memset(map, 0, sizeof(IvmChangeMap));
	map->plan = plan;
	map->cxt = cxt;
}

void
ivm_changes_init_apart(IvmChangeMap *map, IvmPlan *plan, MemoryContext parent)
{
	ivm_changes_init(map, plan, AllocSetContextCreate(parent, "ivm pending keys",
													  ALLOCSET_START_SMALL_SIZES));
	map->owns_cxt = true;
}

/* The hash table points to the map that it belongs to. */
void
ivm_changes_moved(IvmChangeMap *map)
{
	if (map->table)
		map->table->private_data = map;
}

int
ivm_changes_count(const IvmChangeMap *map)
{
	return map->table ? (int) map->table->members : map->nfew;
}

void
ivm_changes_empty(IvmChangeMap *map)
{
	if (map->owns_cxt)
		MemoryContextReset(map->cxt);
	else if (map->table)
		changehash_destroy(map->table);
	map->table = NULL;
	map->nfew = 0;
	map->last = NULL;
}

static void
set_probe(IvmChangeMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	map->probe_hash = hash;
	map->probe_keys = keys;
	map->probe_nulls = nulls;
}

static void
add_to_table(IvmChangeMap *map, IvmPendingRow *row)
{
	bool		found;

	set_probe(map, row->hash, row->keys, row->nulls);
	changehash_insert(map->table, NULL, &found)->row = row;
}

static IvmPendingRow *
make_row(IvmChangeMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	IvmPlan    *plan = map->plan;
	Size		head = MAXALIGN(sizeof(IvmPendingRow));
	Size		keysize = MAXALIGN(sizeof(Datum) * plan->nkeys);
	Size		nullsize = MAXALIGN(sizeof(bool) * plan->nkeys);
	char	   *mem = MemoryContextAllocZero(map->cxt, head + keysize + nullsize + plan->pending_size);
	IvmPendingRow *row = (IvmPendingRow *) mem;
	MemoryContext oldcxt = MemoryContextSwitchTo(map->cxt);

	row->hash = hash;
	row->keys = (Datum *) (mem + head);
	row->nulls = (bool *) (mem + head + keysize);
	row->accums = mem + head + keysize + nullsize;
	for (int i = 0; i < plan->nkeys; i++)
	{
		row->nulls[i] = nulls[i];
		if (nulls[i])
			continue;
		if (plan->keys[i].typlen == -1)
			row->keys[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(keys[i]));
		else
			row->keys[i] = datumCopy(keys[i], plan->keys[i].typbyval, plan->keys[i].typlen);
	}
	MemoryContextSwitchTo(oldcxt);
	return row;
}

/* Is the row found last that of this key?  Asked only of keys compared without calls. */
static bool
is_last_row(IvmChangeMap *map, const Datum *keys, const bool *nulls)
{
	IvmPlan    *plan = map->plan;

	if (map->last == NULL)
		return false;
	for (int i = 0; i < plan->nkeys; i++)
		if (!plan->keys[i].by_datum || map->last->nulls[i] != nulls[i] ||
			(!nulls[i] && map->last->keys[i] != keys[i]))
			return false;
	return true;
}

static IvmPendingRow *
find_row(IvmChangeMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	ChangeEntry *entry;

	set_probe(map, hash, keys, nulls);
	if (map->table == NULL)
	{
		for (int i = 0; i < map->nfew; i++)
			if (probe_matches(map, map->few[i]))
				return map->few[i];
		return NULL;
	}
	entry = changehash_lookup(map->table, NULL);
	return entry ? entry->row : NULL;
}

static IvmPendingRow *
find_or_make_row(IvmChangeMap *map, uint64 hash, const Datum *keys, const bool *nulls)
{
	IvmPendingRow *row = find_row(map, hash, keys, nulls);

	if (row == NULL)
	{
		row = make_row(map, hash, keys, nulls);
		if (map->table == NULL && map->nfew < IVM_FEW_KEYS)
			map->few[map->nfew++] = row;
		else
		{
			if (map->table == NULL)
			{
				map->table = changehash_create(map->cxt, IVM_FEW_KEYS * 4, map);
				for (int i = 0; i < map->nfew; i++)
					add_to_table(map, map->few[i]);
			}
			add_to_table(map, row);
		}
	}
	map->last = row;
	return row;
}

/*
 * The change of a key, made if there is none, to be changed by the caller; its
 * accumulators may allocate in the map's context.
 */
static IvmPendingRow *
change_of_key(IvmChangeMap *map, const Datum *keys, const bool *nulls)
{
	if (is_last_row(map, keys, nulls))
		return map->last;
	return find_or_make_row(map, ivm_key_hash(map->plan, keys, nulls), keys, nulls);
}

/* Where a pending row has the changed values of an accumulator. */
static inline IvmValueSet **
values_of(const IvmPlan *plan, const IvmPendingRow *row, int accum)
{
	return (IvmValueSet **) (row->accums + plan->values_offset[accum]);
}

/* Note that a key has gained or lost rows with a value. */
static void
add_value(IvmChangeMap *map, IvmPendingRow *row, int accum, Datum value, int64 net)
{
	if (row->dirty || map->plan->core->slices)
		return;					/* all of the key will be computed */
	if (!ivm_value_set_add(values_of(map->plan, row, accum), &map->plan->values[accum], value, net, map->cxt))
		row->dirty = true;
}

void
ivm_changes_add(IvmChangeMap *map, const Datum *values, const bool *nulls, int sign)
{
	IvmPlan    *plan = map->plan;
	IvmPendingRow *row = change_of_key(map, values, nulls);

	row->row_count += sign;
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];
		int			arg = plan->arg_first[i];

		if (accum->distinct)
		{
			if (!nulls[arg])
				add_value(map, row, i, values[arg], sign);
		}
		else if (accum->class->pending_size > 0)
		{
			accum->class->add(accum, row->accums + plan->pending_offset[i],
							  values + arg, nulls + arg, sign, map->cxt);
		}
	}
}

/* Is it still to be told which values a key has gained or lost? */
static bool
is_unsettled(const IvmPlan *plan, const IvmPendingRow *row)
{
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].distinct && ivm_value_set_changed(*values_of(plan, row, i)))
			return true;
	return false;
}

/*
 * A pending row as a delta, in CurrentMemoryContext; keys point into the row.
 * Returns NULL if the change has cancelled itself out.
 */
static IvmDelta *
row_to_delta(IvmPlan *plan, const IvmPendingRow *row)
{
	const IvmLayout *layout = &plan->layout;
	IvmDelta   *delta = ivm_delta_make(plan);
	bool		dirty = plan->core->slices ||
		(plan->core->distinct && (row->dirty || is_unsettled(plan, row)));
	bool		any = row->row_count != 0 || dirty;

	delta->hash = row->hash;
	if (layout->hashed)
		delta->values[0] = UInt64GetDatum(row->hash);
	memcpy(ivm_delta_keys(plan, delta), row->keys, sizeof(Datum) * plan->nkeys);
	memcpy(ivm_delta_key_nulls(plan, delta), row->nulls, sizeof(bool) * plan->nkeys);
	delta->values[layout->delta_dirty] = BoolGetDatum(dirty);
	delta->values[layout->delta_row_count] = Int64GetDatum(row->row_count);
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];

		if (accum->class->ndelta > 0)
			accum->class->emit(accum, row->accums + plan->pending_offset[i],
							   delta->values + plan->delta_first[i],
							   delta->nulls + plan->delta_first[i]);
		for (int c = 0; c < accum->class->ndelta; c++)
			any |= !delta->nulls[plan->delta_first[i] + c];
	}
	return any ? delta : NULL;
}

void
ivm_changes_visit(IvmChangeMap *map, IvmPendingVisitor visit, void *arg)
{
	MapIterator it;
	IvmPendingRow *row;
	MemoryContext work = NULL;
	MemoryContext oldcxt = CurrentMemoryContext;

	if (map->table != NULL)
	{
		work = AllocSetContextCreate(CurrentMemoryContext, "ivm pending deltas",
									 ALLOCSET_SMALL_SIZES);
		MemoryContextSwitchTo(work);
	}
	start_rows(map, &it);
	while ((row = next_row(map, &it)) != NULL)
	{
		IvmDelta   *delta = row_to_delta(map->plan, row);

		CHECK_FOR_INTERRUPTS();
		if (delta)
			visit(map->plan, delta, arg);
		if (work)
			MemoryContextReset(work);
	}
	MemoryContextSwitchTo(oldcxt);
	if (work)
		MemoryContextDelete(work);
}

/*
 * Let two maps exchange the changes that they hold.  Those of from have a
 * context of their own, which moves to where into's contents live.
 */
static void
exchange_changes(IvmChangeMap *into, IvmChangeMap *from)
{
	IvmChangeMap had = *into;

	if (into->owns_cxt)
	{
		MemoryContext parent = MemoryContextGetParent(into->cxt);

		MemoryContextSetParent(into->cxt, MemoryContextGetParent(from->cxt));
		MemoryContextSetParent(from->cxt, parent);
	}
	else
		MemoryContextSetParent(from->cxt, into->cxt);
	into->cxt = from->cxt;
	into->owns_cxt = from->owns_cxt;
	into->nfew = from->nfew;
	memcpy(into->few, from->few, sizeof(into->few));
	into->table = from->table;
	into->last = from->last;
	from->cxt = had.cxt;
	from->owns_cxt = had.owns_cxt;
	from->nfew = had.nfew;
	memcpy(from->few, had.few, sizeof(from->few));
	from->table = had.table;
	from->last = had.last;
	ivm_changes_moved(into);
	ivm_changes_moved(from);
}

static void
merge_values(IvmChangeMap *into, IvmPendingRow *dst, const IvmPendingRow *src, int accum)
{
	IvmValueSetScan scan;
	const IvmSetValue *value;

	ivm_value_set_scan(&scan, *values_of(into->plan, src, accum));
	while ((value = ivm_value_set_next(&scan)) != NULL)
		add_value(into, dst, accum, value->value, value->net);
}

/*
 * The map with fewer keys is added to the other one, so a key that goes from level to
 * level is moved only when the map that it is in has at least doubled.
 */
void
ivm_changes_merge(IvmChangeMap *into, IvmChangeMap *from)
{
	IvmPlan    *plan = into->plan;
	MapIterator it;
	IvmPendingRow *src;

	if (from->discards)
	{
		into->discards = true;
		ivm_changes_empty(into);
	}
	into->rebuild |= from->rebuild;
	if (into->broken == NULL)
		into->broken = from->broken;
	if (from->owns_cxt && ivm_changes_count(from) > ivm_changes_count(into))
		exchange_changes(into, from);
	start_rows(from, &it);
	while ((src = next_row(from, &it)) != NULL)
	{
		IvmPendingRow *dst = find_or_make_row(into, src->hash, src->keys, src->nulls);

		dst->row_count += src->row_count;
		dst->dirty |= src->dirty;
		for (int i = 0; i < plan->naccums; i++)
		{
			IvmAccum   *accum = &plan->accums[i];

			if (accum->distinct)
				merge_values(into, dst, src, i);
			if (accum->class->pending_size > 0)
				accum->class->merge(accum, dst->accums + plan->pending_offset[i],
									src->accums + plan->pending_offset[i], into->cxt);
		}
	}
	ivm_changes_empty(from);
}

/* ---- distinct values ---- */

/* Add the changed values of a pending row to a list; false if they are too many. */
static bool
list_values_of(IvmPlan *plan, IvmPendingRow *row, IvmChangedValue *list, int max, int *n)
{
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmValueSetScan scan;
		const IvmSetValue *value;

		if (!plan->accums[i].distinct)
			continue;
		ivm_value_set_scan(&scan, *values_of(plan, row, i));
		while ((value = ivm_value_set_next(&scan)) != NULL)
		{
			if (value->net == 0)
				continue;
			if (*n == max)
				return false;
			list[*n].row = row;
			list[*n].accum = i;
			list[*n].value = value->value;
			list[*n].hash = hash_combine((uint32) (row->hash ^ (row->hash >> 32)),
										 hash_combine(value->hash, i));
			list[*n].net = value->net;
			(*n)++;
		}
	}
	return true;
}

/* How many values there may be, at most: the sets have that many, some without a change. */
static int
count_values(IvmChangeMap *map)
{
	MapIterator it;
	IvmPendingRow *row;
	int			result = 0;

	start_rows(map, &it);
	while ((row = next_row(map, &it)) != NULL)
	{
		for (int i = 0; i < map->plan->naccums; i++)
			if (map->plan->accums[i].distinct)
				result += ivm_value_set_count(*values_of(map->plan, row, i));
	}
	return result;
}

IvmChangedValue *
ivm_changes_list_values(IvmChangeMap *map, int max, int *n)
{
	int			size = Min(max, count_values(map));
	IvmChangedValue *result = palloc(sizeof(IvmChangedValue) * Max(size, 1));
	MapIterator it;
	IvmPendingRow *row;
	bool		complete = true;

	*n = 0;
	start_rows(map, &it);
	while (complete && (row = next_row(map, &it)) != NULL)
		complete = !row->dirty && list_values_of(map->plan, row, result, size, n);
	return complete ? result : NULL;
}

void
ivm_changes_settle_value(IvmChangeMap *map, const IvmChangedValue *value, int sign)
{
	IvmAccum   *accum = &map->plan->accums[value->accum];
	bool		isnull = false;

	if (sign != 0)
		accum->class->add(accum, value->row->accums + map->plan->pending_offset[value->accum],
						  &value->value, &isnull, sign, map->cxt);
}

void
ivm_changes_settled(IvmChangeMap *map)
{
	MapIterator it;
	IvmPendingRow *row;

	start_rows(map, &it);
	while ((row = next_row(map, &it)) != NULL)
	{
		for (int i = 0; i < map->plan->naccums; i++)
			if (map->plan->accums[i].distinct)
				*values_of(map->plan, row, i) = NULL;
	}
}

bool
ivm_changes_exceed(const IvmChangeMap *map, int kilobytes)
{
	return MemoryContextMemAllocated(map->cxt, true) > (Size) kilobytes * 1024;
}
