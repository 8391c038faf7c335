/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Where the columns of state and delta tables are.
 *
 * Positions follow from the core alone, so they are not stored.  Whether a key
 * can be indexed, or its hash has to be, follows from the greatest length that
 * values of its types can have: a write to a base table must not fail because
 * a value is too long for an index of the view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "definition/core.h"
#include "definition/layout.h"

bool
ivm_layout_is_datum(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case BOOLOID:
		case CHAROID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

/* Bytes that an index tuple may take, with some room for its header. */
#define MAX_INDEXED_BYTES	2600

/*
 * Bytes that a key can take in a btree index; more than MAX_INDEXED_BYTES where
 * there is no limit, or no btree index for the type.
 */
static int
index_bytes(const IvmKeyDef *key)
{
	int32		typmod = key->typmod;
	Oid			type = getBaseTypeAndTypmod(key->type, &typmod);
	TypeCacheEntry *entry;
	char		category;
	bool		preferred;
	int			max;

	if (!key->image && ivm_layout_is_datum(type))
		return sizeof(Datum);
	entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_HASH_EXTENDED_PROC);
	if (key->image || !OidIsValid(entry->btree_opf))
		return MAX_INDEXED_BYTES + 1;
	if (!OidIsValid(entry->hash_extended_proc))
		return 0;				/* nothing else to index it by */
	if (entry->typlen > 0)
		return entry->typlen;
	get_type_category_preferred(type, &category, &preferred);
	if (category == TYPCATEGORY_NETWORK)
		return 32;
	max = type_maximum_size(type, typmod);
	return max > 0 ? max : MAX_INDEXED_BYTES + 1;
}

void
ivm_layout_find(const IvmCore *core, IvmLayout *layout,
				int *state_first, int *delta_first)
{
	int			n;
	int			bytes = 0;

	for (int i = 0; i < core->nkeys; i++)
		bytes = Min(bytes + index_bytes(&core->keys[i]), MAX_INDEXED_BYTES + 1);
	layout->hashed = core->nkeys == 0 || core->kind == IVM_CORE_BAG || core->nkeys >= INDEX_MAX_KEYS ||
		bytes > MAX_INDEXED_BYTES;
	layout->first_key = layout->hashed ? 1 : 0;

	n = layout->first_key + core->nkeys;
	layout->state_row_count = n++;
	for (int i = 0; i < core->naccums; i++)
	{
		state_first[i] = n;
		n += core->accums[i].accum.class->nstate;
	}
	layout->state_natts = n;

	n = layout->first_key + core->nkeys;
	layout->delta_slot = n++;
	layout->delta_dirty = n++;
	layout->delta_row_count = n++;
	for (int i = 0; i < core->naccums; i++)
	{
		delta_first[i] = n;
		n += core->accums[i].accum.class->ndelta;
	}
	layout->delta_natts = n;
}
