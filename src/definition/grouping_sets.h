/*-------------------------------------------------------------------------
 *
 * grouping_sets.h
 *	  GROUPING SETS, ROLLUP and CUBE as one GROUP BY.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_GROUPING_SETS_H
#define IVM_GROUPING_SETS_H

#include "nodes/parsenodes.h"

#include "definition/analyze.h"

extern bool ivm_grouping_sets_expand(Query *query, IvmGroupingSets **sets);
extern Node *ivm_grouping_sets_restore(const IvmGroupingSets *sets, Node *node);
extern void ivm_grouping_sets_choose(const IvmGroupingSets *sets, Query *query, int64 number);

#endif							/* IVM_GROUPING_SETS_H */
