/*-------------------------------------------------------------------------
 *
 * delta_cache.h
 *	  What a backend remembers of delta tables between reads.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_CACHE_H
#define IVM_DELTA_CACHE_H

#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "plan/plan.h"
#include "read/delta_set.h"

/*
 * The deltas of a view that a snapshot sees, or NULL if they have to be read without the cache.  rel
 * is the delta table, locked.  The set stays as it is until user is reset or deleted,
 * which a scan's own context is.  Reads the pages that have changed, and locks each of these
 * meanwhile.
 */
extern IvmDeltaSet *ivm_delta_cache_get(IvmPlan *plan, Relation rel, Snapshot snapshot,
										MemoryContext user);

#endif							/* IVM_DELTA_CACHE_H */
