/*-------------------------------------------------------------------------
 *
 * ordered_input.c
 *	  Lists, LIMIT and windows in subqueries that do not depend on the order of rows.
 *
 *		SELECT id, (SELECT string_agg(tag, ',') FROM tags t WHERE t.item = i.id) FROM items i
 *		SELECT ... FROM items i, LATERAL (SELECT name FROM bids b WHERE b.item = i.id ORDER BY price LIMIT 1) b
 *
 * A subquery is computed as it is and as it was, and what it was has to be what is
 * stored (affected_region.h).  Without ORDER BY a list may be in any order, and is
 * in another one when rows were moved, or are read in another way; and of several names
 * with the lowest price any may be the first.  So values that ORDER BY puts in no order, and all
 * without it, are sorted by themselves: what is shown is one of the results that the query may
 * have, and always the same.  A list over a subquery that is sorted is left as it is, since it
 * is meant to have that order.  FETCH FIRST ... WITH TIES leaves no choice.  Window functions that count rows, as
 * row_number() does, get a window of their own that sorts by all of the row that is looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_clause.h"
#include "utils/fmgroids.h"
#include "utils/typcache.h"

#include "definition/ordered_input.h"

/* Does a list by this aggregate show the order of its input? */
static bool
shows_order(Oid aggfnoid)
{
	switch (aggfnoid)
	{
		case F_ARRAY_AGG_ANYNONARRAY:
		case F_ARRAY_AGG_ANYARRAY:
		case F_STRING_AGG_TEXT_TEXT:
		case F_STRING_AGG_BYTEA_BYTEA:
		case F_JSON_AGG:
		case F_JSONB_AGG:
		case F_JSON_OBJECT_AGG:
		case F_JSONB_OBJECT_AGG:
		case F_XMLAGG:
#ifdef F_JSON_AGG_STRICT
		case F_JSON_AGG_STRICT:
		case F_JSONB_AGG_STRICT:
		case F_JSON_OBJECT_AGG_STRICT:
		case F_JSON_OBJECT_AGG_UNIQUE:
		case F_JSON_OBJECT_AGG_UNIQUE_STRICT:
		case F_JSONB_OBJECT_AGG_STRICT:
		case F_JSONB_OBJECT_AGG_UNIQUE:
		case F_JSONB_OBJECT_AGG_UNIQUE_STRICT:
#endif
			return true;
		default:
			return false;
	}
}

/* Can all values of a type be sorted?  The columns of a record may be of any type. */
static bool
has_order(Oid type)
{
	return type != RECORDOID && type != RECORDARRAYOID &&
		OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr);
}

/*
 * Sort by an entry of a list: ascending, NULLs last.  A type without an order, such as json, is sorted by
 * its text, in an entry that is added.
 */
static SortGroupClause *
sort_by(TargetEntry *tle, List **list)
{
	SortGroupClause *clause = makeNode(SortGroupClause);
	Oid			type_id = exprType((Node *) tle->expr);
	TypeCacheEntry *type;

	if (!has_order(type_id))
	{
		CoerceViaIO *io = makeNode(CoerceViaIO);

		io->arg = copyObject(tle->expr);
		io->resulttype = type_id = TEXTOID;
		io->resultcollid = C_COLLATION_OID;
		io->coerceformat = COERCE_EXPLICIT_CAST;
		io->location = -1;
		tle = makeTargetEntry((Expr *) io, list_length(*list) + 1, NULL, true);
		*list = lappend(*list, tle);
	}
	type = lookup_type_cache(type_id, TYPECACHE_LT_OPR | TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);
	clause->tleSortGroupRef = assignSortGroupRef(tle, *list);
	clause->eqop = type->eq_opr;
	clause->sortop = type->lt_opr;
	clause->hashable = OidIsValid(type->hash_proc);
	return clause;
}

static bool
is_sorted_by(const TargetEntry *tle, List *sort)
{
	return tle->ressortgroupref != 0 &&
		get_sortgroupref_clause_noerr(tle->ressortgroupref, sort) != NULL;
}

/* Does a query read a subquery that gives its rows an order, which its lists are meant to have? */
static bool
reads_in_order(const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY && rte->subquery->sortClause != NIL)
			return true;
	}
	return false;
}

