/*-------------------------------------------------------------------------
 *
 * equal_values.c
 *	  Values that stand for all that are equal to them.
 *
 *		SELECT DISTINCT x FROM t		of 1.0 and 1.00 it shows one, by chance
 *
 * A bag tells its rows apart by the look of their values, so that 1.0 and 1.00 are
 * two rows.  But if the definition itself picks one of several equal values
 * below the core, it may pick another the next time, with no change that
 * captured rows would tell of.  Such columns are told apart by "=".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_aggregate.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "definition/equal_values.h"

typedef struct AmbiguityContext
{
	Query	   *query;
	int			level;
} AmbiguityContext;

static bool ambiguity_walker(Node *node, AmbiguityContext *cxt);

/*
 * The operator class says so by the support function that B-trees ask before they store
 * one value for several equal ones.
 */
bool
ivm_equal_values_can_differ(Node *expr)
{
	TypeCacheEntry *entry = lookup_type_cache(getBaseType(exprType(expr)), TYPECACHE_BTREE_OPFAMILY);
	Oid			proc = !OidIsValid(entry->btree_opf) ? InvalidOid :
		get_opfamily_proc(entry->btree_opf, entry->btree_opintype, entry->btree_opintype,
						  BTEQUALIMAGE_PROC);

	return !OidIsValid(proc) ||
		!DatumGetBool(OidFunctionCall1Coll(proc, exprCollation(expr),
										   ObjectIdGetDatum(entry->btree_opintype)));
}

/* Are rows sorted by nothing but values of which equal ones can differ? */
static bool
orders_equals(List *sort, List *targetlist)
{
	ListCell   *lc;

	foreach(lc, sort)
	{
		if (!ivm_equal_values_can_differ(get_sortgroupclause_expr(lfirst(lc), targetlist)))
			return false;
	}
	return sort != NIL;
}

/*
 * Does a query show one of several equal values in a column, since it leaves out rows by
 * DISTINCT, or by their order?  Where something else than such values has a part in
 * the order, that is taken for what tells rows apart.
 */
static bool
shows_one_of_equals(Query *query, TargetEntry *tle)
{
	if (!ivm_equal_values_can_differ((Node *) tle->expr))
		return false;
	if (query->distinctClause != NIL)
		return true;
	if ((query->limitCount == NULL && query->limitOffset == NULL) ||
		tle->ressortgroupref == 0 ||
		get_sortgroupref_clause_noerr(tle->ressortgroupref, query->sortClause) == NULL)
		return false;
	return orders_equals(query->sortClause, query->targetList);
}

static bool
is_ambiguous_output(Query *query, Node *item, int attno)
{
	TargetEntry *tle;
	AmbiguityContext cxt = {query, 0};

	if (attno == 0)
	{
		/* the whole row */
		for (int i = 1; i <= list_length(query->targetList); i++)
			if (is_ambiguous_output(query, item, i))
				return true;
		return false;
	}
	if (attno > list_length(query->targetList))
		return true;
	tle = list_nth(query->targetList, attno - 1);
	if (item == query->setOperations && shows_one_of_equals(query, tle))
		return true;
	if (item && IsA(item, SetOperationStmt))
	{
		SetOperationStmt *setop = (SetOperationStmt *) item;

		return ((setop->op != SETOP_UNION || !setop->all) &&
				ivm_equal_values_can_differ((Node *) tle->expr)) ||
			is_ambiguous_output(query, setop->larg, attno) ||
			is_ambiguous_output(query, setop->rarg, attno);
	}
	if (item)
	{
		query = rt_fetch(castNode(RangeTblRef, item)->rtindex, query->rtable)->subquery;
		return is_ambiguous_output(query, query->setOperations, attno);
	}
	if (tle->ressortgroupref != 0 &&
		get_sortgroupref_clause_noerr(tle->ressortgroupref, query->groupClause) != NULL &&
		ivm_equal_values_can_differ((Node *) tle->expr))
		return true;
	return ambiguity_walker((Node *) tle->expr, &cxt);
}

/* Does a subquery of an expression show one of several equal values? */
static bool
is_ambiguous_subquery(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk &&
			is_ambiguous_output(query, query->setOperations, foreach_current_index(lc) + 1))
			return true;
	}
	return false;
}

static bool
ambiguity_walker(Node *node, AmbiguityContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) && ((Var *) node)->varlevelsup == cxt->level)
	{
		Var		   *var = (Var *) node;
		RangeTblEntry *rte = rt_fetch(var->varno, cxt->query->rtable);

		if (rte->rtekind == RTE_SUBQUERY)
			return is_ambiguous_output(rte->subquery, rte->subquery->setOperations, var->varattno);
		if (rte->rtekind == RTE_JOIN)
		{
			AmbiguityContext top = {cxt->query, 0};

			return ambiguity_walker(var->varattno == 0 ? (Node *) rte->joinaliasvars :
									list_nth(rte->joinaliasvars, var->varattno - 1), &top);
		}
		return false;
	}
	if (IsA(node, Aggref) &&
		(OidIsValid(ivm_accum_sort_operator(((Aggref *) node)->aggfnoid)) ||
		 ((Aggref *) node)->aggkind == AGGKIND_ORDERED_SET) &&
		ivm_equal_values_can_differ(node))
		return true;			/* min, max, percentile_disc, mode */
	if (IsA(node, Aggref) && orders_equals(((Aggref *) node)->aggdistinct ? ((Aggref *) node)->aggdistinct :
										   ((Aggref *) node)->aggorder, ((Aggref *) node)->args) &&
		ivm_equal_values_can_differ(node))
		return true;			/* a list by values that may change places */
	if (IsA(node, SubLink) && ((SubLink *) node)->subLinkType == ARRAY_SUBLINK &&
		orders_equals(castNode(Query, ((SubLink *) node)->subselect)->sortClause,
					  castNode(Query, ((SubLink *) node)->subselect)->targetList))
		return true;
	if (IsA(node, WindowFunc) && ivm_equal_values_can_differ(node) &&
		(!((WindowFunc *) node)->winagg ||
		 OidIsValid(ivm_accum_sort_operator(((WindowFunc *) node)->winfnoid))))
		return true;			/* lag, first_value, min, max */
	if (IsA(node, Query))
	{
		bool		found;

		if (is_ambiguous_subquery((Query *) node))
			return true;

		cxt->level++;
		found = query_tree_walker((Query *) node, ambiguity_walker, cxt, 0);
		cxt->level--;
		return found;
	}
	return expression_tree_walker(node, ambiguity_walker, cxt);
}

bool
ivm_equal_values_differ(Query *query, Node *expr)
{
	AmbiguityContext cxt = {query, 0};

	return OidIsValid(lookup_type_cache(getBaseType(exprType(expr)), TYPECACHE_EQ_OPR)->eq_opr) &&
		ambiguity_walker(expr, &cxt);
}
