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

extern IvmCore *ivm_analyze_query(Query *query);
extern IvmCore *ivm_analyze_stored(Query *query, int nparts);
extern IvmCore *ivm_analyze_missing(void);

#endif							/* IVM_ANALYZE_H */
