/*-------------------------------------------------------------------------
 *
 * region.c
 *	  Which part of a core a changed row can touch.
 *
 * Where the core's rows are not a linear function of a source, its changed rows
 * do not tell what they change: the row that an outer join adds may take the
 * place of one with NULLs.  But they tell where.  In
 *
 *		customer c LEFT JOIN orders o ON o.customer_id = c.id
 *
 * a row of o can only touch what comes of customers with c.id = o.customer_id.
 * So the core is computed for these customers twice, as it is and as it was
 * before the transaction, and the difference is the delta.
 *
 * A region is a column by which the core's rows can be divided, the root: the
 * core is the union of what it would be if only rows with value v were there,
 * over all v.  This holds for
 *
 *	 - any column of a source that the core is linear in;
 *	 - a grouping column of a subquery in linear position, a column of SELECT
 *	   DISTINCT, one by which all its window functions are partitioned, if that
 *	   is in turn such a column of what the subquery reads;
 *	 - the columns of a set operation and the join columns of a FULL JOIN, with
 *	   a root in each branch.
 *
 * A source reaches the root through equations between columns that hold
 * wherever its row meets a row of the other source: conjuncts of WHERE and of
 * inner joins, those of an outer join with its nullable side, and conditions
 * that correlate a subquery.  Following them is safe also where they stand for
 * more rows than are really touched.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "region.h"
#include "sources.h"

typedef IvmEquation Edge;

typedef struct FindContext
{
	int			nsources;
	List	   *rtes;			/* of the sources, in their order */
	List	   *queries;		/* being walked, innermost first */
	List	   *edges;			/* Edge * */
	List	   *roots;			/* of List * of IvmColumn * */
	List	   *fenced;			/* numbers of sources that quals are not pushed to */
	int			hidden;			/* ORs and NOTs around what is walked */
} FindContext;

static List *resolve_output(FindContext *cxt, Query *query, int attno);

static IvmColumn *
make_column(int source, AttrNumber attno)
{
	IvmColumn  *column = palloc(sizeof(IvmColumn));

	column->source = source;
	column->attno = attno;
	return column;
}

static int
source_number(FindContext *cxt, RangeTblEntry *rte)
{
	ListCell   *lc;

	foreach(lc, cxt->rtes)
		if (lfirst(lc) == rte)
			return foreach_current_index(lc);
	return -1;
}

/* ---- columns of subqueries ---- */

/* Is a FROM item reached through linear positions of a join tree only? */
static bool
is_linear_item(Node *item, int rti)
{
	if (IsA(item, RangeTblRef))
		return ((RangeTblRef *) item)->rtindex == rti;
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			if (is_linear_item(lfirst(lc), rti))
				return true;
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		return ((join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT) &&
				is_linear_item(join->larg, rti)) ||
			((join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT) &&
			 is_linear_item(join->rarg, rti));
	}
	return false;
}

static Var *
plain_var(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node && IsA(node, Var) && ((Var *) node)->varattno > 0 ? (Var *) node : NULL;
}

/*
 * The columns of sources that hold a column's values, whatever its position:
 * NIL if they cannot be told.
 */
static List *
resolve_anywhere(FindContext *cxt, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);

	if (rte->rtekind == RTE_RELATION)
	{
		int			source = source_number(cxt, rte);

		return source < 0 ? NIL : list_make1(make_column(source, var->varattno));
	}
	if (rte->rtekind == RTE_SUBQUERY)
		return resolve_output(cxt, rte->subquery, var->varattno);
	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		Var		   *inner = plain_var(alias);
		List	   *result = NIL;
		ListCell   *lc;

		if (inner)
			return inner->varlevelsup == 0 ? resolve_anywhere(cxt, query, inner) : NIL;
		/* the merged column of FULL JOIN ... USING */
		if (!IsA(alias, CoalesceExpr))
			return NIL;
		foreach(lc, ((CoalesceExpr *) alias)->args)
		{
			List	   *columns = NIL;

			if ((inner = plain_var(lfirst(lc))) != NULL && inner->varlevelsup == 0)
				columns = resolve_anywhere(cxt, query, inner);
			if (columns == NIL)
				return NIL;
			result = list_concat(result, columns);
		}
		return result;
	}
	return NIL;
}