/* Values that are equal by its ORDER BY, if there is one, are sorted by themselves. */
static bool
order_aggregate(Aggref *agg)
{
	List	   *args = list_copy(agg->args);
	int			before = list_length(agg->aggorder);
	ListCell   *lc;

	foreach(lc, args)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && !IsA(tle->expr, Const) && !is_sorted_by(tle, agg->aggorder))
			agg->aggorder = lappend(agg->aggorder, sort_by(tle, &agg->args));
	}
	return list_length(agg->aggorder) > before;
}

/*
 * Sort the rows of a query by all of its columns, after what it sorts them by.  False: that is no other
 * order.  DISTINCT ON has to find the rows sorted by its expressions first.
 */
static bool
order_rows(Query *query)
{
	bool		only_shown = (query->distinctClause != NIL && !query->hasDistinctOn) || query->setOperations != NULL;
	List	   *columns = list_copy(query->targetList);
	int			before = list_length(query->sortClause);
	ListCell   *lc;

	foreach(lc, query->hasDistinctOn ? query->distinctClause : NIL)
	{
		SortGroupClause *clause = lfirst(lc);

		if (get_sortgroupref_clause_noerr(clause->tleSortGroupRef, query->sortClause) == NULL)
			query->sortClause = lappend(query->sortClause, copyObject(clause));
	}
	foreach(lc, columns)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk || IsA(tle->expr, Const) || is_sorted_by(tle, query->sortClause) ||
			(only_shown && !has_order(exprType((Node *) tle->expr))))
			continue;
		query->sortClause = lappend(query->sortClause, sort_by(tle, &query->targetList));
	}
	return list_length(query->sortClause) > before;
}

/* ---- windows ---- */

/*
 * Does what a window function gives depend on the order of rows that are equal by its ORDER BY?  rank() and
 * its kin, and frames by RANGE or GROUPS, take such rows as one.
 */
static bool
depends_on_ties(const WindowFunc *func, const WindowClause *window)
{
	switch (func->winfnoid)
	{
		case F_ROW_NUMBER:
		case F_NTILE:
		case F_LAG_ANYELEMENT:
		case F_LAG_ANYELEMENT_INT4:
		case F_LAG_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE:
		case F_LEAD_ANYELEMENT:
		case F_LEAD_ANYELEMENT_INT4:
		case F_LEAD_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE:
			return true;
		case F_RANK_:
		case F_DENSE_RANK_:
		case F_PERCENT_RANK_:
		case F_CUME_DIST_:
			return false;
		case F_FIRST_VALUE:

			/*
			 * the frame may end with the row itself then, and begins with the
			 * same
			 */
			if ((window->frameOptions & FRAMEOPTION_START_UNBOUNDED_PRECEDING) &&
				!(window->frameOptions & (FRAMEOPTION_END_OFFSET | FRAMEOPTION_EXCLUSION)))
				return true;
			break;
		default:
			break;
	}
	return (window->frameOptions & FRAMEOPTION_ROWS) != 0;
}

/* What tells the rows of a query apart as far as its window functions show them. */
static List *
find_row_parts(Query *query)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (query->groupClause == NIL && !query->hasAggs)
		return list_concat_unique(NIL, pull_var_clause((Node *) query->targetList, PVC_RECURSE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS));
	foreach(lc, query->groupClause)
		result = lappend(result, get_sortgroupclause_expr(lfirst(lc), query->targetList));
	return result;
}

static TargetEntry *
entry_for(Query *query, Expr *expr)
{
	TargetEntry *result;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		if (equal(lfirst_node(TargetEntry, lc)->expr, expr))
			return lfirst(lc);
	}
	result = makeTargetEntry(copyObject(expr), list_length(query->targetList) + 1, NULL, true);
	query->targetList = lappend(query->targetList, result);
	return result;
}

