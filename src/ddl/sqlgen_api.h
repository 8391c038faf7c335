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
extern char *ivm_sql_verify(Oid view, Query *comparable, const char *key_filter);
extern Query *ivm_sql_filter_query(Oid view, const char *key_filter);

extern char *ivm_sql_set_fillfactor(Oid relid, int fillfactor);

/* Expressions over the state table of a view */
typedef struct IvmBadColumn
{
	const char *name;			/* NULL: none */
	const char *reason;
} IvmBadColumn;

extern Node *ivm_sql_over_state(Oid view, Node *node, IvmBadColumn *bad);
extern char *ivm_sql_index_text(Oid view, const char *columns);
extern IndexStmt *ivm_sql_index(Oid view, const char *sql, List **elements,
								IvmBadColumn *bad);

#endif							/* IVM_SQLGEN_API_H */
