/*-------------------------------------------------------------------------
 *
 * source_subquery.c
 *	  Putting a subquery in the place where a definition reads a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"

#include "base/compat.h"
#include "definition/source_subquery.h"

List *
ivm_source_subquery_columns(RangeTblEntry *rte, int rti)
{
	List	   *result = NIL;
	ListCell   *name;
	ListCell   *column;

	forboth(name, rte->eref->colnames, column, ivm_compat_expand_rte(rte, rti))
		result = lappend(result, makeTargetEntry(lfirst(column), list_length(result) + 1,
												 pstrdup(strVal(lfirst(name))), false));
	return result;
}

RangeTblEntry *
ivm_source_subquery_add(Query *query, RangeTblEntry *rte)
{
	RangeTblEntry *copy = copyObject(rte);

	query->rtable = lappend(query->rtable, copy);
	if (rte->rtekind == RTE_RELATION)
		ivm_compat_free_relation(query, copy);
	else
		ivm_compat_no_permissions(copy);	/* a view that reads no table */
	return copy;
}

void
ivm_source_subquery_become(RangeTblEntry *rte, Query *query)
{
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = query;
	rte->relid = InvalidOid;
	rte->relkind = 0;
	rte->rellockmode = NoLock;
	rte->inh = false;
	rte->securityQuals = NIL;
	rte->functions = NIL;
	rte->funcordinality = false;
	rte->values_lists = NIL;
	rte->coltypes = rte->coltypmods = rte->colcollations = NIL;
	ivm_compat_no_permissions(rte);
}
