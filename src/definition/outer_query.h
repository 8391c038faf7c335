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

extern IvmOuterQuery *ivm_outer_query_cut(Query *query, Query **inner);
extern Query *ivm_outer_query_put(const IvmOuterQuery *around, Query *inner);

#endif							/* IVM_OUTER_QUERY_H */
