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

/* A copy of the definition with FROM and WHERE only, without a select list. */
extern Query *ivm_core_query_bare(const IvmCore *core);

/*
 * A new query that gives the rows of the core before they are grouped: columns are the
 * keys, then the arguments of the accumulators, then what slices are made of (direct
 * arguments, arguments and filter of their aggregates).
 */
extern Query *ivm_core_query_rows(const IvmCore *core);

/* Names of columns. */

/* The name of a column of an accumulator in the state table, palloc'd. */
extern char *ivm_core_query_state_column(const IvmCore *core, int accum, int col);

/* The name of an accumulator's column: its prefix and the suffix of its class, palloc'd. */
extern char *ivm_core_query_column_name(const char *prefix, const char *suffix);

/* Add a column to a query's select list.  It has expr itself and a copy of the name. */
extern void ivm_core_query_add_column(Query *query, Expr *expr, const char *name);

#endif							/* IVM_CORE_QUERY_H */
