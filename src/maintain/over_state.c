/*-------------------------------------------------------------------------
 *
 * over_state.c
 *	  Expressions over a view as expressions over its state.
 *
 * A column of the view is an expression over columns of the state table, which
 * the view's query has:
 *
 *		view		SELECT s.key AS day, s.sum / s.count AS mean FROM state s
 *		expression	mean > 3
 *		over state	s.sum / s.count > 3
 *
 * Key filters are evaluated, and indexes are made, in this way.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "definition/row_pack.h"
#include "definition/time_window.h"
#include "maintain/over_state.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

/* What the mutator works with */
typedef struct OverState
{
	Oid			view;
	Query	   *query;			/* the view's own */
	IvmBadColumn *bad;
} OverState;

/*
 * Does the view add up its state (read/finishing_window.c)?  Then what takes the place of
 * the state has the state's columns.
 */
static bool
adds_up_state(Oid view, const Query *rows)
{
	IvmViewRow *row = ivm_catalog_find_view(view);
	IvmPlan    *plan = row ? ivm_plan_cache_get(row->id) : NULL;
	TargetEntry *tle;

	if (plan == NULL || plan->core->window == NULL || !plan->core->window->merged ||
		list_length(rows->targetList) != plan->layout.state_natts)
		return false;
	tle = list_nth(rows->targetList, plan->layout.state_row_count);
	return strcmp(tle->resname, "row_count") == 0;
}

/* Is an expression over such rows made of anything but what they are grouped by? */
static bool
added_up_walker(Node *node, Query *rows)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return !IsA(((TargetEntry *) list_nth(rows->targetList, ((Var *) node)->varattno - 1))->expr, Var);
	return expression_tree_walker(node, added_up_walker, rows);
}

/*
 * A column of the view as an expression over the columns of its state table
 * (varno 1); or NULL, and *bad tells why.
 */
static Node *
column_over_state(OverState *cxt, int column)
{
	TargetEntry *tle = get_tle_by_resno(cxt->query->targetList, column);
	RangeTblRef *from = linitial_node(RangeTblRef, cxt->query->jointree->fromlist);
	RangeTblEntry *rte = rt_fetch(from->rtindex, cxt->query->rtable);
	Node	   *expr;

	if (adds_up_state(cxt->view, rte->subquery))
	{
		if (added_up_walker((Node *) tle->expr, rte->subquery))
			cxt->bad->reason = "It is added up over the window of time when the view is read.";
	}
	else if (linitial_node(RangeTblEntry, rte->subquery->rtable)->rtekind != RTE_RELATION)
		cxt->bad->reason = "It is computed from a subquery when the view is read.";
	if (cxt->bad->reason != NULL)
		;						/* nothing else matters */
	else if (contain_windowfuncs((Node *) tle->expr))
		cxt->bad->reason = "It is computed by a window function, over all rows of the view.";
	else if (checkExprHasSubLink((Node *) tle->expr))
		cxt->bad->reason = "It is computed with a subquery, which changes by itself.";
	else if (contain_agg_clause((Node *) tle->expr))
		cxt->bad->reason = "It is an aggregate that is computed when the view is read.";
	else if (ivm_row_pack_within((Node *) tle->expr))
		cxt->bad->reason = "It has a row of a table as a whole, which is stored in another form.";
	if (cxt->bad->reason != NULL)
	{
		cxt->bad->name = tle->resname;
		return NULL;
	}

	/*
	 * the subquery is "SELECT * FROM state": its columns have the same
	 * numbers
	 */
	expr = copyObject((Node *) tle->expr);
	if (from->rtindex != 1)
		ChangeVarNodes(expr, from->rtindex, 1, 0);
	return expr;
}

static Node *
over_state_mutator(Node *node, OverState *cxt)
{
	if (node == NULL || cxt->bad->name != NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varattno > 0)
			return column_over_state(cxt, var->varattno);
		cxt->bad->name = get_rel_name(cxt->view);
		cxt->bad->reason = "It stands for whole rows of the view.";
		return NULL;
	}
	return expression_tree_mutator(node, over_state_mutator, cxt);
}

Node *
ivm_over_state_expression(Oid view, Node *node, IvmBadColumn *bad)
{
	OverState	cxt = {view, ivm_relation_view_query(view), bad};

	bad->name = bad->reason = NULL;
	return over_state_mutator(node, &cxt);
}