/* A window like this one that leaves no choice, or NULL if it does not itself. */
static WindowClause *
make_ordered(Query *query, const WindowClause *window)
{
	WindowClause *result = copyObject(unconstify(WindowClause *, window));
	ListCell   *lc;

	foreach(lc, find_row_parts(query))
	{
		TargetEntry *tle = entry_for(query, lfirst(lc));

		if (!is_sorted_by(tle, result->orderClause) && !is_sorted_by(tle, result->partitionClause))
			result->orderClause = lappend(result->orderClause, sort_by(tle, &query->targetList));
	}
	if (list_length(result->orderClause) == list_length(window->orderClause))
		return NULL;
	result->name = result->refname = NULL;
	result->copiedOrder = false;
	if (!(window->frameOptions & FRAMEOPTION_ROWS))
	{
		/*
		 * nobody looks at where it ends, and a distance is one of a single
		 * column
		 */
		result->frameOptions = FRAMEOPTION_DEFAULTS;
		result->startOffset = result->endOffset = NULL;
		result->startInRangeFunc = result->endInRangeFunc = InvalidOid;
	}
	result->winref = list_length(query->windowClause) + 1;
	return result;
}

typedef struct WindowContext
{
	Query	   *query;
	WindowClause **ordered;		/* by winref: what was made in its place */
} WindowContext;

/* Functions that depend on ties get such windows. */
static bool
window_walker(Node *node, WindowContext *cxt)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (IsA(node, WindowFunc))
	{
		WindowFunc *func = (WindowFunc *) node;
		WindowClause *window = list_nth(cxt->query->windowClause, func->winref - 1);

		if (!depends_on_ties(func, window))
			return false;
		if (cxt->ordered[func->winref] == NULL)
		{
			WindowClause *made = make_ordered(cxt->query, window);

			if (made == NULL)
				return false;
			cxt->query->windowClause = lappend(cxt->query->windowClause, made);
			cxt->ordered[func->winref] = made;
		}
		func->winref = cxt->ordered[func->winref]->winref;
		return false;
	}
	return expression_tree_walker(node, window_walker, cxt);
}

static bool
order_windows(Query *query)
{
	int			before = list_length(query->windowClause);
	WindowContext cxt = {query, palloc0(sizeof(WindowClause *) * (before + 1))};
	List	   *columns = list_copy(query->targetList);
	ListCell   *lc;

	foreach(lc, columns)
		(void) window_walker((Node *) lfirst_node(TargetEntry, lc)->expr, &cxt);
	return list_length(query->windowClause) > before;
}

/* ---- all of a query ---- */

typedef struct OrderContext
{
	Query	   *query;			/* the one that we are in; NULL: the outermost */
	List	   *outer;			/* those around it, but the outermost */
	bool		found;
} OrderContext;

/* The query that an aggregate belongs to, or NULL for the outermost. */
static Query *
query_of(const Aggref *agg, const OrderContext *cxt)
{
	int			up = (int) agg->agglevelsup;

	if (up == 0)
		return cxt->query;
	up = list_length(cxt->outer) - up;
	return up >= 0 ? list_nth(cxt->outer, up) : NULL;
}

static bool order_walker(Node *node, OrderContext *cxt);

static void
order_query(Query *query, OrderContext *cxt)
{
	OrderContext inner = {query, cxt->query ? lappend(list_copy(cxt->outer), cxt->query) : NIL, false};

	if ((query->limitCount != NULL || query->limitOffset != NULL || query->hasDistinctOn) &&
		query->limitOption != LIMIT_OPTION_WITH_TIES)
		cxt->found |= order_rows(query);
	if (query->hasWindowFuncs)
		cxt->found |= order_windows(query);
	(void) query_tree_walker(query, order_walker, &inner, 0);
	cxt->found |= inner.found;
}

/* The array of a subquery is a list, too. */
static void
order_array(Query *query, OrderContext *cxt)
{
	if (query->sortClause != NIL || !reads_in_order(query))
		cxt->found |= order_rows(query);
}

static bool
order_walker(Node *node, OrderContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		order_query((Query *) node, cxt);
		return false;
	}
	if (IsA(node, Aggref))
	{
		Aggref	   *agg = (Aggref *) node;
		Query	   *query = query_of(agg, cxt);

		if (query != NULL && agg->aggdistinct == NIL && shows_order(agg->aggfnoid) &&
			(agg->aggorder != NIL || !reads_in_order(query)))
			cxt->found |= order_aggregate(agg);
	}
	else if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == ARRAY_SUBLINK)
		order_array(castNode(Query, ((SubLink *) node)->subselect), cxt);
	return expression_tree_walker(node, order_walker, cxt);
}

bool
ivm_ordered_input_put(Query *query)
{
	OrderContext cxt = {NULL, NIL, false};

	(void) query_tree_walker(query, order_walker, &cxt, 0);
	return cxt.found;
}
