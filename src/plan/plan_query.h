/*-------------------------------------------------------------------------
 *
 * plan_query.h
 *	  Queries that compute the state, or one key of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_QUERY_H
#define IVM_PLAN_QUERY_H

#include "nodes/params.h"

#include "plan/plan.h"

extern Query *ivm_plan_query_all(const IvmPlan *plan);
extern Query *ivm_plan_query_key(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern Query *ivm_plan_query_empty(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern ParamListInfo ivm_plan_query_params(const IvmPlan *plan, const Datum *keys,
										const bool *nulls);

#endif							/* IVM_PLAN_QUERY_H */
