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

typedef struct IvmRegionValues IvmRegionValues;

extern const IvmRegion *ivm_region_delta_choose(const IvmAddend *addend, uint64 changed);
extern IvmRegionValues *ivm_region_delta_values(const IvmViewChange *change, const IvmRegion *region,
											   Snapshot snapshot);
extern bool ivm_region_delta_is_direct(const IvmRegion *region, uint64 changed, int nsources);
extern uint32 *ivm_region_delta_hashes(const IvmRegionValues *values, int max, int *n);
extern double ivm_region_delta_cost(const IvmViewChange *change, const IvmRegionValues *values);
extern bool ivm_region_delta_was_empty(const IvmViewChange *change, const IvmRegionValues *values,
									  Snapshot snapshot);
extern void ivm_region_delta_compute(const IvmViewChange *change, const IvmRegionValues *values,
									Snapshot snapshot, IvmSignedRowVisitor visit, void *arg);

#endif							/* IVM_REGION_DELTA_H */
