/*-------------------------------------------------------------------------
 *
 * finishing_functions.c
 *	  Finishing expressions that depend on the view's settings.
 *
 * The finishing is evaluated by whoever reads the view.  Where an expression
 * of it depends on TimeZone, DateStyle or the like, as max(ts)::text does, it
 * is put into an SQL function of the view's own, which has the stored settings in
 * SET clauses, so that every reader gets the same value:
 *
 *		SELECT max(ts)::text  ->  SELECT ivm_data.finish_12_1(s.ts_max)
 *
 * The rest of the finishing stays in the view and can be optimized with the
 * queries that read it.  Where the finishing groups rows (view_parts.c), aggregates
 * and what is grouped by stay outside, too: such a function gets their values.
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
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/volatility.h"
#include "definition/volatility_verdict.h"
#include "read/finishing_functions.h"

/* Name, in ivm_data, of a view's n-th function for its finishing. */
static char *
function_name(int32 view_id, int n)
{
	return psprintf("finish_%d_%d", view_id, n);
}

/* SET clauses for stored settings, 'name=value' each. */
static void
append_set_clauses(StringInfo buf, ArrayType *settings)
{
	Datum	   *items;
	int			n;

	deconstruct_array(settings, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *item = TextDatumGetCString(items[i]);
		char	   *value = strchr(item, '=');

		*value++ = '\0';
		/* search_path is stored as a list of quoted names */
		appendStringInfo(buf, " SET %s TO %s", quote_identifier(item),
						 pg_strcasecmp(item, "search_path") != 0 ? quote_literal_cstr(value) :
						 value[0] ? value : "''");
	}
}

/*
 * Settings under which an expression is printed so that it is read again as the same: what
 * is not in pg_catalog comes with its schema, and a time with its distance from UTC, not
 * with the abbreviation of a zone, which may mean another.
 */
static const char *const printing_settings[][2] = {
	{"search_path", "pg_catalog"},
	{"DateStyle", "ISO"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "3"},
};

/*
 * An SQL function that evaluates an expression over its parameters under the
 * settings given.
 */
