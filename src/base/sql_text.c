/*-------------------------------------------------------------------------
 *
 * sql_text.c
 *	  Names in SQL text, and expressions made from SQL templates.
 *
 * Small expressions, such as an accumulator's "fresh" and "final" snippets, are
 * written as SQL text.  They are parsed with Params in the place of arguments,
 * under a search_path of pg_catalog, and the Params are then replaced by
 * expressions.  Expressions of a definition are never turned into text, but for the
 * moment in which a column gets another type (ddl/take_apart.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_collate.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/sql_text.h"

char *
ivm_sql_text_relation_name(Oid relid)
{
	const char *name = get_rel_name(relid);

	if (name == NULL)
		return psprintf("%u", relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

const char *
ivm_sql_text_collate_clause(Oid type, Oid collation)
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

Query *
ivm_sql_text_parse_template(const char *sql, Oid *types, int ntypes)
{
	List	   *raw;
	Query	   *query;
	int			nest = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	raw = pg_parse_query(sql);
	query = parse_analyze_fixedparams(linitial_node(RawStmt, raw), sql, types, ntypes, NULL);
	AtEOXact_GUC(false, nest);
	return query;
}

List *
ivm_sql_text_parse(const char *sql)
{
	return raw_parser(sql, RAW_PARSE_DEFAULT);
}

typedef struct ReplaceContext
{
	List	   *exprs;			/* in place of $1, $2, ... */
} ReplaceContext;

static Node *
replace_params(Node *node, ReplaceContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return copyObject(list_nth(cxt->exprs, ((Param *) node)->paramid - 1));
	return expression_tree_mutator(node, replace_params, cxt);
}

/*
 * Collations follow from the expressions: min() of a column compares by the
 * column's collation, not by its type's.
 */
Expr *
ivm_sql_text_fill_template(Query *template, List *exprs)
{
	ReplaceContext cxt = {exprs};
	Expr	   *expr = ((TargetEntry *) linitial(template->targetList))->expr;

	expr = (Expr *) replace_params((Node *) expr, &cxt);
	assign_expr_collations(NULL, (Node *) expr);
	return expr;
}

Expr *
ivm_sql_text_expression(const char *text, List *args)
{
	Oid		   *types = palloc(sizeof(Oid) * Max(list_length(args), 1));
	ListCell   *lc;

	foreach(lc, args)
		types[foreach_current_index(lc)] = exprType(lfirst(lc));
	return ivm_sql_text_fill_template(ivm_sql_text_parse_template(psprintf("SELECT %s", text), types, list_length(args)), args);
}

Node *
ivm_sql_text_put_args(Node *node, List *exprs)
{
	ReplaceContext cxt = {exprs};

	return replace_params(node, &cxt);
}
