/*-------------------------------------------------------------------------
 *
 * plan_query.h
 *	  Queries that compute the state, or one key of it.
 *
 *		core:  SELECT day, sum(price) FROM orders WHERE NOT test GROUP BY day
 *		state: SELECT day, count(*), sum(price), count(price) FROM orders
 *				WHERE NOT test [AND day = $1] GROUP BY day
 *
 * The columns are those of the state table without key_hash: the keys, row_count,
 * and of each accumulator the expressions that give its state columns afresh
 * (accum.h).  A query is a new tree in CurrentMemoryContext, analyzed and not yet
 * rewritten or planned (inner_query.h).  No table is locked here.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PLAN_QUERY_H
#define IVM_PLAN_QUERY_H

#include "nodes/params.h"

#include "plan/plan.h"

/* The state of all keys.  A bag's rows come one by one, each with row_count 1. */
extern Query *ivm_plan_query_all(const IvmPlan *plan);
extern Query *ivm_plan_query_core(const IvmCore *core);

/*
 * The state of one key, given as parameters $1, $2 ...; a column that is NULL is
 * tested with IS NULL.  A column whose type has no default "=" is not tested, so rows
 * of other keys can appear, which the caller sorts out with ivm_key_equal().
 */
extern Query *ivm_plan_query_key(const IvmPlan *plan, const Datum *keys, const bool *nulls);

/* The state that a permanent key (key.h) has over no rows; the same parameters. */
extern Query *ivm_plan_query_empty(const IvmPlan *plan, const Datum *keys, const bool *nulls);

/* The values of these parameters, which point to the keys given. */
extern ParamListInfo ivm_plan_query_params(const IvmPlan *plan, const Datum *keys,
										   const bool *nulls);

#endif							/* IVM_PLAN_QUERY_H */
