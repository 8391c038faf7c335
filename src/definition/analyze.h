/*-------------------------------------------------------------------------
 *
 * analyze.h
 *	  From a definition to its core and its finishing.
 *
 * Pure: reads the query tree and the system catalogues, returns a verdict,
 * never reports an error itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ANALYZE_H
#define IVM_ANALYZE_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "definition/core.h"

/*
 * Analyze the query of a new view, as parse analysis left it; it is not changed.  The
 * result is in CurrentMemoryContext: never NULL, with refusal set if the query cannot
 * be maintained, and then perhaps incomplete.  Locks the views that the query reads
 * (AccessShareLock); its tables must be locked already.  time_bucket is the width of the
 * buckets of a window of time in microseconds; 0: it is chosen, by the clock;
 * IVM_NO_BUCKETS: there are to be none.
 */
extern IvmCore *ivm_analyze_query(Query *query, int64 time_bucket);

/*
 * The same for the query of an existing view with this many parts, as its stored rule
 * has it.  Where a query once accepted is refused now, because of what was done to its
 * tables and functions, the result is complete beside the refusal. (It has no
 * finishing if the query falls into other parts than before.)
 */
extern IvmCore *ivm_analyze_stored(Query *query, int nparts, int64 time_bucket);

/*
 * What stands for the analysis of a view that has lost its definition: an empty query
 * with a refusal.
 */
extern IvmCore *ivm_analyze_missing(void);

#endif							/* IVM_ANALYZE_H */
