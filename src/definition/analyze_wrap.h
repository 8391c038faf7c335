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

extern bool ivm_analyze_needs_wrapping(Query *query);
extern Query *ivm_analyze_wrap(Query *inner);

#endif							/* IVM_ANALYZE_WRAP_H */
