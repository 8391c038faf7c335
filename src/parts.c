/*-------------------------------------------------------------------------
 *
 * parts.c
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
 * in IvmParts.uses), and the parts are listed with their queries.  That is done
 * before anything else is looked at, and depends on the query alone: a
 * definition must fall into the same parts each time.
 *
 * Subqueries in the select list, in HAVING, and those of one row in FROM always
 * become parts.  One that conditions in WHERE or arguments of aggregates look
 * at stays where it is as long as it reads other tables than the rows around
 * it: mostly these change more often.  If it reads one of the same, each change
 * of the rows could move the limit, so the rows are stored without that
 * condition, and it waits for the finishing; so does the grouping, if there
 * is one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "compat.h"
#include "parts.h"

typedef struct SplitContext
{
	Query	   *query;			/* being split, in place */
	Query	   *top;			/* the whole one, whose WITH clause it may refer to */
	IvmParts   *parts;
	List	   *tables;			/* OIDs of tables and views in FROM */
} SplitContext;

/* ---- what a query reads ---- */

typedef struct ReadsContext
{
	Query	   *top;			/* whose WITH clause references may lead to */
	List	   *relids;
} ReadsContext;

static CommonTableExpr *
find_cte(Query *query, const char *name)
{
	ListCell   *lc;

	foreach(lc, query->cteList)
		if (strcmp(lfirst_node(CommonTableExpr, lc)->ctename, name) == 0)
			return lfirst(lc);
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
		if (rte->rtekind == RTE_CTE)
		{
			CommonTableExpr *cte = find_cte(cxt->top, rte->ctename);

			if (cte != NULL && !rte->self_reference)
				(void) reads_walker(cte->ctequery, cxt);
		}
		return false;			/* the walk goes on inside */
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_walker, cxt,
								 QTW_EXAMINE_RTES_BEFORE | QTW_IGNORE_JOINALIASES);
	return expression_tree_walker(node, reads_walker, cxt);
}

static List *
tables_read(Query *top, Node *node)
{
	ReadsContext cxt = {top, NIL};

	(void) reads_walker(node, &cxt);
	return cxt.relids;
}

/* Those of the query's FROM clause. */
static List *
tables_in_from(Query *query)
{
	ReadsContext cxt = {query, NIL};

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
		if (find_cte(outer, lfirst_node(CommonTableExpr, lc)->ctename) != NULL)
			return true;
	return false;
}

/* Can this subquery of the query be a view? */
static bool
is_independent(Query *outer, Query *query)
{
	return query->commandType == CMD_SELECT && query->rowMarks == NIL &&
		!query->hasModifyingCTE && !query->hasRecursive && !outer->hasRecursive &&
		!contain_vars_of_level((Node *) query, 1) &&
		!contain_aggs_of_level((Node *) query, 1) &&
		!clashing_names(query, outer) &&
		tables_read(outer, (Node *) query) != NIL;
}

