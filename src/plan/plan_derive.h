/*-------------------------------------------------------------------------
 *
 * plan_derive.h
 *	  Deriving a plan from a view's definition.
 *
 * Nothing but the definition view says what a view's state looks like: each
 * backend analyzes its query again, and the layout follows from the analysis.
 * Deriving also checks what the exactness of the state rests on (plan_check.h).  If
 * that is not so, the plan is unusable: reads run the definition, which is slower
 * and never wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_DERIVE_H
#define IVM_PLAN_DERIVE_H

#include "catalog/catalog_view.h"
#include "plan/plan.h"

/*
 * Derive a plan, in a context of its own below ivm_plan_context, which the caller
 * owns (plan->cxt); an error leaves nothing behind.  The row is copied.  whole: with
 * all of the analysis, the finishing as well; otherwise a view over one table gets
 * only what maintaining and reading it needs.
 *
 * Takes AccessShareLock on the definition and on what it reads, which may wait.  A
 * definition that cannot be maintained any more is no error but makes the plan
 * unusable.
 */
extern IvmPlan *ivm_plan_derive(IvmViewRow *row, bool whole);

#endif							/* IVM_PLAN_DERIVE_H */
