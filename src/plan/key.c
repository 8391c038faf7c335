/*-------------------------------------------------------------------------
 *
 * key.c
 *	  Comparing and hashing keys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/value_image.h"
#include "definition/core.h"
#include "definition/grouping_sets.h"
#include "definition/layout.h"
#include "plan/key.h"
#include "plan/plan.h"

/* Does this function, the "=" of a type passed by value, compare the Datums? */
static bool
equality_is_datum(Oid eqproc)
{
	switch (eqproc)
	{
		case F_INT2EQ:
		case F_INT4EQ:
		case F_INT8EQ:
		case F_OIDEQ:
		case F_BOOLEQ:
		case F_CHAREQ:
		case F_DATE_EQ:
		case F_TIME_EQ:
		case F_TIMESTAMP_EQ:
		case F_TIMESTAMPTZ_EQ:
		case F_ENUM_EQ:
		case F_CASH_EQ:
			return true;
		default:
			return false;
	}
}

void
ivm_key_init(IvmKey *key, const IvmKeyDef *def, bool hashed, MemoryContext cxt)
{
	TypeCacheEntry *type;

	key->type = def->type;
	key->collation = def->collation;
	key->image = def->image;
	get_typlenbyval(def->type, &key->typlen, &key->typbyval);
	key->bytes = key->image && ivm_value_image_is_bytes(def->type);
	key->by_datum = !key->image && key->typbyval && ivm_layout_is_datum(def->type);
	if (key->image || key->by_datum)
		return;
	key->names = hashed && ivm_value_image_has_names(def->type);
	type = lookup_type_cache(getBaseType(def->type), TYPECACHE_EQ_OPR_FINFO |
							 TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	key->by_datum = key->typbyval && equality_is_datum(type->eq_opr_finfo.fn_oid);
	if (key->by_datum)
		return;
	fmgr_info_copy(&key->eq, &type->eq_opr_finfo, cxt);
	if (OidIsValid(type->hash_extended_proc_finfo.fn_oid))
		fmgr_info_copy(&key->hash, &type->hash_extended_proc_finfo, cxt);
}

/* The hash of a Datum compared as such: finalizer of MurmurHash3 (Appleby, public domain). */
static inline uint64
hash_datum(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

static inline uint64
hash_value(const IvmKey *key, Datum value)
{
	if (key->names)
		return ivm_value_image_hash_equal(key->type, key->collation, value);
	if (key->bytes)
		return ivm_value_image_hash_bytes(key->typlen, key->typbyval, value);
	if (key->image)
		return ivm_value_image_hash(key->type, key->typlen, key->typbyval, value);
	if (key->by_datum)
		return hash_datum(ivm_value_image_bits(key->typlen, value));
	if (OidIsValid(key->hash.fn_oid))
		return DatumGetUInt64(FunctionCall2Coll((FmgrInfo *) &key->hash, key->collation, value,
												Int64GetDatum(0)));
	return 1;
}

static inline bool
equal_values(const IvmKey *key, Datum a, Datum b)
{
	if (key->by_datum)
		return ivm_value_image_bits(key->typlen, a) == ivm_value_image_bits(key->typlen, b);
	if (key->image)
		return key->bytes ? ivm_value_image_equal_bytes(key->typlen, key->typbyval, a, b) :
			ivm_value_image_equal(key->type, key->typlen, key->typbyval, a, b);
	return DatumGetBool(FunctionCall2Coll((FmgrInfo *) &key->eq, key->collation, a, b));
}

uint64
ivm_key_hash(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	uint64		result = 0;

	for (int i = 0; i < plan->nkeys; i++)
		result = hash_combine64(result, nulls[i] ? 0 : hash_value(&plan->keys[i], keys[i]));
	return result;
}

uint64
ivm_key_hash_value(const IvmKey *key, Datum value)
{
	return hash_value(key, value);
}

bool
ivm_key_equal_values(const IvmKey *key, Datum a, Datum b)
{
	return equal_values(key, a, b);
}

int
ivm_key_count_permanent(const IvmPlan *plan)
{
	if (plan->core->kind == IVM_CORE_GLOBAL)
		return 1;
	return plan->core->sets ? plan->core->sets->nempty : 0;
}

bool
ivm_key_is_permanent(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	const IvmGroupingSets *sets = plan->core->sets;

	if (plan->core->kind == IVM_CORE_GLOBAL)
		return true;
	if (sets == NULL || nulls[sets->key])
		return false;
	for (int i = 0; i < sets->nempty; i++)
		if (DatumGetInt64(keys[sets->key]) == sets->empty[i])
			return true;
	return false;
}

bool
ivm_key_equal(const IvmPlan *plan, const Datum *a, const bool *anulls,
			  const Datum *b, const bool *bnulls)
{
	for (int i = 0; i < plan->nkeys; i++)
	{
		const IvmKey *key = &plan->keys[i];

		if (anulls[i] != bnulls[i] || (!anulls[i] && !equal_values(key, a[i], b[i])))
			return false;
	}
	return true;
}