/* Find the FULL JOIN with this range table index, in linear position. */
static bool
full_join_of(Node *item, int rti, JoinExpr **join)
{
	if (IsA(item, FromExpr))
	{
		ListCell   *lc;

		foreach(lc, ((FromExpr *) item)->fromlist)
			if (full_join_of(lfirst(lc), rti, join))
				return true;
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *j = (JoinExpr *) item;

		if (j->rtindex == rti && j->jointype == JOIN_FULL)
		{
			*join = j;
			return true;
		}
		return ((j->jointype == JOIN_INNER || j->jointype == JOIN_LEFT) &&
				full_join_of(j->larg, rti, join)) ||
			((j->jointype == JOIN_INNER || j->jointype == JOIN_RIGHT) &&
			 full_join_of(j->rarg, rti, join));
	}
	return false;
}

/* The same for a column by which the query's rows can be divided. */
static List *
resolve_linear(FindContext *cxt, Query *query, Var *var)
{
	RangeTblEntry *rte = rt_fetch(var->varno, query->rtable);
	JoinExpr   *join;

	if (rte->rtekind == RTE_JOIN)
	{
		Node	   *alias = list_nth(rte->joinaliasvars, var->varattno - 1);
		Var		   *inner = plain_var(alias);

		if (inner)
			return inner->varlevelsup == 0 ? resolve_linear(cxt, query, inner) : NIL;
		if (full_join_of((Node *) query->jointree, var->varno, &join))
		{
			List	   *result = NIL;
			ListCell   *lc;

			foreach(lc, castNode(CoalesceExpr, alias)->args)
			{
				Node	   *side = lc == list_head(((CoalesceExpr *) alias)->args) ? join->larg : join->rarg;
				List	   *columns;

				inner = plain_var(lfirst(lc));
				if (inner == NULL || !is_linear_item(side, inner->varno) ||
					(columns = resolve_anywhere(cxt, query, inner)) == NIL)
					return NIL;
				result = list_concat(result, columns);
			}
			return result;
		}
		return NIL;
	}
	if (!is_linear_item((Node *) query->jointree, var->varno))
		return NIL;
	return resolve_anywhere(cxt, query, var);
}

static List *
resolve_set_operation(FindContext *cxt, Query *query, Node *item, int attno)
{
	List	   *left;
	List	   *right;

	if (!IsA(item, SetOperationStmt))
		return resolve_output(cxt, rt_fetch(castNode(RangeTblRef, item)->rtindex,
											query->rtable)->subquery, attno);
	left = resolve_set_operation(cxt, query, ((SetOperationStmt *) item)->larg, attno);
	right = left == NIL ? NIL :
		resolve_set_operation(cxt, query, ((SetOperationStmt *) item)->rarg, attno);
	return right == NIL ? NIL : list_concat(left, right);
}

static bool
has_clause_for(List *clauses, TargetEntry *tle, List *targetlist)
{
	ListCell   *lc;

	foreach(lc, clauses)
		if (equal(get_sortgroupclause_tle(lfirst(lc), targetlist)->expr, tle->expr))
			return true;
	return false;
}

/*
 * The columns of sources that hold the values of a subquery's output column,
 * if its rows with one value come from these sources' rows with that value.
 */
static List *
resolve_output(FindContext *cxt, Query *query, int attno)
{
	TargetEntry *tle;
	Var		   *var;
	ListCell   *lc;

	if (query->limitCount || query->limitOffset || query->groupingSets != NIL)
		return NIL;
	if (query->setOperations)
		return resolve_set_operation(cxt, query, query->setOperations, attno);
	if (attno > list_length(query->targetList))
		return NIL;
	tle = list_nth(query->targetList, attno - 1);
	var = plain_var((Node *) tle->expr);
	if (var == NULL || var->varlevelsup > 0)
		return NIL;
	if (query->groupClause != NIL)
	{
		if (!has_clause_for(query->groupClause, tle, query->targetList))
			return NIL;
	}
	else if (query->hasAggs || query->havingQual != NULL)
		return NIL;
	if (query->hasDistinctOn && !has_clause_for(query->distinctClause, tle, query->targetList))
		return NIL;
	if (query->hasWindowFuncs)
		foreach(lc, query->windowClause)
			if (!has_clause_for(((WindowClause *) lfirst(lc))->partitionClause, tle, query->targetList))
				return NIL;
	return resolve_linear(cxt, query, var);
}

