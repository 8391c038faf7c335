/*-------------------------------------------------------------------------
 *
 * key_lookup.h
 *	  Finding rows of a state or delta table by their key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_LOOKUP_H
#define IVM_KEY_LOOKUP_H

#include "plan/plan.h"

/* Look-up by key in the state or the delta table, which have like indexes. */
typedef struct IvmKeyLookup IvmKeyLookup;
extern IvmKeyLookup *ivm_key_lookup_begin(IvmPlan *plan, Relation rel, bool delta);
extern Relation ivm_key_lookup_index(IvmKeyLookup *lookup);
extern void ivm_key_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
							const Datum *keys, const bool *nulls, int slot);
extern TupleTableSlot *ivm_key_lookup_next(IvmKeyLookup *lookup);
extern ItemPointer ivm_key_lookup_root(IvmKeyLookup *lookup);
extern void ivm_key_lookup_done(IvmKeyLookup *lookup);
extern void ivm_key_lookup_end(IvmKeyLookup *lookup);

#endif							/* IVM_KEY_LOOKUP_H */