static char *
create_function_text(const char *name, const Oid *argtypes, int nargs, Expr *body,
					 ArrayType *settings, bool stable, bool parallel_safe)
{
	StringInfoData buf;
	int			nest = NewGUCNestLevel();

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FUNCTION %s(",
					 quote_qualified_identifier(IVM_DATA_SCHEMA, name));
	for (int i = 0; i < nargs; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 format_type_extended(argtypes[i], -1,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
	appendStringInfo(&buf, ") RETURNS %s LANGUAGE sql %s PARALLEL %s",
					 format_type_extended(exprType((Node *) body), -1,
										  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
					 stable ? "STABLE" : "IMMUTABLE",
					 parallel_safe ? "SAFE" : "UNSAFE");
	append_set_clauses(&buf, settings);
	for (int i = 0; i < lengthof(printing_settings); i++)
		(void) set_config_option(printing_settings[i][0], printing_settings[i][1], PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	appendStringInfo(&buf, " RETURN %s", deparse_expression((Node *) body, NIL, false, false));
	AtEOXact_GUC(false, nest);
	return buf.data;
}

/* What the walk over the finishing works with */
typedef struct PinContext
{
	int32		view_id;
	ArrayType  *settings;
	List	   *groups;			/* the expressions that the finishing groups
								 * by */
	List	   *pinned;			/* expressions put into functions */
	List	   *calls;			/* the calls that replace them, in the same
								 * order */
	int			first;			/* number of the first function */
	bool		rows;			/* a query of base tables */
	bool		stable;			/* expressions look at the clock */
	List	   *functions;		/* OIDs of the functions made */
} PinContext;

/* The parameters of one function */
typedef struct ParamContext
{
	List	   *groups;
	List	   *inputs;			/* what $1, $2, ... stand for */
} ParamContext;

/*
 * Is it a value that a function gets as an argument: one of the state, of a
 * part, or of a group?
 */
static bool
is_input(Node *node, List *groups)
{
	return IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc) ||
		(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC) ||
		list_member(groups, node);
}

static bool
input_walker(Node *node, void *groups)
{
	if (node == NULL)
		return false;
	return is_input(node, groups) || expression_tree_walker(node, input_walker, groups);
}

/* Put a parameter in the place of each input, with its collation. */
static Node *
inputs_to_params(Node *node, ParamContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (!IsA(node, List) && is_input(node, cxt->groups))
	{
		Param	   *param = makeNode(Param);

		if (!list_member(cxt->inputs, node))
			cxt->inputs = lappend(cxt->inputs, copyObject(node));
		param->paramkind = PARAM_EXTERN;
		param->paramtype = exprType(node);
		param->paramtypmod = exprTypmod(node);
		param->paramcollid = get_typcollation(param->paramtype);
		param->location = -1;
		for (int i = 0; i < list_length(cxt->inputs); i++)
			if (equal(list_nth(cxt->inputs, i), node))
				param->paramid = i + 1;
		if (param->paramcollid != exprCollation(node))
		{
			CollateExpr *collate = makeNode(CollateExpr);

			collate->arg = (Expr *) param;
			collate->collOid = exprCollation(node);
			collate->location = -1;
			return (Node *) collate;
		}
		return (Node *) param;
	}
	return expression_tree_mutator(node, inputs_to_params, cxt);
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

static Node *pin_mutator(Node *node, PinContext *cxt);

/*
 * Create the function that evaluates an expression: body is node with parameters
 * for the inputs.  Returns its OID.
 */
static Oid
create_function(Node *body, Node *node, List *inputs, PinContext *cxt)
{
	int			n = cxt->first + list_length(cxt->functions);
	char	   *name = function_name(cxt->view_id, n);
	Oid		   *argtypes = palloc(sizeof(Oid) * Max(list_length(inputs), 1));
	int			nargs = 0;
	ListCell   *lc;
	char	   *sql;
	Oid			funcid;

	foreach(lc, inputs)
		argtypes[nargs++] = exprType(lfirst(lc));
	sql = create_function_text(name, argtypes, nargs, (Expr *) body, cxt->settings,
							   cxt->stable, is_parallel_safe_expression((Expr *) node));
	if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(sql, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "could not create function %s", name);
	SPI_finish();
	funcid = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
							 PointerGetDatum(buildoidvector(argtypes, nargs)),
							 ObjectIdGetDatum(get_namespace_oid(IVM_DATA_SCHEMA, false)));
	cxt->functions = lappend_oid(cxt->functions, funcid);
	return funcid;
}

/*
 * Put an expression over the state into a function with the view's settings.
 * Equal expressions get the same function: grouping relies on it.
 */
static Node *
pin_expression(Node *node, PinContext *cxt)
{
	ParamContext params = {.groups = cxt->groups};
	ListCell   *lc;
	Node	   *body;
	FuncExpr   *call;

	foreach(lc, cxt->pinned)
	{
		if (equal(lfirst(lc), node))
			return copyObject(list_nth(cxt->calls, foreach_current_index(lc)));
	}
	body = expression_tree_mutator(node, inputs_to_params, &params);
	call = makeFuncExpr(create_function(body, node, params.inputs, cxt), exprType(node),
						(List *) expression_tree_mutator((Node *) params.inputs, pin_mutator, cxt),
						exprCollation(node), InvalidOid, COERCE_EXPLICIT_CALL);
	cxt->pinned = lappend(cxt->pinned, copyObject(node));
	cxt->calls = lappend(cxt->calls, copyObject(call));
	return (Node *) call;
}

/* Does the value of an expression depend on session settings? */
static bool
depends_on_settings(Node *node)
{
	IvmVolatility v;

	ivm_volatility_check(node, &v);
	return v.ok && v.settings;
}

/* Replace the outermost expressions that depend on settings by calls. */
static Node *
pin_mutator(Node *node, PinContext *cxt)
{
	if (node == NULL)
		return NULL;
	/* nodes of these kinds are parts of expressions, or inputs */
	if (IsA(node, List) || IsA(node, TargetEntry) || IsA(node, CaseWhen) ||
		IsA(node, Aggref) || IsA(node, GroupingFunc) || IsA(node, Var))
		return expression_tree_mutator(node, pin_mutator, cxt);
	if (!input_walker(node, cxt->groups) || !depends_on_settings(node))
		return node;

	/*
	 * AND, OR and NOT are left outside, window functions and subqueries have
	 * to be
	 */
	if (!IsA(node, BoolExpr) && !contain_window_function(node) &&
		(!cxt->rows || !checkExprHasSubLink(node)))
		return pin_expression(node, cxt);
	return expression_tree_mutator(node, pin_mutator, cxt);
}

List *
ivm_finishing_functions_pin(Query *query, int32 view_id, ArrayType *settings, int first)
{
	PinContext	cxt = {
		.view_id = view_id,
		.settings = settings,
		.first = first
	};
	ListCell   *lc;

	foreach(lc, query->groupClause)
		cxt.groups = lappend(cxt.groups,
							 get_sortgroupclause_expr(lfirst(lc), query->targetList));
	query->targetList = (List *) pin_mutator((Node *) query->targetList, &cxt);
	query->jointree->quals = pin_mutator(query->jointree->quals, &cxt);
	query->havingQual = pin_mutator(query->havingQual, &cxt);
	return cxt.functions;
}

/* Pin what the joins of an item of FROM ask. */
static void
pin_joins(Node *item, PinContext *cxt)
{
	JoinExpr   *join = (JoinExpr *) item;

	if (!IsA(item, JoinExpr))
		return;
	pin_joins(join->larg, cxt);
	pin_joins(join->rarg, cxt);
	join->quals = pin_mutator(join->quals, cxt);
}

List *
ivm_finishing_functions_pin_rows(Query *query, int32 view_id, ArrayType *settings, int first)
{
	PinContext	cxt = {
		.view_id = view_id,
		.settings = settings,
		.first = first,
		.rows = true
	};
	ListCell   *lc;

	query->targetList = (List *) pin_mutator((Node *) query->targetList, &cxt);
	query->jointree->quals = pin_mutator(query->jointree->quals, &cxt);
	foreach(lc, query->jointree->fromlist)
		pin_joins(lfirst(lc), &cxt);
	return cxt.functions;
}

bool
ivm_finishing_functions_needed(Node *node)
{
	return depends_on_settings(node);
}

Expr *
ivm_finishing_functions_make(Expr *expr, int32 view_id, ArrayType *settings, int n, Oid *function)
{
	PinContext	cxt = {
		.view_id = view_id,
		.settings = settings,
		.first = n,
		.stable = true
	};

	*function = create_function((Node *) expr, (Node *) expr, NIL, &cxt);
	return (Expr *) makeFuncExpr(*function, exprType((Node *) expr), NIL,
								 exprCollation((Node *) expr), InvalidOid, COERCE_EXPLICIT_CALL);
}

List *
ivm_finishing_functions_of(int32 view_id)
{
	Oid			namespace = get_namespace_oid(IVM_DATA_SCHEMA, true);
	List	   *result = NIL;
	bool		found = true;

	for (int n = 1; found; n++)
	{
		CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP,
											   CStringGetDatum(function_name(view_id, n)));

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
