/*-------------------------------------------------------------------------
 *
 * time_window_lift.c
 *	  Conditions on the current time of subqueries, moved up.
 *
 *		SELECT .. FROM (SELECT a, b FROM t WHERE ok AND at > now() - ..) r JOIN u ON ..
 *	=>	SELECT .. FROM (SELECT a, b, at AS time_3 FROM t WHERE ok) r JOIN u ON .. WHERE r.time_3 > now() - ..
 *
 * What the inner joins around it ask is moved to WHERE as well then: the columns of an RTE of a
 * join are those that its items had when it was parsed, and who prints the query relies on
 * that.
 *
 * So a condition may stand in a WITH query or a plain view as well.  That changes nothing
 * where the subquery gives each row that it keeps as one row, and is joined by inner
 * joins.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "base/compat.h"
#include "definition/time_window_lift.h"

typedef struct LiftContext
{
	Query	   *query;			/* whose FROM is looked at */
	bool		(*has_clock) (Node *node);
	bool		lifted;			/* something was */
} LiftContext;

/* Does the query give one row for each that FROM and WHERE give? */
static bool
is_plain(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL && !query->hasAggs &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		query->distinctClause == NIL && query->limitCount == NULL && query->limitOffset == NULL &&
		!query->hasWindowFuncs && !query->hasTargetSRFs && query->rowMarks == NIL;
}

/*
 * Is it a comparison of an expression of columns with an expression of the clock?  Sets
 * *compared.
 */
static bool
is_comparison(Node *node, LiftContext *cxt, Node **compared)
{
	OpExpr	   *op = (OpExpr *) node;
	bool		left;
	Node	   *value;

	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
		return false;
	left = cxt->has_clock(linitial(op->args));
	value = left ? linitial(op->args) : lsecond(op->args);
	*compared = left ? lsecond(op->args) : linitial(op->args);
	return cxt->has_clock(value) && !cxt->has_clock(*compared) && !contain_var_clause(value) &&
		!checkExprHasSubLink(node);
}

/* The same comparison, with a column of the subquery in the place of what is compared. */
static Node *
compare_column(OpExpr *op, Node *compared, RangeTblEntry *rte, int rti)
{
	Query	   *subquery = rte->subquery;
	int			attno = list_length(subquery->targetList) + 1;
	char	   *name = psprintf("time_%d", attno);
	Var		   *var = makeVar(rti, attno, exprType(compared), exprTypmod(compared), exprCollation(compared), 0);
	OpExpr	   *result = copyObject(op);

	subquery->targetList = lappend(subquery->targetList,
								   makeTargetEntry(copyObject((Expr *) compared), attno, name, false));
	rte->eref->colnames = lappend(rte->eref->colnames, makeString(pstrdup(name)));
	var->location = exprLocation(compared);
	if (linitial(op->args) == compared)
		linitial(result->args) = var;
	else
		lsecond(result->args) = var;
	return (Node *) result;
}

typedef struct WholeRowContext
{
	int			rti;
	int			level;
} WholeRowContext;

/* Is an item of FROM referred to as a whole row?  That would show the column added. */
static bool
whole_row_walker(Node *node, WholeRowContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == cxt->rti && ((Var *) node)->varlevelsup == cxt->level &&
			((Var *) node)->varattno == InvalidAttrNumber;
	if (IsA(node, Query))
	{
		bool		result;

		cxt->level++;
		result = query_tree_walker((Query *) node, whole_row_walker, cxt, 0);
		cxt->level--;
		return result;
	}
	return expression_tree_walker(node, whole_row_walker, cxt);
}

/* Move the comparisons of one subquery up. */
static void
lift_from_subquery(LiftContext *cxt, RangeTblEntry *rte, int rti)
{
	Query	   *subquery = rte->subquery;
	List	   *kept = NIL;
	WholeRowContext whole = {rti, 0};
	ListCell   *lc;

	if (!is_plain(subquery) || rte->lateral || rte->security_barrier ||
		query_tree_walker(cxt->query, whole_row_walker, &whole, 0))
		return;
	foreach(lc, subquery->targetList)
	{
		if (lfirst_node(TargetEntry, lc)->resjunk)
			return;
	}
	ivm_time_window_lift(subquery, cxt->has_clock);
	foreach(lc, make_ands_implicit((Expr *) subquery->jointree->quals))
	{
		Node	   *compared;

		if (is_comparison(lfirst(lc), cxt, &compared))
		{
			cxt->query->jointree->quals = make_and_qual(cxt->query->jointree->quals,
														compare_column(lfirst(lc), compared, rte, rti));
			cxt->lifted = true;
		}
		else
			kept = lappend(kept, lfirst(lc));
	}
	subquery->jointree->quals = kept == NIL ? NULL : (Node *) make_ands_explicit(kept);
}

static void
lift_from_item(LiftContext *cxt, Node *item)
{
	if (IsA(item, JoinExpr) && ((JoinExpr *) item)->jointype == JOIN_INNER)
	{
		lift_from_item(cxt, ((JoinExpr *) item)->larg);
		lift_from_item(cxt, ((JoinExpr *) item)->rarg);
	}
	else if (IsA(item, RangeTblRef))
	{
		int			rti = ((RangeTblRef *) item)->rtindex;
		RangeTblEntry *rte = rt_fetch(rti, cxt->query->rtable);

		if (rte->rtekind == RTE_SUBQUERY)
			lift_from_subquery(cxt, rte, rti);
	}
}

/*
 * Add the items of an item of FROM, without its inner joins, whose conditions are added to
 * WHERE.
 */
static List *
add_items(Query *query, Node *item, List *items)
{
	JoinExpr   *join = (JoinExpr *) item;
	RangeTblEntry *rte;

	if (!IsA(item, JoinExpr) || join->jointype != JOIN_INNER)
		return lappend(items, item);
	items = add_items(query, join->larg, items);
	items = add_items(query, join->rarg, items);
	if (join->quals != NULL)
		query->jointree->quals = make_and_qual(query->jointree->quals, join->quals);
	rte = rt_fetch(join->rtindex, query->rtable);
	rte->rtekind = RTE_RESULT;
	rte->alias = rte->join_using_alias = NULL;
	rte->joinaliasvars = rte->joinleftcols = rte->joinrightcols = NIL;
	rte->joinmergedcols = 0;
	return items;
}

/* Make a list of items of the inner joins in FROM; nothing refers to the joins any more. */
static void
flatten_inner_joins(Query *query)
{
	List	   *items = NIL;
	ListCell   *lc;

	query->targetList = (List *) ivm_compat_flatten_joins(query, (Node *) query->targetList);
	query->havingQual = ivm_compat_flatten_joins(query, query->havingQual);
	query->jointree = (FromExpr *) ivm_compat_flatten_joins(query, (Node *) query->jointree);
	foreach(lc, query->jointree->fromlist)
		items = add_items(query, lfirst(lc), items);
	query->jointree->fromlist = items;
}

void
ivm_time_window_lift(Query *query, bool (*has_clock) (Node *node))
{
	LiftContext cxt = {query, has_clock};
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		/* it may look at columns of the joins */
		if (lfirst_node(RangeTblEntry, lc)->lateral)
			return;
	}
	foreach(lc, query->jointree->fromlist)
		lift_from_item(&cxt, lfirst(lc));
	if (cxt.lifted)
		flatten_inner_joins(query);
}
