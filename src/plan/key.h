/*-------------------------------------------------------------------------
 *
 * key.h
 *	  Comparing and hashing keys.
 *
 * A key is the tuple of key columns of a core's row: the group, or the whole row
 * of a bag.  It is given as an array of values and one of nulls, both as long as
 * plan->nkeys; two NULLs are equal.  How each column is compared is decided when
 * the plan is derived (IvmKey):
 *
 *		by_datum	the Datums are compared: integers, dates, enums ...
 *		image		values are equal if they look the same (bags)
 *		neither		the type's own "=" and extended hash function are called
 *
 * A column may be called with functions of its type, which may allocate in
 * CurrentMemoryContext, read catalogues (enums, records) and fail.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_H
#define IVM_KEY_H

#include "definition/core.h"
#include "plan/plan.h"

/*
 * Decide how a key column is hashed and compared.  What *key points to afterwards
 * lives in cxt.  hashed: the tables have a column key_hash, so the hash must come
 * out the same after a dump and restore.
 */
extern void ivm_key_init(IvmKey *key, const IvmKeyDef *def, bool hashed, MemoryContext cxt);

/*
 * The hash of a key.  It is stored in key_hash columns, so it must never change;
 * the types' own extended hash functions do not, because hash partitioning rests
 * on them as well.
 */
extern uint64 ivm_key_hash(const IvmPlan *plan, const Datum *keys, const bool *nulls);

/* The same of one value, which is not NULL, that is compared as a key column is. */
extern uint64 ivm_key_hash_value(const IvmKey *key, Datum value);
extern bool ivm_key_equal_values(const IvmKey *key, Datum a, Datum b);

/* Have different values of this column different hashes, as far as hashes do? */
static inline bool
ivm_key_has_hash(const IvmKey *key)
{
	return key->image || key->by_datum || key->names || OidIsValid(key->hash.fn_oid);
}

/* Are two keys the same group or row? */
extern bool ivm_key_equal(const IvmPlan *plan, const Datum *a, const bool *anulls,
						  const Datum *b, const bool *bnulls);

/*
 * Permanent keys have a row even over no rows: the only key of aggregates without
 * GROUP BY, and the key of each empty grouping set.  How many are there, and is
 * this key one of them?
 */
extern int	ivm_key_count_permanent(const IvmPlan *plan);
extern bool ivm_key_is_permanent(const IvmPlan *plan, const Datum *keys, const bool *nulls);

#endif							/* IVM_KEY_H */
