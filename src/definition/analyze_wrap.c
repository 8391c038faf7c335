/*-------------------------------------------------------------------------
 *
 * analyze_wrap.c
 *	  Queries that are not cut but become the subquery of one that is.
 *
 *		SELECT a FROM t UNION SELECT b FROM u ORDER BY 1
 *		=>	SELECT DISTINCT s.a FROM (SELECT a FROM t UNION ALL SELECT b FROM u) s ORDER BY 1
 *
 * The core is then the bag of the subquery's rows.  ORDER BY, LIMIT and DISTINCT
 * go to the outer query, and so to the finishing.  Wrapped are
 *
 *	 - set operations, which have no keys and aggregates to cut at;
 *	 - queries with functions in the select list that give several rows;
 *	 - queries that read a whole row of a join that another join makes NULL;
 *	 - queries with a subquery that looks at aggregates of the query around it;
 *	 - aggregates without GROUP BY that have a subquery beside them: of the one row
 *	   there is no key that the subquery's value could be.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "base/compat.h"
#include "definition/analyze_wrap.h"
#include "definition/clauses.h"

/* Does a subquery look at aggregates of the query around it, *level levels up? */
static bool
outer_aggregate_walker(Node *node, int *level)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref) && ((Aggref *) node)->agglevelsup == *level)
		return *level > 0;
	if (IsA(node, GroupingFunc) && ((GroupingFunc *) node)->agglevelsup == *level)
		return *level > 0;
	if (IsA(node, SubLink) && contain_aggs_of_level(((SubLink *) node)->testexpr, *level))
		return true;
	if (IsA(node, Query))
	{
		bool		found;

		(*level)++;
		found = query_tree_walker((Query *) node, outer_aggregate_walker, level, 0);
		(*level)--;
		return found;
	}
	return expression_tree_walker(node, outer_aggregate_walker, level);
}

/* Is there a subquery that is not in an argument of an aggregate? */
static bool
beside_aggregates_walker(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Aggref))
		return false;
	return IsA(node, SubLink) || expression_tree_walker(node, beside_aggregates_walker, arg);
}

/* Has a query of one group a subquery beside the aggregates?  It would be its key. */
static bool
has_subquery_as_key(const Query *query)
{
	return (query->hasAggs || query->havingQual != NULL) &&
		query->groupClause == NIL && query->groupingSets == NIL &&
		(beside_aggregates_walker((Node *) query->targetList, NULL) ||
		 beside_aggregates_walker(query->havingQual, NULL));
}

typedef struct JoinRowContext
{
	List	   *rtable;			/* of the query looked at */
	int			depth;			/* of the queries within it */
} JoinRowContext;

static bool
join_row_walker(Node *node, JoinRowContext *cxt)
{
	bool		result;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return var->varattno == 0 && var->varlevelsup == cxt->depth &&
			ivm_compat_is_nullable(var) && rt_fetch(var->varno, cxt->rtable)->rtekind == RTE_JOIN;
	}
	if (!IsA(node, Query))
		return expression_tree_walker(node, join_row_walker, cxt);
	cxt->depth++;
	result = query_tree_walker((Query *) node, join_row_walker, cxt, QTW_IGNORE_JOINALIASES);
	cxt->depth--;
	return result;
}

bool
ivm_analyze_reads_nullable_join_row(Query *query)
{
	JoinRowContext cxt = {query->rtable, 0};

	return query_tree_walker(query, join_row_walker, &cxt, QTW_IGNORE_JOINALIASES);
}

bool
ivm_analyze_needs_wrapping(Query *query)
{
	int			level = 0;

	if (query->setOperations != NULL || query->hasTargetSRFs ||
		ivm_analyze_reads_nullable_join_row(query))
		return true;
	return query->hasSubLinks &&
		(has_subquery_as_key(query) ||
		 (query->hasAggs &&
		  (outer_aggregate_walker((Node *) query->targetList, &level) ||
		   outer_aggregate_walker(query->havingQual, &level))));
}

/* Make UNION ALL of the UNIONs at the top of a tree of set operations. */
static void
make_union_all(Node *item)
{
	SetOperationStmt *setop = (SetOperationStmt *) item;

	if (!IsA(item, SetOperationStmt) || setop->op != SETOP_UNION)
		return;
	setop->all = true;
	make_union_all(setop->larg);
	make_union_all(setop->rarg);
}

/* Let the outer query do what makes UNION more than UNION ALL. */
static void
lift_union(Query *outer, SetOperationStmt *setop)
{
	ListCell   *lc;
	ListCell   *lc2;
	Index		next = 0;
	List	   *others = NIL;

	if (setop->op != SETOP_UNION || setop->all)
		return;
	foreach(lc, outer->targetList)
		next = Max(next, ((TargetEntry *) lfirst(lc))->ressortgroupref);
	forboth(lc, outer->targetList, lc2, setop->groupClauses)
	{
		TargetEntry *tle = lfirst(lc);
		SortGroupClause *sorted;

		if (tle->ressortgroupref == 0)
			tle->ressortgroupref = ++next;
		sorted = get_sortgroupref_clause_noerr(tle->ressortgroupref, outer->sortClause);
		if (sorted)
			outer->distinctClause = lappend(outer->distinctClause, copyObject(sorted));
		else
		{
			SortGroupClause *clause = copyObject((SortGroupClause *) lfirst(lc2));

			clause->tleSortGroupRef = tle->ressortgroupref;
			others = lappend(others, clause);
		}
	}
	outer->distinctClause = list_concat(outer->distinctClause, others);
	make_union_all((Node *) setop);
}

Query *
ivm_analyze_wrap(Query *inner)
{
	Query	   *outer = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	List	   *names = NIL;
	ListCell   *lc;

	outer->commandType = CMD_SELECT;
	outer->canSetTag = true;
	outer->querySource = inner->querySource;
	foreach(lc, inner->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		TargetEntry *copy;

		names = lappend(names, makeString(pstrdup(tle->resname ? tle->resname : "?column?")));
		if (tle->resjunk && get_sortgroupref_clause_noerr(tle->ressortgroupref, inner->sortClause) == NULL &&
			get_sortgroupref_clause_noerr(tle->ressortgroupref, inner->distinctClause) == NULL)
			continue;
		copy = flatCopyTargetEntry(tle);
		copy->expr = (Expr *) makeVarFromTargetEntry(1, tle);
		copy->resno = list_length(outer->targetList) + 1;
		copy->resorigtbl = InvalidOid;
		copy->resorigcol = 0;
		outer->targetList = lappend(outer->targetList, copy);
	}
	/* what sorts and limits the rows is done when the view is read */
	ivm_clauses_move_order(outer, inner);
	if (inner->setOperations)
		lift_union(outer, (SetOperationStmt *) inner->setOperations);
	foreach(lc, inner->targetList)
		((TargetEntry *) lfirst(lc))->resjunk = false;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = inner;
	rte->alias = makeAlias("s", NIL);
	rte->eref = makeAlias("s", names);
	rte->inFromCl = true;
	outer->rtable = list_make1(rte);
	ref->rtindex = 1;
	outer->jointree = makeFromExpr(list_make1(ref), NULL);
	return outer;
}
