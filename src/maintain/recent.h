/*-------------------------------------------------------------------------
 *
 * recent.h
 *	  Which buckets of a view are recent: not older than a distance.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RECENT_H
#define IVM_RECENT_H

#include "datatype/timestamp.h"

#include "plan/append_bucket.h"
#include "plan/plan.h"

/*
 * The lowest bucket that is not older than a distance: that of the time which is so long before
 * now; or, of numbers, the highest bucket less the distance.  False if there is none.  Computed as
 * the view's owner, under the view's settings and a fresh snapshot; in CurrentMemoryContext.
 */
extern bool ivm_recent_bound(const IvmPlan *plan, IvmAppendBuckets *buckets, const char *distance,
							 TimestampTz now, Datum *result);

/*
 * What the option reconcile_last of a view names, as a condition on the state table (varno 1), and
 * as a text; NULL, and *text as it was: all keys.  Rows whose bucket is NULL are recent.  Raises
 * an error if the view has not the bucket any more.
 */
extern Node *ivm_recent_filter(const IvmPlan *plan, TimestampTz now, const char **text);

#endif							/* IVM_RECENT_H */
