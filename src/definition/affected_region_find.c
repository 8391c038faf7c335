/*-------------------------------------------------------------------------
 *
 * affected_region_find.c
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
 * over all v.  README.md proves which columns can be roots; they are
 *
 *	 - any column of a source that the core is linear in;
 *	 - a column of a subquery in linear position that divides all of it
 *	   (division.c), if that is in turn such a column of what the subquery reads;
 *	 - the columns of a set operation and the join columns of a FULL JOIN, with
 *	   a root in each arm or side.
 *
 * A source reaches the root through equations (affected_region_equations.c):
 *
 *		changed row of a source   --equation-->   row of t   --equation-->   root
 *		                                  a hop                the path's value
 *
 * find_path() searches breadth first, so that each path has as few hops as
 * possible.  A constant, such as VALUES or a calendar made by generate_series(), is
 * like a source that never changes: it can be a root, or a hop on the way to one.
 *
 * Everything is made in CurrentMemoryContext, of a copy of the definition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "definition/affected_region.h"
#include "definition/affected_region_columns.h"
#include "definition/affected_region_equations.h"
#include "definition/affected_region_find.h"
#include "definition/division.h"
#include "definition/sources.h"

/* What is known while the regions of a definition are looked for. */
typedef struct FindContext
{
	int			nsources;
	List	   *rtes;			/* of the sources and constants, in their
								 * order */
	bool	   *meet;			/* a matrix: can rows come from both? */
	List	   *edges;			/* IvmEdge * */
	List	   *roots;			/* of List * of IvmColumn * */
	List	   *fenced;			/* numbers of sources that quals are not
								 * pushed to */
	int			hidden;			/* ORs and NOTs around what is walked */
} FindContext;

/* ---- roots ---- */

/* Note columns as a root, unless they are noted already. */
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
			same &= ivm_affected_region_same_column(lfirst(lc2), lfirst(lc3));
		if (same)
			return;
	}
	cxt->roots = lappend(cxt->roots, columns);
}

/* Roots that are the columns of a FULL JOIN's equations. */
static void
find_full_join_roots(FindContext *cxt, Query *query, JoinExpr *join)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) join->quals))
		add_root(cxt, ivm_affected_region_full_join_columns(query, cxt->rtes, join, lfirst(lc)));
}

/* Roots among the joins and subqueries in linear position. */
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

		if (rte->rtekind != RTE_SUBQUERY || ivm_affected_region_source_number(cxt->rtes, rte) >= 0)
			return;
		for (int i = 1; i <= list_length(rte->subquery->targetList); i++)
			add_root(cxt, ivm_affected_region_output_columns(cxt->rtes, rte->subquery, i));
		if (ivm_sources_is_plain(rte->subquery))
			find_roots(cxt, rte->subquery,
					   rte->subquery->setOperations ? rte->subquery->setOperations :
					   (Node *) rte->subquery->jointree);
	}
}

/* Roots that are columns of linear sources and constants and in an equation. */
static void
find_linear_roots(FindContext *cxt, Query *query)
{
	List	   *linear = ivm_sources_linear(query);
	ListCell   *lc;

	foreach(lc, cxt->edges)
	{
		IvmEdge    *edge = lfirst(lc);

		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->a.source)))
			add_root(cxt, list_make1(ivm_affected_region_make_column(edge->a.source, edge->a.expr)));
		if (list_member_ptr(linear, list_nth(cxt->rtes, edge->b.source)))
			add_root(cxt, list_make1(ivm_affected_region_make_column(edge->b.source, edge->b.expr)));
	}
}

/* ---- paths ---- */

/* Is a column one of the region's roots? */
static bool
is_root(const IvmRegion *region, const IvmColumn *column)
{
	ListCell   *lc;

	foreach(lc, region->roots)
	{
		if (ivm_affected_region_same_column(lfirst(lc), column))
			return true;
	}
	return false;
}