/* ---- equations ---- */

static void
add_edges(FindContext *cxt, List *left, List *right)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, left)
		foreach(lc2, right)
		{
			Edge	   *edge = palloc(sizeof(Edge));

			edge->a = *(IvmColumn *) lfirst(lc);
			edge->b = *(IvmColumn *) lfirst(lc2);
			if (edge->a.source != edge->b.source)
				cxt->edges = lappend(cxt->edges, edge);
		}
}

/* Is this the equality that regions are made of? */
static bool
is_equality(Oid opno, Var *a, Var *b, Oid collation)
{
	return a->vartype == b->vartype && a->varcollid == b->varcollid &&
		opno == lookup_type_cache(getBaseType(a->vartype), TYPECACHE_EQ_OPR)->eq_opr &&
		(!OidIsValid(collation) || get_collation_isdeterministic(collation));
}

/* Range table indexes below a FROM item, joins included. */
static void
collect_rtis(Node *item, List **rtis)
{
	if (IsA(item, RangeTblRef))
		*rtis = lappend_int(*rtis, ((RangeTblRef *) item)->rtindex);
	else if (IsA(item, JoinExpr))
	{
		*rtis = lappend_int(*rtis, ((JoinExpr *) item)->rtindex);
		collect_rtis(((JoinExpr *) item)->larg, rtis);
		collect_rtis(((JoinExpr *) item)->rarg, rtis);
	}
}

static bool
is_below(Var *var, Node *item)
{
	List	   *rtis = NIL;

	collect_rtis(item, &rtis);
	return var->varlevelsup == 0 && list_member_int(rtis, var->varno);
}

/* Must rows that meet in this join (NULL: in WHERE) satisfy an equation of it? */
static bool
is_binding(JoinExpr *join, Var *a, Var *b)
{
	if (join == NULL || join->jointype == JOIN_INNER)
		return true;
	if (join->jointype == JOIN_LEFT)
		return is_below(a, join->rarg) || is_below(b, join->rarg);
	if (join->jointype == JOIN_RIGHT)
		return is_below(a, join->larg) || is_below(b, join->larg);
	return (is_below(a, join->larg) && is_below(b, join->rarg)) ||
		(is_below(b, join->larg) && is_below(a, join->rarg));
}

static List *
columns_of(FindContext *cxt, Var *var)
{
	return resolve_anywhere(cxt, list_nth(cxt->queries, var->varlevelsup), var);
}

/* x IN (SELECT y ...): x = y */
static void
add_in_edges(FindContext *cxt, SubLink *sublink)
{
	List	   *tests = make_ands_implicit((Expr *) sublink->testexpr);
	ListCell   *lc;

	if (sublink->subLinkType != ANY_SUBLINK)
		return;
	foreach(lc, tests)
	{
		OpExpr	   *op = lfirst(lc);
		Var		   *var;
		Node	   *param;
		TargetEntry *tle;
		Var		   *inner;
		List	   *columns;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2)
			continue;
		var = plain_var(linitial(op->args));
		param = lsecond(op->args);
		while (IsA(param, RelabelType))
			param = (Node *) ((RelabelType *) param)->arg;
		if (var == NULL || !IsA(param, Param) || ((Param *) param)->paramkind != PARAM_SUBLINK)
			continue;
		tle = list_nth(((Query *) sublink->subselect)->targetList, ((Param *) param)->paramid - 1);
		inner = plain_var((Node *) tle->expr);
		if (inner == NULL || !is_equality(op->opno, var, inner, op->inputcollid))
			continue;
		columns = resolve_output(cxt, (Query *) sublink->subselect, ((Param *) param)->paramid);
		add_edges(cxt, columns_of(cxt, var), columns);
	}
}