static TargetEntry *
first_column(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			return lfirst(lc);
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

static bool
is_candidate(SplitContext *cxt, Node *node)
{
	SubLink    *sublink = (SubLink *) node;

	if (!IsA(node, SubLink) || !is_independent(cxt->top, (Query *) sublink->subselect))
		return false;
	return sublink->subLinkType == EXISTS_SUBLINK ||
		((sublink->subLinkType == EXPR_SUBLINK || sublink->subLinkType == ARRAY_SUBLINK) &&
		 can_be_column(first_column((Query *) sublink->subselect)->expr));
}

static bool
shares_table(List *a, List *b)
{
	ListCell   *lc;

	foreach(lc, a)
		if (list_member_oid(b, lfirst_oid(lc)))
			return true;
	return false;
}

typedef struct FindContext
{
	SplitContext *cxt;
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
	if (!find->in_aggregates && is_candidate(find->cxt, node) &&
		(!find->same_tables ||
		 shares_table(tables_read(find->cxt->top, ((SubLink *) node)->subselect),
					  find->cxt->tables)))
		return true;
	return expression_tree_walker(node, candidate_walker, find);
}

/* Does an expression look at a part that changes with the rows of FROM? */
static bool
has_moving_candidate(SplitContext *cxt, Node *node, bool in_aggregates)
{
	FindContext find = {cxt, true, in_aggregates};

	return candidate_walker(node, &find);
}

static bool
has_candidate(SplitContext *cxt, Node *node)
{
	FindContext find = {cxt, false, false};

	return candidate_walker(node, &find);
}

/* ---- parts ---- */

/* One row, whatever its tables hold, and nothing but aggregates over them? */
static bool
is_plain_aggregate(const Query *query)
{
	return query->hasAggs && query->groupClause == NIL && query->groupingSets == NIL &&
		query->havingQual == NULL && query->setOperations == NULL &&
		query->distinctClause == NIL && query->limitCount == NULL &&
		query->limitOffset == NULL && query->windowClause == NIL && !query->hasTargetSRFs;
}

typedef struct CteContext
{
	const char *name;
	int			level;			/* of the query being walked, below the one with WITH */
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

/*
 * A subquery, one level below a query, as a query of its own: a copy, with
 * what it refers to of the WITH clause.
 */
Query *
ivm_parts_complete(const Query *outer, Query *subquery)
{
	Query	   *query = copyObject(subquery);

	query->cteList = list_concat(copyObject(outer->cteList), query->cteList);
	/* references to them lead one level less up now */
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

/* Nor does one row have an order. */
static void
drop_order(Query *query)
{
	TargetEntry *tle = first_column(query);

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
		if (equal(lfirst_node(TargetEntry, lc)->expr, expr))
			return foreach_current_index(lc) + 1;
	part->targetList = lappend(part->targetList,
							   makeTargetEntry(copyObject(expr), n, psprintf("value_%d", n), false));
	return n;
}

/* A query without its columns and those that it reads of its tables. */
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
find_shared(SplitContext *cxt, Query *query, int *column)
{
	ListCell   *lc;

	if (!is_plain_aggregate(query))
		return -1;
	foreach(lc, cxt->parts->queries)
	{
		if (!is_plain_aggregate(lfirst(lc)) ||
			!equal(without_columns(lfirst(lc)), without_columns(query)))
			continue;
		add_selected_columns(lfirst(lc), query);
		*column = find_column(lfirst(lc), linitial_node(TargetEntry, query->targetList)->expr);
		return foreach_current_index(lc);
	}
	return -1;
}

/* The number of the use of such a subquery: the same for equal ones. */
static int
find_use(SplitContext *cxt, SubLink *sublink)
{
	IvmPartUse *use;
	Query	   *query;
	ListCell   *lc;

	foreach(lc, cxt->parts->uses)
		if (equal(((IvmPartUse *) lfirst(lc))->sublink, sublink))
			return foreach_current_index(lc);
	use = palloc0(sizeof(IvmPartUse));
	use->sublink = sublink;
	use->column = 1;
	query = (Query *) copyObject(sublink->subselect);
	if (sublink->subLinkType == EXISTS_SUBLINK)
		drop_columns(query);
	else
		first_column(query)->resname = pstrdup("value");
	if (is_plain_aggregate(query))
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
take(SplitContext *cxt, SubLink *original)
{
	SubLink    *sublink = copyObject(original);
	Param	   *param = makeNode(Param);

	sublink->subselect = (Node *) ivm_parts_complete(cxt->query, (Query *) sublink->subselect);
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
is_grouped_by(SplitContext *cxt, Node *node)
{
	ListCell   *lc;

	if (cxt->parts->rows || IsA(node, List) || IsA(node, TargetEntry))
		return false;
	foreach(lc, cxt->query->groupClause)
		if (equal(get_sortgroupclause_expr(lfirst(lc), cxt->query->targetList), node))
			return true;
	return false;
}

/* Take the subqueries out of an expression of the finishing. */
static Node *
take_mutator(Node *node, SplitContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (is_candidate(cxt, node))
		return take(cxt, (SubLink *) node);
	if (IsA(node, SubLink) || (IsA(node, Aggref) && !cxt->parts->rows) || is_grouped_by(cxt, node))
		return node;
	return expression_tree_mutator(node, take_mutator, cxt);
}

/* ---- subqueries of one row in FROM ---- */

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

/*
 * The query that an item of FROM is, itself or by WITH, if that can be a query of
 * its own, or NULL.
 */
Query *
ivm_parts_subquery(Query *query, int rti)
{
	RangeTblEntry *rte = rt_fetch(rti, query->rtable);
	CommonTableExpr *cte;
	Query	   *subquery = NULL;

	if (rte->rtekind == RTE_SUBQUERY && !rte->lateral)
		subquery = rte->subquery;
	else if (rte->rtekind == RTE_CTE && rte->ctelevelsup == 0 &&
			 (cte = find_cte(query, rte->ctename)) != NULL)
		subquery = (Query *) cte->ctequery;
	if (subquery == NULL || !IsA(subquery, Query) || !is_independent(query, subquery))
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
	subquery = ivm_parts_subquery(query, ((RangeTblRef *) item)->rtindex);
	if (subquery == NULL || !is_plain_aggregate(subquery) ||
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

/*
 * Items of FROM that give one row are subqueries of the select list and the
 * conditions as good.
 */
static void
replace_one_row_items(Query *query)
{
	List	   *quals;
	List	   *items = NIL;
	ListCell   *lc;
	bool		found = true;

	while (found)
	{
		found = false;
		foreach(lc, query->jointree->fromlist)
			if ((found = substitute_one(query, lfirst(lc))))
				break;			/* the tree is another one now */
	}
	quals = make_ands_implicit((Expr *) query->jointree->quals);
	foreach(lc, query->jointree->fromlist)
		items = list_concat(items, remaining_items(query, lfirst(lc), &quals));
	query->jointree->fromlist = items;
	query->jointree->quals = quals == NIL ? NULL : (Node *) make_ands_explicit(quals);
}

static bool
is_grouped(const Query *query)
{
	return query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL ||
		query->havingQual != NULL;
}

/* Is there a row even where FROM and WHERE give none? */
static bool
has_certain_group(const Query *query)
{
	return query->groupingSets != NIL || (is_grouped(query) && query->groupClause == NIL);
}

/* ---- conditions ---- */

/* Is it a subquery that only filters, joins and computes? */
static bool
is_plain_rows(const Query *query)
{
	return query->commandType == CMD_SELECT && !query->hasAggs && query->groupClause == NIL &&
		query->groupingSets == NIL && query->havingQual == NULL &&
		query->setOperations == NULL && query->distinctClause == NIL &&
		query->limitCount == NULL && query->limitOffset == NULL &&
		!query->hasWindowFuncs && !query->hasTargetSRFs && query->cteList == NIL &&
		query->rowMarks == NIL;
}

typedef struct LiftContext
{
	int			rti;			/* of the subquery, in the outer query */
	RangeTblEntry *rte;
} LiftContext;

/* Give the outer query a column of the subquery for each Var of a condition. */
static Node *
lift_mutator(Node *node, LiftContext *cxt)
{
	Query	   *query = cxt->rte->subquery;
	TargetEntry *tle;

	if (node == NULL)
		return NULL;
	if (IsA(node, SubLink))
		return node;			/* it looks at nothing of this */
	if (!IsA(node, Var))
		return expression_tree_mutator(node, lift_mutator, cxt);
	tle = tlist_member((Expr *) node, query->targetList);
	if (tle == NULL || tle->resjunk)
	{
		char	   *name = psprintf("lifted_%d", list_length(query->targetList) + 1);

		tle = makeTargetEntry(copyObject((Expr *) node), list_length(query->targetList) + 1,
							  name, false);
		query->targetList = lappend(query->targetList, tle);
		cxt->rte->eref->colnames = lappend(cxt->rte->eref->colnames, makeString(name));
	}
	return (Node *) makeVarFromTargetEntry(cxt->rti, tle);
}

/* Has a condition subqueries other than candidates? */
static bool
other_sublink_walker(Node *node, SplitContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubLink))
		return !is_candidate(cxt, node);
	return expression_tree_walker(node, other_sublink_walker, cxt);
}

/*
 * Let the outer query check those conditions of a subquery in FROM that look
 * at parts which change with its rows.
 */
static void
lift_conditions(SplitContext *cxt, int rti)
{
	LiftContext lift = {rti, rt_fetch(rti, cxt->query->rtable)};
	Query	   *query = lift.rte->subquery;
	List	   *lifted = make_ands_implicit((Expr *) cxt->query->jointree->quals);
	List	   *stay = NIL;
	ListCell   *lc;

	if (lift.rte->lateral || !is_plain_rows(query))
		return;
	foreach(lc, make_ands_implicit((Expr *) query->jointree->quals))
	{
		Node	   *qual = lfirst(lc);
		SplitContext inner = {query, cxt->top, cxt->parts, cxt->tables};

		if (contain_vars_of_level(qual, 1) || other_sublink_walker(qual, &inner) ||
			!has_moving_candidate(&inner, qual, false))
			stay = lappend(stay, qual);
		else
		{
			qual = lift_mutator(qual, &lift);
			IncrementVarSublevelsUp(qual, -1, 1);	/* references to WITH */
			lifted = lappend(lifted, qual);
		}
	}
	query->jointree->quals = stay == NIL ? NULL : (Node *) make_ands_explicit(stay);
	query->hasSubLinks = checkExprHasSubLink((Node *) query);
	cxt->query->jointree->quals = lifted == NIL ? NULL : (Node *) make_ands_explicit(lifted);
}

static void
lift_all_conditions(SplitContext *cxt)
{
	ListCell   *lc;

	foreach(lc, cxt->query->jointree->fromlist)
	{
		int			rti = IsA(lfirst(lc), RangeTblRef) ? ((RangeTblRef *) lfirst(lc))->rtindex : 0;

		if (rti != 0 && rt_fetch(rti, cxt->query->rtable)->rtekind == RTE_SUBQUERY)
			lift_conditions(cxt, rti);
	}
}

/* ---- NOT IN ---- */

/* EXISTS (SELECT FROM (query) s WHERE qual), qual over s as item 1. */
static SubLink *
make_exists(Query *query, Node *qual)
{
	Query	   *outer = makeNode(Query);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	RangeTblRef *ref = makeNode(RangeTblRef);
	SubLink    *sublink = makeNode(SubLink);
	List	   *names = NIL;
	ListCell   *lc;

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = copyObject(query);
	IncrementVarSublevelsUp((Node *) rte->subquery, 1, 1);	/* references to WITH */
	foreach(lc, query->targetList)
		if (!lfirst_node(TargetEntry, lc)->resjunk)
			names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, lc)->resname)));
	rte->alias = makeAlias("s", NIL);
	rte->eref = makeAlias("s", names);
	rte->inFromCl = true;
	ref->rtindex = 1;
	outer->commandType = CMD_SELECT;
	outer->rtable = list_make1(rte);
	outer->jointree = makeFromExpr(list_make1(ref), qual);
	outer->targetList = list_make1(makeTargetEntry((Expr *) makeBoolConst(true, false), 1,
												   pstrdup("found"), false));
	sublink->subLinkType = EXISTS_SUBLINK;
	sublink->subselect = (Node *) outer;
	sublink->location = -1;
	return sublink;
}

static Var *
column_of(Query *query)
{
	return makeVarFromTargetEntry(1, first_column(query));
}

static Node *
column_mutator(Node *node, Query *query)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
		return (Node *) column_of(query);
	return expression_tree_mutator(node, column_mutator, query);
}

