/*-------------------------------------------------------------------------
 *
 * join_delta.h
 *	  Deltas of views over several sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_JOIN_DELTA_H
#define IVM_JOIN_DELTA_H

#include "utils/snapshot.h"

#include "definition/core.h"
#include "plan/delta_map.h"
#include "plan/plan.h"

/* How a view is brought up to date, from the least work to the most. */
typedef enum IvmDeltaWay
{
	IVM_WAY_TERMS,				/* changed rows joined with the other sources */
	IVM_WAY_REGION,				/* what they can touch, compared with what it was */
	IVM_WAY_EXISTS,			/* the rows that they meet, compared likewise */
	IVM_WAY_RECOMPUTE			/* all of it, compared with the definition */
} IvmDeltaWay;

extern IvmDeltaWay ivm_join_delta_way(const IvmCore *core, List *tables);
extern const char *ivm_join_delta_obstacle(IvmPlan *plan);
extern void ivm_join_delta_overlay(IvmPlan *plan, Snapshot snapshot, IvmDeltaMap *into);
extern void ivm_join_delta_compute_all(void);
extern void ivm_join_delta_reset(void);

#endif							/* IVM_JOIN_DELTA_H */
