/*-------------------------------------------------------------------------
 *
 * volatility_text.c
 *	  What conversions between values and text depend on.
 *
 * Many built-in functions convert "any" argument to text by the output
 * function of its type, which no node shows; others read text into a type
 * by its input function.  For them the types are followed down to the
 * functions of their elements.  Input functions of date and time types read
 * 'now' and 'today': text that comes out of a table must not reach them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/tupdesc.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "definition/volatility_judge.h"
#include "definition/volatility_rules.h"
#include "definition/volatility_text.h"

/* ----------------------------------------------------------------
 *		Types
 * ----------------------------------------------------------------
 */

/*
 * Is the text of a type's values made of catalog names, or of the text of
 * others that their own functions convert?  Gives these: the columns of a
 * row, the element of an array, ...
 */
static bool
type_parts(Oid typid, List **parts, IvmJudge *cxt)
{
	Oid			elemtype = get_element_type(typid);
	char		typtype = get_typtype(typid);
	TupleDesc	desc;

	*parts = NIL;
	if (typtype == TYPTYPE_ENUM || typtype == TYPTYPE_COMPOSITE)
		cxt->verdict->text_types = list_append_unique_oid(cxt->verdict->text_types, typid);
	if (OidIsValid(elemtype))
		*parts = list_make1_oid(elemtype);
	else if (typtype == TYPTYPE_RANGE)
		*parts = list_make1_oid(get_range_subtype(typid));
	else if (typtype == TYPTYPE_MULTIRANGE)
		*parts = list_make1_oid(get_multirange_range(typid));
	else if (typtype == TYPTYPE_COMPOSITE)
	{
		desc = lookup_rowtype_tupdesc_copy(typid, -1);
		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped)
				*parts = lappend_oid(*parts, TupleDescAttr(desc, i)->atttypid);
	}
	else
		return typtype == TYPTYPE_ENUM;
	return true;
}

/* ----------------------------------------------------------------
 *		Input
 * ----------------------------------------------------------------
 */

bool
ivm_volatility_judge_input(Oid typid, Node *source, IvmJudge *cxt)
{
	Oid			typinput;
	Oid			typioparam;
	List	   *parts;
	ListCell   *lc;

	check_stack_depth();
	typid = getBaseType(typid);
	if (typid == RECORDOID || typid == RECORDARRAYOID)
		return ivm_volatility_refuse(cxt, ivm_volatility_judge_cast_name(TEXTOID, typid), IVM_FAULT_RECORD);
	if (type_is_array(typid))
		ivm_volatility_note(cxt, IVM_DEP_SETTINGS);
	if (type_parts(typid, &parts, cxt))
	{
		foreach(lc, parts)
		{
			if (ivm_volatility_judge_input(lfirst_oid(lc), source, cxt))
				return true;
		}
		return false;
	}

	getTypeInputInfo(typid, &typinput, &typioparam);
	switch (typinput)
	{
		case F_DATE_IN:
		case F_TIME_IN:
		case F_TIMESTAMP_IN:
		case F_TIMESTAMPTZ_IN:
			if (!ivm_volatility_is_plain_datetime(source))
				return ivm_volatility_refuse(cxt, ivm_volatility_judge_cast_name(TEXTOID, typid),
											 IVM_FAULT_DATETIME_INPUT);
			ivm_volatility_note(cxt, IVM_DEP_STRINGS);
			return false;
		case F_TIMETZ_IN:
			return ivm_volatility_refuse(cxt, ivm_volatility_judge_cast_name(TEXTOID, typid),
										 IVM_FAULT_TIMETZ_INPUT);
		case F_INTERVAL_IN:
		case F_XML_IN:
			ivm_volatility_note(cxt, IVM_DEP_SETTINGS);
			return false;
		case F_CASH_IN:
			ivm_volatility_note(cxt, IVM_DEP_STRINGS);
			return false;
		case F_JSON_IN:
			return false;
		default:
			if (!ivm_volatility_judge_unlisted(typinput, cxt))
				return false;
			cxt->verdict->object = ivm_volatility_judge_cast_name(TEXTOID, typid);
			return true;
	}
}

/* ----------------------------------------------------------------
 *		Output
 * ----------------------------------------------------------------
 */

static bool judge_output_types(List *types, bool json, IvmJudge *cxt);

