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
#include "definition/volatility.h"
#include "definition/volatility_judge.h"
#include "definition/volatility_rules.h"
#include "definition/volatility_text.h"
#include "definition/volatility_verdict.h"

static bool judge_walker(Node *node, void *context);

/* ----------------------------------------------------------------
 *		Verdicts
 * ----------------------------------------------------------------
 */

/* ----------------------------------------------------------------
 *		Functions
 * ----------------------------------------------------------------
 */

/* check_functions_in_node() callback. */
static bool
judge_function_callback(Oid funcid, void *context)
{
	return ivm_volatility_judge_function(funcid, context);
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
		return ivm_volatility_judge_function(aggfnoid, cxt);
	if (ivm_volatility_judge_unlisted(aggfnoid, cxt))
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
			refused = ivm_volatility_judge_function(part[i], cxt);
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

/* ----------------------------------------------------------------
 *		Nodes
 * ----------------------------------------------------------------
 */
static bool
judge_coerce_via_io(CoerceViaIO *coerce, IvmJudge *cxt)
{
	return ivm_volatility_judge_output((Node *) coerce->arg, false, cxt) ||
		ivm_volatility_judge_input(coerce->resulttype, (Node *) coerce->arg, cxt);
}

static bool
judge_sql_value_function(SQLValueFunction *func, IvmJudge *cxt)
{
	switch (func->op)
	{
		case SVFOP_CURRENT_DATE:
			return ivm_volatility_refuse(cxt, "CURRENT_DATE", IVM_FAULT_TIME);
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
			return ivm_volatility_refuse(cxt, "CURRENT_TIME", IVM_FAULT_TIME);
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
			return ivm_volatility_refuse(cxt, "CURRENT_TIMESTAMP", IVM_FAULT_TIME);
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
			return ivm_volatility_refuse(cxt, "LOCALTIME", IVM_FAULT_TIME);
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			return ivm_volatility_refuse(cxt, "LOCALTIMESTAMP", IVM_FAULT_TIME);
		case SVFOP_CURRENT_ROLE:
			return ivm_volatility_refuse(cxt, "CURRENT_ROLE", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_USER:
			return ivm_volatility_refuse(cxt, "CURRENT_USER", IVM_FAULT_SESSION);
		case SVFOP_USER:
			return ivm_volatility_refuse(cxt, "USER", IVM_FAULT_SESSION);
		case SVFOP_SESSION_USER:
			return ivm_volatility_refuse(cxt, "SESSION_USER", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_CATALOG:
			return ivm_volatility_refuse(cxt, "CURRENT_CATALOG", IVM_FAULT_SESSION);
		case SVFOP_CURRENT_SCHEMA:
			return ivm_volatility_refuse(cxt, "CURRENT_SCHEMA", IVM_FAULT_SESSION);
	}
	return ivm_volatility_refuse(cxt, "a session value", IVM_FAULT_SESSION);
}

/* XMLELEMENT and XMLFOREST print values; the others take xml or text. */
static bool
judge_xml(XmlExpr *xml, IvmJudge *cxt)
{
	ivm_volatility_note(cxt, IVM_DEP_SETTINGS);
	if (xml->op != IS_XMLELEMENT && xml->op != IS_XMLFOREST)
		return false;
	return ivm_volatility_judge_output_list(xml->named_args, false, cxt) ||
		ivm_volatility_judge_output_list(xml->args, false, cxt);
}

/* GREATEST and LEAST compare by the type's default ordering. */
static bool
judge_min_max(MinMaxExpr *minmax, IvmJudge *cxt)
{
	TypeCacheEntry *entry = lookup_type_cache(minmax->minmaxtype, TYPECACHE_CMP_PROC);

	return OidIsValid(entry->cmp_proc) && ivm_volatility_judge_function(entry->cmp_proc, cxt);
}

/* XMLTABLE and JSON_TABLE read text into their columns. */
static bool
judge_table_func(TableFunc *table, IvmJudge *cxt)
{
	ListCell   *lc;

	ivm_volatility_note(cxt, IVM_DEP_SETTINGS);
	foreach(lc, table->coltypes)
	{
		if (ivm_volatility_judge_input(lfirst_oid(lc), NULL, cxt))
			return true;
	}
	return false;
}

/* JSON constructors of 16 and query functions of 17. */
static bool
judge_json(Node *node, IvmJudge *cxt)
{
	List	   *args;
	Oid			typid;

	if (ivm_compat_json_constructor(node, &args))
		return ivm_volatility_judge_output_list(args, true, cxt);
	if (ivm_compat_json_query(node, &typid))
	{
		ivm_volatility_note(cxt, IVM_DEP_SETTINGS);
		return ivm_volatility_judge_input(typid, NULL, cxt);
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
				return ivm_volatility_judge_function(func->funcid, cxt) ||
					judge_defaults(func->funcid, list_length(func->args), cxt);
			}
		case T_Aggref:
			cxt->args = ivm_volatility_judge_aggregate_args((Aggref *) node);
			return judge_aggregate(((Aggref *) node)->aggfnoid, cxt);
		case T_WindowFunc:
			{
				WindowFunc *func = (WindowFunc *) node;

				cxt->args = func->args;
				if (func->winagg)
					return judge_aggregate(func->winfnoid, cxt);
				return ivm_volatility_judge_function(func->winfnoid, cxt) ||
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
			return ivm_volatility_refuse(cxt, "nextval(regclass)", IVM_FAULT_SEQUENCE);
		case T_XmlExpr:
			return judge_xml((XmlExpr *) node, cxt);
		case T_TableFunc:
			return judge_table_func((TableFunc *) node, cxt);
		case T_TableSampleClause:
			return ivm_volatility_refuse(cxt, "TABLESAMPLE", IVM_FAULT_SAMPLE);
		case T_SortGroupClause:
			{
				SortGroupClause *clause = (SortGroupClause *) node;

				if (OidIsValid(clause->eqop) && ivm_volatility_judge_function(get_opcode(clause->eqop), cxt))
					return true;
				return OidIsValid(clause->sortop) &&
					ivm_volatility_judge_function(get_opcode(clause->sortop), cxt);
			}
		case T_WindowClause:
			{
				WindowClause *clause = (WindowClause *) node;

				if (OidIsValid(clause->startInRangeFunc) &&
					ivm_volatility_judge_function(clause->startInRangeFunc, cxt))
					return true;
				return OidIsValid(clause->endInRangeFunc) &&
					ivm_volatility_judge_function(clause->endInRangeFunc, cxt);
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
				{
					if (ivm_volatility_judge_input(lfirst_oid(lc), NULL, cxt))
						return true;
				}
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
	IvmJudge   *cxt = context;

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
