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

extern Expr *ivm_affected_region_looked_up(Expr *expr);
extern void ivm_affected_region_restrict(Query *query, const IvmRegion *region, bool null_value, double nvalues);
extern Query *ivm_affected_region_values_query(Query *definition, const IvmRegion *region, int source,
											   List *filter);

#endif							/* IVM_AFFECTED_REGION_QUERY_H */
