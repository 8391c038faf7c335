/*-------------------------------------------------------------------------
 *
 * view_parts_from.c
 *	  Items of FROM that give one row, as subqueries where they are used.
 *
 *		SELECT t.x / s.total  FROM t, (SELECT sum(x) AS total FROM t) s			=>
 *		SELECT t.x / (SELECT sum(x) FROM t)  FROM t
 *
 * The subqueries of the select list can then be parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "definition/view_parts_split.h"

typedef struct CountContext
{
	int			rti;
	int			level;
	int			at_top;			/* Vars of it in the query itself, for columns */
	int			elsewhere;
} CountContext;

static bool
count_walker(Node *node, CountContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) && ((Var *) node)->varno == cxt->rti &&
		((Var *) node)->varlevelsup == cxt->level)
	{
		if (cxt->level == 0 && ((Var *) node)->varattno > 0)
			cxt->at_top++;
		else
			cxt->elsewhere++;
		return false;
	}
	if (IsA(node, Query))
	{
		cxt->level++;
		(void) query_tree_walker((Query *) node, count_walker, cxt, QTW_IGNORE_JOINALIASES);
		cxt->level--;
		return false;
	}
	return expression_tree_walker(node, count_walker, cxt);
}

/* Is an item of FROM looked at by expressions of the query, and nowhere else? */
static bool
is_used_at_top(Query *query, int rti)
{
	CountContext cxt = {.rti = rti};
	int			n;

	(void) count_walker((Node *) query->targetList, &cxt);
	(void) count_walker((Node *) query->jointree, &cxt);
	(void) count_walker(query->havingQual, &cxt);
	n = cxt.at_top;
	(void) query_tree_walker(query, count_walker, &cxt, QTW_IGNORE_JOINALIASES);
	return cxt.elsewhere == 0 && cxt.at_top == 2 * n;
}

Query *
ivm_view_parts_subquery(Query *query, int rti)
{
	RangeTblEntry *rte = rt_fetch(rti, query->rtable);
	CommonTableExpr *cte;
	Query	   *subquery = NULL;

	if (rte->rtekind == RTE_SUBQUERY && !rte->lateral)
		subquery = rte->subquery;
	else if (rte->rtekind == RTE_CTE && rte->ctelevelsup == 0 &&
			 (cte = ivm_view_parts_find_cte(query, rte->ctename)) != NULL)
		subquery = (Query *) cte->ctequery;
	if (subquery == NULL || !IsA(subquery, Query) || !ivm_view_parts_is_independent(query, subquery))
		return NULL;
	return subquery;
}

/* The query of one row that an item of FROM is, or NULL. */
static Query *
one_row_item(Query *query, Node *item)
{
	Query	   *subquery;

	if (!IsA(item, RangeTblRef))
		return NULL;
	subquery = ivm_view_parts_subquery(query, ((RangeTblRef *) item)->rtindex);
	if (subquery == NULL || !ivm_view_parts_is_plain_aggregate(subquery) ||
		!is_used_at_top(query, ((RangeTblRef *) item)->rtindex))
		return NULL;
	return subquery;
}

typedef struct SubstituteContext
{
	int			rti;
	Query	   *subquery;
} SubstituteContext;

/* Put (SELECT column FROM ...) in the place of a column of the item. */
static Node *
substitute_mutator(Node *node, SubstituteContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == cxt->rti && ((Var *) node)->varlevelsup == 0)
	{
		SubLink    *sublink = makeNode(SubLink);
		Query	   *query = copyObject(cxt->subquery);
		TargetEntry *tle = get_tle_by_resno(query->targetList, ((Var *) node)->varattno);

		tle->resno = 1;
		tle->ressortgroupref = 0;
		query->targetList = list_make1(tle);
		query->sortClause = NIL;
		sublink->subLinkType = EXPR_SUBLINK;
		sublink->subselect = (Node *) query;
		sublink->location = ((Var *) node)->location;
		return (Node *) sublink;
	}
	return expression_tree_mutator(node, substitute_mutator, cxt);
}

/* Nothing refers to this item of FROM any more. */
static void
forget_item(Query *query, int rti)
{
	RangeTblEntry *rte = rt_fetch(rti, query->rtable);
	RangeTblEntry *result = makeNode(RangeTblEntry);

	result->rtekind = RTE_RESULT;
	result->eref = makeAlias("*RESULT*", NIL);
	*rte = *result;
}

static void
substitute_item(Query *query, int rti, Query *subquery)
{
	SubstituteContext cxt = {rti, copyObject(subquery)};

	query->targetList = (List *) substitute_mutator((Node *) query->targetList, &cxt);
	query->jointree = (FromExpr *) substitute_mutator((Node *) query->jointree, &cxt);
	query->havingQual = substitute_mutator(query->havingQual, &cxt);
	query->hasSubLinks = true;
	forget_item(query, rti);
}

/* Find one such item among those that are joined by inner joins. */
static bool
substitute_one(Query *query, Node *item)
{
	Query	   *subquery = one_row_item(query, item);

	if (subquery != NULL)
	{
		substitute_item(query, ((RangeTblRef *) item)->rtindex, subquery);
		return true;
	}
	return IsA(item, JoinExpr) && ((JoinExpr *) item)->jointype == JOIN_INNER &&
		(substitute_one(query, ((JoinExpr *) item)->larg) ||
		 substitute_one(query, ((JoinExpr *) item)->rarg));
}

/*
 * What is left of an item of FROM without those that were substituted.  Joins
 * that had one are taken apart: their conditions go to *quals.
 */
static List *
remaining_items(Query *query, Node *item, List **quals)
{
	JoinExpr   *join = (JoinExpr *) item;
	List	   *left;
	List	   *right;

	if (IsA(item, RangeTblRef) &&
		rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable)->rtekind == RTE_RESULT)
		return NIL;
	if (!IsA(item, JoinExpr) || join->jointype != JOIN_INNER)
		return list_make1(item);
	left = remaining_items(query, join->larg, quals);
	right = remaining_items(query, join->rarg, quals);
	if (list_length(left) == 1 && linitial(left) == join->larg &&
		list_length(right) == 1 && linitial(right) == join->rarg)
		return list_make1(item);
	*quals = list_concat(*quals, make_ands_implicit((Expr *) join->quals));
	if (join->rtindex != 0)
		forget_item(query, join->rtindex);
	return list_concat(left, right);
}

void
ivm_view_parts_replace_one_row_items(Query *query)
{
	List	   *quals;
	List	   *items = NIL;
	ListCell   *lc;
	bool		found = true;

	while (found)
	{
		found = false;
		foreach(lc, query->jointree->fromlist)
		{
			if ((found = substitute_one(query, lfirst(lc))))
				break;			/* the tree is another one now */
		}
	}
	quals = make_ands_implicit((Expr *) query->jointree->quals);
	foreach(lc, query->jointree->fromlist)
		items = list_concat(items, remaining_items(query, lfirst(lc), &quals));
	query->jointree->fromlist = items;
	query->jointree->quals = quals == NIL ? NULL : (Node *) make_ands_explicit(quals);
}