/*
 * IN conditions where false and NULL come to the same: below AND and OR, in WHERE
 * or the condition of an inner join.
 */
static void
add_positive_in_edges(FindContext *cxt, Node *node)
{
	ListCell   *lc;

	if (IsA(node, SubLink))
		add_in_edges(cxt, (SubLink *) node);
	else if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != NOT_EXPR)
		foreach(lc, ((BoolExpr *) node)->args)
			add_positive_in_edges(cxt, lfirst(lc));
}

static void
add_conjuncts(FindContext *cxt, Node *quals, JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) quals))
	{
		Node	   *qual = lfirst(lc);
		OpExpr	   *op = (OpExpr *) qual;
		Var		   *a;
		Var		   *b;

		if (IsA(qual, BoolExpr) && ((BoolExpr *) qual)->boolop == AND_EXPR)
			add_conjuncts(cxt, (Node *) make_andclause(((BoolExpr *) qual)->args), join);
		else if (!IsA(qual, OpExpr) && (join == NULL || join->jointype == JOIN_INNER))
			add_positive_in_edges(cxt, qual);
		else if (IsA(qual, OpExpr) && list_length(op->args) == 2 &&
				 (a = plain_var(linitial(op->args))) != NULL &&
				 (b = plain_var(lsecond(op->args))) != NULL &&
				 is_equality(op->opno, a, b, op->inputcollid) && is_binding(join, a, b))
			add_edges(cxt, columns_of(cxt, a), columns_of(cxt, b));
	}
}

static void
add_join_tree(FindContext *cxt, Node *item)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			add_join_tree(cxt, lfirst(lc));
		add_conjuncts(cxt, ((FromExpr *) item)->quals, NULL);
	}
	else if (IsA(item, JoinExpr))
	{
		add_join_tree(cxt, ((JoinExpr *) item)->larg);
		add_join_tree(cxt, ((JoinExpr *) item)->rarg);
		add_conjuncts(cxt, ((JoinExpr *) item)->quals, (JoinExpr *) item);
	}
}

static bool
edge_walker(Node *node, FindContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		cxt->queries = lcons(query, cxt->queries);
		add_join_tree(cxt, (Node *) query->jointree);
		(void) query_tree_walker(query, edge_walker, cxt, QTW_IGNORE_JOINALIASES);
		cxt->queries = list_delete_first(cxt->queries);
		return false;
	}
	return expression_tree_walker(node, edge_walker, cxt);
}

/* ---- roots ---- */

static bool
same_column(const IvmColumn *a, const IvmColumn *b)
{
	return a->source == b->source && a->attno == b->attno;
}

static void
add_root(FindContext *cxt, List *columns)
{
	ListCell   *lc;
	ListCell   *lc2;
	ListCell   *lc3;

	if (columns == NIL)
		return;
	foreach(lc, cxt->roots)
	{
		List	   *other = lfirst(lc);
		bool		same = list_length(other) == list_length(columns);

		forboth(lc2, other, lc3, columns)
			same &= same_column(lfirst(lc2), lfirst(lc3));
		if (same)
			return;
	}
	cxt->roots = lappend(cxt->roots, columns);
}

static void
find_full_join_roots(FindContext *cxt, Query *query, JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) join->quals))
	{
		OpExpr	   *op = lfirst(lc);
		Var		   *a;
		Var		   *b;
		List	   *left;
		List	   *right;

		if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
			(a = plain_var(linitial(op->args))) == NULL ||
			(b = plain_var(lsecond(op->args))) == NULL ||
			!is_equality(op->opno, a, b, op->inputcollid))
			continue;
		if (is_below(b, join->larg))
		{
			Var		   *swap = a;

			a = b;
			b = swap;
		}
		if (!is_linear_item(join->larg, a->varno) || !is_linear_item(join->rarg, b->varno))
			continue;
		left = resolve_anywhere(cxt, query, a);
		right = resolve_anywhere(cxt, query, b);
		if (left != NIL && right != NIL)
			add_root(cxt, list_concat(left, right));
	}
}

