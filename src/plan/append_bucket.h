/*-------------------------------------------------------------------------
 *
 * append_bucket.h
 *	  The buckets that a key divides a view into, and which of them are closed in an append
 *	  view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_BUCKET_H
#define IVM_APPEND_BUCKET_H

#include "access/stratnum.h"

#include "base/append_value.h"
#include "catalog/append_view.h"
#include "plan/delta.h"
#include "plan/plan.h"

typedef struct IvmAppendBuckets
{
	int			key;			/* number of the key, or -1: no buckets */
	IvmAppendType type;
	bool		closes;			/* buckets before this value are closed */
	Datum		closed_before;
} IvmAppendBuckets;

/* The buckets of a view as it is stored, in CurrentMemoryContext. */
extern void ivm_append_bucket_init(IvmAppendBuckets *buckets, const IvmPlan *plan,
								   const IvmAppendView *view);

/* The same of any view, all open; key: the number of the key. */
extern void ivm_append_bucket_init_key(IvmAppendBuckets *buckets, const IvmPlan *plan, int key);

/* The bucket of a delta's key; false if there are none, or it is NULL. */
extern bool ivm_append_bucket_of(const IvmAppendBuckets *buckets, const IvmPlan *plan,
								 const IvmDelta *delta, Datum *value);

/* Is the bucket of a delta's key not closed? */
extern bool ivm_append_bucket_is_open(IvmAppendBuckets *buckets, const IvmPlan *plan,
									  const IvmDelta *delta);

/*
 * Conditions on the state table (varno 1), new trees: a comparison of the bucket with a value
 * (a btree strategy), that it is NULL, that it is not before a value, or NULL; that it is
 * open (NULL: all are).
 */
extern Node *ivm_append_bucket_compare(const IvmAppendBuckets *buckets, const IvmPlan *plan,
									   StrategyNumber strategy, Datum value);
extern Node *ivm_append_bucket_null(const IvmAppendBuckets *buckets, const IvmPlan *plan);
extern Node *ivm_append_bucket_since(const IvmAppendBuckets *buckets, const IvmPlan *plan, Datum value);
extern Node *ivm_append_bucket_open(const IvmAppendBuckets *buckets, const IvmPlan *plan);

#endif							/* IVM_APPEND_BUCKET_H */
