/*-------------------------------------------------------------------------
 *
 * inner_query.c
 *	  Queries that this extension makes and runs itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "plan/inner_query.h"
#include "plan/plan.h"

/* ---- planning ---- */

char *
ivm_inner_query_text(const IvmPlan *plan, const char *what)
{
	return psprintf("ivm: %s view %s", what,
					ivm_sql_text_relation_name(ivm_catalog_whole(plan->row)->view));
}

/*
 * Lock the views that subqueries were once references to: the planner looks at them
 * where a whole row of one is read.  Before 16 AcquireRewriteLocks() does so.
 */
static bool
lock_views(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, lock_views, context, QTW_EXAMINE_RTES_BEFORE);
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_SUBQUERY && OidIsValid(rte->relid))
			LockRelationOid(rte->relid, AccessShareLock);
		return false;
	}
	return expression_tree_walker(node, lock_views, context);
}

/* pg_stat_statements ignores a query without an identifier. */
PlannedStmt *
ivm_inner_query_plan(Query *query, const char *text, int cursor_options, ParamListInfo params)
{
	AcquireRewriteLocks(query, true, false);
	(void) lock_views((Node *) query, NULL);
	query = linitial_node(Query, QueryRewrite(query));
	if (IsQueryIdEnabled())
		query->queryId = Max(hash_bytes_extended((const unsigned char *) text, strlen(text), 0), 1);
	return pg_plan_query(query, text, cursor_options, params);
}

/* ---- hooks ---- */

static ExecutorStart_hook_type own_start = NULL;
static ExecutorStart_hook_type start_before = NULL;

void
ivm_inner_query_hooked(ExecutorStart_hook_type own, ExecutorStart_hook_type previous)
{
	own_start = own;
	start_before = previous;
}

bool
ivm_inner_query_is_watched(void)
{
	ExecutorStart_hook_type start = ExecutorStart_hook;

	if (start == own_start)
		start = start_before;
	return start != NULL || ExecutorRun_hook != NULL || ExecutorEnd_hook != NULL;
}

/* ---- receiving rows ---- */

static void
receive_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
}

static void
receive_noop(DestReceiver *self)
{
}

void
ivm_inner_query_receive(DestReceiver *receiver,
						bool (*receive) (TupleTableSlot *slot, DestReceiver *self))
{
	receiver->receiveSlot = receive;
	receiver->rStartup = receive_startup;
	receiver->rShutdown = receive_noop;
	receiver->rDestroy = receive_noop;
	receiver->mydest = DestNone;
}
