/*-------------------------------------------------------------------------
 *
 * key_lookup.h
 *	  Finding rows of a state or delta table by their key.
 *
 *		begin --> find a key --> next, next ... --> done --> find another ... --> end
 *
 * The state table has an index over the key, the delta table one over key and slot.
 * Where plan->layout.hashed, the index is over key_hash instead and the keys are
 * compared with the rows found.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEY_LOOKUP_H
#define IVM_KEY_LOOKUP_H

#include "plan/plan.h"

typedef struct IvmKeyLookup IvmKeyLookup;

/*
 * Prepare look-ups by key in the state table or (delta) the delta table, which the
 * caller has opened and locked; in CurrentMemoryContext.  The plan must have a key index
 * for it.  Takes AccessShareLock on the index, which stays.
 */
extern IvmKeyLookup *ivm_key_lookup_begin(IvmPlan *plan, Relation rel, bool delta);
extern void ivm_key_lookup_end(IvmKeyLookup *lookup);

/* The key index, open until the look-up ends. */
extern Relation ivm_key_lookup_index(IvmKeyLookup *lookup);

/*
 * Does this snapshot see one of the last versions of most rows?  Then they are best looked
 * for from the last index entry of their key.  On this nothing depends but how long it takes.
 */
extern bool ivm_key_lookup_is_recent(Snapshot snapshot);

/*
 * Position before the rows of a key that the snapshot sees; in a delta table, before
 * those of one slot, or of all slots if slot is negative.  keys and nulls must stay
 * until the last row has been read.
 *
 * With SnapshotSelf the caller holds the lock of the key, or of its slot in a delta table,
 * and takes one row: it is looked for where the newest version is likely to be.
 */
extern void ivm_key_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
								const Datum *keys, const bool *nulls, int slot);

/* The next row, or NULL.  It is valid until the next call for this look-up. */
extern TupleTableSlot *ivm_key_lookup_next(IvmKeyLookup *lookup);

/*
 * Where the index is over the hash of the key: has the look-up, since it was positioned, come to visible rows with
 * the hash and another key?  If it has found no row, it has come to all of them.
 */
extern bool ivm_key_lookup_met_others(IvmKeyLookup *lookup);

/*
 * Has a row of a state table, or (delta) of a delta table, this key, and there this
 * slot, unless it is negative?
 */
extern bool ivm_key_lookup_matches(const IvmPlan *plan, bool delta, TupleTableSlot *row,
								   const Datum *keys, const bool *nulls, int slot);

/*
 * The start of the update chain that the last row found belongs to: it stays the
 * same as long as updates are heap-only.
 */
extern ItemPointer ivm_key_lookup_root(IvmKeyLookup *lookup);

/* Let go of the row, and its buffer; the look-up can be positioned again. */
extern void ivm_key_lookup_done(IvmKeyLookup *lookup);

#endif							/* IVM_KEY_LOOKUP_H */
