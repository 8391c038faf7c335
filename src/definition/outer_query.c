/*-------------------------------------------------------------------------
 *
 * outer_query.c
 *	  A query around a subquery that only the finishing can compute.
 *
 *		SELECT * FROM (SELECT id, rank() OVER (ORDER BY x) AS r FROM t) q  WHERE r <= 3
 *
 * A rank over all rows, or a LIMIT, cannot be maintained by what has changed:
 * each row can move all others.  By itself such a query is no problem, since
 * window functions and LIMIT are left to the finishing.  So if a query has it as
 * the only item of FROM, the core is the subquery's, and what is around it is
 * done when the view is read as well.
 *
 * The cut is made by the query alone, since it must be the same each time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

#include "definition/outer_query.h"
#include "definition/view_parts.h"
#include "definition/view_parts_split.h"

/* Does each row of the query depend on all rows of its tables? */
static bool
depends_on_all_rows(const Query *query)
{
	ListCell   *lc;

	if (query->limitCount != NULL || query->limitOffset != NULL)
		return true;
	foreach(lc, query->windowClause)
	{
		if (lfirst_node(WindowClause, lc)->partitionClause == NIL)
			return query->hasWindowFuncs;
	}
	return false;
}

/* The names of columns are the view's to choose; those of the core differ. */
static void
name_columns_apart(Query *query)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);
		ListCell   *lc2;

		foreach(lc2, query->targetList)
		{
			if (lfirst(lc2) == tle)
				break;
			if (tle->resname && lfirst_node(TargetEntry, lc2)->resname &&
				strcmp(tle->resname, lfirst_node(TargetEntry, lc2)->resname) == 0)
			{
				tle->resname = psprintf("column_%d", tle->resno);
				break;
			}
		}
	}
}

IvmOuterQuery *
ivm_outer_query_cut(Query *query, Query **inner)
{
	IvmOuterQuery *around;
	RangeTblEntry *rte;
	RangeTblRef *ref;

	if (query->setOperations != NULL || list_length(query->jointree->fromlist) != 1 ||
		query->hasModifyingCTE || query->hasRecursive ||
		checkExprHasSubLink((Node *) query))
		return NULL;
	ref = linitial(query->jointree->fromlist);
	if (!IsA(ref, RangeTblRef) ||
		(*inner = ivm_view_parts_subquery(query, ref->rtindex)) == NULL ||
		!depends_on_all_rows(*inner))
		return NULL;
	*inner = ivm_view_parts_complete(query, *inner);
	name_columns_apart(*inner);
	around = palloc(sizeof(IvmOuterQuery));
	around->query = copyObject(query);
	around->query->cteList = NIL;
	around->rti = ref->rtindex;
	rte = rt_fetch(ref->rtindex, around->query->rtable);
	rte->rtekind = RTE_RESULT;
	rte->subquery = NULL;
	rte->ctename = NULL;
	rte->ctelevelsup = 0;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	return around;
}

Query *
ivm_outer_query_put(const IvmOuterQuery *around, Query *inner)
{
	Query	   *query = copyObject(around->query);
	RangeTblEntry *rte = rt_fetch(around->rti, query->rtable);

	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = inner;
	return query;
}