/* Roots among what is in linear position. */
static void
find_roots(FindContext *cxt, Query *query, Node *item)
{
	ListCell   *lc;

	if (IsA(item, FromExpr))
	{
		foreach(lc, ((FromExpr *) item)->fromlist)
			find_roots(cxt, query, lfirst(lc));
	}
	else if (IsA(item, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) item;

		if (join->jointype == JOIN_FULL)
			find_full_join_roots(cxt, query, join);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_LEFT)
			find_roots(cxt, query, join->larg);
		if (join->jointype == JOIN_INNER || join->jointype == JOIN_RIGHT)
			find_roots(cxt, query, join->rarg);
	}
	else if (IsA(item, SetOperationStmt))
	{
		SetOperationStmt *setop = (SetOperationStmt *) item;

		if (setop->op == SETOP_UNION && setop->all)
		{
			find_roots(cxt, query, setop->larg);
			find_roots(cxt, query, setop->rarg);
		}
	}
	else
	{
		RangeTblEntry *rte = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable);

		if (rte->rtekind != RTE_SUBQUERY)
			return;
		for (int i = 1; i <= list_length(rte->subquery->targetList); i++)
			add_root(cxt, resolve_output(cxt, rte->subquery, i));
		if (ivm_sources_is_plain(rte->subquery))
			find_roots(cxt, rte->subquery,
					   rte->subquery->setOperations ? rte->subquery->setOperations :
					   (Node *) rte->subquery->jointree);
	}
}

/* Columns of linear sources that an equation leads to. */
static void
find_linear_roots(FindContext *cxt, Query *query)
{
	List	   *linear = ivm_sources_linear(query);
	ListCell   *lc;

	foreach(lc, cxt->edges)
	{
		Edge	   *edge = lfirst(lc);

		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->a.source)))
			add_root(cxt, list_make1(make_column(edge->a.source, edge->a.attno)));
		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->b.source)))
			add_root(cxt, list_make1(make_column(edge->b.source, edge->b.attno)));
	}
}

/* ---- paths ---- */

static bool
is_root(const IvmRegion *region, int source, AttrNumber attno)
{
	ListCell   *lc;

	foreach(lc, region->roots)
	{
		IvmColumn  *root = lfirst(lc);

		if (root->source == source && root->attno == attno)
			return true;
	}
	return false;
}

/* Turn an edge so that it starts at a source; false if it does not touch it. */
static bool
edge_from(const Edge *edge, int source, IvmColumn *from, IvmColumn *to)
{
	if (edge->a.source == source)
	{
		*from = edge->a;
		*to = edge->b;
		return true;
	}
	if (edge->b.source == source)
	{
		*from = edge->b;
		*to = edge->a;
		return true;
	}
	return false;
}

/* The column of a source that gives the region's value, or 0. */
static AttrNumber
value_at(FindContext *cxt, const IvmRegion *region, int source)
{
	ListCell   *lc;

	foreach(lc, region->roots)
		if (((IvmColumn *) lfirst(lc))->source == source)
			return ((IvmColumn *) lfirst(lc))->attno;
	foreach(lc, cxt->edges)
	{
		IvmColumn	from;
		IvmColumn	to;

		if (edge_from(lfirst(lc), source, &from, &to) && is_root(region, to.source, to.attno))
			return from.attno;
	}
	return 0;
}

/* A hop that leaves a source by the column by which the one before came is none. */
static void
shorten(IvmPath *path)
{
	while (path->nhops > 0 && path->hops[path->nhops - 1].to == path->value)
		path->value = path->hops[--path->nhops].from;
}

