/*-------------------------------------------------------------------------
 *
 * affected_region_query.h
 *	  Queries of a region's values, and queries restricted to them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AFFECTED_REGION_QUERY_H
#define IVM_AFFECTED_REGION_QUERY_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/affected_region.h"

/* The name by which a restricted query finds the values. */
#define IVM_REGION_VALUES "ivm_region"

/*
 * What is compared when rows are looked up by an expression: the argument of a
 * conversion between integers, whose operators take different types, so that an index
 * on it can be used; else the expression.  Not a copy.
 */
extern Expr *ivm_affected_region_looked_up(Expr *expr);

/*
 * Let a query, in place, read of the root sources only rows with one of the region's
 * values, which the executor finds as IVM_REGION_VALUES (about nvalues distinct ones);
 * or, with null_value, only rows whose root column is NULL.  Arms of UNION ALL without
 * a root are left out.  The subqueries are read without privilege checks: the view's
 * owner was allowed to read the tables as a whole.
 */
extern void ivm_affected_region_restrict(Query *query, const IvmRegion *region,
										 bool null_value, double nvalues);

/*
 * A new query for the region's values that rows of a source lead to: SELECT value FROM
 * source, ...  WHERE from = to AND ... along the source's path, which must exist.  The
 * source is entry 1 of its range table, where the caller puts the changed rows
 * (ivm_sources_put_rows()).  Rows that fail the source's filter lead to no value.
 * Values may be NULL and may occur several times.
 */
extern Query *ivm_affected_region_values_query(Query *definition, const IvmRegion *region, int source,
											   List *filter);

#endif							/* IVM_AFFECTED_REGION_QUERY_H */
