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
 * have, and always the same.  A list over a subquery that is sorted, and LIMIT or row_number OVER () of it, are meant to
 * follow that order, which gets complete.  FETCH FIRST ... WITH TIES leaves no choice.  Window functions that count rows, as
 * row_number does, get a window of their own that sorts by all of the row that is looked at.
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

#include "definition/equal_values.h"
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

static bool
is_sorted_by(const TargetEntry *tle, List *sort)
{
	return tle->ressortgroupref != 0 &&
		get_sortgroupref_clause_noerr(tle->ressortgroupref, sort) != NULL;
}

static SortGroupClause *
sort_by(TargetEntry *tle, List *list)
{
	SortGroupClause *clause = makeNode(SortGroupClause);
	TypeCacheEntry *type = lookup_type_cache(exprType((Node *) tle->expr),
											 TYPECACHE_LT_OPR | TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);

	clause->tleSortGroupRef = assignSortGroupRef(tle, list);
	clause->eqop = type->eq_opr;
	clause->sortop = type->lt_opr;
	clause->hashable = OidIsValid(type->hash_proc);
	return clause;
}

/*
 * Sort by an entry of a list, too: ascending, NULLs last.  texts: entries may be added, for what the order of
 * the type does not tell apart, as 1.0 and 1.00, or json, which has none: it is sorted by its text.
 */
static void
add_order(TargetEntry *tle, List **sort, List **list, bool texts)
{
	bool		ordered = has_order(exprType((Node *) tle->expr));
	CoerceViaIO *io;

	if (ordered && !is_sorted_by(tle, *sort))
		*sort = lappend(*sort, sort_by(tle, *list));
	if (!texts || (ordered && !ivm_equal_values_can_differ((Node *) tle->expr)))
		return;
	io = makeNode(CoerceViaIO);
	io->arg = copyObject(tle->expr);
	io->resulttype = TEXTOID;
	io->resultcollid = C_COLLATION_OID;
	io->coerceformat = COERCE_EXPLICIT_CAST;
	io->location = -1;
	*list = lappend(*list, makeTargetEntry((Expr *) io, list_length(*list) + 1, NULL, true));
	*sort = lappend(*sort, sort_by(llast(*list), *list));
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

		if (!tle->resjunk && !IsA(tle->expr, Const))
			add_order(tle, &agg->aggorder, &agg->args, true);
	}
	return list_length(agg->aggorder) > before;
}

/*
 * Sort the rows of a query by all of its columns, after what it sorts them by.  False: that is no other
 * order, or WITH TIES asks for all that are equal by the order as it is.  DISTINCT ON has to find the
 * rows sorted by its expressions first.
 */
static bool
order_rows(Query *query)
{
	bool		only_shown = (query->distinctClause != NIL && !query->hasDistinctOn) || query->setOperations != NULL;
	List	   *columns = list_copy(query->targetList);
	int			before = list_length(query->sortClause);
	ListCell   *lc;

	if (query->limitCount != NULL && query->limitOption == LIMIT_OPTION_WITH_TIES)
		return false;
	foreach(lc, query->hasDistinctOn ? query->distinctClause : NIL)
	{
		SortGroupClause *clause = lfirst(lc);

		if (get_sortgroupref_clause_noerr(clause->tleSortGroupRef, query->sortClause) == NULL)
			query->sortClause = lappend(query->sortClause, copyObject(clause));
	}
	foreach(lc, columns)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && !IsA(tle->expr, Const))
			add_order(tle, &query->sortClause, &query->targetList, !only_shown);
	}
	return list_length(query->sortClause) > before;
}

/*
 * Does a query read subqueries that give their rows an order, which what it does in no order of its own is
 * meant to follow?  They get one that leaves no choice then.
 */
static bool
follows_order(const Query *query, bool *changed)
{
	bool		result = false;
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY && rte->subquery->sortClause != NIL)
		{
			*changed |= order_rows(rte->subquery);
			result = true;
		}
	}
	return result;
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

		if (!is_sorted_by(tle, result->partitionClause))
			add_order(tle, &result->orderClause, &query->targetList, true);
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
	bool		changed;
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

		if (!depends_on_ties(func, window) ||
			(window->orderClause == NIL && follows_order(cxt->query, &cxt->changed)))
			return false;
		if (cxt->ordered[func->winref] == NULL)
		{
			WindowClause *made = make_ordered(cxt->query, window);

			if (made == NULL)
				return false;
			cxt->query->windowClause = lappend(cxt->query->windowClause, made);
			cxt->ordered[func->winref] = made;
			cxt->changed = true;
		}
		func->winref = cxt->ordered[func->winref]->winref;
		return false;
	}
	return expression_tree_walker(node, window_walker, cxt);
}

static bool
order_windows(Query *query)
{
	WindowContext cxt = {query, palloc0(sizeof(WindowClause *) * (list_length(query->windowClause) + 1)), false};
	List	   *columns = list_copy(query->targetList);
	ListCell   *lc;

	foreach(lc, columns)
		(void) window_walker((Node *) lfirst_node(TargetEntry, lc)->expr, &cxt);
	return cxt.changed;
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

/* Whether there are rows does not depend on which they are; what is below it may. */
static void
order_below(Query *query, OrderContext *cxt)
{
	OrderContext inner = {query, cxt->query ? lappend(list_copy(cxt->outer), cxt->query) : NIL, false};

	(void) query_tree_walker(query, order_walker, &inner, 0);
	cxt->found |= inner.found;
}

static void
order_query(Query *query, OrderContext *cxt)
{
	if ((query->limitCount != NULL || query->limitOffset != NULL || query->hasDistinctOn) &&
		(query->sortClause != NIL || !follows_order(query, &cxt->found)))
		cxt->found |= order_rows(query);
	if (query->hasWindowFuncs)
		cxt->found |= order_windows(query);
	order_below(query, cxt);
}

/* The array of a subquery is a list, too. */
static void
order_array(Query *query, OrderContext *cxt)
{
	if (query->sortClause != NIL || !follows_order(query, &cxt->found))
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
			(agg->aggorder != NIL || !follows_order(query, &cxt->found)))
			cxt->found |= order_aggregate(agg);
	}
	else if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == ARRAY_SUBLINK)
		order_array(castNode(Query, ((SubLink *) node)->subselect), cxt);
	else if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == EXISTS_SUBLINK)
	{
		order_below(castNode(Query, ((SubLink *) node)->subselect), cxt);
		return false;
	}
	return expression_tree_walker(node, order_walker, cxt);
}

bool
ivm_ordered_input_put(Query *query)
{
	OrderContext cxt = {NULL, NIL, false};

	(void) query_tree_walker(query, order_walker, &cxt, 0);
	return cxt.found;
}