/* The shortest path from a source to a region's root, or NULL. */
static IvmPath *
find_path(FindContext *cxt, const IvmRegion *region, int start)
{
	IvmHop	   *came = palloc0(sizeof(IvmHop) * cxt->nsources);
	int		   *before = palloc(sizeof(int) * cxt->nsources);
	int		   *queue = palloc(sizeof(int) * cxt->nsources);
	bool	   *seen = palloc0(sizeof(bool) * cxt->nsources);
	int			head = 0;
	int			tail = 0;

	queue[tail++] = start;
	seen[start] = true;
	before[start] = -1;
	while (head < tail)
	{
		int			source = queue[head++];
		AttrNumber	value = value_at(cxt, region, source);
		ListCell   *lc;

		if (value != 0)
		{
			IvmPath    *path = palloc0(sizeof(IvmPath));

			path->value = value;
			for (int s = source; before[s] >= 0; s = before[s])
				path->nhops++;
			path->hops = palloc(sizeof(IvmHop) * Max(path->nhops, 1));
			for (int s = source, i = path->nhops; before[s] >= 0; s = before[s])
				path->hops[--i] = came[s];
			shorten(path);
			path->at_root = is_root(region, path->nhops > 0 ? path->hops[path->nhops - 1].source : start,
									path->value);
			return path;
		}
		foreach(lc, cxt->edges)
		{
			IvmColumn	from;
			IvmColumn	to;

			if (!edge_from(lfirst(lc), source, &from, &to) || seen[to.source])
				continue;
			seen[to.source] = true;
			before[to.source] = source;
			came[to.source].from = from.attno;
			came[to.source].source = to.source;
			came[to.source].to = to.attno;
			queue[tail++] = to.source;
		}
	}
	return NULL;
}

static IvmRegion *
make_region(FindContext *cxt, List *roots)
{
	IvmRegion  *region = palloc0(sizeof(IvmRegion));
	TypeCacheEntry *entry;
	int32		typmod;
	ListCell   *lc;

	region->roots = roots;
	region->paths = palloc0(sizeof(IvmPath *) * cxt->nsources);
	foreach(lc, roots)
	{
		IvmColumn  *root = lfirst(lc);
		RangeTblEntry *rte = list_nth(cxt->rtes, root->source);
		Oid			type;
		Oid			collation;

		get_atttypetypmodcoll(rte->relid, root->attno, &type, &typmod, &collation);
		if (region->type == InvalidOid)
		{
			region->type = type;
			region->collation = collation;
		}
		else if (region->type != type || region->collation != collation)
			return NULL;
	}
	if (OidIsValid(region->collation) && !get_collation_isdeterministic(region->collation))
		return NULL;
	/* values are made distinct by sorting (xid, for one, has no order) */
	entry = lookup_type_cache(getBaseType(region->type), TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
	if (!OidIsValid(entry->eq_opr) || !OidIsValid(entry->lt_opr))
		return NULL;
	region->eqop = entry->eq_opr;
	for (int i = 0; i < cxt->nsources; i++)
	{
		IvmPath    *path = region->paths[i] = find_path(cxt, region, i);

		if (path && path->nhops == 0)
			region->ndirect++;
		if (path && path->nhops == 0 && list_member_int(cxt->fenced, i) &&
			!is_root(region, i, path->value))
			region->fenced = lappend(region->fenced, make_column(i, path->value));
	}
	return region;
}

/*
 * The sources below subqueries that the planner computes as a whole.  Only rows
 * with the region's values matter of them, if they have these themselves.
 */
static bool
fence_walker(Node *node, FindContext *cxt)
{
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry) || IsA(node, SubLink))
	{
		Query	   *query = IsA(node, SubLink) ? (Query *) ((SubLink *) node)->subselect :
			((RangeTblEntry *) node)->subquery;

		if (query == NULL ||
			(IsA(node, SubLink) && ((SubLink *) node)->subLinkType != ANY_SUBLINK) ||
			(ivm_sources_is_plain(query) && query->setOperations == NULL &&
			 !(IsA(node, SubLink) && cxt->hidden > 0)))
			return IsA(node, SubLink) && expression_tree_walker(node, fence_walker, cxt);
		foreach(lc, ivm_sources_list(query))
			cxt->fenced = list_append_unique_int(cxt->fenced, source_number(cxt, lfirst(lc)));
		return false;
	}
	if (IsA(node, BoolExpr) && ((BoolExpr *) node)->boolop != AND_EXPR)
	{
		/* no join can be made of an IN below */
		cxt->hidden++;
		(void) expression_tree_walker(node, fence_walker, cxt);
		cxt->hidden--;
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, fence_walker, cxt, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, fence_walker, cxt);
}

