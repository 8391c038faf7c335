/*-------------------------------------------------------------------------
 *
 * clauses.c
 *	  Clauses of a query that are moved or left out as a whole.
 *
 * A definition is cut at WHERE: below is the core, above, in whole or in part,
 * the finishing.  Which fields of Query a clause consists of is written down here
 * and nowhere else.  A version of PostgreSQL that has a new one fails the test
 * query_fields; it then has to find its place here, or be known to need none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/clauses.h"

void
ivm_clauses_move_order(Query *to, Query *from)
{
	to->sortClause = from->sortClause;
	to->distinctClause = from->distinctClause;
	to->hasDistinctOn = from->hasDistinctOn;
	to->limitOffset = from->limitOffset;
	to->limitCount = from->limitCount;
	to->limitOption = from->limitOption;
	from->sortClause = from->distinctClause = NIL;
	from->hasDistinctOn = false;
	from->limitOffset = from->limitCount = NULL;
	from->limitOption = LIMIT_OPTION_COUNT;
}

void
ivm_clauses_move(Query *to, Query *from)
{
	to->targetList = from->targetList;
	to->hasTargetSRFs = from->hasTargetSRFs;
	to->hasAggs = from->hasAggs;
	to->groupClause = from->groupClause;
	to->groupDistinct = from->groupDistinct;
	to->groupingSets = from->groupingSets;
	to->havingQual = from->havingQual;
	to->windowClause = from->windowClause;
	to->hasWindowFuncs = from->hasWindowFuncs;
	from->targetList = NIL;
	from->hasTargetSRFs = from->hasAggs = false;
	from->groupClause = from->groupingSets = NIL;
	from->groupDistinct = false;
	from->havingQual = NULL;
	from->windowClause = NIL;
	from->hasWindowFuncs = false;
	ivm_clauses_move_order(to, from);
}

void
ivm_clauses_clear(Query *query)
{
	Query		rest;

	ivm_clauses_move(&rest, query);
}
