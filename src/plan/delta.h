/*-------------------------------------------------------------------------
 *
 * delta.h
 *	  Deltas: signed changes of one key, as rows of a delta table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_H
#define IVM_DELTA_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "plan/plan.h"

/* One delta, laid out as a row of the delta table (plan->layout). */
typedef struct IvmDelta
{
	uint64		hash;			/* of the key */
	Datum	   *values;			/* layout.delta_natts */
	bool	   *nulls;
	bool		done;			/* for those who go through a set */
} IvmDelta;

/* A row laid out as one of the state table. */
typedef struct IvmState
{
	Datum	   *values;			/* layout.state_natts */
	bool	   *nulls;
} IvmState;

/* A set of deltas, one per key. */
typedef struct IvmDeltaMap IvmDeltaMap;

static inline Datum *
ivm_delta_keys(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->values + plan->layout.first_key;
}

static inline bool *
ivm_delta_key_nulls(const IvmPlan *plan, const IvmDelta *delta)
{
	return delta->nulls + plan->layout.first_key;
}

static inline bool
ivm_delta_is_dirty(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetBool(delta->values[plan->layout.delta_dirty]);
}

static inline int64
ivm_delta_row_count(const IvmPlan *plan, const IvmDelta *delta)
{
	return DatumGetInt64(delta->values[plan->layout.delta_row_count]);
}

static inline int64
ivm_state_row_count(const IvmPlan *plan, const IvmState *state)
{
	return DatumGetInt64(state->values[plan->layout.state_row_count]);
}

extern IvmDelta *ivm_delta_make(const IvmPlan *plan);
extern IvmDelta *ivm_delta_make_permanent(const IvmPlan *plan, int n);
extern void ivm_delta_add(const IvmPlan *plan, IvmDelta *into, const IvmDelta *from);
extern IvmDelta *ivm_delta_copy(const IvmPlan *plan, const IvmDelta *delta);

extern IvmState *ivm_state_make(const IvmPlan *plan);
extern void ivm_state_empty(const IvmPlan *plan, const IvmDelta *delta, IvmState *state);
extern void ivm_state_from_slot(const IvmPlan *plan, TupleTableSlot *slot, IvmState *state);
extern void ivm_state_copy(const IvmPlan *plan, IvmState *into, const IvmState *from);
extern bool ivm_state_is_empty(const IvmPlan *plan, const IvmState *state);
extern bool ivm_state_is_shown(const IvmPlan *plan, const IvmState *state);
extern bool ivm_state_apply(const IvmPlan *plan, IvmState *state, const IvmDelta *delta);

extern IvmDeltaMap *ivm_deltas_create(IvmPlan *plan, MemoryContext cxt);
extern void ivm_deltas_add(IvmDeltaMap *map, const IvmDelta *delta);
extern void ivm_deltas_add_row(IvmDeltaMap *map, TupleTableSlot *slot);
extern IvmDelta *ivm_deltas_find(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls);
extern int	ivm_deltas_count(IvmDeltaMap *map);
extern List *ivm_deltas_list(IvmDeltaMap *map);
extern IvmDelta **ivm_deltas_sort(IvmDeltaMap *map, Relation index);

/* Look-up by key in the state or the delta table, which have like indexes. */
typedef struct IvmKeyLookup IvmKeyLookup;

extern IvmKeyLookup *ivm_lookup_begin(IvmPlan *plan, Relation rel, bool delta);
extern Relation ivm_lookup_index(IvmKeyLookup *lookup);
extern void ivm_lookup_find(IvmKeyLookup *lookup, Snapshot snapshot, uint64 hash,
							const Datum *keys, const bool *nulls, int slot);
extern TupleTableSlot *ivm_lookup_next(IvmKeyLookup *lookup);
extern ItemPointer ivm_lookup_root(IvmKeyLookup *lookup);
extern void ivm_lookup_done(IvmKeyLookup *lookup);
extern void ivm_lookup_end(IvmKeyLookup *lookup);

#endif							/* IVM_DELTA_H */
