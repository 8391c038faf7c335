/*-------------------------------------------------------------------------
 *
 * volatility.c
 *	  What a definition's functions depend on besides their arguments.
 *
 * A value can be maintained only if it is computed from the rows alone.
 * provolatile does not say that well enough: STABLE covers now(), functions
 * that read tables, and date_trunc() over timestamptz, which depends on no
 * more than a setting that can be stored with the view.  So:
 *
 *	 immutable	 accepted.  Some built-in ones depend on settings all the
 *				 same (float8out on extra_float_digits): these are listed in
 *				 volatility_rules.c.  A user's function is assumed to depend on
 *				 the settings, and on search_path if its language does.
 *	 stable		 accepted if listed there with what it depends on; everything
 *				 else is refused.
 *	 volatile	 refused.
 *
 * What functions do with text that no node shows is in volatility_text.c.
 * The verdict starts out as good; the walker stops at the first fault.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/volatility_judge.h"

/* Why something is refused, in words for the user. */
static const struct
{
	const char *reason;
	const char *hint;
}			faults[] = {
	[IVM_FAULT_TIME] = {
		"Its value depends on the time at which it is called.",
		"Store the time in a column, or filter on it when reading the view."
	},
	[IVM_FAULT_SESSION] = {
		"Its value depends on the session that calls it.",
		"Use it when reading the view instead."
	},
	[IVM_FAULT_SETTING] = {
		"Its value depends on the configuration of the session that calls it.",
		"Write the value as a constant, or use the function when reading the view."
	},
	[IVM_FAULT_RANDOM] = {
		"It gives another value each time it is called.",
		"Store the value in a column of the table, for example by a default."
	},
	[IVM_FAULT_SEQUENCE] = {
		"Its value depends on the state of a sequence.",
		"Store the number in a column of the table, for example by a default."
	},
	[IVM_FAULT_BUILTIN] = {
		"Its result can change without a change in the tables of the query.",
		"Use it when reading the view instead."
	},
	[IVM_FAULT_VOLATILE] = {
		"The function is declared VOLATILE, so that its result may change from one call to the next.",
		"If its result depends on nothing but its arguments and session settings, declare the function IMMUTABLE."
	},
	[IVM_FAULT_STABLE] = {
		"The function is declared STABLE, so that it may read tables, whose changes would go unnoticed.",
		"If its result depends on nothing but its arguments and session settings, declare the function IMMUTABLE."
	},
	[IVM_FAULT_DATETIME_INPUT] = {
		"Text that reads 'now', 'today', 'tomorrow' or 'yesterday' would give the time at which it is read.",
		"Convert it by to_date() or to_timestamp() with a format."
	},
	[IVM_FAULT_TIMETZ_INPUT] = {
		"The time zone to use depends on the time at which it is called.",
		"Use timestamp with time zone, or time without time zone."
	},
	[IVM_FAULT_RECORD] = {
		"It converts a record between text and columns whose types the query does not tell.",
		"List the columns one by one, or cast the record to a named composite type."
	},
	[IVM_FAULT_SAMPLE] = {
		"Which rows it takes depends on where they are stored.",
		"Filter on a column of the table instead, for example on a hash of its key."
	},
};

StaticAssertDecl(lengthof(faults) == IVM_FAULT_SAMPLE + 1, "each fault has its words");

static bool judge_walker(Node *node, void *context);

/* ----------------------------------------------------------------
 *		Verdicts
 * ----------------------------------------------------------------
 */

/* Refuse what cxt->node is, or calls; it is named to the user as object. */
bool
ivm_judge_refuse(IvmJudge *cxt, const char *object, IvmFault fault)
{
	IvmVolatility *verdict = cxt->verdict;

	verdict->ok = false;
	verdict->object = object;
	verdict->reason = faults[fault].reason;
	verdict->hint = faults[fault].hint;
	verdict->location = cxt->node ? exprLocation(cxt->node) : -1;
	return true;
}

