/*-------------------------------------------------------------------------
 *
 * key_filter.c
 *	  Conditions on a view that are given as text.
 *
 * The text is parsed as a PL/pgSQL expression, which the parser takes for the
 * select-list of a SELECT.  That lets more through than an expression, such as
 * "a FROM t"; all of this is refused.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "sql/key_filter.h"

static void
report_bad_filter(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("the key filter is not a single expression"),
			 errhint("Give a condition on columns of the view, as in WHERE, for example 'day >= ''2024-01-01'''.")));
}

Query *
ivm_key_filter_query(Oid view, const char *key_filter)
{
	RawStmt    *raw = linitial_node(RawStmt, raw_parser(key_filter, RAW_PARSE_PLPGSQL_EXPR));
	SelectStmt *parsed = (SelectStmt *) raw->stmt;
	SelectStmt *stmt = makeNode(SelectStmt);
	ResTarget  *target;

	if (!IsA(parsed, SelectStmt) || parsed->op != SETOP_NONE ||
		list_length(parsed->targetList) != 1 || parsed->distinctClause != NIL ||
		parsed->fromClause != NIL || parsed->whereClause != NULL ||
		parsed->groupClause != NIL || parsed->havingClause != NULL ||
		parsed->windowClause != NIL || parsed->sortClause != NIL ||
		parsed->limitCount != NULL || parsed->limitOffset != NULL ||
		parsed->lockingClause != NIL)
		report_bad_filter();
	target = linitial_node(ResTarget, parsed->targetList);
	if (target->name != NULL || target->indirection != NIL ||
		(IsA(target->val, ColumnRef) &&
		 IsA(llast(((ColumnRef *) target->val)->fields), A_Star)))
		report_bad_filter();
	stmt->fromClause = list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(view)),
											   get_rel_name(view), -1));
	stmt->whereClause = target->val;
	raw->stmt = (Node *) stmt;
	return parse_analyze_fixedparams(raw, key_filter, NULL, 0, NULL);
}