static bool
is_equality(OpExpr *op, bool negated)
{
	Oid			opno = negated ? get_negator(op->opno) : op->opno;

	return OidIsValid(opno) && op_strict(opno) && op_strict(op->opno) &&
		op_mergejoinable(opno, exprType(linitial(op->args)));
}

/*
 * If a condition is x NOT IN (a subquery that can be a part), return the
 * subquery, and with it "x = column", with a Param for the column.
 */
static SubLink *
find_not_in(SplitContext *cxt, Node *qual, OpExpr **equality)
{
	SubLink    *sublink = (SubLink *) qual;
	bool		not_any = is_notclause(qual);
	OpExpr	   *op;

	if (not_any)
		sublink = (SubLink *) get_notclausearg((Expr *) qual);
	if (!IsA(sublink, SubLink) ||
		sublink->subLinkType != (not_any ? ANY_SUBLINK : ALL_SUBLINK) ||
		!IsA(sublink->testexpr, OpExpr) ||
		!is_independent(cxt->top, (Query *) sublink->subselect))
		return NULL;
	op = (OpExpr *) sublink->testexpr;
	if (list_length(op->args) != 2 || checkExprHasSubLink((Node *) op) ||
		type_is_rowtype(exprType(linitial(op->args))) || !is_equality(op, !not_any))
		return NULL;
	*equality = copyObject(op);
	if (!not_any)
	{
		(*equality)->opno = get_negator(op->opno);
		(*equality)->opfuncid = get_opcode((*equality)->opno);
	}
	return sublink;
}