/* A function as its user would write it: "now()", "public.f(integer)". */
static const char *
function_name(Form_pg_proc proc)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (proc->pronamespace == PG_CATALOG_NAMESPACE)
		appendStringInfoString(&buf, NameStr(proc->proname));
	else
		appendStringInfoString(&buf,
							   quote_qualified_identifier(get_namespace_name(proc->pronamespace),
														  NameStr(proc->proname)));
	appendStringInfoChar(&buf, '(');
	for (int i = 0; i < proc->pronargs; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "",
						 format_type_be(proc->proargtypes.values[i]));
	appendStringInfoChar(&buf, ')');
	return buf.data;
}

/* An operator likewise: "the operator public.+(integer, integer)". */
static const char *
operator_name(Oid opno)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(opno));
	Form_pg_operator oper;
	StringInfoData buf;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", opno);
	oper = (Form_pg_operator) GETSTRUCT(tuple);
	initStringInfo(&buf);
	appendStringInfoString(&buf, "the operator ");
	if (oper->oprnamespace != PG_CATALOG_NAMESPACE)
		appendStringInfo(&buf, "%s.",
						 quote_identifier(get_namespace_name(oper->oprnamespace)));
	appendStringInfo(&buf, "%s(%s, %s)", NameStr(oper->oprname),
					 OidIsValid(oper->oprleft) ? format_type_be(oper->oprleft) : "NONE",
					 format_type_be(oper->oprright));
	ReleaseSysCache(tuple);
	return buf.data;
}

/* A conversion: "the cast from text to date". */
const char *
ivm_judge_cast_name(Oid from, Oid to)
{
	return psprintf("the cast from %s to %s", format_type_be(from), format_type_be(to));
}

/*
 * What the user wrote to have funcid called: the operator or the cast if the
 * node is one, otherwise the function itself.
 */
static const char *
caller_name(Node *node, Oid funcid, Form_pg_proc proc)
{
	switch (node ? nodeTag(node) : T_Invalid)
	{
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return operator_name(((OpExpr *) node)->opno);
		case T_ScalarArrayOpExpr:
			return operator_name(((ScalarArrayOpExpr *) node)->opno);
		case T_CoerceViaIO:
			return ivm_judge_cast_name(exprType((Node *) ((CoerceViaIO *) node)->arg),
									   ((CoerceViaIO *) node)->resulttype);
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				if (func->funcid == funcid && func->args != NIL &&
					(func->funcformat == COERCE_EXPLICIT_CAST ||
					 func->funcformat == COERCE_IMPLICIT_CAST))
					return ivm_judge_cast_name(exprType(linitial(func->args)),
											   func->funcresulttype);
				break;
			}
		default:
			break;
	}
	return function_name(proc);
}

/* Note what an accepted part depends on. */
void
ivm_judge_note(IvmJudge *cxt, int depends)
{
	if (depends & (IVM_DEP_SETTINGS | IVM_DEP_STRINGS))
		cxt->verdict->settings = true;
	if (depends & IVM_DEP_STRINGS)
		cxt->verdict->strings = true;
}

/* ----------------------------------------------------------------
 *		Functions
 * ----------------------------------------------------------------
 */

static void
note_function(IvmJudge *cxt, Oid funcid)
{
	cxt->verdict->functions = list_append_unique_oid(cxt->verdict->functions, funcid);
}

/* Judge a function that is not in the rules by its catalog entry. */
bool
ivm_judge_unlisted(Oid funcid, IvmJudge *cxt)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		builtin;
	bool		refused = false;

	note_function(cxt, funcid);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	builtin = funcid < FirstGenbkiObjectId;

	if (proc->provolatile != PROVOLATILE_IMMUTABLE)
	{
		IvmFault	fault = builtin ? ivm_volatility_fault(NameStr(proc->proname)) :
			proc->provolatile == PROVOLATILE_STABLE ? IVM_FAULT_STABLE : IVM_FAULT_VOLATILE;

		refused = ivm_judge_refuse(cxt, caller_name(cxt->node, funcid, proc), fault);
	}
	/* the extension's own are pure: aggregates' final expressions call them */
	else if (!builtin && proc->pronamespace != get_namespace_oid(IVM_SCHEMA, true))
		ivm_judge_note(cxt, proc->prolang == ClanguageId || proc->prolang == INTERNALlanguageId ?
					   IVM_DEP_SETTINGS : IVM_DEP_STRINGS);
	ReleaseSysCache(tuple);
	return refused;
}

