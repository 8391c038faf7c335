/*-------------------------------------------------------------------------
 *
 * key.h
 *	  Comparing and hashing keys.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_H
#define IVM_KEY_H

#include "definition/core.h"
#include "plan/plan.h"

extern int	ivm_key_count_permanent(const IvmPlan *plan);
extern bool ivm_key_is_permanent(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern uint64 ivm_key_hash(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern bool ivm_key_equal(const IvmPlan *plan, const Datum *a, const bool *anulls,
						  const Datum *b, const bool *bnulls);
extern void ivm_key_init(IvmKey *key, const IvmKeyDef *def, bool hashed, MemoryContext cxt);

#endif							/* IVM_KEY_H */
