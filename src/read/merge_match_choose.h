/*-------------------------------------------------------------------------
 *
 * merge_match_choose.h
 *	  Whether rows can be matched with deltas, and in which order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_MATCH_CHOOSE_H
#define IVM_MERGE_MATCH_CHOOSE_H

#include "read/merge_scan.h"

/*
 * Can the child's rows be matched with these deltas, and is it worth while?
 * Then m->order is set and, for an order by sum, what is needed of its column.
 */
extern bool ivm_merge_match_choose(IvmMergeScan *ms, IvmMatch *m, IvmDeltaSet *deltas);

#endif							/* IVM_MERGE_MATCH_CHOOSE_H */