/* Judge a function called with the arguments in cxt. */
bool
ivm_judge_function(Oid funcid, IvmJudge *cxt)
{
	List	   *args = cxt->args;
	int			depends = ivm_volatility_rule(funcid, args);

	note_function(cxt, funcid);
	if (depends & IVM_DEP_UNLISTED)
		return ivm_judge_unlisted(funcid, cxt);
	ivm_judge_note(cxt, depends);
	if ((depends & (IVM_DEP_OUTPUT | IVM_DEP_JSON)) &&
		ivm_judge_output_list(args, (depends & IVM_DEP_JSON) != 0, cxt))
		return true;
	if ((depends & IVM_DEP_INPUT) && args != NIL &&
		ivm_judge_input(exprType(linitial(args)), NULL, cxt))
		return true;
	if (depends & IVM_DEP_COLUMNS)
		return ivm_judge_refuse(cxt, psprintf("%s()", get_func_name(funcid)), IVM_FAULT_RECORD);
	return false;
}

/* check_functions_in_node() callback. */
static bool
judge_function_callback(Oid funcid, void *context)
{
	return ivm_judge_function(funcid, context);
}

/*
 * Judge an aggregate by the functions that make it up.  Of the server's own the
 * first ones tell: the others move the same state about, and a new session would
 * have to look each of them up.
 */
static bool
judge_aggregate(Oid aggfnoid, IvmJudge *cxt)
{
	HeapTuple	tuple;
	Form_pg_aggregate agg;
	Oid			part[9];
	size_t		nparts = aggfnoid < FirstGenbkiObjectId ? 3 : lengthof(part);
	bool		refused = false;

	if (!(ivm_volatility_rule(aggfnoid, cxt->args) & IVM_DEP_UNLISTED))
		return ivm_judge_function(aggfnoid, cxt);
	if (ivm_judge_unlisted(aggfnoid, cxt))
		return true;
	tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggfnoid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", aggfnoid);
	agg = (Form_pg_aggregate) GETSTRUCT(tuple);
	part[0] = agg->aggtransfn;
	part[1] = agg->aggfinalfn;
	part[2] = OidIsValid(agg->aggsortop) ? get_opcode(agg->aggsortop) : InvalidOid;
	part[3] = agg->aggcombinefn;
	part[4] = agg->aggserialfn;
	part[5] = agg->aggdeserialfn;
	part[6] = agg->aggmtransfn;
	part[7] = agg->aggminvtransfn;
	part[8] = agg->aggmfinalfn;
	ReleaseSysCache(tuple);

	for (size_t i = 0; !refused && i < nparts; i++)
		if (OidIsValid(part[i]))
			refused = ivm_judge_function(part[i], cxt);
	return refused;
}

/*
 * Judge the defaults of arguments that a call leaves out: the planner adds
 * them to the call.  Which ones are left out does not matter much here.
 */
static bool
judge_defaults(Oid funcid, int nargs, IvmJudge *cxt)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Datum		defaults = (Datum) 0;
	bool		isnull = true;
	Node	   *exprs;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	if (nargs < ((Form_pg_proc) GETSTRUCT(tuple))->pronargs)
		defaults = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargdefaults, &isnull);
	exprs = isnull ? NULL : stringToNode(TextDatumGetCString(defaults));
	ReleaseSysCache(tuple);
	return judge_walker(exprs, cxt);
}

/* The expressions of an aggregate's arguments. */
List *
ivm_judge_aggregate_args(Aggref *agg)
{
	List	   *result = list_copy(agg->aggdirectargs);
	ListCell   *lc;

	foreach(lc, agg->args)
		result = lappend(result, ((TargetEntry *) lfirst(lc))->expr);
	return result;
}

/* ----------------------------------------------------------------
 *		Nodes
 * ----------------------------------------------------------------
 */
