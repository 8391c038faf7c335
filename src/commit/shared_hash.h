/*-------------------------------------------------------------------------
 *
 * shared_hash.h
 *	  Keys of a view that have the same hash.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SHARED_HASH_H
#define IVM_SHARED_HASH_H

#include "commit/store.h"
#include "plan/delta.h"
#include "plan/plan.h"

/*
 * The slot of delta rows that change nothing, but say that another key has the hash of theirs.  They are never
 * folded.
 */
#define IVM_SLOT_SHARED_HASH	65

/*
 * Is it noted where keys of this view have the same hash?  A snapshot that sees two state rows with one hash, or two delta
 * rows of one hash and one slot but 0, then sees a note, too.  Not where keys are indexed themselves, nor where all of a
 * type hash alike.
 */
extern bool ivm_shared_hash_is_noted(const IvmPlan *plan);

/* Is this row of a delta table such a note? */
static inline bool
ivm_shared_hash_is_note(const IvmPlan *plan, TupleTableSlot *row)
{
	bool		isnull;

	return plan->layout.hashed &&
		DatumGetInt32(slot_getattr(row, plan->layout.delta_slot + 1, &isnull)) == IVM_SLOT_SHARED_HASH;
}

/*
 * Called by who has looked up the row of a key, or of its slot, in vain, under the lock of that, and inserted
 * it: notes, in the delta table, that the look-up has met other keys with the hash, if it has.
 */
extern void ivm_shared_hash_after_insert(const IvmStore *store, IvmStore *delta, const IvmDelta *key);

/* Has the last look-up met other keys with the hash, so that the function above has something to do? */
extern bool ivm_shared_hash_was_met(const IvmStore *store);

/*
 * The same for all rows of the state, after they were written as a whole, by this transaction.  The caller keeps all
 * other writers of the state out.
 */
extern void ivm_shared_hash_note_all(IvmPlan *plan);

#endif							/* IVM_SHARED_HASH_H */
