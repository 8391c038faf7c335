/*-------------------------------------------------------------------------
 *
 * delta_map.h
 *	  A set of deltas, one for each key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_MAP_H
#define IVM_DELTA_MAP_H

#include "plan/delta.h"
#include "plan/plan.h"

/* A set of deltas, one per key. */
typedef struct IvmDeltaMap IvmDeltaMap;
extern IvmDeltaMap *ivm_delta_map_create(IvmPlan *plan, MemoryContext cxt);
extern void ivm_delta_map_add(IvmDeltaMap *map, const IvmDelta *delta);
extern void ivm_delta_map_add_row(IvmDeltaMap *map, TupleTableSlot *slot);
extern IvmDelta *ivm_delta_map_find(IvmDeltaMap *map, uint64 hash, const Datum *keys, const bool *nulls);
extern int	ivm_delta_map_count(IvmDeltaMap *map);
extern List *ivm_delta_map_list(IvmDeltaMap *map);
extern IvmDelta **ivm_delta_map_sort(IvmDeltaMap *map, Relation index);

#endif							/* IVM_DELTA_MAP_H */
