/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The context that plans are kept in, and questions about a plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "aggregates/accum.h"
#include "plan/plan.h"

MemoryContext ivm_plan_context = NULL;

bool
ivm_plan_recomputes(const IvmPlan *plan)
{
	if (plan->core->slices || plan->core->distinct)
		return true;
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme)
			return true;
	return false;
}
