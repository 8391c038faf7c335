/*-------------------------------------------------------------------------
 *
 * view_parts_find.c
 *	  Which subqueries of a definition can be parts.
 *
 * A subquery can be a part if it depends on nothing around it and reads tables.
 * Some of them move: they read a table that the FROM clause around them reads as
 * well, so they change with the rows that look at them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "definition/view_parts_split.h"

/* ---- what a query reads ---- */

typedef struct ReadsContext
{
	Query	   *top;			/* whose WITH clause references may lead to */
	int			level;			/* of the query being walked, below that */
	List	   *relids;
} ReadsContext;

CommonTableExpr *
ivm_view_parts_find_cte(Query *query, const char *name)
{
	ListCell   *lc;

	foreach(lc, query->cteList)
	{
		if (strcmp(lfirst_node(CommonTableExpr, lc)->ctename, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/*
 * Collect the tables and views named in a query, in subqueries and those
 * queries of WITH that it refers to.
 */
static bool
reads_walker(Node *node, ReadsContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION)
			cxt->relids = list_append_unique_oid(cxt->relids, rte->relid);

		/*
		 * a query in between may have one of the same name, which is meant
		 * then
		 */
		if (rte->rtekind == RTE_CTE && rte->ctelevelsup == cxt->level && !rte->self_reference)
		{
			ReadsContext below = {cxt->top, 0, cxt->relids};
			CommonTableExpr *cte = ivm_view_parts_find_cte(cxt->top, rte->ctename);

			if (cte != NULL)
				(void) reads_walker(cte->ctequery, &below);
			cxt->relids = below.relids;
		}
		return false;			/* the walk goes on inside */
	}
	if (IsA(node, Query))
	{
		cxt->level++;
		(void) query_tree_walker((Query *) node, reads_walker, cxt,
								 QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
		cxt->level--;
		return false;
	}
	return expression_tree_walker(node, reads_walker, cxt);
}

/* What a query that stands in another one, or in its WITH clause, reads */
static List *
tables_read(Query *top, Node *node)
{
	ReadsContext cxt = {top, 0, NIL};

	(void) reads_walker(node, &cxt);
	return cxt.relids;
}

List *
ivm_view_parts_tables_in_from(Query *query)
{
	ReadsContext cxt = {query, 0, NIL};

	(void) range_table_walker(query->rtable, reads_walker, &cxt,
							  QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
	return cxt.relids;
}

/* ---- candidates ---- */

/* Has the query a WITH clause with names of the outer query's? */
static bool
clashing_names(Query *query, Query *outer)
{
	ListCell   *lc;

	foreach(lc, query->cteList)
	{
		if (ivm_view_parts_find_cte(outer, lfirst_node(CommonTableExpr, lc)->ctename) != NULL)
			return true;
	}
	return false;
}

bool
ivm_view_parts_is_independent(Query *outer, Query *query)
{
	return query->commandType == CMD_SELECT && query->rowMarks == NIL &&
		!query->hasModifyingCTE && !query->hasRecursive && !outer->hasRecursive &&
		!contain_vars_of_level((Node *) query, 1) &&
		!contain_aggs_of_level((Node *) query, 1) &&
		!clashing_names(query, outer) &&
		tables_read(outer, (Node *) query) != NIL;
}

TargetEntry *
ivm_view_parts_first_column(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			return lfirst(lc);
	}
	return NULL;
}

/* Can a view have a column of this value? */
static bool
can_be_column(const Expr *expr)
{
	Oid			type = exprType((const Node *) expr);

	return get_typtype(type) != TYPTYPE_PSEUDO &&
		(!type_is_collatable(type) || OidIsValid(exprCollation((const Node *) expr)));
}

bool
ivm_view_parts_is_candidate(IvmSplit *cxt, Node *node)
{
	SubLink    *sublink = (SubLink *) node;

	if (!IsA(node, SubLink) || !ivm_view_parts_is_independent(cxt->top, (Query *) sublink->subselect))
		return false;
	return sublink->subLinkType == EXISTS_SUBLINK ||
		((sublink->subLinkType == EXPR_SUBLINK || sublink->subLinkType == ARRAY_SUBLINK) &&
		 can_be_column(ivm_view_parts_first_column((Query *) sublink->subselect)->expr));
}

static bool
shares_table(List *a, List *b)
{
	ListCell   *lc;

	foreach(lc, a)
	{
		if (list_member_oid(b, lfirst_oid(lc)))
			return true;
	}
	return false;
}

typedef struct FindContext
{
	IvmSplit   *cxt;
	bool		same_tables;	/* only those that read tables of FROM */
	bool		in_aggregates;	/* only those in arguments of aggregates */
} FindContext;

static bool
candidate_walker(Node *node, FindContext *find)
{
	if (node == NULL)
		return false;
	if (find->in_aggregates && IsA(node, Aggref))
	{
		FindContext inside = *find;

		inside.in_aggregates = false;
		return expression_tree_walker(node, candidate_walker, &inside);
	}
	if (!find->in_aggregates && ivm_view_parts_is_candidate(find->cxt, node) &&
		(!find->same_tables ||
		 shares_table(tables_read(find->cxt->top, ((SubLink *) node)->subselect),
					  find->cxt->tables)))
		return true;
	return expression_tree_walker(node, candidate_walker, find);
}

bool
ivm_view_parts_has_moving(IvmSplit *cxt, Node *node, bool in_aggregates)
{
	FindContext find = {cxt, true, in_aggregates};

	return candidate_walker(node, &find);
}

bool
ivm_view_parts_has_candidate(IvmSplit *cxt, Node *node)
{
	FindContext find = {cxt, false, false};

	return candidate_walker(node, &find);
}

/* ---- aggregates over all rows ---- */

bool
ivm_view_parts_is_plain_aggregate(const Query *query)
{
	return query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
		query->havingQual == NULL && query->setOperations == NULL &&
		query->distinctClause == NIL && query->limitCount == NULL &&
		query->limitOffset == NULL && query->windowClause == NIL && !query->hasTargetSRFs;
}