static bool
judge_coerce_via_io(CoerceViaIO *coerce, IvmJudge *cxt)
{
	return ivm_judge_output((Node *) coerce->arg, false, cxt) ||
		ivm_judge_input(coerce->resulttype, (Node *) coerce->arg, cxt);
}

static bool
judge_sql_value_function(SQLValueFunction *func, IvmJudge *cxt)
{
	switch (func->op)
	{
		case SVFOP_CURRENT_DATE:
			return ivm_judge_refuse(cxt, "CURRENT_DATE", IVM_FAULT_TIME);
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
			return ivm_judge_refuse(cxt, "CURRENT_TIME", IVM_FAULT_TIME);
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
			return ivm_judge_refuse(cxt, "CURRENT_TIMESTAMP", IVM_FAULT_TIME);
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
			return ivm_judge_refuse(cxt, "LOCALTIME", IVM_FAULT_TIME);
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			return ivm_judge_refuse(cxt, "LOCALTIMESTAMP", IVM_FAULT_TIME);
		case SVFOP_CURRENT_ROLE:
			return ivm_judge_refuse(cxt, "CURRENT_ROLE", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_USER:
			return ivm_judge_refuse(cxt, "CURRENT_USER", IVM_FAULT_SESSION);
		case SVFOP_USER:
			return ivm_judge_refuse(cxt, "USER", IVM_FAULT_SESSION);
		case SVFOP_SESSION_USER:
			return ivm_judge_refuse(cxt, "SESSION_USER", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_CATALOG:
			return ivm_judge_refuse(cxt, "CURRENT_CATALOG", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_SCHEMA:
			return ivm_judge_refuse(cxt, "CURRENT_SCHEMA", IVM_FAULT_SESSION);
	}
	return ivm_judge_refuse(cxt, "a session value", IVM_FAULT_SESSION);
}

/* XMLELEMENT and XMLFOREST print values; the others take xml or text. */
static bool
judge_xml(XmlExpr *xml, IvmJudge *cxt)
{
	ivm_judge_note(cxt, IVM_DEP_SETTINGS);
	if (xml->op != IS_XMLELEMENT && xml->op != IS_XMLFOREST)
		return false;
	return ivm_judge_output_list(xml->named_args, false, cxt) ||
		ivm_judge_output_list(xml->args, false, cxt);
}

/* GREATEST and LEAST compare by the type's default ordering. */
static bool
judge_min_max(MinMaxExpr *minmax, IvmJudge *cxt)
{
	TypeCacheEntry *entry = lookup_type_cache(minmax->minmaxtype, TYPECACHE_CMP_PROC);

	return OidIsValid(entry->cmp_proc) && ivm_judge_function(entry->cmp_proc, cxt);
}

/* XMLTABLE and JSON_TABLE read text into their columns. */
static bool
judge_table_func(TableFunc *table, IvmJudge *cxt)
{
	ListCell   *lc;

	ivm_judge_note(cxt, IVM_DEP_SETTINGS);
	foreach(lc, table->coltypes)
		if (ivm_judge_input(lfirst_oid(lc), NULL, cxt))
			return true;
	return false;
}

/* JSON constructors of 16 and query functions of 17. */
static bool
judge_json(Node *node, IvmJudge *cxt)
{
	List	   *args;
	Oid			typid;

	if (ivm_compat_json_constructor(node, &args))
		return ivm_judge_output_list(args, true, cxt);
	if (ivm_compat_json_query(node, &typid))
	{
		ivm_judge_note(cxt, IVM_DEP_SETTINGS);
		return ivm_judge_input(typid, NULL, cxt);
	}
	return false;
}

/* Judge a node itself, not what is below it. */
static bool
judge_node(Node *node, IvmJudge *cxt)
{
	cxt->node = node;
	cxt->args = NIL;
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				cxt->args = func->args;
				return ivm_judge_function(func->funcid, cxt) ||
					judge_defaults(func->funcid, list_length(func->args), cxt);
			}
		case T_Aggref:
			cxt->args = ivm_judge_aggregate_args((Aggref *) node);
			return judge_aggregate(((Aggref *) node)->aggfnoid, cxt);
		case T_WindowFunc:
			{
				WindowFunc *func = (WindowFunc *) node;

				cxt->args = func->args;
				if (func->winagg)
					return judge_aggregate(func->winfnoid, cxt);
				return ivm_judge_function(func->winfnoid, cxt) ||
					judge_defaults(func->winfnoid, list_length(func->args), cxt);
			}
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			cxt->args = ((OpExpr *) node)->args;
			return check_functions_in_node(node, judge_function_callback, cxt);
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
			return check_functions_in_node(node, judge_function_callback, cxt);
		case T_CoerceViaIO:
			return judge_coerce_via_io((CoerceViaIO *) node, cxt);
		case T_MinMaxExpr:
			return judge_min_max((MinMaxExpr *) node, cxt);
		case T_SQLValueFunction:
			return judge_sql_value_function((SQLValueFunction *) node, cxt);
		case T_NextValueExpr:
			return ivm_judge_refuse(cxt, "nextval(regclass)", IVM_FAULT_SEQUENCE);
		case T_XmlExpr:
			return judge_xml((XmlExpr *) node, cxt);
		case T_TableFunc:
			return judge_table_func((TableFunc *) node, cxt);
		case T_TableSampleClause:
			return ivm_judge_refuse(cxt, "TABLESAMPLE", IVM_FAULT_SAMPLE);
		case T_SortGroupClause:
			{
				SortGroupClause *clause = (SortGroupClause *) node;

				if (OidIsValid(clause->eqop) && ivm_judge_function(get_opcode(clause->eqop), cxt))
					return true;
				return OidIsValid(clause->sortop) &&
					ivm_judge_function(get_opcode(clause->sortop), cxt);
			}
		case T_WindowClause:
			{
				WindowClause *clause = (WindowClause *) node;

				if (OidIsValid(clause->startInRangeFunc) &&
					ivm_judge_function(clause->startInRangeFunc, cxt))
					return true;
				return OidIsValid(clause->endInRangeFunc) &&
					ivm_judge_function(clause->endInRangeFunc, cxt);
			}
		default:
			return judge_json(node, cxt);
	}
}

/* Judge what is below a node. */
static bool
judge_below(Node *node, IvmJudge *cxt)
{
	if (IsA(node, Query))
	{
		List	   *queries = cxt->queries;
		bool		refused;

		cxt->queries = lcons(node, list_copy(queries));
		refused = query_tree_walker((Query *) node, judge_walker, cxt, QTW_EXAMINE_SORTGROUP);
		cxt->queries = queries;
		return refused;
	}
	if (IsA(node, RangeTblFunction))
	{
		RangeTblFunction *func = (RangeTblFunction *) node;
		ListCell   *lc;

		/* Columns that the query lists say more than the function itself. */
		if (func->funccoltypes != NIL && IsA(func->funcexpr, FuncExpr))
		{
			FuncExpr   *call = (FuncExpr *) func->funcexpr;

			if (ivm_volatility_rule(call->funcid, call->args) &
				(IVM_DEP_INPUT | IVM_DEP_COLUMNS))
			{
				cxt->node = (Node *) call;
				cxt->args = NIL;
				foreach(lc, func->funccoltypes)
					if (ivm_judge_input(lfirst_oid(lc), NULL, cxt))
						return true;
				return judge_walker((Node *) call->args, cxt);
			}
		}
	}
	return expression_tree_walker(node, judge_walker, cxt);
}

/* The walker; where a fault has no position, its ancestor's must do. */
static bool
judge_walker(Node *node, void *context)
{
	IvmJudge *cxt = context;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (!judge_node(node, cxt) && !judge_below(node, cxt))
		return false;
	if (cxt->verdict->location < 0)
		cxt->verdict->location = exprLocation(node);
	return true;
}

void
ivm_volatility_check(Node *node, IvmVolatility *result)
{
	IvmJudge	cxt = {.verdict = result};

	memset(result, 0, sizeof(*result));
	result->ok = true;
	result->location = -1;
	(void) judge_walker(node, &cxt);
}
