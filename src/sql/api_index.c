/*-------------------------------------------------------------------------
 *
 * api_index.c
 *	  Indexes for the columns of a view.
 *
 * An index lies on the state table, over the expressions that the view's
 * query has for the columns, so that the planner finds it for conditions and
 * ORDER BY on the view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/error_context.h"
#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "maintain/over_state.h"
#include "maintain/storage.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "sql/api.h"
#include "sql/index_columns.h"

IVM_FUNCTION(ivm_create_index);

static void
report_bad_column(IvmViewRow *row, const char *column, const char *reason, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot index column \"%s\" of view \"%s\"", column, get_rel_name(row->view)),
			 errdetail("%s", reason),
			 errhint("%s", hint)));
}

/* ---- elements ---- */

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

/* Raise an error unless all elements are immutable and computable for every state. */
static void
check_elements(IvmViewRow *row, IndexStmt *stmt, List *elements)
{
	const IvmPlan *plan = ivm_plan_cache_whole(row);
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, stmt->indexParams, lc2, elements)
	{
		IndexElem  *elem = lfirst(lc);
		const char *name = elem->indexcolname ? elem->indexcolname : "expression";

		if (contain_mutable_functions(elem->expr))
			report_bad_column(row, name,
							  "It is computed when the view is read, by a function that is not immutable.",
							  "Index the columns that it is computed from.");
		if (plan->core->refusal == NULL && may_fail(plan, lfirst(lc2)))
			report_bad_column(row, name,
							  "While changes are pending, the stored sums and counts are not complete, and the expression could fail for them.",
							  "Index columns that are aggregates themselves.");
	}
}

/*
 * Raise an error unless the columns contain the whole key.  A state row is not
 * yet, or no longer, what readers see, so uniqueness of anything else is not
 * certain.
 */
static void
check_unique(IvmViewRow *row, IndexStmt *stmt)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);

	if (plan->core->refusal == NULL && plan->core->kind != IVM_CORE_BAG)
	{
		int			found = 0;
		ListCell   *lc;

		for (int i = 0; i < plan->nkeys; i++)
		{
			foreach(lc, stmt->indexParams)
			{
				Node	   *expr = ((IndexElem *) lfirst(lc))->expr;

				if (IsA(expr, Var) &&
					((Var *) expr)->varattno == plan->layout.first_key + i + 1)
					break;
			}
			if (lc != NULL)
				found++;
		}
		if (found == plan->nkeys)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot create a unique index on these columns of view \"%s\"",
					get_rel_name(row->view)),
			 errdetail("Only columns that the definition groups by, all of them, are known to be unique at any time."),
			 errhint("Create the index without \"unique\".")));
}

Datum
ivm_create_index(PG_FUNCTION_ARGS)
{
	IvmViewRow *row;
	char	   *sql;
	ErrorContextCallback callback;
	IvmBadColumn bad;
	IndexStmt  *stmt;
	List	   *elements;

	ivm_api_require_not_null(fcinfo, 0, "view");
	ivm_api_require_not_null(fcinfo, 1, "columns");
	ivm_api_require_not_null(fcinfo, 3, "unique");
	ivm_api_require_writable("ivm.create_index()");
	row = ivm_api_find_owned_view(PG_GETARG_OID(0));
	sql = ivm_index_columns_text(row->view, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	ivm_error_enter_query(&callback, sql);
	stmt = ivm_index_columns_statement(row->view, sql, &elements, &bad);
	ivm_error_leave_query(&callback);
	if (stmt == NULL)
		report_bad_column(row, bad.name, bad.reason,
						  "Index columns that are keys, aggregates, or computed from these.");
	check_elements(row, stmt, elements);
	if (PG_GETARG_BOOL(3))
		check_unique(row, stmt);
	stmt->unique = PG_GETARG_BOOL(3);
	if (!PG_ARGISNULL(2))
	{
		stmt->idxname = text_to_cstring(PG_GETARG_TEXT_PP(2));
		if (stmt->idxname[0] == '\0' || strlen(stmt->idxname) >= NAMEDATALEN)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_NAME),
					 errmsg("invalid index name \"%s\"", stmt->idxname),
					 errhint("Give a name of at most %d bytes, or null.", NAMEDATALEN - 1)));
	}
	PG_RETURN_OID(ivm_storage_create_index(row, stmt));
}
