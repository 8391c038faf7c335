/*-------------------------------------------------------------------------
 *
 * delta_map.h
 *	  A set of deltas, one for each key.
 *
 *		delta, row of the delta table --add--> { key -> sum of its deltas }
 *
 * A delta that is added is copied, or added to the one that the set has of its
 * key, so the set keeps no pointer to it.  All that a set holds lives in the
 * context that it was created in; there is no function to free it.  A delta
 * that a function below returns belongs to the set and stays where it is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_MAP_H
#define IVM_DELTA_MAP_H

#include "plan/delta.h"
#include "plan/plan.h"

typedef struct IvmDeltaMap IvmDeltaMap;

/* An empty set of deltas of a view, in cxt; it must not outlive the plan. */
extern IvmDeltaMap *ivm_delta_map_create(IvmPlan *plan, MemoryContext cxt);

/* Add a delta, or a row of the delta table, whose values may be toasted. */
extern void ivm_delta_map_add(IvmDeltaMap *map, const IvmDelta *delta);
extern void ivm_delta_map_add_row(IvmDeltaMap *map, TupleTableSlot *slot);

/*
 * Add a delta that stays where it is as long as the set: it becomes the set's own where it is the
 * only one of its key, and is copied where it is not.
 */
extern void ivm_delta_map_add_kept(IvmDeltaMap *map, IvmDelta *delta);

/*
 * Copy a row of the delta table, with its values detoasted, in CurrentMemoryContext; and
 * free such a copy.
 */
extern IvmDelta *ivm_delta_map_copy_row(IvmPlan *plan, TupleTableSlot *slot);
extern void ivm_delta_map_free_row(IvmPlan *plan, TupleDesc desc, IvmDelta *delta);

/* The sum of a key's deltas, or NULL if none was added.  hash: ivm_key_hash(). */
extern IvmDelta *ivm_delta_map_find(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls);

/* The number of keys; and of deltas that were added, several of a key included. */
extern int	ivm_delta_map_count(IvmDeltaMap *map);
extern int64 ivm_delta_map_added(const IvmDeltaMap *map);

/*
 * All deltas, in CurrentMemoryContext: as a list of IvmDelta * in no order, or as
 * an array of ivm_delta_map_count() in the order of a key index, so that look-ups
 * one after the other find in the cache what they need.
 */
extern List *ivm_delta_map_list(IvmDeltaMap *map);
extern IvmDelta **ivm_delta_map_sort(IvmDeltaMap *map, Relation index);

#endif							/* IVM_DELTA_MAP_H */
