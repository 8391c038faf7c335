/*-------------------------------------------------------------------------
 *
 * affected_region_query.c
 *	  Queries of a region's values, and queries restricted to them.
 *
 *		changed rows of a source
 *		   |	ivm_affected_region_values_query(): join along the path
 *		   v
 *		values of the region		IVM_REGION_VALUES, a named tuplestore of the caller
 *		   |	ivm_affected_region_restrict()
 *		   v
 *		rows of an addend with these values
 *
 * The functions make query trees only; what plans and runs them, and under which
 * snapshot, is said in commit/region_delta.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "definition/affected_region.h"
#include "definition/affected_region_query.h"
#include "definition/division.h"
#include "definition/source_subquery.h"
#include "definition/sources.h"

static RangeTblEntry *
values_rte(const IvmRegion *region, double nvalues)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);

	rte->rtekind = RTE_NAMEDTUPLESTORE;
	rte->enrname = IVM_REGION_VALUES;
	rte->enrtuples = nvalues;
	rte->coltypes = list_make1_oid(region->type);
	rte->coltypmods = list_make1_int(-1);
	rte->colcollations = list_make1_oid(region->collation);
	rte->eref = makeAlias(IVM_REGION_VALUES, list_make1(makeString("v")));
	rte->inFromCl = true;
	return rte;
}

static RangeTblRef *
make_ref(int rti)
{
	RangeTblRef *ref = makeNode(RangeTblRef);

	ref->rtindex = rti;
	return ref;
}

Expr *
ivm_affected_region_looked_up(Expr *expr)
{
	Oid			function = IsA(expr, FuncExpr) ? ((FuncExpr *) expr)->funcid : InvalidOid;

	if (function == F_INT4_INT2 || function == F_INT8_INT2 || function == F_INT8_INT4)
		return linitial(((FuncExpr *) expr)->args);
	return expr;
}

static Expr *
make_equal(Expr *a, Expr *b)
{
	Oid			type = ivm_division_compared_type(exprType((Node *) a));
	Oid			opno = ivm_division_equality(type);

	if (type == INT4OID || type == INT8OID)
	{
		/* so that an index can be used */
		a = ivm_affected_region_looked_up(a);
		b = ivm_affected_region_looked_up(b);
		opno = get_opfamily_member(INTEGER_BTREE_FAM_OID, getBaseType(exprType((Node *) a)),
								   getBaseType(exprType((Node *) b)), BTEqualStrategyNumber);
	}
	return make_opclause(opno, BOOLOID, false, a, b, InvalidOid, exprCollation((Node *) a));
}

static Expr *
column_at(Expr *expr, int rti)
{
	Node	   *result = copyObject((Node *) expr);

	ChangeVarNodes(result, 1, rti, 0);
	return (Expr *) result;
}

void
ivm_affected_region_restrict(Query *query, const IvmRegion *region,
							 bool null_value, double nvalues)
{
	List	   *rtes = ivm_sources_list_all(query);
	uint64		sources = 0;
	ListCell   *lc;

	foreach(lc, region->roots)
		sources |= UINT64CONST(1) << ((IvmColumn *) lfirst(lc))->source;
	(void) ivm_sources_keep_arms(query, sources, false);
	foreach(lc, list_concat_copy(region->roots, region->fenced))
	{
		IvmColumn  *root = lfirst(lc);
		RangeTblEntry *outer = list_nth(rtes, root->source);
		Query	   *sub = makeNode(Query);
		RangeTblEntry *rte = ivm_source_subquery_add(sub, outer);

		sub->commandType = CMD_SELECT;
		sub->canSetTag = true;
		sub->targetList = ivm_source_subquery_columns(rte, 1);
		if (null_value)
		{
			NullTest   *test = makeNode(NullTest);

			test->arg = column_at(root->expr, 1);
			test->nulltesttype = IS_NULL;
			test->location = -1;
			sub->jointree = makeFromExpr(list_make1(make_ref(1)), (Node *) test);
		}
		else
		{
			sub->rtable = lappend(sub->rtable, values_rte(region, nvalues));
			sub->jointree = makeFromExpr(list_make2(make_ref(1), make_ref(2)), (Node *)
										 make_equal(column_at(root->expr, 1), (Expr *)
													makeVar(2, 1, region->type, -1, region->collation, 0)));
		}
		ivm_source_subquery_become(outer, sub);
	}
}

Query *
ivm_affected_region_values_query(Query *definition, const IvmRegion *region, int source, List *filter)
{
	List	   *rtes = ivm_sources_list_all(definition);
	IvmPath    *path = region->paths[source];
	Query	   *query = makeNode(Query);
	List	   *quals = copyObject(filter);
	List	   *from = NIL;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	for (int i = 0; i <= path->nhops; i++)
	{
		(void) ivm_source_subquery_add(query, list_nth(rtes, i == 0 ? source : path->hops[i - 1].to.source));
		from = lappend(from, make_ref(i + 1));
		if (i > 0)
			quals = lappend(quals, make_equal(column_at(path->hops[i - 1].from, i),
											  column_at(path->hops[i - 1].to.expr, i + 1)));
	}
	query->jointree = makeFromExpr(from, (Node *) make_ands_explicit(quals));
	query->targetList = list_make1(makeTargetEntry(column_at(path->value, path->nhops + 1),
												   1, pstrdup("v"), false));
	return query;
}
