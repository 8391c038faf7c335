/*-------------------------------------------------------------------------
 *
 * sqlgen_api.c
 *	  SQL text and query trees that the functions for users need.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_oper.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "ddl/sqlgen.h"
#include "ddl/sqlgen_api.h"
#include "definition/row_pack.h"

/* ---- names ---- */

static const char *
type_name(Oid type, int32 typmod)
{
	return format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* " COLLATE x", or nothing for the type's own collation. */
static const char *
collate_clause(Oid type, Oid collation)
{
	HeapTuple	tup;
	Form_pg_collation form;
	const char *result;

	if (!OidIsValid(collation) || collation == get_typcollation(type))
		return "";
	tup = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tup);
	result = psprintf(" COLLATE %s",
					  quote_qualified_identifier(get_namespace_name(form->collnamespace),
												 NameStr(form->collname)));
	ReleaseSysCache(tup);
	return result;
}

/* ---- verify ---- */

static bool
column_named(List *targetlist, const char *name)
{
	ListCell   *lc;

	foreach(lc, targetlist)
	{
		const char *other = ((TargetEntry *) lfirst(lc))->resname;

		if (other && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/*
 * A query whose rows are determined: LIMIT and DISTINCT ON choose among rows
 * that their order does not tell apart, so without them, and with the columns
 * that they order by made visible.
 */
Query *
ivm_sql_comparable_query(Query *original)
{
	Query	   *query = copyObject(original);
	List	   *sort = list_concat(list_copy(query->sortClause), query->distinctClause);
	List	   *targetlist = NIL;
	ListCell   *lc;

	if (query->limitCount == NULL && query->limitOffset == NULL && !query->hasDistinctOn)
		return query;
	query->limitCount = query->limitOffset = NULL;
	query->limitOption = LIMIT_OPTION_COUNT;
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk && tle->ressortgroupref != 0 &&
			get_sortgroupref_clause_noerr(tle->ressortgroupref, sort))
		{
			tle->resjunk = false;
			for (int i = 1; tle->resname == NULL || column_named(targetlist, tle->resname); i++)
				tle->resname = psprintf("order_by_%d", i);
			tle->resno = list_length(targetlist) + 1;
		}
		targetlist = lappend(targetlist, tle);
	}
	query->sortClause = NIL;
	if (query->hasDistinctOn)
		query->distinctClause = NIL;
	query->hasDistinctOn = false;
	return query;
}

static bool
has_equality(Oid type)
{
	Oid			eqop;
	bool		hashable;

	get_sort_group_operators(type, false, false, false, NULL, &eqop, NULL, &hashable);
	if (!OidIsValid(eqop))
		return false;
	if (hashable)
		return true;
	get_sort_group_operators(type, false, true, false, NULL, &eqop, NULL, NULL);
	return OidIsValid(eqop);
}

typedef struct VerifyColumns
{
	StringInfoData definition;	/* name type, ... */
	StringInfoData compare;		/* as compared */
	StringInfoData names;
} VerifyColumns;

static void
list_columns(VerifyColumns *cols, Query *comparable)
{
	ListCell   *lc;
	const char *sep = "";

	initStringInfo(&cols->definition);
	initStringInfo(&cols->compare);
	initStringInfo(&cols->names);
	foreach(lc, comparable->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		const char *name;
		Oid			type;
		Oid			coll;

		if (tle->resjunk)
			continue;
		name = quote_identifier(tle->resname);
		type = exprType((Node *) tle->expr);
		coll = exprCollation((Node *) tle->expr);
		appendStringInfo(&cols->definition, "%s%s %s%s", sep, name,
						 type_name(type, exprTypmod((Node *) tle->expr)),
						 collate_clause(type, coll));
		appendStringInfo(&cols->compare, "%s%s%s AS %s", sep, name,
						 has_equality(type) ? "" : "::pg_catalog.text", name);
		appendStringInfo(&cols->names, "%s%s", sep, name);
		sep = ", ";
	}
}

static void
append_side(StringInfo buf, const VerifyColumns *cols, Oid view, const char *function_side,
			const char *key_filter)
{
	appendStringInfo(buf, "SELECT %s FROM ivm._view_rows(%s::pg_catalog.regclass, %s) AS %s (%s)",
					 cols->compare.data, quote_literal_cstr(psprintf("%u", view)),
					 quote_literal_cstr(function_side),
					 quote_identifier(get_rel_name(view)), cols->definition.data);
	if (key_filter)
		appendStringInfo(buf, " WHERE (%s\n)", key_filter);
}

/*
 * The statement that compares the two sides of a view and gives the rows that
 * one has more often than the other: side, copies, row.  The filter has been
 * checked by ivm_sql_filter_query().
 */
char *
ivm_sql_verify(Oid view, Query *comparable, const char *key_filter)
{
	static const char *const sides[] = {"stored", "recomputed"};
	VerifyColumns cols;
	StringInfoData buf;

	list_columns(&cols, comparable);
	initStringInfo(&buf);
	for (int i = 0; i < 2; i++)
	{
		appendStringInfo(&buf, "%s %s AS MATERIALIZED (", i == 0 ? "WITH" : ",", sides[i]);
		append_side(&buf, &cols, view, sides[i], key_filter);
		appendStringInfoChar(&buf, ')');
	}
	for (int i = 0; i < 2; i++)
		appendStringInfo(&buf, "%s SELECT '%s'::pg_catalog.text, pg_catalog.count(*),"
						 " (SELECT pg_catalog.to_jsonb(r) FROM (SELECT %s) r)"
						 " FROM (SELECT * FROM %s EXCEPT ALL SELECT * FROM %s) d GROUP BY %s",
						 i == 0 ? "" : " UNION ALL", sides[i], cols.names.data,
						 sides[i], sides[1 - i], cols.names.data);
	return buf.data;
}

/* ---- filters ---- */

static void
report_bad_filter(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_SYNTAX_ERROR),
			 errmsg("the key filter is not a single expression"),
			 errhint("Give a condition on columns of the view, as in WHERE, for example 'day >= ''2024-01-01'''.")));
}

