/*-------------------------------------------------------------------------
 *
 * region_delta.h
 *	  Deltas by comparing what a change can touch with what it was before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_REGION_DELTA_H
#define IVM_REGION_DELTA_H

#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "definition/addends.h"
#include "definition/affected_region.h"

/* Values of a region that a change can touch; in the context that they were made in. */
typedef struct IvmRegionValues IvmRegionValues;

/* The region that all changed sources (bits) reach with the fewest joins, or NULL. */
extern const IvmRegion *ivm_region_delta_choose(const IvmAddend *addend, uint64 changed);

/*
 * Are the values of a region that changed rows have themselves more than columns to be read?
 * Then the view's settings must be in force.
 */
extern bool ivm_region_delta_is_evaluated(const IvmViewChange *change, const IvmRegion *region);

/* Do the rows of all these sources have the region's values themselves? */
extern bool ivm_region_delta_is_direct(const IvmRegion *region, uint64 changed, int nsources);

/*
 * The values that what has changed can touch, or could before, in CurrentMemoryContext.
 * The view's owner and settings are in force.  No snapshot is needed where
 * ivm_region_delta_is_direct().
 */
extern IvmRegionValues *ivm_region_delta_values(const IvmViewChange *change, const IvmRegion *region,
												Snapshot snapshot);

/*
 * Hashes of the values, the same for equal ones; NULL if there might be more than max, or
 * the type has no hash function.  *n is set to their number.
 */
extern uint32 *ivm_region_delta_hashes(const IvmRegionValues *values, int max, int *n);

/* Did the addend have no row of these values before this transaction? */
extern bool ivm_region_delta_was_empty(const IvmViewChange *change, const IvmRegionValues *values,
									   Snapshot snapshot);

/*
 * The difference that a change makes: call a function for each row of the addend (keys,
 * arguments) that has come (copies > 0) or gone; and what the planner expects that to cost.
 */
extern void ivm_region_delta_compute(const IvmViewChange *change, const IvmRegionValues *values,
									 Snapshot snapshot, IvmSignedRowVisitor visit, void *arg);
extern double ivm_region_delta_cost(const IvmViewChange *change, const IvmRegionValues *values);

/* The same over all rows of the addend, whatever the change can touch. */
extern void ivm_region_delta_compute_all(const IvmViewChange *change, Snapshot snapshot,
										 IvmSignedRowVisitor visit, void *arg);

#endif							/* IVM_REGION_DELTA_H */
