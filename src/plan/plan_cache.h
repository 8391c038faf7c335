/*-------------------------------------------------------------------------
 *
 * plan_cache.h
 *	  The plans that a backend keeps.
 *
 *		view id, or OID of the state table --> IvmPlan, derived if need be
 *
 * A plan belongs to the cache and may be held until the end of the transaction,
 * even if another one takes its place meanwhile; see plan.h.  Plans that have
 * become invalid go at the end of the transaction, so nothing grows with the
 * number of invalidations; what is kept grows with the views that this backend
 * has used since they last changed.
 *
 * A look-up that finds a valid plan is one look into a hash table.  Else the plan
 * is derived: catalogues are read, AccessShareLock is taken on what the definition
 * reads, which may wait, and errors of the analysis name the view in their context.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_CACHE_H
#define IVM_PLAN_CACHE_H

#include "catalog/catalog_view.h"
#include "plan/plan.h"

/* The plan of a view; NULL if there is no such view. */
extern IvmPlan *ivm_plan_cache_get(int32 view_id);

/* The plan of a view; an error if it was dropped since its row was read. */
extern IvmPlan *ivm_plan_cache_require(const IvmViewRow *row);

/* The plan of the view that has this state table; NULL if it is no view's. */
extern IvmPlan *ivm_plan_cache_find_state(Oid state);

/*
 * A new plan of a view with all of its analysis, the finishing included, for
 * explaining and indexing it.  It is not put into the cache.
 */
extern const IvmPlan *ivm_plan_cache_whole(IvmViewRow *row);

/*
 * The plan that this backend derived last, whether or not it is still valid; NULL
 * if there is none.  Looks nothing up and locks nothing.
 */
extern IvmPlan *ivm_plan_cache_last(int32 view_id);

/*
 * Free a context when the transaction ends, because pointers into it may be held
 * until then.  Its parent must not be freed before; ivm_plan_context is not.
 */
extern void ivm_plan_cache_retire(MemoryContext cxt);

/* Free retired contexts and invalid plans; at the end of a transaction. */
extern void ivm_plan_cache_release_old(void);

/* Called once, when the library is loaded. */
extern void ivm_plan_cache_init(void);

#endif							/* IVM_PLAN_CACHE_H */
