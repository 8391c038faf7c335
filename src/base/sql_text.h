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

extern char *ivm_sql_text_relation_name(Oid relid);
extern Expr *ivm_sql_text_expression(const char *text, List *args);
extern List *ivm_sql_text_parse(const char *sql);
extern Query *ivm_sql_text_parse_template(const char *sql, Oid *types, int ntypes);
extern Expr *ivm_sql_text_fill_template(Query *template, List *exprs);
extern Node *ivm_sql_text_put_args(Node *node, List *exprs);

#endif							/* IVM_SQL_TEXT_H */