/* Is the item of FROM there for each row: not on the nullable side of a join? */
static bool
is_never_extended(Node *jtnode, int rti)
{
	ListCell   *lc;

	if (IsA(jtnode, RangeTblRef))
		return ((RangeTblRef *) jtnode)->rtindex == rti;
	if (IsA(jtnode, JoinExpr))
		return ((JoinExpr *) jtnode)->jointype == JOIN_INNER &&
			(is_never_extended(((JoinExpr *) jtnode)->larg, rti) ||
			 is_never_extended(((JoinExpr *) jtnode)->rarg, rti));
	foreach(lc, ((FromExpr *) jtnode)->fromlist)
		if (is_never_extended(lfirst(lc), rti))
			return true;
	return false;
}

/* As long as its table is as it is, can the expression be NULL? */
static bool
can_be_null(Query *query, Node *expr)
{
	Var		   *var = (Var *) strip_implicit_coercions(expr);
	RangeTblEntry *rte;
	Relation	rel;
	bool		result;

	if (!IsA(var, Var) || var->varlevelsup > 0 || var->varattno <= 0)
		return true;
	rte = rt_fetch(var->varno, query->rtable);
	if (rte->rtekind != RTE_RELATION || !is_never_extended((Node *) query->jointree, var->varno))
		return true;
	rel = table_open(rte->relid, AccessShareLock);
	result = !ivm_compat_is_not_null(rel, var->varattno);
	table_close(rel, AccessShareLock);
	return result;
}

