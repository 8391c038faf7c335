/*-------------------------------------------------------------------------
 *
 * merge_newest.h
 *	  DeltaApply: rows read by their key, the newest versions first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_NEWEST_H
#define IVM_MERGE_NEWEST_H

#include "plan/delta_map.h"
#include "read/delta_set.h"
#include "read/merge_scan.h"

/*
 * Is the state table of a view, which is open, so much larger than what is alive of it that a look-up by
 * key for each row is expected to cost less than scanning it?  And can rows be looked up?
 */
extern bool ivm_merge_newest_pays(const IvmPlan *plan, Relation state);

/*
 * Read the state rows whose keys satisfy the key quals by the key index instead of the child,
 * merge them with the deltas, and put all to ms->rows; the child has nothing to show then.
 * Returns false, and has changed nothing, where that is not possible or is not
 * expected to take less time.  The current context is ms->cxt.  Resets ms->key_cxt.
 */
extern bool ivm_merge_newest(IvmMergeScan *ms, IvmDeltaSet *deltas);

/*
 * Read the delta rows whose keys satisfy the key quals in the same way, and add them to deltas.  Returns false, and has
 * added nothing, where the delta table is to be read otherwise; blocks is its size.  The current context
 * is ms->cxt.
 */
extern bool ivm_merge_newest_deltas(IvmMergeScan *ms, Relation delta, BlockNumber blocks, IvmDeltaMap *deltas);

#endif							/* IVM_MERGE_NEWEST_H */