static bool
are_roots(const IvmRegion *region, List *columns)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		if (!is_root(region, lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * Turn an edge so that it starts at a source; false if it does not lead on from there.
 * The values that it leads to are in *to or, if they come from several columns, in any of
 * *all.
 */
static bool
edge_from(const IvmEdge *edge, int source, IvmColumn *from, IvmColumn *to, List **all)
{
	if (edge->a.source == source && edge->a_leads)
	{
		*from = edge->a;
		*to = edge->b;
		*all = edge->b_all;
		return true;
	}
	if (edge->b.source == source && edge->b_leads)
	{
		*from = edge->b;
		*to = edge->a;
		*all = edge->a_all;
		return true;
	}
	return false;
}

/* The column of a source that gives the region's value, or NULL. */
static Expr *
value_at(FindContext *cxt, const IvmRegion *region, int source)
{
	ListCell   *lc;

	foreach(lc, region->roots)
	{
		if (((IvmColumn *) lfirst(lc))->source == source)
			return ((IvmColumn *) lfirst(lc))->expr;
	}
	foreach(lc, cxt->edges)
	{
		IvmColumn	from;
		IvmColumn	to;
		List	   *all;

		if (edge_from(lfirst(lc), source, &from, &to, &all) && are_roots(region, all))
			return from.expr;
	}
	return NULL;
}

/*
 * Drop last hops that are not needed: if the path comes to t by a = t.b, and the value
 * is t.b, then a is the value already.
 */
static void
shorten(IvmPath *path)
{
	while (path->nhops > 0 && equal(path->hops[path->nhops - 1].to.expr, path->value))
		path->value = path->hops[--path->nhops].from;
}

/* The shortest path from a source to a region's root, or NULL. */
static IvmPath *
find_path(FindContext *cxt, const IvmRegion *region, int start)
{
	int			n = list_length(cxt->rtes);
	IvmHop	   *came = palloc0(sizeof(IvmHop) * n);
	int		   *before = palloc(sizeof(int) * n);
	int		   *queue = palloc(sizeof(int) * n);
	bool	   *seen = palloc0(sizeof(bool) * n);
	int			head = 0;
	int			tail = 0;

	queue[tail++] = start;
	seen[start] = true;
	before[start] = -1;
	while (head < tail)
	{
		int			source = queue[head++];
		Expr	   *value = value_at(cxt, region, source);
		ListCell   *lc;

		if (value != NULL)
		{
			IvmPath    *path = palloc0(sizeof(IvmPath));
			IvmColumn	last;

			path->value = value;
			for (int s = source; before[s] >= 0; s = before[s])
				path->nhops++;
			path->hops = palloc(sizeof(IvmHop) * Max(path->nhops, 1));
			for (int s = source, i = path->nhops; before[s] >= 0; s = before[s])
				path->hops[--i] = came[s];
			shorten(path);
			last.source = path->nhops > 0 ? path->hops[path->nhops - 1].to.source : start;
			last.expr = path->value;
			path->at_root = is_root(region, &last);
			return path;
		}
		foreach(lc, cxt->edges)
		{
			IvmColumn	from;
			IvmColumn	to;
			List	   *all;

			if (!edge_from(lfirst(lc), source, &from, &to, &all) ||
				list_length(all) > 1 || seen[to.source])
				continue;
			seen[to.source] = true;
			before[to.source] = source;
			came[to.source].from = from.expr;
			came[to.source].to = to;
			queue[tail++] = to.source;
		}
	}
	return NULL;
}

/* Note which sources and constants rows can come from together. */
static void
find_meetings(FindContext *cxt, const Query *query)
{
	int			n = list_length(cxt->rtes);

	cxt->meet = palloc(sizeof(bool) * n * n);
	for (int a = 0; a < n; a++)
		for (int b = 0; b <= a; b++)
			cxt->meet[a * n + b] = cxt->meet[b * n + a] = a == b ||
				ivm_sources_keep_arms(copyObject(unconstify(Query *, query)),
									  (UINT64CONST(1) << a) | (UINT64CONST(1) << b), true);
}

/*
 * Does the region leave out rows that a source takes part in, since they come from
 * an arm of UNION ALL without a root?
 */
static bool
misses_rows(FindContext *cxt, const IvmRegion *region, int source)
{
	int			n = list_length(cxt->rtes);

	for (int i = 0; i < n; i++)
	{
		bool		has_root = !cxt->meet[source * n + i];
		ListCell   *lc;

		foreach(lc, region->roots)
			has_root |= cxt->meet[((IvmColumn *) lfirst(lc))->source * n + i];
		if (!has_root)
			return true;
	}
	return false;
}

static TupleDesc
value_desc(const IvmRegion *region)
{
	TupleDesc	desc = CreateTemplateTupleDesc(1);

	TupleDescInitEntry(desc, 1, "v", region->type, -1, 0);
	TupleDescInitEntryCollation(desc, 1, region->collation);
	return desc;
}

/*
 * The region with these roots and its paths, or NULL if its values could not be
 * compared, or not be sorted to make them distinct.
 */
static IvmRegion *
make_region(FindContext *cxt, List *roots)
{
	IvmRegion  *region = palloc0(sizeof(IvmRegion));
	TypeCacheEntry *entry;
	ListCell   *lc;

	region->roots = roots;
	region->paths = palloc0(sizeof(IvmPath *) * cxt->nsources);
	foreach(lc, roots)
	{
		Node	   *root = (Node *) ((IvmColumn *) lfirst(lc))->expr;
		Oid			type = ivm_division_compared_type(exprType(root));

		if (!ivm_division_is_collation_known(type, exprCollation(root)))
			return NULL;
		if (region->type == InvalidOid)
		{
			region->type = type;
			region->collation = exprCollation(root);
		}
		else if (region->type != type)
			return NULL;
		region->computed |= ((IvmColumn *) lfirst(lc))->source >= cxt->nsources || !IsA(root, Var);
	}
	/* values are made distinct by sorting (xid, for one, has no order) */
	region->base_type = getBaseType(region->type);
	get_typlenbyval(region->type, &region->typlen, &region->typbyval);
	entry = lookup_type_cache(region->base_type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
	if (!OidIsValid(entry->eq_opr) || !OidIsValid(entry->lt_opr))
		return NULL;
	region->desc = value_desc(region);
	for (int i = 0; i < cxt->nsources; i++)
	{
		IvmPath    *path = misses_rows(cxt, region, i) ? NULL : find_path(cxt, region, i);

		region->paths[i] = path;
		if (path && path->nhops == 0)
			region->ndirect++;
		if (path && path->nhops == 0 && list_member_int(cxt->fenced, i) &&
			!path->at_root)
			region->fenced = lappend(region->fenced, ivm_affected_region_make_column(i, path->value));
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
			cxt->fenced = list_append_unique_int(cxt->fenced,
												 ivm_affected_region_source_number(cxt->rtes, lfirst(lc)));
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

/* The better region comes first (ivm_affected_region_find_all()). */
static int
compare_regions(const ListCell *a, const ListCell *b)
{
	const IvmRegion *ra = lfirst(a);
	const IvmRegion *rb = lfirst(b);

	if (ra->ndirect != rb->ndirect)
		return rb->ndirect - ra->ndirect;
	if (ra->computed != rb->computed)
		return ra->computed - rb->computed;
	return ra->number - rb->number;
}

List *
ivm_affected_region_find_all(const Query *definition, int nsources)
{
	Query	   *query = ivm_affected_region_prepare(definition);
	FindContext cxt = {.nsources = nsources};
	List	   *result = NIL;
	ListCell   *lc;

	cxt.rtes = ivm_sources_list_all(query);
	cxt.edges = ivm_affected_region_edges(query, cxt.rtes);
	(void) fence_walker((Node *) query, &cxt);
	find_roots(&cxt, query, (Node *) query->jointree);
	find_linear_roots(&cxt, query);
	find_meetings(&cxt, query);
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
