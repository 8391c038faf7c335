/*-------------------------------------------------------------------------
 *
 * exact_sums.h
 *	  Sums of floats in subqueries that do not depend on the order of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXACT_SUMS_H
#define IVM_EXACT_SUMS_H

#include "nodes/parsenodes.h"

/*
 * Put exact sums in the place of sum(), avg() and kin of floats, also as window functions, in all subqueries of
 * a query, in place.  Its own aggregates are left alone: accumulators keep them.  False: there are none.
 */
extern bool ivm_exact_sums_put(Query *query);

#endif							/* IVM_EXACT_SUMS_H */
