/*-------------------------------------------------------------------------
 *
 * key_lock.c
 *	  The locks of keys, of values and of pairs of tables.
 *
 * These are heavyweight locks of the class "object", with tags that no object
 * of the database has.  The class in a tag is the view's state table or, for a
 * pair of tables, the first of them:
 *
 * 	 lock				class			object			sub-object
 * 	 key, slot n		state table		hash of key		n, 0 to 64
 * 	 value				state table		hash of value	0x8000
 * 	 first row of it	state table		hash of value	0x8001
 * 	 pair of tables		table a			table b			0xFFFF - stripe
 *
 * Keys, or values, that hash alike share a lock, which costs concurrency and
 * nothing else.  All are kept to the end of the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "commit/key_lock.h"
#include "plan/plan.h"

/*
 * The tag of a key's lock is made of the key's hash; keys that hash alike
 * share it.  It is that of an object of a class that no system catalog can
 * have: the view's state table.
 */
static void
set_key_tag(LOCKTAG *tag, IvmPlan *plan, uint64 hash, int slot)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, plan->row->state,
					   (uint32) (hash ^ (hash >> 32)), (uint16) slot);
}

/* Above all slots, and below the stripes of side locks */
#define VALUE_LOCK		0x8000
#define FIRST_LOCK		0x8001

/* The tag of the lock of a region's value, given by its hash. */
void
ivm_key_lock_value_tag(LOCKTAG *tag, Oid state, uint32 hash)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, state, hash, VALUE_LOCK);
}

/* That of those who may add the first row to a region's value. */
void
ivm_key_lock_first_tag(LOCKTAG *tag, Oid state, uint32 hash)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, state, hash, FIRST_LOCK);
}

/*
 * The tag of the lock between writers of two tables a <= b, or (b = InvalidOid)
 * of all writers of a view's state table a.  It may have stripes, from 1 up.
 */
void
ivm_key_lock_pair_tag(LOCKTAG *tag, Oid a, Oid b, int stripe)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, a, b, PG_UINT16_MAX - stripe);
}

/* Try to take the lock of a key, without waiting. */
bool
ivm_key_lock_try(IvmPlan *plan, uint64 hash, int slot)
{
	LOCKTAG		tag;

	set_key_tag(&tag, plan, hash, slot);
	return ivm_compat_trylock(&tag, ExclusiveLock);
}

/* Has this transaction the lock of a key? */
bool
ivm_key_lock_is_held(IvmPlan *plan, uint64 hash, int slot)
{
	LOCKTAG		tag;

	set_key_tag(&tag, plan, hash, slot);
	return ivm_compat_lock_held(&tag, ExclusiveLock);
}
