/*-------------------------------------------------------------------------
 *
 * volatility_judge.c
 *	  A judgement of one function: by the catalogue, and its words to the user.
 *
 * The rules of volatility_rules.c come first (volatility_text.c); what they do not
 * list is judged here by pg_proc.  A fault is put into words once, in the table
 * faults: object, reason and hint make the message, its detail and its hint.
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
#include "definition/volatility_rules.h"
#include "definition/volatility_verdict.h"

/* Why something is refused, in words for the user. */
static const struct
{
	const char *reason;
	const char *hint;
}			faults[] = {

	[IVM_FAULT_TIME] = {
		"Its value depends on the time at which it is called.",
		"Compare a column with now() in a condition of WHERE, such as created_at > now() - interval '7 days', or use it when reading the view."
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

bool
ivm_volatility_refuse(IvmJudge *cxt, const char *object, IvmFault fault)
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

/* An operator as it is shown to the user: "the operator public.+(integer, integer)". */
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

const char *
ivm_volatility_judge_cast_name(Oid from, Oid to)
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
			return ivm_volatility_judge_cast_name(exprType((Node *) ((CoerceViaIO *) node)->arg),
												  ((CoerceViaIO *) node)->resulttype);
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) node;

				if (func->funcid == funcid && func->args != NIL &&
					(func->funcformat == COERCE_EXPLICIT_CAST ||
					 func->funcformat == COERCE_IMPLICIT_CAST))
					return ivm_volatility_judge_cast_name(exprType(linitial(func->args)),
														  func->funcresulttype);
				break;
			}
		default:
			break;
	}
	return function_name(proc);
}

void
ivm_volatility_note(IvmJudge *cxt, int depends)
{
	if (depends & (IVM_DEP_SETTINGS | IVM_DEP_STRINGS))
		cxt->verdict->settings = true;
	if (depends & IVM_DEP_STRINGS)
		cxt->verdict->strings = true;
}

void
ivm_volatility_note_function(IvmJudge *cxt, Oid funcid)
{
	cxt->verdict->functions = list_append_unique_oid(cxt->verdict->functions, funcid);
}

bool
ivm_volatility_judge_unlisted(Oid funcid, IvmJudge *cxt)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	Form_pg_proc proc;
	bool		builtin;
	bool		refused = false;

	ivm_volatility_note_function(cxt, funcid);
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", funcid);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	builtin = funcid < FirstGenbkiObjectId;

	if (proc->provolatile != PROVOLATILE_IMMUTABLE)
	{
		IvmFault	fault = builtin ? ivm_volatility_fault(NameStr(proc->proname)) :
			proc->provolatile == PROVOLATILE_STABLE ? IVM_FAULT_STABLE : IVM_FAULT_VOLATILE;

		refused = ivm_volatility_refuse(cxt, caller_name(cxt->node, funcid, proc), fault);
	}
	/* the extension's own are pure: aggregates' final expressions call them */
	else if (!builtin && proc->pronamespace != get_namespace_oid(IVM_SCHEMA, true))
		ivm_volatility_note(cxt, proc->prolang == ClanguageId || proc->prolang == INTERNALlanguageId ?
							IVM_DEP_SETTINGS : IVM_DEP_STRINGS);
	ReleaseSysCache(tuple);
	return refused;
}

List *
ivm_volatility_judge_aggregate_args(Aggref *agg)
{
	List	   *result = list_copy(agg->aggdirectargs);
	ListCell   *lc;

	foreach(lc, agg->args)
		result = lappend(result, ((TargetEntry *) lfirst(lc))->expr);
	return result;
}
