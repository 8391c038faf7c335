/*-------------------------------------------------------------------------
 *
 * sqlgen_api.h
 *	  SQL text and query trees that the functions for users need.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SQLGEN_API_H
#define IVM_SQLGEN_API_H

#include "nodes/parsenodes.h"

/* Comparing a view with its recomputed rows */
extern Query *ivm_sql_comparable_query(Query *query);
extern char *ivm_sql_verify(Oid view, Query *comparable, int nvisible, const char *key_filter);
extern Query *ivm_sql_filter_query(Oid view, const char *key_filter);

extern char *ivm_sql_set_fillfactor(Oid relid, int fillfactor);

/* Columns of a view over its state table */
extern Expr *ivm_sql_column_over_state(Query *view, int column, const char **why_not);

#endif							/* IVM_SQLGEN_API_H */
