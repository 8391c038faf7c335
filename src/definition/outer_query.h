/*-------------------------------------------------------------------------
 *
 * outer_query.h
 *	  A query around a subquery that only the finishing can compute.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_OUTER_QUERY_H
#define IVM_OUTER_QUERY_H

#include "nodes/parsenodes.h"

/* The query around, over the subquery as an item of FROM. */
typedef struct IvmOuterQuery
{
	Query	   *query;			/* the item's subquery is left out */
	int			rti;			/* of the item */
} IvmOuterQuery;

/*
 * If a query stands around a subquery that only the finishing can compute: what stands
 * around, and the subquery, complete in itself, in *inner, both copies; else NULL.
 * The query is not changed.
 */
extern IvmOuterQuery *ivm_outer_query_cut(Query *query, Query **inner);

/*
 * A new query: what stands around, with inner, which it takes over, in the place of
 * the subquery.
 */
extern Query *ivm_outer_query_put(const IvmOuterQuery *around, Query *inner);

#endif							/* IVM_OUTER_QUERY_H */
