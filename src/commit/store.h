/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Writing rows of state and delta tables, and the locks that go with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_STORE_H
#define IVM_STORE_H

#include "nodes/execnodes.h"
#include "storage/itemptr.h"
#include "storage/lockdefs.h"

#include "commit/key_lookup.h"
#include "plan/delta.h"
#include "plan/plan.h"

/*
 * Where writers of this backend last found the state row of a key (slot 0), or
 * its delta row of a slot: the start of its update chain, and the version before
 * the one last seen or written.  Only a hint.
 */
typedef struct IvmTidHint
{
	uint32		hash;			/* of the key, its lower half */
	ItemPointerData root;		/* invalid: no hint */
	OffsetNumber before;		/* in the same block */
	uint8		slot;
	uint8		contended:4;	/* changes to go before the state row is tried again */
	uint8		spread:4;		/* writers of the key use 2^spread of its slots */
} IvmTidHint;

/* A state or delta table open for writing. */
typedef struct IvmStore
{
	MemoryContext cxt;
	IvmPlan    *plan;
	Relation	rel;
	TupleTableSlot *slot;
	ResultRelInfo *rri;			/* with open indexes; NULL until needed */
	EState	   *estate;
	IvmKeyLookup *lookup;		/* NULL until needed */
	struct IndexFetchTableData *fetch;	/* likewise */
	TupleTableSlot *fetch_slot;
	IvmTidHint *hint;			/* of the row found, or NULL */
	bool		is_delta;
} IvmStore;

extern IvmStore *ivm_store_open(IvmPlan *plan, Relation rel, bool is_delta);
extern void ivm_store_close(IvmStore *store);
extern IvmKeyLookup *ivm_store_lookup(IvmStore *store);
extern IvmTidHint *ivm_store_hint(const IvmPlan *plan, uint64 hash, int slot);
extern TupleTableSlot *ivm_store_find(IvmStore *store, const IvmDelta *delta, int slot);
extern void ivm_store_found_done(IvmStore *store);
extern void ivm_store_insert(IvmStore *store, const Datum *values, const bool *nulls);
extern void ivm_store_update(IvmStore *store, ItemPointer tid, const Datum *values, const bool *nulls);
extern void ivm_store_delete(IvmStore *store, ItemPointer tid);
extern void ivm_store_delete_all(IvmPlan *plan, Oid relid);

extern Relation ivm_store_try_open(Oid relid, LOCKMODE lockmode);
extern Relation ivm_store_try_open_state(IvmPlan *plan, LOCKMODE lockmode);

#endif							/* IVM_STORE_H */
