/*-------------------------------------------------------------------------
 *
 * delta_set.h
 *	  The deltas that a scan merges, and what is known of all of them together.
 *
 * What is asked of a set is worked out at the first question and kept with the set, since
 * scans may share one (delta_cache.h).  So nobody changes a set once it is complete.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DELTA_SET_H
#define IVM_DELTA_SET_H

#include "nodes/pg_list.h"

#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/plan.h"

typedef struct IvmDeltaSet
{
	IvmPlan    *plan;
	MemoryContext cxt;			/* of all that the set has */
	IvmDeltaMap *map;
	bool		shared_hash;	/* a note was among the rows: keys may have
								 * the same hash (shared_hash.h) */
	int			n;				/* number of deltas; set by
								 * ivm_delta_set_complete() */
	List	   *list;			/* IvmDelta *, see ivm_delta_set_list() */
	bool		surveyed;		/* the next two are set */
	bool		has_dirty;
	bool	   *has_value;		/* per column of the delta table: not NULL in
								 * some delta */
	uint64	   *filter;			/* merge_match_key.c; NULL: not made yet */
	int			filter_shift;
	List	   *rankings;		/* IvmRanking *, of merge_match_rank.c */
} IvmDeltaSet;

/* An empty set, in cxt; deltas are added to set->map. */
extern IvmDeltaSet *ivm_delta_set_create(IvmPlan *plan, MemoryContext cxt);

/* No more deltas are to come. */
extern void ivm_delta_set_complete(IvmDeltaSet *set);

/* All deltas, IvmDelta *, in no order.  The list is the set's. */
extern List *ivm_delta_set_list(IvmDeltaSet *set);

/* Is one of the deltas dirty?  Does one have a value in this column of the delta table? */
extern bool ivm_delta_set_has_dirty(IvmDeltaSet *set);
extern bool ivm_delta_set_has_value(IvmDeltaSet *set, int column);

#endif							/* IVM_DELTA_SET_H */
