/*-------------------------------------------------------------------------
 *
 * plan_cache.h
 *	  The plans that a backend keeps.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_CACHE_H
#define IVM_PLAN_CACHE_H

#include "catalog/catalog_view.h"
#include "plan/plan.h"

extern IvmPlan *ivm_plan_cache_get(int32 view_id);
extern IvmPlan *ivm_plan_cache_require(const IvmViewRow *row);
extern IvmPlan *ivm_plan_cache_find_state(Oid state);
extern const IvmPlan *ivm_plan_cache_whole(IvmViewRow *row);
extern IvmPlan *ivm_plan_cache_last(int32 view_id);
extern void ivm_plan_cache_release_old(void);
extern void ivm_plan_cache_init(void);

/* The cache, for what else is kept as long as plans are. */
extern void ivm_plan_cache_retire(MemoryContext cxt);

#endif							/* IVM_PLAN_CACHE_H */
