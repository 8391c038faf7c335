/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Writing rows of state and delta tables.
 *
 * Rows are written through the table access method, not by SQL: cheaper, and
 * in REPEATABLE READ an UPDATE of a row that another transaction has changed
 * would fail, where a commutative change to its newest version is right.
 *
 * A row is written only under the lock that covers it, so the row found is the
 * newest version and no write ever waits: src/README.md, "Locks".  Callers take the
 * locks (key_lock.h, ivm_store_try_open).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STORE_H
#define IVM_STORE_H

#include "nodes/execnodes.h"
#include "storage/itemptr.h"
#include "storage/lockdefs.h"

#include "base/heap_row.h"
#include "commit/key_lookup.h"
#include "plan/delta.h"
#include "plan/plan.h"

/*
 * Where writers of this backend last found the state row of a key (slot 0), or
 * its delta row of a slot.  Only a hint: whatever is at this place is compared with
 * the key.
 */
typedef struct IvmTidHint
{
	uint32		hash;			/* of the key, its lower half */
	ItemPointerData root;		/* start of the row's update chain; invalid:
								 * no hint */
	IvmRowVersion before;		/* the version before the one last seen, in
								 * the same block */
	uint8		slot;
	uint8		contended:4;	/* this many more changes of the key go to
								 * slots at once */
	uint8		spread:4;		/* writers of the key use 2^spread of its
								 * slots */
} IvmTidHint;

/* A state or delta table open for writing. */
typedef struct IvmStore
{
	MemoryContext cxt;
	IvmPlan    *plan;
	Relation	rel;
	TupleTableSlot *slot;
	ResultRelInfo *rri;			/* with open indexes; NULL until needed */
	bool		key_index_last; /* among these is the key index */
	bool		calls_users;	/* there are functions of users in these */
	EState	   *estate;
	IvmKeyLookup *lookup;		/* NULL until needed */
	TupleTableSlot *found;		/* by a hint; NULL until needed */
	IvmTidHint *hint;			/* of the row found, or NULL */
	IvmRowVersion version;		/* of the row found, if there is a hint */
	bool		is_delta;
} IvmStore;

/*
 * Open a table if its lock can be had at once and it still exists; else NULL.  The lock
 * stays until the end of the transaction.
 */
extern Relation ivm_store_try_open(Oid relid, LOCKMODE lockmode);

/* The same for the state table of a view, without a look-up while the plan is valid. */
extern Relation ivm_store_try_open_state(IvmPlan *plan, LOCKMODE lockmode);

/*
 * Prepare to write a table that the caller has opened with at least RowExclusiveLock.
 * The store lives in CurrentMemoryContext, until it is closed; closing leaves the table
 * open.
 */
extern IvmStore *ivm_store_open(IvmPlan *plan, Relation rel, bool is_delta);
extern void ivm_store_close(IvmStore *store);

/* Look-ups by key in the table, made at first use; they belong to the store. */
extern IvmKeyLookup *ivm_store_lookup(IvmStore *store);

/*
 * The hint of a key's state row (slot 0) or of its delta row of a slot, or NULL.  It
 * belongs to the plan, and may move with the next ivm_store_find().
 */
extern IvmTidHint *ivm_store_hint(const IvmPlan *plan, uint64 hash, int slot);

/*
 * The row of the delta's key, whose lock the caller holds, or NULL: the state row, or in
 * a delta table the row of the slot.  It is the newest version, committed or own, and
 * valid until ivm_store_found_done().
 */
extern TupleTableSlot *ivm_store_find(IvmStore *store, const IvmDelta *delta, int slot);
extern void ivm_store_found_done(IvmStore *store);

/*
 * Insert a row; replace or delete one whose lock the caller holds, under the current
 * command id, with index entries.  An error (55006) if the row is not the newest version,
 * which only commands of users on the storage can bring about.
 */
extern void ivm_store_insert(IvmStore *store, const Datum *values, const bool *nulls);
extern void ivm_store_update(IvmStore *store, ItemPointer tid, const Datum *values, const bool *nulls);
extern void ivm_store_delete(IvmStore *store, ItemPointer tid);

/*
 * Delete all rows of a state or delta table, as the latest snapshot sees them.  The
 * caller's lock on the base table keeps out all that might write them.
 */
extern void ivm_store_delete_all(IvmPlan *plan, Oid relid);

#endif							/* IVM_STORE_H */
