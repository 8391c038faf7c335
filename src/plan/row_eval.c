/*-------------------------------------------------------------------------
 *
 * row_eval.c
 *	  Evaluation of what a view over one table makes of a row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/transam.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/derived.h"
#include "plan/date_trunc.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/row_eval.h"

/*
 * An expression as the executor wants it.  Adds to *items the functions and domains
 * that were inlined: the plan depends on them.
 */
static Expr *
plan_expression(Expr *expr, List **items)
{
	List	   *relids;
	List	   *built_in;
	Expr	   *result = expression_planner_with_deps(expr, &relids, &built_in);

	*items = list_concat(*items, built_in);
	return ivm_date_trunc_replace(result);
}

/* Does an expression check domains, or may a conversion from text do so? */
static bool
checks_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, CoerceToDomain) ||
		(IsA(node, CoerceViaIO) && ((CoerceViaIO *) node)->resulttype >= FirstNormalObjectId) ||
		expression_tree_walker(node, checks_walker, context);
}

/* May evaluating these expressions of a definition run functions that users have made? */
static bool
calls_users(const IvmCore *core, Node *exprs, Node *qual)
{
	ListCell   *lc;

	foreach(lc, core->functions)
		if (lfirst_oid(lc) >= FirstNormalObjectId)
		return true;
	return checks_walker(exprs, NULL) || checks_walker(qual, NULL);
}

/*
 * All is made in a context below the current one, so that an error frees it; only what
 * is complete goes over to the plan.
 */
IvmRowEval *
ivm_row_eval_make(const IvmPlan *plan)
{
	MemoryContext cxt;
	MemoryContext oldcxt;
	IvmRowEval *eval;
	Relation	rel;
	List	   *targetlist = NIL;
	List	   *exprs = NIL;
	ListCell   *lc;
	Node	   *qual;
	TupleDesc	desc;
	List	   *items = NIL;
	IvmOwnerScope scope;

	if (plan->run->eval != NULL)
	{
		MemoryContextSetParent(plan->run->eval->cxt, ivm_plan_context);
		ivm_plan_cache_retire(plan->run->eval->cxt);
		plan->run->eval = NULL;
	}

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm row expressions",
								ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(cxt);
	eval = palloc0(sizeof(IvmRowEval));
	eval->cxt = cxt;
	rel = table_open(plan->core->base, AccessShareLock);

	for (int i = 0; i < plan->nkeys; i++)
		exprs = lappend(exprs, plan->core->keys[i].expr);
	for (int i = 0; i < plan->naccums; i++)
		exprs = list_concat(exprs, plan->core->accums[i].args);
	exprs = copyObject(exprs);
	exprs = (List *) ivm_compat_expand_generated((Node *) exprs, rel, plan->core->rti);
	foreach(lc, exprs)
		targetlist = lappend(targetlist,
							 makeTargetEntry(plan_expression(lfirst(lc), &items),
											 list_length(targetlist) + 1, NULL, false));
	qual = ivm_compat_expand_generated(copyObject(plan->core->qual), rel, plan->core->rti);

	eval->calls_users = calls_users(plan->core, (Node *) targetlist, qual);
	eval->econtext = CreateStandaloneExprContext();

	/*
	 * the context made with it begins with 8 kB, which would be most of what
	 * a view takes
	 */
	MemoryContextDelete(eval->econtext->ecxt_per_tuple_memory);
	eval->econtext->ecxt_per_tuple_memory =
		AllocSetContextCreate(cxt, "ivm row", ALLOCSET_START_SMALL_SIZES);
	eval->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(rel)),
										  &TTSOpsVirtual);
	if (qual)
		eval->qual = ExecInitQual(make_ands_implicit(plan_expression((Expr *) qual, &items)),
								  NULL);
	desc = ExecTypeFromTL(targetlist);
	eval->proj = ExecBuildProjectionInfo(targetlist, eval->econtext,
										 MakeSingleTupleTableSlot(desc, &TTSOpsVirtual),
										 NULL, RelationGetDescr(rel));
	table_close(rel, AccessShareLock);
	MemoryContextSwitchTo(oldcxt);
	ivm_owner_scope_leave(&scope);
	MemoryContextSetParent(cxt, plan->cxt);
	plan->run->eval = eval;
	ivm_derived_on_items(&plan->run->derived, items);
	return eval;
}
