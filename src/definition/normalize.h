/*-------------------------------------------------------------------------
 *
 * normalize.h
 *	  A definition without names for queries: views and WITH written out.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_NORMALIZE_H
#define IVM_NORMALIZE_H

#include "nodes/parsenodes.h"

#include "definition/refusal.h"


extern IvmRefusal *ivm_normalize_query(Query *query, List **views);

#endif							/* IVM_NORMALIZE_H */