static bool
flatten_walker(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ivm_compat_flatten_groups((Query *) node);
		return query_tree_walker((Query *) node, flatten_walker, cxt, 0);
	}
	return expression_tree_walker(node, flatten_walker, cxt);
}

static int
compare_regions(const ListCell *a, const ListCell *b)
{
	const IvmRegion *ra = lfirst(a);
	const IvmRegion *rb = lfirst(b);

	if (ra->ndirect != rb->ndirect)
		return rb->ndirect - ra->ndirect;
	return ra->number - rb->number;
}

/* The equations between columns of a query's sources (IvmEquation *). */
List *
ivm_region_equations(const Query *definition, int nsources)
{
	Query	   *query = copyObject(unconstify(Query *, definition));
	FindContext cxt = {.nsources = nsources};

	(void) flatten_walker((Node *) query, NULL);
	cxt.rtes = ivm_sources_list(query);
	(void) edge_walker((Node *) query, &cxt);
	return cxt.edges;
}

/*
 * The regions of a definition, those first whose values the rows of most sources
 * have themselves.
 */
List *
ivm_region_find_all(const Query *definition, int nsources)
{
	Query	   *query = copyObject(unconstify(Query *, definition));
	FindContext cxt = {.nsources = nsources};
	List	   *result = NIL;
	ListCell   *lc;

	(void) flatten_walker((Node *) query, NULL);
	cxt.rtes = ivm_sources_list(query);
	(void) edge_walker((Node *) query, &cxt);
	(void) fence_walker((Node *) query, &cxt);
	find_roots(&cxt, query, (Node *) query->jointree);
	find_linear_roots(&cxt, query);
	foreach(lc, cxt.roots)
	{
		IvmRegion  *region = make_region(&cxt, lfirst(lc));

		if (region == NULL)
			continue;
		region->number = list_length(result);
		result = lappend(result, region);
	}
	list_sort(result, compare_regions);
	return result;
}

/* ---- restricted queries ---- */

static RangeTblEntry *
values_rte(const IvmRegion *region, double nvalues)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);

	rte->rtekind = RTE_NAMEDTUPLESTORE;
	rte->enrname = IVM_REGION_VALUES;
	rte->enrtuples = nvalues;
	rte->coltypes = list_make1_oid(region->type);
	rte->coltypmods = list_make1_int(-1);
	rte->colcollations = list_make1_oid(region->collation);
	rte->eref = makeAlias(IVM_REGION_VALUES, list_make1(makeString("v")));
	rte->inFromCl = true;
	return rte;
}

static RangeTblRef *
make_ref(int rti)
{
	RangeTblRef *ref = makeNode(RangeTblRef);

	ref->rtindex = rti;
	return ref;
}

static Var *
column_var(RangeTblEntry *rte, int rti, AttrNumber attno)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(rte->relid, attno, &type, &typmod, &collation);
	return makeVar(rti, attno, type, typmod, collation, 0);
}

static Expr *
make_equal(const IvmRegion *region, Expr *a, Expr *b)
{
	return make_opclause(region->eqop, BOOLOID, false, a, b, InvalidOid, region->collation);
}

/* All columns of a table, in their places. */
static List *
all_columns(RangeTblEntry *rte, int rti)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rte->eref->colnames)
	{
		AttrNumber	attno = foreach_current_index(lc) + 1;
		char	   *name = get_attname(rte->relid, attno, true);
		Expr	   *expr;

		if (name == NULL)		/* dropped */
			expr = (Expr *) makeNullConst(INT4OID, -1, InvalidOid);
		else
			expr = (Expr *) column_var(rte, rti, attno);
		result = lappend(result, makeTargetEntry(expr, attno, pstrdup(strVal(lfirst(lc))), false));
	}
	return result;
}

