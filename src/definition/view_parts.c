/*-------------------------------------------------------------------------
 *
 * view_parts.c
 *	  Uncorrelated subqueries that are kept apart, as views of their own.
 *
 * Where a definition compares with an aggregate over everything, each change
 * of that aggregate would touch every row of the view:
 *
 *		SELECT g, sum(x) / (SELECT sum(x) FROM t)  FROM t  GROUP BY g
 *
 * The subquery does not depend on the rows around it.  So it is made a view
 * of its own, a part, with a state that follows each change; the finishing looks
 * at it when the view is read, in the same snapshot, in which both are exact:
 *
 *		SELECT s.g, s.x / (SELECT value FROM ivm_data.part)  FROM state s
 *
 * Here the subquery gives its place to a Param (PARAM_EXEC, its number an index
 * in IvmViewParts.uses), and the parts are listed with their queries.  That is done
 * before anything else is looked at, and depends on the query alone: a
 * definition must fall into the same parts each time.
 *
 * Subqueries in the select list, in HAVING, and those of one row in FROM always
 * become parts.  A subquery in WHERE, or in an argument of an aggregate, stays
 * where it is as long as it reads other tables than FROM does: mostly the tables of
 * FROM change more often.  If it reads a table that FROM reads as well, as in
 *
 *		SELECT * FROM t WHERE x > (SELECT avg(x) FROM t)
 *
 * each changed row could move the limit for all others.  So the rows are stored
 * without that condition, which waits for the finishing; so does the grouping,
 * if there is one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/tlist.h"
#include "rewrite/rewriteManip.h"

#include "base/compat.h"
#include "definition/view_part.h"
#include "definition/view_parts.h"
#include "definition/view_parts_split.h"

/* ---- parts ---- */

typedef struct CteContext
{
	const char *name;
	int			level;			/* of the query being walked, below the one
								 * with WITH */
} CteContext;

static bool
cte_reference_walker(Node *node, CteContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		return rte->rtekind == RTE_CTE && rte->ctelevelsup == cxt->level &&
			strcmp(rte->ctename, cxt->name) == 0;
	}
	if (IsA(node, Query))
	{
		bool		found;

		cxt->level++;
		found = query_tree_walker((Query *) node, cte_reference_walker, cxt,
								  QTW_EXAMINE_RTES_BEFORE);
		cxt->level--;
		return found;
	}
	return expression_tree_walker(node, cte_reference_walker, cxt);
}

/* Forget queries of WITH that nothing refers to. */
static void
drop_unused_ctes(Query *query)
{
	bool		found = true;

	while (found)
	{
		ListCell   *lc;

		found = false;
		foreach(lc, query->cteList)
		{
			CteContext	cxt = {lfirst_node(CommonTableExpr, lc)->ctename, -1};

			if (cte_reference_walker((Node *) query, &cxt))
				continue;
			query->cteList = foreach_delete_current(query->cteList, lc);
			found = true;
		}
	}
}

Query *
ivm_view_parts_complete(const Query *outer, Query *subquery)
{
	Query	   *query = copyObject(subquery);

	query->cteList = list_concat(copyObject(outer->cteList), query->cteList);
	/* references to WITH queries lead one level less up now */
	IncrementVarSublevelsUp((Node *) query, -1, 1);
	drop_unused_ctes(query);
	query->canSetTag = true;
	return query;
}

/* EXISTS does not look at columns. */
static void
drop_columns(Query *query)
{
	if (query->setOperations != NULL || query->groupClause != NIL || query->hasAggs ||
		query->hasWindowFuncs || query->distinctClause != NIL || query->hasTargetSRFs ||
		query->sortClause != NIL || query->havingQual != NULL || query->groupingSets != NIL)
		return;
	query->targetList = list_make1(makeTargetEntry((Expr *) makeBoolConst(true, false),
												   1, pstrdup("found"), false));
}

/* A subquery of one row needs no ORDER BY. */
static void
drop_order(Query *query)
{
	TargetEntry *tle = ivm_view_parts_first_column(query);

	query->sortClause = NIL;
	tle->ressortgroupref = 0;
	query->targetList = list_make1(tle);
}

/* The column of a part with this value, added where it is missing. */
static int
find_column(Query *part, Expr *expr)
{
	int			n = list_length(part->targetList) + 1;
	ListCell   *lc;

	foreach(lc, part->targetList)
	{
		if (equal(lfirst_node(TargetEntry, lc)->expr, expr))
			return foreach_current_index(lc) + 1;
	}
	part->targetList = lappend(part->targetList,
							   makeTargetEntry(copyObject(expr), n, psprintf("value_%d", n), false));
	return n;
}

