/*-------------------------------------------------------------------------
 *
 * bucket_range.h
 *	  What a condition on buckets of a time says about the time itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BUCKET_RANGE_H
#define IVM_BUCKET_RANGE_H

#include "nodes/primnodes.h"

/*
 * A condition over base tables, with what follows from it for columns of times that it cuts into
 * buckets, so that an index on these can be used: it holds for the same rows.  In
 * CurrentMemoryContext; parts of the condition are shared.
 */
extern Node *ivm_bucket_range_add(Node *condition);

#endif							/* IVM_BUCKET_RANGE_H */
