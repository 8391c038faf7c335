/*-------------------------------------------------------------------------
 *
 * bucket_range.h
 *	  What a condition on buckets of a time says about the time itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BUCKET_RANGE_H
#define IVM_BUCKET_RANGE_H

#include "datatype/timestamp.h"
#include "nodes/primnodes.h"

/*
 * A condition over base tables, with what follows from it for columns of times that it cuts into
 * buckets, so that an index on these can be used: it holds for the same rows.  In
 * CurrentMemoryContext; parts of the condition are shared.
 */
extern Node *ivm_bucket_range_add(Node *condition);

/*
 * The column (a timestamp or timestamptz) that an expression cuts into buckets, which are at most so wide
 * (0: nobody knows), and which with their ends may seem so much later or earlier than the times in them, in
 * microseconds; NULL if it cuts none.  The column is part of the expression.
 */
extern Var *ivm_bucket_range_column(Node *expr, int64 *width, int64 *slack);

/* A bucket, of the type that such an expression has, as a time; its date's begin in UTC. */
extern Timestamp ivm_bucket_range_time(Datum bucket, Oid type);

#endif							/* IVM_BUCKET_RANGE_H */
