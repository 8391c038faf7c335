/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  The context that plans are kept in, and questions about a plan.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "plan/plan.h"

MemoryContext ivm_plan_context = NULL;

/*
 * Can keys of the view have to be recomputed?  Then all deltas of a key must be
 * folded, or none, and a row that comes and goes at once should not be added.
 */
bool
ivm_plan_recomputes(const IvmPlan *plan)
{
	if (plan->core->slices)
		return true;
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme)
			return true;
	return false;
}
