/*-------------------------------------------------------------------------
 *
 * finish.c
 *	  Finishing expressions that depend on the view's settings.
 *
 * The finishing is evaluated by whoever reads the view.  Where an expression
 * of it depends on TimeZone, DateStyle or the like, as max(ts)::text does, it
 * is put into an SQL function of the view's own with these settings in SET
 * clauses, so that every reader gets the value of the settings stored:
 *
 *		SELECT max(ts)::text  ->  SELECT ivm_data.finish_12_1(s.ts_max)
 *
 * The rest of the finishing stays in the view and can be optimized with the
 * queries that read it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "catalog.h"
#include "compat.h"
#include "finish.h"
#include "sqlgen.h"
#include "volatility.h"

typedef struct PinContext
{
	int32		view_id;
	ArrayType  *settings;
	List	   *functions;		/* OIDs of those made */
} PinContext;

typedef struct ParamContext
{
	List	   *vars;			/* what $1, $2, ... stand for */
} ParamContext;

/* Put a parameter in the place of each Var, with the Var's collation. */
static Node *
vars_to_params(Node *node, ParamContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;
		Param	   *param = makeNode(Param);

		if (!list_member(cxt->vars, var))
			cxt->vars = lappend(cxt->vars, copyObject(var));
		param->paramkind = PARAM_EXTERN;
		param->paramtype = var->vartype;
		param->paramtypmod = var->vartypmod;
		param->paramcollid = get_typcollation(var->vartype);
		param->location = -1;
		for (int i = 0; i < list_length(cxt->vars); i++)
			if (equal(list_nth(cxt->vars, i), var))
				param->paramid = i + 1;
		if (param->paramcollid != var->varcollid)
		{
			CollateExpr *collate = makeNode(CollateExpr);

			collate->arg = (Expr *) param;
			collate->collOid = var->varcollid;
			collate->location = -1;
			return (Node *) collate;
		}
		return (Node *) param;
	}
	return expression_tree_mutator(node, vars_to_params, cxt);
}

static bool
is_parallel_safe_expression(Expr *expr)
{
	Query	   *query = makeNode(Query);

	query->commandType = CMD_SELECT;
	query->targetList = list_make1(makeTargetEntry(expr, 1, NULL, false));
	query->jointree = makeFromExpr(NIL, NULL);
	return max_parallel_hazard(query) == PROPARALLEL_SAFE;
}

/* Put an expression over the state into a function with the view's settings. */
static Node *
pin_expression(Node *node, PinContext *cxt)
{
	ParamContext params = {NIL};
	Node	   *body = vars_to_params(node, &params);
	int			n = list_length(cxt->functions) + 1;
	char	   *name = ivm_sql_finish_name(cxt->view_id, n);
	Oid		   *argtypes = palloc(sizeof(Oid) * Max(list_length(params.vars), 1));
	Oid			funcid;
	FuncExpr   *call;
	ListCell   *lc;
	int			nargs = 0;
	char	   *sql;

	foreach(lc, params.vars)
		argtypes[nargs++] = ((Var *) lfirst(lc))->vartype;
	sql = ivm_sql_create_finish(name, argtypes, nargs, (Expr *) body, cxt->settings,
								is_parallel_safe_expression((Expr *) node));
	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not create function %s", name);
	SPI_finish();
	funcid = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
							 PointerGetDatum(buildoidvector(argtypes, nargs)),
							 ObjectIdGetDatum(get_namespace_oid(IVM_DATA_SCHEMA, false)));
	cxt->functions = lappend_oid(cxt->functions, funcid);
	call = makeFuncExpr(funcid, exprType(node), params.vars, exprCollation(node),
						InvalidOid, COERCE_EXPLICIT_CALL);
	return (Node *) call;
}

static bool
depends_on_settings(Node *node)
{
	IvmVolatility v;

	ivm_volatility_check(node, &v);
	return v.ok && v.settings;
}

static Node *
pin_mutator(Node *node, PinContext *cxt)
{
	if (node == NULL)
		return NULL;
	/* these are parts of expressions */
	if (IsA(node, List) || IsA(node, TargetEntry) || IsA(node, CaseWhen))
		return expression_tree_mutator(node, pin_mutator, cxt);
	if (!contain_var_clause(node) || !depends_on_settings(node))
		return node;
	/* AND, OR and NOT are left outside, window functions have to be */
	if (!IsA(node, BoolExpr) && !contain_window_function(node))
		return pin_expression(node, cxt);
	return expression_tree_mutator(node, pin_mutator, cxt);
}

/*
 * Replace the expressions of a finishing query that depend on settings by
 * calls of functions, created here as the current user, and return the
 * functions' OIDs.
 */
List *
ivm_finish_pin(Query *query, int32 view_id, ArrayType *settings)
{
	PinContext	cxt = {.view_id = view_id, .settings = settings};

	query->targetList = (List *) pin_mutator((Node *) query->targetList, &cxt);
	query->jointree->quals = pin_mutator(query->jointree->quals, &cxt);
	return cxt.functions;
}

/* OIDs of the functions that a view's finishing uses. */
List *
ivm_finish_functions(int32 view_id)
{
	Oid			namespace = get_namespace_oid(IVM_DATA_SCHEMA, true);
	List	   *result = NIL;
	bool		found = true;

	for (int n = 1; found; n++)
	{
		CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP,
											   CStringGetDatum(ivm_sql_finish_name(view_id, n)));

		found = false;
		for (int i = 0; i < list->n_members; i++)
		{
			Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);

			if (proc->pronamespace != namespace)
				continue;
			result = lappend_oid(result, proc->oid);
			found = true;
		}
		ReleaseSysCacheList(list);
	}
	return result;
}
