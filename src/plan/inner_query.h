/*-------------------------------------------------------------------------
 *
 * inner_query.h
 *	  Queries that this extension makes and runs itself.
 *
 * They are made as query trees, so no text of them exists that the server could
 * show.  They get one that says what the query does and for which view, such as
 * "ivm: delta of view public.v": auto_explain prints it, pg_stat_statements lists
 * it, and parallel workers show it in pg_stat_activity.  It depends on nothing
 * but these two, so all queries of a kind are one line of pg_stat_statements.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_INNER_QUERY_H
#define IVM_INNER_QUERY_H

#include "executor/executor.h"
#include "nodes/params.h"
#include "tcop/dest.h"

#include "plan/plan.h"

/*
 * The text of a query: what it does, in words that "view v" can follow, and the
 * view.  Allocated in CurrentMemoryContext.  Looks up names in the catalogues, so
 * a caller that keeps a plan keeps the text with it.
 */
extern char *ivm_inner_query_text(const IvmPlan *plan, const char *what);

/*
 * Plan a query, which is scribbled on, as the current user and under the settings
 * in force.  The result is in CurrentMemoryContext.  The query's tables are locked
 * until the end of the transaction; the caller has pushed a snapshot.  The plan has
 * an identifier made of the text where the server computes those of statements.
 */
extern PlannedStmt *ivm_inner_query_plan(Query *query, const char *text, int cursor_options,
										 ParamListInfo params);

/*
 * Make a DestReceiver, usually the first member of a struct of the caller's, that
 * hands each row to receive and does nothing else.
 */
extern void ivm_inner_query_receive(DestReceiver *receiver,
									bool (*receive) (TupleTableSlot *slot, DestReceiver *self));

/*
 * To be called by who sets ExecutorStart_hook for this extension: its function, and what was
 * there before.  It need not see queries that do not go through the hook.
 */
extern void ivm_inner_query_hooked(ExecutorStart_hook_type own, ExecutorStart_hook_type previous);

/*
 * Does another extension watch what the executor runs, such as auto_explain?  It
 * would miss a query that does not go through the executor's hooks.
 */
extern bool ivm_inner_query_is_watched(void);

#endif							/* IVM_INNER_QUERY_H */
