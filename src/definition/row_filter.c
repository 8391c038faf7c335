/*-------------------------------------------------------------------------
 *
 * row_filter.c
 *	  Which rows of a source cannot count.
 *
 * A changed row that conditions of its own query rule out, such as an order with
 * a status that is not asked for, leads to no row of the view, before or after: no region needs
 * to be looked at for it.  The conditions are those that every row of the source
 * must satisfy to get anywhere: of WHERE, unless the source is on the nullable
 * side of an outer join, where a row that fails makes room for NULLs; and of ON,
 * unless the join keeps rows that fail.
 *
 * Only comparisons with constants are taken.  They are known not to fail: an
 * error in a condition must not come of a row that the definition would have
 * left out by another one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/row_filter.h"
#include "definition/sources.h"

typedef struct FilterContext
{
	RangeTblEntry *rte;			/* the source */
	int			rti;			/* in the query looked at */
	List	   *quals;
} FilterContext;

/* ---- conditions ---- */

static bool
is_column(Node *node, int rti)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return IsA(node, Var) && ((Var *) node)->varno == rti &&
		((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno > 0;
}

static bool
is_constant(Node *node)
{
	return IsA(node, Const) ||
		(!contain_var_clause(node) && !checkExprHasSubLink(node) &&
		 !contain_mutable_functions(node) &&
		 IsA(eval_const_expressions(NULL, copyObject(node)), Const));
}

/* Is this a comparison of a column of the source with a constant, by an operator of the server? */
static bool
is_comparison(Oid opno, List *args, int rti)
{
	return opno < FirstNormalObjectId && op_volatile(opno) == PROVOLATILE_IMMUTABLE &&
		ivm_compat_is_btree_operator(opno) &&
		((is_column(linitial(args), rti) && is_constant(lsecond(args))) ||
		 (is_constant(linitial(args)) && is_column(lsecond(args), rti)));
}

/* Can the condition be asked of a row of the source alone, without a failure? */
static bool
is_safe(Node *node, int rti)
{
	ListCell   *lc;

	if (IsA(node, OpExpr))
		return list_length(((OpExpr *) node)->args) == 2 &&
			is_comparison(((OpExpr *) node)->opno, ((OpExpr *) node)->args, rti);
	if (IsA(node, ScalarArrayOpExpr))
		return is_comparison(((ScalarArrayOpExpr *) node)->opno, ((ScalarArrayOpExpr *) node)->args, rti);
	if (IsA(node, NullTest))
		return is_column((Node *) ((NullTest *) node)->arg, rti);
	if (IsA(node, BooleanTest))
		return is_column((Node *) ((BooleanTest *) node)->arg, rti);
	if (!IsA(node, BoolExpr))
		return is_column(node, rti);
	foreach(lc, ((BoolExpr *) node)->args)
	{
		if (!is_safe(lfirst(lc), rti))
			return false;
	}
	return true;
}

static void
add_quals(FilterContext *cxt, Node *quals)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) quals))
	{
		Node	   *qual;

		if (!is_safe(lfirst(lc), cxt->rti))
			continue;
		qual = copyObject(lfirst(lc));
		if (cxt->rti != 1)
			ChangeVarNodes(qual, cxt->rti, 1, 0);
		cxt->quals = lappend(cxt->quals, qual);
	}
}

/* ---- where they are asked ---- */

/*
 * Does the item contain the source?  If so, *extended says whether its columns
 * may be NULL for rows that it does not have.
 */
static bool
find_in_item(FilterContext *cxt, Node *item, bool *extended)
{
	JoinExpr   *join = (JoinExpr *) item;
	bool		left;
	ListCell   *lc;

	*extended = false;
	if (IsA(item, RangeTblRef))
		return ((RangeTblRef *) item)->rtindex == cxt->rti;
	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
		{
			if (find_in_item(cxt, lfirst(lc), extended))
			{
				if (!*extended)
					add_quals(cxt, ((FromExpr *) item)->quals);
				return true;
			}
		}
		return false;
	}
	left = find_in_item(cxt, join->larg, extended);
	if (!left && !find_in_item(cxt, join->rarg, extended))
		return false;
	if (!*extended &&
		(join->jointype == JOIN_INNER || join->jointype == (left ? JOIN_RIGHT : JOIN_LEFT)))
		add_quals(cxt, join->quals);
	*extended |= join->jointype == JOIN_FULL || join->jointype == (left ? JOIN_RIGHT : JOIN_LEFT);
	return true;
}

/* Find the query that has the source in its range table. */
static bool
find_walker(Node *node, FilterContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;
		bool		extended;
		ListCell   *lc;

		foreach(lc, query->rtable)
		{
			if (lfirst(lc) != cxt->rte)
				continue;
			cxt->rti = foreach_current_index(lc) + 1;
			(void) find_in_item(cxt, (Node *) query->jointree, &extended);
			return true;
		}
		return query_tree_walker(query, find_walker, cxt, QTW_IGNORE_JOINALIASES);
	}
	return expression_tree_walker(node, find_walker, cxt);
}

void
ivm_row_filter_find(Query *definition, IvmSource *sources, int nsources)
{
	List	   *rtes = ivm_sources_list(definition);

	for (int i = 0; i < nsources; i++)
	{
		FilterContext cxt = {list_nth(rtes, i)};

		(void) find_walker((Node *) definition, &cxt);
		sources[i].filter = (List *) expression_planner((Expr *) cxt.quals);
	}
}
