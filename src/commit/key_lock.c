/*-------------------------------------------------------------------------
 *
 * key_lock.c
 *	  The locks of keys, of values and of pairs of tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "commit/key_lock.h"
#include "plan/plan.h"

static void
set_key_tag(LOCKTAG *tag, IvmPlan *plan, uint64 hash, int slot)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, plan->row->state,
					   (uint32) (hash ^ (hash >> 32)), (uint16) slot);
}

/* Sub-objects: above all slots, and below the stripes of pairs of tables */
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

bool
ivm_key_lock_try(IvmPlan *plan, uint64 hash, int slot)
{
	LOCKTAG		tag;

	set_key_tag(&tag, plan, hash, slot);
	return ivm_compat_trylock(&tag, ExclusiveLock);
}

bool
ivm_key_lock_is_held(IvmPlan *plan, uint64 hash, int slot)
{
	LOCKTAG		tag;

	set_key_tag(&tag, plan, hash, slot);
	return ivm_compat_lock_held(&tag, ExclusiveLock);
}