static Node *
make_null_test(Node *expr, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) expr;
	test->nulltesttype = type;
	test->location = -1;
	return (Node *) test;
}

/*
 * x NOT IN (query) is true if the query gives no x, no NULL, and nothing at all
 * for an x that is NULL: conditions of which each can be maintained.  The last one
 * goes where x cannot be NULL; should that change, it is there.
 */
static List *
expand_not_in(SplitContext *cxt, Node *qual, List **waiting)
{
	OpExpr	   *equality;
	SubLink    *sublink = find_not_in(cxt, qual, &equality);
	Query	   *query;
	Node	   *x;
	Node	   *empty;

	if (sublink == NULL || has_certain_group(cxt->query))
		return list_make1(qual);
	query = (Query *) sublink->subselect;
	x = linitial(equality->args);
	*waiting = lappend(*waiting,
					   make_notclause((Expr *) make_exists(query, make_null_test((Node *) column_of(query), IS_NULL))));
	empty = (Node *) make_orclause(list_make2(make_null_test(copyObject(x), IS_NOT_NULL),
											  make_notclause((Expr *) make_exists(query, NULL))));
	if (!is_grouped(cxt->query))
		*waiting = lappend(*waiting, empty);
	equality = copyObject(equality);
	IncrementVarSublevelsUp((Node *) equality, 1, 0);
	qual = (Node *) make_notclause((Expr *) make_exists(query, column_mutator((Node *) equality, query)));
	return is_grouped(cxt->query) && can_be_null(cxt->query, x) ?
		list_make2(qual, empty) : list_make1(qual);
}

/* ---- WHERE ---- */

/*
 * Must a condition wait for the finishing, or had it better?  One that says the
 * same of all rows lets the view show its rows or none; without GROUP BY, it
 * would be asked before the aggregates.
 */
static bool
is_waiting(SplitContext *cxt, Node *qual)
{
	if (other_sublink_walker(qual, cxt))
		return false;
	return has_moving_candidate(cxt, qual, false) ||
		(has_candidate(cxt, qual) && !contain_var_clause(qual) &&
		 !has_certain_group(cxt->query));
}

/* Take those conditions out of WHERE that wait for the finishing. */
static List *
waiting_conditions(SplitContext *cxt)
{
	List	   *waiting = NIL;
	List	   *stay = NIL;
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) cxt->query->jointree->quals))
	{
		if (is_waiting(cxt, lfirst(lc)))
			waiting = lappend(waiting, lfirst(lc));
		else
			stay = list_concat(stay, expand_not_in(cxt, lfirst(lc), &waiting));
	}
	cxt->query->jointree->quals = stay == NIL ? NULL : (Node *) make_ands_explicit(stay);
	return waiting;
}

