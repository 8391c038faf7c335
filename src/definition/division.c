/*-------------------------------------------------------------------------
 *
 * division.c
 *	  What divides a query level.
 *
 * A level is one Query: a SELECT with all its clauses, or a tree of set
 * operations.  A column divides it if the level can be computed for each value
 * of the column on its own:
 *
 *		level(rows)	=	sum over all v of level(rows with v)
 *		and each row of level(rows with v) has v in this column
 *
 * where "rows with v" are those that have v in the columns of tables in which
 * the column originates.  The second line is what lets the level above be
 * divided in turn.
 *
 * What divides a level must divide all of it.  Clauses are evaluated one on top of
 * the other, so the level is divided if each of its clauses is, by this column:
 *
 *	 - FROM and WHERE make rows from rows.  What they need of the column is asked
 *	   by affected_region_columns.c: it must come from an item in linear position.
 *	 - GROUP BY makes one row of many.  If the column is one of the grouping
 *	   columns, no group has rows with different values.
 *	 - Aggregates or HAVING without GROUP BY make one row of all.
 *	 - Grouping sets do so for each set that lacks the column, and show NULL in
 *	   its place.
 *	 - HAVING looks at one group at a time.
 *	 - A window function looks at the other rows of the partition, so the column
 *	   must be one that the window partitions by.  That holds for each window.
 *	 - Functions that give several rows do so for each row on its own.
 *	 - DISTINCT makes one row of equal ones, and DISTINCT ON keeps one of those
 *	   with equal expressions.  The column must be among what is compared.
 *	   DISTINCT does not compare what is not shown, such as a grouping column
 *	   that the select list does not name.
 *	 - ORDER BY alone changes nothing.
 *	 - LIMIT and OFFSET count all rows.
 *	 - A set operation merges, or counts, rows that are equal in all columns.  The
 *	   same column must divide both arms.
 *
 * Each clause calls rows equal by an operator of its own.  It must not be coarser
 * than the one that tells the values apart, so it is asked to be the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "definition/division.h"

Oid
ivm_division_equality(Oid type)
{
	return lookup_type_cache(getBaseType(type), TYPECACHE_EQ_OPR)->eq_opr;
}

Oid
ivm_division_compared_type(Oid type)
{
	type = getBaseType(type);
	return type == VARCHAROID ? TEXTOID : type;
}

/* Do rows that these clauses (SortGroupClause *) call equal have equal values in a column? */
static bool
compares(List *clauses, const TargetEntry *tle, List *targetlist)
{
	Oid			equality = ivm_division_equality(exprType((Node *) tle->expr));
	ListCell   *lc;

	foreach(lc, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, lc);

		if (clause->eqop == equality &&
			equal(get_sortgroupclause_tle(clause, targetlist)->expr, tle->expr))
			return true;
	}
	return false;
}

static bool
divides_grouping(const Query *query, const TargetEntry *tle)
{
	if (query->groupingSets != NIL)
		return false;
	if (query->groupClause != NIL)
		return compares(query->groupClause, tle, query->targetList);
	return !query->hasAggs && query->havingQual == NULL;
}

static bool
divides_windows(const Query *query, const TargetEntry *tle)
{
	ListCell   *lc;

	if (query->hasWindowFuncs)
	{
		foreach(lc, query->windowClause)
		{
			if (!compares(lfirst_node(WindowClause, lc)->partitionClause, tle, query->targetList))
				return false;
		}
	}
	return true;
}

bool
ivm_division_by_entry(const Query *query, const TargetEntry *tle)
{
	return query->setOperations == NULL &&
		query->limitCount == NULL && query->limitOffset == NULL &&
		divides_grouping(query, tle) &&
		divides_windows(query, tle) &&
		(query->distinctClause == NIL ||
		 compares(query->distinctClause, tle, query->targetList));
}

bool
ivm_division_by_arm_column(const SetOperationStmt *setop, int attno, Oid type)
{
	Oid			result = list_nth_oid(setop->colTypes, attno - 1);

	return ivm_division_compared_type(type) == ivm_division_compared_type(result);
}

bool
ivm_division_is_collation_known(Oid type, Oid collation)
{
	return !type_is_collatable(type) ||
		(OidIsValid(collation) && get_collation_isdeterministic(collation));
}