/* A copy of a query without its select list and without notes of which columns are read. */
static Query *
without_columns(Query *query)
{
	Query	   *result = copyObject(query);

	result->targetList = NIL;
	result->stmt_len = 0;
	for (int i = 1; i <= list_length(result->rtable); i++)
	{
		Bitmapset **columns = ivm_compat_selected_columns(result, i);

		if (columns != NULL)
			*columns = NULL;
	}
	return result;
}

/* A part is to read, as far as privileges are concerned, what a query reads. */
static void
add_selected_columns(Query *part, Query *query)
{
	for (int i = 1; i <= list_length(part->rtable); i++)
	{
		Bitmapset **columns = ivm_compat_selected_columns(part, i);

		if (columns != NULL)
			*columns = bms_union(*columns, *ivm_compat_selected_columns(query, i));
	}
}

/* Aggregates over the same rows share a part: its number and column, or -1. */
static int
find_shared(IvmSplit *cxt, Query *query, int *column)
{
	ListCell   *lc;

	if (!ivm_view_parts_is_plain_aggregate(query))
		return -1;
	foreach(lc, cxt->parts->queries)
	{
		if (!ivm_view_parts_is_plain_aggregate(lfirst(lc)) ||
			!equal(without_columns(lfirst(lc)), without_columns(query)))
			continue;
		add_selected_columns(lfirst(lc), query);
		*column = find_column(lfirst(lc), linitial_node(TargetEntry, query->targetList)->expr);
		return foreach_current_index(lc);
	}
	return -1;
}

/* The number of the use of a part by a subquery; equal subqueries have one number. */
static int
find_use(IvmSplit *cxt, SubLink *sublink)
{
	IvmViewPartUse *use;
	Query	   *query;
	ListCell   *lc;

	foreach(lc, cxt->parts->uses)
	{
		if (equal(((IvmViewPartUse *) lfirst(lc))->sublink, sublink))
			return foreach_current_index(lc);
	}
	use = palloc0(sizeof(IvmViewPartUse));
	use->sublink = sublink;
	use->column = 1;
	query = (Query *) copyObject(sublink->subselect);
	if (sublink->subLinkType == EXISTS_SUBLINK)
		drop_columns(query);
	else
		ivm_view_parts_first_column(query)->resname = pstrdup("value");
	if (ivm_view_parts_is_plain_aggregate(query))
		drop_order(query);
	use->part = find_shared(cxt, query, &use->column);
	if (use->part < 0)
	{
		cxt->parts->queries = lappend(cxt->parts->queries, query);
		use->part = list_length(cxt->parts->queries) - 1;
	}
	cxt->parts->uses = lappend(cxt->parts->uses, use);
	return list_length(cxt->parts->uses) - 1;
}

/* Make a subquery a part, and return what takes its place. */
static Node *
take(IvmSplit *cxt, SubLink *original)
{
	SubLink    *sublink = copyObject(original);
	Param	   *param = makeNode(Param);

	sublink->subselect = (Node *) ivm_view_parts_complete(cxt->query, (Query *) sublink->subselect);
	param->paramkind = PARAM_EXEC;
	param->paramid = find_use(cxt, sublink);
	param->paramtype = exprType((Node *) sublink);
	param->paramtypmod = exprTypmod((Node *) sublink);
	param->paramcollid = exprCollation((Node *) sublink);
	param->location = -1;
	return (Node *) param;
}

/* Is this one of the grouping expressions, whose values are stored? */
static bool
is_grouped_by(IvmSplit *cxt, Node *node)
{
	ListCell   *lc;

	if (cxt->parts->rows || IsA(node, List) || IsA(node, TargetEntry))
		return false;
	foreach(lc, cxt->query->groupClause)
	{
		if (equal(get_sortgroupclause_expr(lfirst(lc), cxt->query->targetList), node))
			return true;
	}
	return false;
}

/* Take the subqueries out of an expression of the finishing. */
static Node *
take_mutator(Node *node, IvmSplit *cxt)
{
	if (node == NULL)
		return NULL;
	if (ivm_view_parts_is_candidate(cxt, node))
		return take(cxt, (SubLink *) node);
	if (IsA(node, SubLink) || (IsA(node, Aggref) && !cxt->parts->rows) || is_grouped_by(cxt, node))
		return node;
	return expression_tree_mutator(node, take_mutator, cxt);
}

/* ---- grouping ---- */