/* Must conditions be asked of the rows, rather than of groups? */
static bool
asks_of_rows(const Query *query, List *quals)
{
	return quals != NIL && (has_certain_group(query) || contain_var_clause((Node *) quals));
}

/* Let the rows have the columns that waiting conditions look at. */
static void
add_columns(Query *query, Node *quals)
{
	ListCell   *lc;

	foreach(lc, pull_var_clause(quals, 0))
		if (tlist_member(lfirst(lc), query->targetList) == NULL)
			query->targetList = lappend(query->targetList,
										makeTargetEntry(copyObject(lfirst(lc)),
														list_length(query->targetList) + 1,
														NULL, true));
}

/* ---- grouping ---- */

/* A part's value is the same in all rows: there is no need to group by it. */
static void
drop_constant_groups(SplitContext *cxt)
{
	Query	   *query = cxt->query;
	List	   *groups = NIL;
	ListCell   *lc;

	if (query->groupingSets != NIL)
		return;
	foreach(lc, query->groupClause)
		if (!is_candidate(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList)))
			groups = lappend(groups, lfirst(lc));
	if (groups != NIL)
		query->groupClause = groups;
}

/* Do rows that are grouped depend on parts that change with them? */
static bool
has_moving_groups(SplitContext *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	if (has_moving_candidate(cxt, (Node *) query->targetList, true) ||
		has_moving_candidate(cxt, query->havingQual, true))
		return true;
	foreach(lc, query->groupClause)
		if (has_moving_candidate(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList), false))
			return true;
	return false;
}

/*
 * Would the finishing group by sets of expressions with subqueries?  Planned as
 * a part of another expression, such a one would not be NULL in the sets without.
 */
static bool
has_parts_in_sets(SplitContext *cxt)
{
	Query	   *query = cxt->query;
	ListCell   *lc;

	if (query->groupingSets != NIL)
		foreach(lc, query->groupClause)
			if (has_candidate(cxt, get_sortgroupclause_expr(lfirst(lc), query->targetList)))
				return true;
	return false;
}

static void
take_from_targets(SplitContext *cxt)
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
take_from_limits(SplitContext *cxt)
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

/*
 * Split a query, in place: what parse analysis or a stored rule left, with
 * RTEs of GROUP replaced.  NULL: there is nothing to split; the query may have
 * got another form all the same.
 */
IvmParts *
ivm_parts_split(Query *query)
{
	SplitContext cxt = {query, query, palloc0(sizeof(IvmParts))};
	List	   *waiting;

	if (query->setOperations != NULL || query->hasTargetSRFs || query->hasModifyingCTE)
		return NULL;
	query->targetList = (List *) ivm_compat_flatten_joins(query, (Node *) query->targetList);
	query->havingQual = ivm_compat_flatten_joins(query, query->havingQual);
	query->jointree = (FromExpr *) ivm_compat_flatten_joins(query, (Node *) query->jointree);
	replace_one_row_items(query);
	cxt.tables = tables_in_from(query);
	lift_all_conditions(&cxt);
	drop_constant_groups(&cxt);
	waiting = waiting_conditions(&cxt);
	cxt.parts->rows = is_grouped(query) && (asks_of_rows(query, waiting) || has_moving_groups(&cxt));
	if (cxt.parts->rows && has_parts_in_sets(&cxt))
		return NULL;
	cxt.parts->quals = waiting == NIL ? NULL : (Node *) make_ands_explicit(waiting);
	cxt.parts->quals = take_mutator(cxt.parts->quals, &cxt);
	take_from_targets(&cxt);
	query->havingQual = take_mutator(query->havingQual, &cxt);
	take_from_limits(&cxt);
	add_columns(query, cxt.parts->quals);
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

/* Does an expression of a split query look at a part? */
bool
ivm_parts_within(Node *node)
{
	return within_walker(node, NULL);
}

static Node *
restore_mutator(Node *node, List *uses)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		return copyObject((Node *) ((IvmPartUse *) list_nth(uses, ((Param *) node)->paramid))->sublink);
	return expression_tree_mutator(node, restore_mutator, uses);
}

/* An expression with the subqueries in their places again, for readers. */
Node *
ivm_parts_restore(const IvmParts *parts, Node *node)
{
	return parts == NULL ? node : restore_mutator(node, parts->uses);
}
