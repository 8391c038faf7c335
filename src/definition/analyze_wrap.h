/*-------------------------------------------------------------------------
 *
 * analyze_wrap.h
 *	  Queries that are not cut but become the subquery of one that is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_WRAP_H
#define IVM_ANALYZE_WRAP_H

#include "nodes/parsenodes.h"

/* Can the query not be cut itself, so that the core must be the bag of its rows? */
extern bool ivm_analyze_needs_wrapping(Query *query);

/*
 * A new query SELECT s.* FROM (inner) s with the inner one's ORDER BY, DISTINCT and
 * LIMIT, which inner, changed in place, no longer has.  A top-level UNION becomes
 * DISTINCT over UNION ALL.
 */
extern Query *ivm_analyze_wrap(Query *inner);

/*
 * Does a query read a whole row of a join that another join makes NULL, as j in
 * a LEFT JOIN (b JOIN c ...) AS j?  The row is NULL then, and no expression over columns
 * says so: only the planner can write out what j stands for.
 */
extern bool ivm_analyze_reads_nullable_join_row(Query *query);

#endif							/* IVM_ANALYZE_WRAP_H */