/*
 * Let a query read, of the root sources, only rows with one of the values that
 * the executor finds as IVM_REGION_VALUES (about nvalues distinct ones), or only
 * those where the root column is NULL.  Branches of UNION ALL without a root are
 * left out.  The view's owner was allowed to read the tables as a whole.
 */
void
ivm_region_restrict(Query *query, const IvmRegion *region, bool null_value, double nvalues)
{
	List	   *rtes = ivm_sources_list(query);
	uint64		sources = 0;
	ListCell   *lc;

	foreach(lc, region->roots)
		sources |= UINT64CONST(1) << ((IvmColumn *) lfirst(lc))->source;
	(void) ivm_sources_keep_branches(query, sources, false);
	foreach(lc, list_concat_copy(region->roots, region->fenced))
	{
		IvmColumn  *root = lfirst(lc);
		RangeTblEntry *outer = list_nth(rtes, root->source);
		RangeTblEntry *rte = copyObject(outer);
		Query	   *sub = makeNode(Query);
		Var		   *var = column_var(rte, 1, root->attno);

		sub->commandType = CMD_SELECT;
		sub->canSetTag = true;
		sub->rtable = list_make1(rte);
		ivm_compat_free_relation(sub, rte);
		sub->targetList = all_columns(rte, 1);
		if (null_value)
		{
			NullTest   *test = makeNode(NullTest);

			test->arg = (Expr *) var;
			test->nulltesttype = IS_NULL;
			test->location = -1;
			sub->jointree = makeFromExpr(list_make1(make_ref(1)), (Node *) test);
		}
		else
		{
			sub->rtable = lappend(sub->rtable, values_rte(region, nvalues));
			sub->jointree = makeFromExpr(list_make2(make_ref(1), make_ref(2)),
										 (Node *) make_equal(region, (Expr *) var,
															 (Expr *) makeVar(2, 1, region->type, -1,
																			  region->collation, 0)));
		}
		outer->rtekind = RTE_SUBQUERY;
		outer->subquery = sub;
		outer->relid = InvalidOid;
		outer->relkind = 0;
		outer->rellockmode = NoLock;
		outer->inh = false;
		outer->securityQuals = NIL;
		ivm_compat_no_permissions(outer);
	}
}

/*
 * The region's values that rows of a source lead to, the source's rows being
 * put in its place later:	SELECT last.value FROM source, ... WHERE from = to ...
 */
Query *
ivm_region_values_query(Query *definition, const IvmRegion *region, int source)
{
	List	   *rtes = ivm_sources_list(definition);
	IvmPath    *path = region->paths[source];
	Query	   *query = makeNode(Query);
	List	   *quals = NIL;
	List	   *from = NIL;
	RangeTblEntry *rte;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	for (int i = 0; i <= path->nhops; i++)
	{
		rte = copyObject((RangeTblEntry *) list_nth(rtes, i == 0 ? source : path->hops[i - 1].source));
		query->rtable = lappend(query->rtable, rte);
		ivm_compat_free_relation(query, rte);
		from = lappend(from, make_ref(i + 1));
		if (i > 0)
		{
			IvmHop	   *hop = &path->hops[i - 1];
			Var		   *a = column_var(list_nth(query->rtable, i - 1), i, hop->from);
			Var		   *b = column_var(rte, i + 1, hop->to);
			Oid			eqop = lookup_type_cache(getBaseType(a->vartype), TYPECACHE_EQ_OPR)->eq_opr;

			quals = lappend(quals, make_opclause(eqop, BOOLOID, false, (Expr *) a, (Expr *) b,
												 InvalidOid, a->varcollid));
		}
	}
	query->jointree = makeFromExpr(from, (Node *) make_ands_explicit(quals));
	rte = llast(query->rtable);
	query->targetList = list_make1(makeTargetEntry((Expr *) column_var(rte, path->nhops + 1, path->value),
												   1, pstrdup("v"), false));
	return query;
}
