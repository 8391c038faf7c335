/*-------------------------------------------------------------------------
 *
 * sql_text.h
 *	  Names in SQL text, and expressions made from SQL templates.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SQL_TEXT_H
#define IVM_SQL_TEXT_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/* All results are in CurrentMemoryContext. */

/* The name of a relation, qualified and quoted; its OID, where it is gone. */
extern char *ivm_sql_text_relation_name(Oid relid);

/* " COLLATE x" for a value of this type and collation; nothing for the type's own. */
extern const char *ivm_sql_text_collate_clause(Oid type, Oid collation);

/*
 * The raw parse trees of an SQL text.  Syntax errors have positions in it (see
 * ivm_error_enter_query()).
 */
extern List *ivm_sql_text_parse(const char *sql);

/*
 * A template is one SELECT with parameters $1 .. $n of the given types, parsed under
 * a search_path of pg_catalog.  Filling one gives its first column with
 * expressions in the place of the parameters: copies of them, with collations
 * derived anew.  ivm_sql_text_expression() does both, for the text of one
 * expression.  An error in a template is one of the extension.
 */
extern Query *ivm_sql_text_parse_template(const char *sql, Oid *types, int ntypes);
extern Expr *ivm_sql_text_fill_template(Query *template, List *exprs);
extern Expr *ivm_sql_text_expression(const char *text, List *args);

/* A copy of a node with copies of these expressions in the place of Params $1, $2, ... */
extern Node *ivm_sql_text_put_args(Node *node, List *exprs);

#endif							/* IVM_SQL_TEXT_H */
