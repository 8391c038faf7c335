/*-------------------------------------------------------------------------
 *
 * key_lock.h
 *	  The locks of keys, of values and of pairs of tables.
 *
 * Those of keys are only tried, at each commit, and are fields in shared memory
 * (base/lock_fields.h).  The others are heavyweight locks of the class "object", with tags that no
 * object of the database has.  The class in a tag is the view's state table or, for a
 * pair of tables, the first of them:
 *
 *	 lock				class			object			sub-object
 *	 start				state table		0				0x7FFF
 *	 value				state table		hash of value	0x8000
 *	 first row of it	state table		hash of value	0x8001
 *	 view				state table		0				0xFFFF
 *	 pair of tables		table a			table b			0xFFFF - stripe
 *
 * Keys, or values, that hash alike share a lock, which costs concurrency and
 * nothing else.  All are kept to the end of the transaction.  What each protects:
 * src/README.md, "Locks", and commit/README.md, "Their locks".
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_LOCK_H
#define IVM_KEY_LOCK_H

#include "storage/lock.h"

#include "plan/plan.h"

/*
 * Try to take the lock of a key (slot 0) or of one of its slots, exclusively and without
 * waiting.  False if another transaction has it, or there is no memory for such locks.
 */
extern bool ivm_key_lock_try(const IvmPlan *plan, uint64 hash, int slot);

/* Does this transaction hold this lock? */
extern bool ivm_key_lock_is_held(const IvmPlan *plan, uint64 hash, int slot);

/* Try to get the right to move the start of the state (old_buckets.c). */
extern bool ivm_key_lock_try_start(const IvmPlan *plan);

/*
 * Tags of locks that source_locks.c takes, and waits for.  value: of a region's value,
 * given by its hash.  first: of the right to add the first row to that value.
 */
extern void ivm_key_lock_value_tag(LOCKTAG *tag, Oid state, uint32 hash);
extern void ivm_key_lock_first_tag(LOCKTAG *tag, Oid state, uint32 hash);

/*
 * The tag of the lock between writers of two tables a <= b, or (b = InvalidOid) of all
 * writers of the view with the state table a.  stripe: 0, or from 1 up if it has stripes.
 */
extern void ivm_key_lock_pair_tag(LOCKTAG *tag, Oid a, Oid b, int stripe);

#endif							/* IVM_KEY_LOCK_H */