/* Judge the conversion of a type's values to text, or to JSON. */
static bool
judge_output_type(Oid typid, bool json, IvmJudge *cxt)
{
	List	   *parts;
	Oid			typoutput;
	bool		isvarlena;

	check_stack_depth();
	typid = getBaseType(typid);
	if (typid == RECORDOID || typid == RECORDARRAYOID)
		return ivm_volatility_refuse(cxt, ivm_volatility_judge_cast_name(typid, json ? JSONOID : TEXTOID),
									 IVM_FAULT_RECORD);
	if (type_parts(typid, &parts, cxt))
		return judge_output_types(parts, json && !type_is_range(typid) &&
								  !type_is_multirange(typid), cxt);

	/* A type of the user may bring its own cast to JSON. */
	if (json && typid >= FirstNormalObjectId)
	{
		Oid			castfunc;

		if (find_coercion_pathway(JSONOID, typid, COERCION_EXPLICIT,
								  &castfunc) == COERCION_PATH_FUNC)
			return ivm_volatility_judge_unlisted(castfunc, cxt);
	}
	getTypeOutputInfo(typid, &typoutput, &isvarlena);
	if (!ivm_volatility_judge_function(typoutput, cxt))
		return false;
	cxt->verdict->object = ivm_volatility_judge_cast_name(typid, json ? JSONOID : TEXTOID);
	return true;
}

/* Judge the output of each of a list of types. */
static bool
judge_output_types(List *types, bool json, IvmJudge *cxt)
{
	ListCell   *lc;

	foreach(lc, types)
	{
		if (judge_output_type(lfirst_oid(lc), json, cxt))
			return true;
	}
	return false;
}

bool
ivm_volatility_judge_output_list(List *exprs, bool json, IvmJudge *cxt)
{
	ListCell   *lc;

	foreach(lc, exprs)
	{
		if (ivm_volatility_judge_output(lfirst(lc), json, cxt))
			return true;
	}
	return false;
}

/* Judge the output of a query's columns, or of one of them. */
static bool
judge_output_query(Query *query, AttrNumber attno, bool json, IvmJudge *cxt)
{
	List	   *queries = cxt->queries;
	bool		refused = false;
	ListCell   *lc;

	cxt->queries = lcons(query, list_copy(queries));
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && (attno == 0 || tle->resno == attno) &&
			ivm_volatility_judge_output((Node *) tle->expr, json, cxt))
		{
			refused = true;
			break;
		}
	}
	cxt->queries = queries;
	return refused;
}

/* Judge the output of a record, or records, that a function returns. */
static bool
judge_output_function_record(Node *func, List *types, bool json, IvmJudge *cxt)
{
	TupleDesc	desc = NULL;
	Oid			typid = InvalidOid;

	if (types != NIL)
		return judge_output_types(types, json, cxt);
	if (get_expr_result_type(func, &typid, &desc) == TYPEFUNC_SCALAR)
		return judge_output_type(typid, json, cxt);
	if (desc == NULL)
		return judge_output_type(RECORDOID, json, cxt);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			judge_output_type(TupleDescAttr(desc, i)->atttypid, json, cxt))
			return true;
	return false;
}

/* Judge the output of a Var of type record, by the columns it stands for. */
static bool
judge_output_var(Var *var, bool json, IvmJudge *cxt)
{
	List	   *queries = cxt->queries;
	List	   *outer;
	RangeTblEntry *rte;
	List	   *group_exprs;
	bool		refused;
	ListCell   *lc;

	if ((int) var->varlevelsup >= list_length(queries))
		return judge_output_type(var->vartype == RECORDARRAYOID ? RECORDARRAYOID : RECORDOID,
								 json, cxt);
	outer = list_copy_tail(queries, var->varlevelsup);
	rte = rt_fetch(var->varno, ((Query *) linitial(outer))->rtable);

	cxt->queries = outer;
	switch (rte->rtekind)
	{
		case RTE_SUBQUERY:
			refused = judge_output_query(rte->subquery, var->varattno, json, cxt);
			break;
		case RTE_JOIN:
			if (var->varattno == 0)
				refused = ivm_volatility_judge_output_list(rte->joinaliasvars, json, cxt);
			else
				refused = ivm_volatility_judge_output(list_nth(rte->joinaliasvars, var->varattno - 1),
													  json, cxt);
			break;
		case RTE_VALUES:
		case RTE_CTE:
		case RTE_TABLEFUNC:
			if (var->varattno == 0)
				refused = judge_output_types(rte->coltypes, json, cxt);
			else
				refused = judge_output_type(list_nth_oid(rte->coltypes, var->varattno - 1),
											json, cxt);
			break;
		case RTE_FUNCTION:
			refused = false;
			if (var->varattno != 0)
				refused = judge_output_type(RECORDOID, json, cxt);
			else
			{
				foreach(lc, rte->functions)
				{
					RangeTblFunction *func = lfirst(lc);

					refused = judge_output_function_record(func->funcexpr, func->funccoltypes,
														   json, cxt);
					if (refused)
						break;
				}
			}
			break;
		default:
			if (ivm_compat_group_rte(rte, &group_exprs))
				refused = ivm_volatility_judge_output(list_nth(group_exprs, var->varattno - 1), json, cxt);
			else
				refused = judge_output_type(RECORDOID, json, cxt);
			break;
	}
	cxt->queries = queries;
	return refused;
}

