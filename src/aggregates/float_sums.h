/*-------------------------------------------------------------------------
 *
 * float_sums.h
 *	  The exact sums that float aggregates are made of, with a row count.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_FLOAT_SUMS_H
#define IVM_FLOAT_SUMS_H

#include "aggregates/exact_float.h"

/* Places of the sums; a sum or a moment uses as many as it needs. */
enum
{
	IVM_SUM_X,
	IVM_SUM_XX,
	IVM_SUM_Y,
	IVM_SUM_YY,
	IVM_SUM_XY
};

#define IVM_SUMS_OF_SUM			1	/* sum, avg */
#define IVM_SUMS_OF_MOMENTS		2	/* variances */
#define IVM_SUMS_OF_COMOMENTS	5	/* covariances, regressions */

/* Zeroed: the sums of no rows. */
typedef struct IvmFloatSums
{
	int64		count;
	IvmExactFloat sum[FLEXIBLE_ARRAY_MEMBER];
} IvmFloatSums;

#define IVM_FLOATSUMS_SIZE(n) \
	(offsetof(IvmFloatSums, sum) + (n) * sizeof(IvmExactFloat))

/* Room for any number of sums, on the stack. */
typedef union IvmAnyFloatSums
{
	IvmFloatSums sums;
	char		room[IVM_FLOATSUMS_SIZE(IVM_SUMS_OF_COMOMENTS)];
} IvmAnyFloatSums;

/*
 * Add a row (sign = 1) or take it away (sign = -1): for the sum of x alone, for the
 * two sums of moments, for the five of comoments.  ivm_float_sums_merge() does
 * into += from.  What sums need beyond their own bytes is in cxt, the same for all
 * operations on them; ivm_float_sums_free() frees it and makes them those of no
 * rows.  n is the number of sums, one of IVM_SUMS_OF_...
 */
extern void ivm_float_sums_add(IvmFloatSums *sums, double x, int sign,
							   MemoryContext cxt);
extern void ivm_float_sums_add_moments(IvmFloatSums *sums, double x, int sign,
									   MemoryContext cxt);
extern void ivm_float_sums_add_comoments(IvmFloatSums *sums, double y, double x,
										 int sign, MemoryContext cxt);
extern void ivm_float_sums_merge(IvmFloatSums *into, const IvmFloatSums *from, int n,
								 MemoryContext cxt);
extern void ivm_float_sums_free(IvmFloatSums *sums, int n);

/*
 * Read sums from their columns, and make the second of these: a count of rows, and
 * a bytea of the sums, NULL if all are zero.  Sums to be loaded need not be
 * initialized.  All is allocated in CurrentMemoryContext.
 */
extern void ivm_float_sums_load(IvmFloatSums *sums, int n,
								Datum count, bool count_null,
								Datum exact, bool exact_null);
extern void ivm_float_sums_store(const IvmFloatSums *sums, int n,
								 Datum *exact, bool *null);

/*
 * What sum() gives for the rows, in *value.  Returns false if there are none, or if
 * the sum is too large for the format.
 */
extern bool ivm_float_sums_total(const IvmFloatSums *sums, IvmFloatFormat format,
								 double *value);

#endif							/* IVM_FLOAT_SUMS_H */