/*
 * SELECT FROM view WHERE filter, analyzed; positions of errors are positions
 * in the filter.
 */
Query *
ivm_sql_filter_query(Oid view, const char *key_filter)
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
	if (target->name != NULL || target->indirection != NIL)
		report_bad_filter();
	stmt->fromClause = list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(view)),
											   get_rel_name(view), -1));
	stmt->whereClause = target->val;
	raw->stmt = (Node *) stmt;
	return parse_analyze_fixedparams(raw, key_filter, NULL, 0, NULL);
}

/* ---- storage ---- */

char *
ivm_sql_set_fillfactor(Oid relid, int fillfactor)
{
	return psprintf("ALTER TABLE %s SET (fillfactor = %d)",
					ivm_sql_relation_name(relid), fillfactor);
}

/* ---- expressions over the state ---- */

typedef struct OverState
{
	Oid			view;
	Query	   *query;			/* the view's own */
	IvmBadColumn *bad;
} OverState;

/*
 * A column of the view as an expression over the columns of its state table
 * (varno 1), or NULL.
 */
static Node *
column_over_state(OverState *cxt, int column)
{
	TargetEntry *tle = get_tle_by_resno(cxt->query->targetList, column);
	RangeTblRef *from = linitial_node(RangeTblRef, cxt->query->jointree->fromlist);
	RangeTblEntry *rte = rt_fetch(from->rtindex, cxt->query->rtable);
	Node	   *expr;

	if (linitial_node(RangeTblEntry, rte->subquery->rtable)->rtekind != RTE_RELATION)
		cxt->bad->reason = "It is computed from a subquery when the view is read.";
	else if (contain_windowfuncs((Node *) tle->expr))
		cxt->bad->reason = "It is computed by a window function, over all rows of the view.";
	else if (checkExprHasSubLink((Node *) tle->expr))
		cxt->bad->reason = "It is computed with a subquery, which changes by itself.";
	else if (contain_agg_clause((Node *) tle->expr))
		cxt->bad->reason = "It is an aggregate that is computed when the view is read.";
	else if (ivm_rowpack_within((Node *) tle->expr))
		cxt->bad->reason = "It has a row of a table as a whole, which is stored in another form.";
	if (cxt->bad->reason != NULL)
	{
		cxt->bad->name = tle->resname;
		return NULL;
	}
	/* the subquery is "SELECT * FROM state": its columns have the same numbers */
	expr = copyObject((Node *) tle->expr);
	if (from->rtindex != 1)
		ChangeVarNodes(expr, from->rtindex, 1, 0);
	return expr;
}

static Node *
over_state_mutator(Node *node, OverState *cxt)
{
	if (node == NULL || cxt->bad->name != NULL)
		return NULL;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varattno > 0)
			return column_over_state(cxt, var->varattno);
		cxt->bad->name = get_rel_name(cxt->view);
		cxt->bad->reason = "It stands for whole rows of the view.";
		return NULL;
	}
	return expression_tree_mutator(node, over_state_mutator, cxt);
}

/*
 * An expression over the columns of a view as one over the columns of its
 * state table (varno 1).  Sets bad->name where there is none.
 */
Node *
ivm_sql_over_state(Oid view, Node *node, IvmBadColumn *bad)
{
	OverState	cxt = {view, ivm_definition_query(view), bad};

	bad->name = bad->reason = NULL;
	return over_state_mutator(node, &cxt);
}

/* ---- indexes ---- */

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

/*
 * CREATE INDEX for these columns of a view, on its state table, ready for
 * DefineIndex(), and its elements as expressions over the view.  sql is the
 * text that ivm_sql_index_text() made.
 */
IndexStmt *
ivm_sql_index(Oid view, const char *sql, List **elements, IvmBadColumn *bad)
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
		Node	   *expr = ivm_sql_over_state(view, over_view, bad);

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

/* The statement as the user might have written it. */
char *
ivm_sql_index_text(Oid view, const char *columns)
{
	return psprintf("CREATE INDEX ON %s (%s\n)", ivm_sql_relation_name(view), columns);
}