/* A part's value is the same in all rows: there is no need to group by it. */
static void
drop_constant_groups(IvmSplit *cxt)
{
	Query	   *query = cxt->query;
	List	   *groups = NIL;
	ListCell   *lc;

	if (query->groupingSets != NIL)
		return;
	foreach(lc, query->groupClause)
	{
		if (!ivm_view_parts_is_candidate(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList)))
			groups = lappend(groups, lfirst(lc));
	}
	if (groups != NIL)
		query->groupClause = groups;
}

/* Do rows that are grouped depend on parts that change with them? */
static bool
has_moving_groups(IvmSplit *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	if (ivm_view_parts_has_moving(cxt, (Node *) query->targetList, true) ||
		ivm_view_parts_has_moving(cxt, query->havingQual, true))
		return true;
	foreach(lc, query->groupClause)
	{
		if (ivm_view_parts_has_moving(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList), false))
			return true;
	}
	return false;
}

/*
 * Would the finishing group by sets of expressions with subqueries?  Planned as
 * a part of another expression, such a one would not be NULL in the sets without.
 */
static bool
has_parts_in_sets(IvmSplit *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	if (query->groupingSets != NIL)
	{
		foreach(lc, query->groupClause)
		{
			if (ivm_view_parts_has_candidate(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList)))
				return true;
		}
	}
	return false;
}

static void
take_from_targets(IvmSplit *cxt)
{
	Query	   *query = cxt->query;
	List	   *targets = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		/* those grouped by are compared with as they are meanwhile */
		if (cxt->parts->rows ||
			get_sortgroupref_clause_noerr(tle->ressortgroupref, query->groupClause) == NULL)
		{
			tle = flatCopyTargetEntry(tle);
			tle->expr = (Expr *) take_mutator((Node *) tle->expr, cxt);
		}
		targets = lappend(targets, tle);
	}
	query->targetList = targets;
}

/* Take the subqueries out of LIMIT, OFFSET and the frames of windows. */
static void
take_from_limits(IvmSplit *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	query->limitOffset = take_mutator(query->limitOffset, cxt);
	query->limitCount = take_mutator(query->limitCount, cxt);
	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst(lc);

		window->startOffset = take_mutator(window->startOffset, cxt);
		window->endOffset = take_mutator(window->endOffset, cxt);
	}
}

IvmViewParts *
ivm_view_parts_split(Query *query)
{
	IvmSplit	cxt = {query, query, palloc0(sizeof(IvmViewParts))};
	List	   *waiting;

	if (query->setOperations != NULL || query->hasTargetSRFs || query->hasModifyingCTE)
		return NULL;
	query->targetList = (List *) ivm_compat_flatten_joins(query, (Node *) query->targetList);
	query->havingQual = ivm_compat_flatten_joins(query, query->havingQual);
	query->jointree = (FromExpr *) ivm_compat_flatten_joins(query, (Node *) query->jointree);
	ivm_view_parts_replace_one_row_items(query);
	cxt.tables = ivm_view_parts_tables_in_from(query);
	ivm_view_parts_lift_conditions(&cxt);
	drop_constant_groups(&cxt);
	waiting = ivm_view_parts_waiting_conditions(&cxt);
	cxt.parts->rows = ivm_view_parts_is_grouped(query) && (ivm_view_parts_ask_rows(query, waiting) || has_moving_groups(&cxt));
	if (cxt.parts->rows && has_parts_in_sets(&cxt))
		return NULL;
	cxt.parts->quals = waiting == NIL ? NULL : (Node *) make_ands_explicit(waiting);
	cxt.parts->quals = take_mutator(cxt.parts->quals, &cxt);
	take_from_targets(&cxt);
	query->havingQual = take_mutator(query->havingQual, &cxt);
	take_from_limits(&cxt);
	ivm_view_parts_add_columns(query, cxt.parts->quals);
	if (cxt.parts->queries == NIL)
		return NULL;
	drop_unused_ctes(query);
	query->hasSubLinks = checkExprHasSubLink((Node *) query);
	return cxt.parts;
}

/* ---- what was split ---- */

static bool
within_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	return expression_tree_walker(node, within_walker, arg);
}

bool
ivm_view_parts_within(Node *node)
{
	return within_walker(node, NULL);
}

static Node *
restore_mutator(Node *node, List *uses)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return copyObject((Node *) ((IvmViewPartUse *) list_nth(uses, ((Param *) node)->paramid))->sublink);
	return expression_tree_mutator(node, restore_mutator, uses);
}

Node *
ivm_view_parts_restore(const IvmViewParts *parts, Node *node)
{
	return parts == NULL ? node : restore_mutator(node, parts->uses);
}
