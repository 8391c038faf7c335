/*-------------------------------------------------------------------------
 *
 * merge_match_rank.h
 *	  Matching in the order of an index: which pending key might come first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_MATCH_RANK_H
#define IVM_MERGE_MATCH_RANK_H

#include "read/merge_match_key.h"
#include "read/merge_scan.h"

/* Have the deltas of ms->match ranked for its order.  The current context is ms->cxt. */
extern void ivm_merge_match_rank_begin(IvmMergeScan *ms);

/* The delta that is not done and might come first, or NULL if all are done. */
extern IvmDelta *ivm_merge_match_rank_first(IvmMergeScan *ms);

/*
 * By sum: the first ones that are not done, at most n and not more than are known at hand, in an array
 * of n; returns how many.  None if those behind add as much, so that it helps little to have
 * these done.
 */
extern int	ivm_merge_match_rank_some(IvmMergeScan *ms, IvmDelta **deltas, int n);

/* What a delta adds to the sum that the index starts with */
static inline Datum
ivm_merge_match_rank_sum(const IvmMatch *m, const IvmDelta *delta)
{
	return delta->nulls[m->delta_column] ? m->zero : delta->values[m->delta_column];
}

#endif							/* IVM_MERGE_MATCH_RANK_H */