bool
ivm_volatility_judge_output(Node *expr, bool json, IvmJudge *cxt)
{
	Oid			typid = exprType(expr);
	List	   *parts = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (typid != RECORDOID && typid != RECORDARRAYOID)
		return judge_output_type(typid, json, cxt);

	switch (nodeTag(expr))
	{
		case T_RowExpr:
			parts = ((RowExpr *) expr)->args;
			break;
		case T_Var:
			return judge_output_var((Var *) expr, json, cxt);
		case T_Const:
			if (((Const *) expr)->constisnull)
				return false;
			break;
		case T_RelabelType:
			parts = list_make1(((RelabelType *) expr)->arg);
			break;
		case T_ArrayExpr:
			parts = ((ArrayExpr *) expr)->elements;
			break;
		case T_SubscriptingRef:
			parts = list_make1(((SubscriptingRef *) expr)->refexpr);
			break;
		case T_CoalesceExpr:
			parts = ((CoalesceExpr *) expr)->args;
			break;
		case T_CaseExpr:
			foreach(lc, ((CaseExpr *) expr)->args)
				parts = lappend(parts, ((CaseWhen *) lfirst(lc))->result);
			if (((CaseExpr *) expr)->defresult)
				parts = lappend(parts, ((CaseExpr *) expr)->defresult);
			break;
		case T_SubLink:
			return judge_output_query((Query *) ((SubLink *) expr)->subselect, 1, json, cxt);
		case T_Aggref:
			parts = ivm_volatility_judge_aggregate_args((Aggref *) expr);
			break;
		case T_WindowFunc:
			parts = ((WindowFunc *) expr)->args;
			break;
		case T_FuncExpr:
			if (((FuncExpr *) expr)->funcid >= FirstGenbkiObjectId ||
				get_func_prokind(((FuncExpr *) expr)->funcid) != PROKIND_FUNCTION ||
				get_func_rettype(((FuncExpr *) expr)->funcid) == RECORDOID)
				return judge_output_function_record(expr, NIL, json, cxt);
			parts = ((FuncExpr *) expr)->args;	/* polymorphic: same records */
			break;
		default:
			break;
	}
	if (parts == NIL)
		return judge_output_type(typid, json, cxt);
	return ivm_volatility_judge_output_list(parts, json, cxt);
}

bool
ivm_volatility_judge_function(Oid funcid, IvmJudge *cxt)
{
	List	   *args = cxt->args;
	int			depends = ivm_volatility_rule(funcid, args);

	ivm_volatility_note_function(cxt, funcid);
	if (depends & IVM_DEP_UNLISTED)
		return ivm_volatility_judge_unlisted(funcid, cxt);
	ivm_volatility_note(cxt, depends);
	if ((depends & (IVM_DEP_OUTPUT | IVM_DEP_JSON)) &&
		ivm_volatility_judge_output_list(args, (depends & IVM_DEP_JSON) != 0, cxt))
		return true;
	if ((depends & IVM_DEP_INPUT) && args != NIL &&
		ivm_volatility_judge_input(exprType(linitial(args)), NULL, cxt))
		return true;
	if (depends & IVM_DEP_COLUMNS)
		return ivm_volatility_refuse(cxt, psprintf("%s()", get_func_name(funcid)), IVM_FAULT_RECORD);
	return false;
}
