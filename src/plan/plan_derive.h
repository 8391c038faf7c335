/*-------------------------------------------------------------------------
 *
 * plan_derive.h
 *	  Deriving a plan from a view's definition.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_DERIVE_H
#define IVM_PLAN_DERIVE_H

#include "catalog/catalog_view.h"
#include "plan/plan.h"

extern IvmPlan *ivm_plan_derive(IvmViewRow *row, bool whole);

#endif							/* IVM_PLAN_DERIVE_H */
