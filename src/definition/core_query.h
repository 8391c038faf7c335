/*-------------------------------------------------------------------------
 *
 * core_query.h
 *	  Queries that give the rows of a core.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CORE_QUERY_H
#define IVM_CORE_QUERY_H

#include "definition/core.h"

extern Query *ivm_core_query_bare(const IvmCore *core);
extern Query *ivm_core_query_rows(const IvmCore *core);

/* Names of columns. */
extern char *ivm_core_query_state_column(const IvmCore *core, int accum, int col);
extern char *ivm_core_query_column_name(const char *prefix, const char *suffix);
extern void ivm_core_query_add_column(Query *query, Expr *expr, const char *name);

#endif							/* IVM_CORE_QUERY_H */
