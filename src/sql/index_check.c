/*-------------------------------------------------------------------------
 *
 * index_check.c
 *	  What an index on a state table may be over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "definition/core.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/index_check.h"

/* What is known of an expression, see may_fail() */
typedef struct FailContext
{
	const IvmPlan *plan;
	bool		partial;		/* it rests on sums or counts */
	bool		unsafe;			/* it calls a function that could fail for
								 * some of their values */
} FailContext;

/*
 * Replace columns of the view by the expressions that the finishing has for them:
 * over cuts, which are Params.
 */
static Node *
finishing_mutator(Node *node, FailContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
		return copyObject((Node *) get_tle_by_resno(cxt->plan->core->finishing->targetList,
													((Var *) node)->varattno)->expr);
	return expression_tree_mutator(node, finishing_mutator, cxt);
}

/*
 * Could the function fail for a value that a sum or count may pass through?
 * Functions that return boolean, such as comparisons, are taken not to.
 */
static bool
function_is_unsafe(Oid funcid, void *context)
{
	switch (funcid)
	{
		case F_NUMERIC_ADD:
		case F_NUMERIC_SUB:
		case F_NUMERIC_MUL:
		case F_NUMERIC_UMINUS:
		case F_NUMERIC_ABS:
		case F_INT8PL:
		case F_INT8MI:
		case F_INT84PL:
		case F_INT84MI:
		case F_INT48PL:
		case F_INT48MI:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT8:
			return false;
		default:
			return get_func_rettype(funcid) != BOOLOID;
	}
}

/* Find both out; never stops early. */
static bool
fail_walker(Node *node, FailContext *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
	{
		IvmCore    *core = cxt->plan->core;
		IvmCut	   *cut = list_nth(core->cuts, ((Param *) node)->paramid - 1);

		if (cut->key < 0 &&
			(cut->accum < 0 ||
			 (core->accums[cut->accum].accum.class != &ivm_accum_extreme &&
			  core->accums[cut->accum].accum.class != &ivm_accum_slice)))
			cxt->partial = true;
		return false;
	}
	if (check_functions_in_node(node, function_is_unsafe, NULL))
		cxt->unsafe = true;
	return expression_tree_walker(node, fail_walker, cxt);
}

/*
 * A row of the state may be incomplete, with the rest still in deltas.  Final
 * functions of aggregates are made for that; what the user has put around them
 * might divide by a count that is zero just then, and the writer would fail.
 */
static bool
may_fail(const IvmPlan *plan, Node *element)
{
	FailContext cxt = {.plan = plan};
	Node	   *expr = finishing_mutator(element, &cxt);

	if (IsA(expr, Param))
		return false;
	(void) fail_walker(expr, &cxt);
	return cxt.partial && cxt.unsafe;
}

const char *
ivm_index_check_expression(IvmViewRow *row, Node *over_state, Node *over_view, const char **hint)
{
	const IvmPlan *plan = ivm_plan_cache_whole(row);

	*hint = "Index the columns that it is computed from.";
	if (contain_mutable_functions(over_state))
		return "It is computed when the view is read, by a function that is not immutable.";
	*hint = "Index columns that are aggregates themselves.";
	if (plan->core->refusal == NULL && may_fail(plan, over_view))
		return "While changes are pending, the stored sums and counts are not complete, and the expression could fail for them.";
	return NULL;
}

bool
ivm_index_check_is_unique(IvmViewRow *row, const IndexStmt *stmt)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	int			found = 0;
	ListCell   *lc;

	if (plan->core->refusal != NULL || plan->core->kind == IVM_CORE_BAG)
		return false;
	for (int i = 0; i < plan->nkeys; i++)
	{
		foreach(lc, stmt->indexParams)
		{
			Node	   *expr = ((IndexElem *) lfirst(lc))->expr;

			if (IsA(expr, Var) && ((Var *) expr)->varattno == plan->layout.first_key + i + 1)
				break;
		}
		if (lc != NULL)
			found++;
	}
	return found == plan->nkeys;
}
