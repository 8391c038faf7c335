/*-------------------------------------------------------------------------
 *
 * ordered_input.c
 *	  Lists in subqueries that do not depend on the order of rows.
 *
 *		SELECT id, (SELECT string_agg(tag, ',') FROM tags t WHERE t.item = i.id) FROM items i
 *
 * A subquery is computed as it is and as it was, and what it was has to be what is
 * stored (affected_region.h).  Without ORDER BY the list may be in any order, and is
 * in another one when rows were moved, or are read in another way.  So it gets an order:
 * that of its values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
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

/*
 * Sort by an entry of a list: ascending, NULLs last.  A type without an order, such as json, is sorted by
 * its text, in an entry that is added.
 */
static SortGroupClause *
sort_by(TargetEntry *tle, List **list)
{
	SortGroupClause *clause = makeNode(SortGroupClause);
	TypeCacheEntry *type = lookup_type_cache(exprType((Node *) tle->expr),
											 TYPECACHE_LT_OPR | TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);

	if (!OidIsValid(type->lt_opr) || type->type_id == RECORDOID || type->type_id == RECORDARRAYOID)
	{
		CoerceViaIO *text = makeNode(CoerceViaIO);

		text	  ->arg = copyObject(tle->expr);
		text	  ->resulttype = TEXTOID;
		text	  ->resultcollid = C_COLLATION_OID;
		text	  ->coerceformat = COERCE_EXPLICIT_CAST;
		text	  ->location = -1;

		tle = makeTargetEntry((Expr *) text, list_length(*list) + 1, NULL, true);
		*list = lappend(*list, tle);
		type = lookup_type_cache(TEXTOID, TYPECACHE_LT_OPR | TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);
	}
	clause->tleSortGroupRef = assignSortGroupRef(tle, *list);
	clause->eqop = type->eq_opr;
	clause->sortop = type->lt_opr;
	clause->hashable = OidIsValid(type->hash_proc);
	return clause;
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
			agg->aggorder = lappend(agg->aggorder, sort_by(tle, &agg->args));
	}
}

/* False: there is an order, or none that could be told. */
static bool
order_array(Query *query)
{
	TargetEntry *tle = linitial(query->targetList);

	if (query->sortClause != NIL || query->limitCount != NULL || query->limitOffset != NULL ||
		tle->resjunk || IsA(tle->expr, Const) || query->hasDistinctOn)
		return false;
	/* where rows are made distinct, there is no room for a text to sort by */
	if ((query->distinctClause != NIL || query->setOperations != NULL || query->groupClause != NIL) &&
		!OidIsValid(lookup_type_cache(exprType((Node *) tle->expr), TYPECACHE_LT_OPR)->lt_opr))
		return false;
	query->sortClause = list_make1(sort_by(tle, &query->targetList));
	return true;
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
	return expression_tree_walker(node, order_walker, cxt);
}

bool
ivm_ordered_input_put(Query *query)
{
	OrderContext cxt = {0};

	(void) query_tree_walker(query, order_walker, &cxt, 0);
	return cxt.found;
}
