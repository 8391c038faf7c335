/*-------------------------------------------------------------------------
 *
 * ordered_input.c
 *	  Lists and limits in subqueries that do not depend on the order of rows.
 *
 *		SELECT id, (SELECT string_agg(tag, ',') FROM tags t WHERE t.item = i.id) FROM items i
 *
 * A subquery is computed as it is and as it was, and what it was has to be what is
 * stored (affected_region.h).  Without ORDER BY the list may be in any order, and is
 * in another one when rows were moved, or are read in another way.  So it gets an order:
 * that of its values.  Likewise LIMIT and DISTINCT ON, where the order given leaves ties.
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

/* An anonymous row is of a type with an order, but its columns may not be. */
static bool
has_order(Oid type)
{
	return type != RECORDOID && type != RECORDARRAYOID &&
		OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr);
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
 * Sort by an entry of a list: ascending, NULLs last.  texts: entries may be added, for what the order of
 * the type does not tell apart, as 1.0 and 1.00, or json, which has none: it is sorted by its text.
 */
static void
add_order(TargetEntry *tle, List **sort, List **list, bool texts)
{
	bool		ordered = has_order(exprType((Node *) tle->expr));

	if (ordered)
		*sort = lappend(*sort, sort_by(tle, *list));
	if (texts && (!ordered || ivm_equal_values_can_differ((Node *) tle->expr)))
	{
		CoerceViaIO *text = makeNode(CoerceViaIO);

		text	  ->arg = copyObject(tle->expr);
		text	  ->resulttype = TEXTOID;
		text	  ->resultcollid = C_COLLATION_OID;
		text	  ->coerceformat = COERCE_EXPLICIT_CAST;
		text	  ->location = -1;

		*list = lappend(*list, makeTargetEntry((Expr *) text, list_length(*list) + 1, NULL, true));
		*sort = lappend(*sort, sort_by(llast(*list), *list));
	}
}

static void
order_aggregate(Aggref *agg)
{
	List	   *args = list_copy(agg->args);
	ListCell   *lc;

	foreach(lc, args)
	{
		TargetEntry *tle = lfirst(lc);

		if (!IsA(tle->expr, Const))
			add_order(tle, &agg->aggorder, &agg->args, true);
	}
}

/* May a query sort by what it does not show? */
static bool
has_room(Query *query)
{
	return (query->distinctClause == NIL || query->hasDistinctOn) && query->setOperations == NULL;
}

/* False: there is an order, or none that could be told. */
static bool
order_array(Query *query)
{
	TargetEntry *tle = linitial(query->targetList);

	if (query->sortClause != NIL || query->limitCount != NULL || query->limitOffset != NULL ||
		tle->resjunk || IsA(tle->expr, Const) || query->hasDistinctOn)
		return false;
	add_order(tle, &query->sortClause, &query->targetList, has_room(query));
	return query->sortClause != NIL;
}

/*
 * A query that keeps some of its rows by an order that may leave ties, by LIMIT or
 * DISTINCT ON: whatever else it shows decides these.  False: it has no such ties.
 */
static bool
order_ties(Query *query)
{
	bool		limits = (query->limitCount != NULL || query->limitOffset != NULL) &&
		query->limitOption != LIMIT_OPTION_WITH_TIES;
	bool		found = false;
	List	   *entries;
	ListCell   *lc;

	if (!limits && !query->hasDistinctOn)
		return false;
	/* the order has to begin with what DISTINCT ON names */
	foreach(lc, query->hasDistinctOn ? query->distinctClause : NIL)
	{
		SortGroupClause *clause = lfirst(lc);

		if (get_sortgroupref_clause_noerr(clause->tleSortGroupRef, query->sortClause) == NULL)
			query->sortClause = lappend(query->sortClause, copyObject(clause));
	}
	entries = list_copy(query->targetList);
	foreach(lc, entries)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk || IsA(tle->expr, Const) ||
			(tle->ressortgroupref != 0 &&
			 get_sortgroupref_clause_noerr(tle->ressortgroupref, query->sortClause)))
			continue;
		add_order(tle, &query->sortClause, &query->targetList, has_room(query));
		found = true;
	}
	return found;
}

typedef struct OrderContext
{
	int			depth;			/* of the query that we are in; 0: the
								 * outermost */
	bool		found;
} OrderContext;

static bool
order_walker(Node *node, OrderContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		cxt->depth++;
		cxt->found |= order_ties((Query *) node);
		(void) query_tree_walker((Query *) node, order_walker, cxt, 0);
		cxt->depth--;
		return false;
	}
	if (IsA(node, Aggref))
	{
		Aggref	   *agg = (Aggref *) node;

		if (cxt->depth > (int) agg->agglevelsup && agg->aggorder == NIL && agg->aggdistinct == NIL &&
			shows_order(agg->aggfnoid))
		{
			order_aggregate(agg);
			cxt->found = true;
		}
	}
	else if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == ARRAY_SUBLINK)
		cxt->found |= order_array(castNode(Query, ((SubLink *) node)->subselect));
	else if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == EXISTS_SUBLINK)
	{
		/* whichever row is left */
		cxt->depth++;
		(void) query_tree_walker(castNode(Query, ((SubLink *) node)->subselect), order_walker, cxt, 0);
		cxt->depth--;
		return false;
	}
	return expression_tree_walker(node, order_walker, cxt);
}

bool
ivm_ordered_input_put(Query *query)
{
	OrderContext cxt = {0};

	(void) query_tree_walker(query, order_walker, &cxt, 0);
	return cxt.found;
}
