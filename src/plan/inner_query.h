/*-------------------------------------------------------------------------
 *
 * inner_query.h
 *	  Queries that this extension makes and runs itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_INNER_QUERY_H
#define IVM_INNER_QUERY_H

#include "executor/executor.h"
#include "nodes/params.h"
#include "tcop/dest.h"

#include "plan/plan.h"

extern char *ivm_inner_query_text(const IvmPlan *plan, const char *what);
extern PlannedStmt *ivm_inner_query_plan(Query *query, const char *text, int cursor_options,
										ParamListInfo params);
extern void ivm_inner_query_receive(DestReceiver *receiver,
								   bool (*receive) (TupleTableSlot *slot, DestReceiver *self));

/*
 * Does another extension watch what the executor runs?  It sees only what goes
 * through the executor's hooks.
 */
static inline bool
ivm_inner_query_is_watched(void)
{
	return ExecutorStart_hook != NULL || ExecutorRun_hook != NULL || ExecutorEnd_hook != NULL;
}

#endif							/* IVM_INNER_QUERY_H */
