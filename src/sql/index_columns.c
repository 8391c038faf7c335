/*-------------------------------------------------------------------------
 *
 * index_columns.c
 *	  Indexes on a view, from a list of columns given as text.
 *
 *		'revenue DESC, day'
 *		CREATE INDEX ON view (revenue DESC, day)	text, parsed by core
 *		revenue, day as expressions over the view	analyzed, each in a SELECT
 *		the same over the state table				over_state.c
 *		IndexStmt on the state table
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/analyze.h"
#include "parser/parser.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/sql_text.h"
#include "maintain/over_state.h"
#include "sql/index_columns.h"

char *
ivm_index_columns_text(Oid view, const char *columns)
{
	return psprintf("CREATE INDEX ON %s (%s\n)", ivm_sql_text_relation_name(view), columns);
}

static void
report_bad_columns(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("the index columns are not a list of columns"),
			 errhint("Give what stands in parentheses in CREATE INDEX, for example 'revenue DESC, day'.")));
}

/* An element of the list, analyzed as an expression over the view's columns. */
static Node *
analyze_element(Oid view, IndexElem *elem, const char *sql)
{
	SelectStmt *stmt = makeNode(SelectStmt);
	RawStmt    *raw = makeNode(RawStmt);
	ResTarget  *target = makeNode(ResTarget);
	ColumnRef  *column;
	Query	   *query;

	if (elem->name)
	{
		column = makeNode(ColumnRef);
		column->fields = list_make1(makeString(elem->name));
		column->location = -1;
		target->val = (Node *) column;
	}
	else
		target->val = elem->expr;
	target->location = -1;
	stmt->targetList = list_make1(target);
	stmt->fromClause = list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(view)),
											   get_rel_name(view), -1));
	raw->stmt = (Node *) stmt;
	query = parse_analyze_fixedparams(raw, sql, NULL, 0, NULL);
	if (query->hasSubLinks || query->hasAggs || query->hasWindowFuncs || query->hasTargetSRFs)
		report_bad_columns();
	return (Node *) linitial_node(TargetEntry, query->targetList)->expr;
}

IndexStmt *
ivm_index_columns_statement(Oid view, const char *sql, List **elements, IvmBadColumn *bad)
{
	List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
	IndexStmt  *stmt;
	ListCell   *lc;

	if (list_length(statements) != 1)
		report_bad_columns();
	stmt = (IndexStmt *) linitial_node(RawStmt, statements)->stmt;
	if (!IsA(stmt, IndexStmt) || stmt->whereClause || stmt->indexIncludingParams ||
		stmt->options || stmt->tableSpace)
		report_bad_columns();
	*elements = NIL;
	foreach(lc, stmt->indexParams)
	{
		IndexElem  *elem = lfirst(lc);
		Node	   *over_view = analyze_element(view, elem, sql);
		Node	   *expr = ivm_over_state_expression(view, over_view, bad);

		*elements = lappend(*elements, over_view);
		if (bad->name)
			return NULL;
		if (elem->indexcolname == NULL && elem->name)
			elem->indexcolname = elem->name;
		elem->name = NULL;
		elem->expr = expr;
	}
	stmt->transformed = true;
	return stmt;
}
