/*-------------------------------------------------------------------------
 *
 * key_lock.c
 *	  The locks of keys, of values and of pairs of tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/lock_fields.h"
#include "commit/key_lock.h"
#include "plan/plan.h"

/* Sub-objects, below the stripes of pairs of tables */
#define START_LOCK		0x7FFF
#define VALUE_LOCK		0x8000
#define FIRST_LOCK		0x8001

void
ivm_key_lock_value_tag(LOCKTAG *tag, Oid state, uint32 hash)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, state, hash, VALUE_LOCK);
}

void
ivm_key_lock_first_tag(LOCKTAG *tag, Oid state, uint32 hash)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, state, hash, FIRST_LOCK);
}

void
ivm_key_lock_pair_tag(LOCKTAG *tag, Oid a, Oid b, int stripe)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, a, b, PG_UINT16_MAX - stripe);
}

/*
 * The database and the table are mixed as hash_combine64() does it.  What the hash is made of must stay: see
 * lock_fields.c.
 */
static uint64
key_hash(const IvmPlan *plan, uint64 hash, int slot)
{
	uint64		table = ((uint64) MyDatabaseId << 32) | plan->row->state;

	return hash_combine64(hash_combine64(table, hash), (uint64) slot);
}

bool
ivm_key_lock_try(const IvmPlan *plan, uint64 hash, int slot)
{
	return ivm_lock_field_try(key_hash(plan, hash, slot));
}

bool
ivm_key_lock_is_held(const IvmPlan *plan, uint64 hash, int slot)
{
	return ivm_lock_field_is_held(key_hash(plan, hash, slot));
}

bool
ivm_key_lock_try_start(const IvmPlan *plan)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, plan->row->state, 0, START_LOCK);
	return ivm_compat_trylock(&tag, ExclusiveLock);
}
