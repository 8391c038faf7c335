/*-------------------------------------------------------------------------
 *
 * merge_match_order.h
 *	  Matching in the order of an index.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_MATCH_ORDER_H
#define IVM_MERGE_MATCH_ORDER_H

#include "read/merge_scan.h"

/*
 * Prepare ms->match, whose other members are set, for the order that has been
 * chosen.  All that is kept is in ms->cxt, the current context.
 */
extern void ivm_merge_match_order_begin(IvmMergeScan *ms);

#endif							/* IVM_MERGE_MATCH_ORDER_H */
