/*-------------------------------------------------------------------------
 *
 * value_set.c
 *	  The values of which a key has gained or lost rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "capture/value_set.h"
#include "plan/key.h"

#define SH_PREFIX valuehash
#define SH_ELEMENT_TYPE IvmSetValue
#define SH_KEY_TYPE Datum
#define SH_KEY value
#define SH_HASH_KEY(tb, key) ((uint32) ivm_key_hash_value((tb)->private_data, (key)))
#define SH_EQUAL(tb, a, b) ivm_key_equal_values((tb)->private_data, (a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a) ((a)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define FEW_VALUES	4

bool
ivm_value_set_add(IvmValueSet **set, const IvmKey *how, Datum value, int64 net, MemoryContext cxt)
{
	uint64		hash = ivm_key_hash_value(how, value);
	MemoryContext oldcxt;
	IvmSetValue *entry;
	bool		found;

	if (*set == NULL)
		*set = valuehash_create(cxt, FEW_VALUES, unconstify(IvmKey *, how));
	entry = valuehash_lookup_hash(*set, value, (uint32) hash);
	if (entry == NULL)
	{
		if ((*set)->members >= IVM_MAX_SET_VALUES)
			return false;
		oldcxt = MemoryContextSwitchTo(cxt);
		if (how->typlen == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		else
			value = datumCopy(value, how->typbyval, how->typlen);
		MemoryContextSwitchTo(oldcxt);
		entry = valuehash_insert_hash(*set, value, (uint32) hash, &found);
		entry->net = 0;
	}
	entry->net += net;
	return true;
}

int
ivm_value_set_count(const IvmValueSet *set)
{
	return set ? (int) set->members : 0;
}

bool
ivm_value_set_changed(IvmValueSet *set)
{
	IvmValueSetScan scan;
	const IvmSetValue *value;

	ivm_value_set_scan(&scan, set);
	while ((value = ivm_value_set_next(&scan)) != NULL)
	{
		if (value->net != 0)
			return true;
	}
	return false;
}

void
ivm_value_set_scan(IvmValueSetScan *scan, IvmValueSet *set)
{
	scan->set = set;
	scan->next = 0;
}

const IvmSetValue *
ivm_value_set_next(IvmValueSetScan *scan)
{
	while (scan->set != NULL && scan->next < scan->set->size)
	{
		const IvmSetValue *entry = &scan->set->data[scan->next++];

		if (entry->status == valuehash_SH_IN_USE)
			return entry;
	}
	return NULL;
}
