/*-------------------------------------------------------------------------
 *
 * key_lock.h
 *	  The locks of keys, of values and of pairs of tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_LOCK_H
#define IVM_KEY_LOCK_H

#include "storage/lock.h"

#include "plan/plan.h"

extern void ivm_key_lock_value_tag(LOCKTAG *tag, Oid state, uint32 hash);
extern void ivm_key_lock_first_tag(LOCKTAG *tag, Oid state, uint32 hash);
extern void ivm_key_lock_pair_tag(LOCKTAG *tag, Oid a, Oid b, int stripe);
extern bool ivm_key_lock_try(IvmPlan *plan, uint64 hash, int slot);
extern bool ivm_key_lock_is_held(IvmPlan *plan, uint64 hash, int slot);

#endif							/* IVM_KEY_LOCK_H */
