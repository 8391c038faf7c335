/*-------------------------------------------------------------------------
 *
 * numeric_sum.h
 *	  Sums of numerics from which rows can be taken away again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_NUMERIC_SUM_H
#define IVM_NUMERIC_SUM_H

#include "aggregates/numeric_digits.h"

/* Columns of a stored sum; only sums with squares have "squares". */
typedef enum IvmNumericSumForm
{
	IVM_NUMERICSUM_PLAIN = 3,	/* sum, count, aux */
	IVM_NUMERICSUM_SQUARES = 4	/* sum, count, sum of squares, aux */
} IvmNumericSumForm;

typedef struct IvmScaleCount
{
	int			scale;
	int64		rows;
} IvmScaleCount;

/* A sum in memory: linear in its rows, each part by itself. */
typedef struct IvmNumericSum
{
	Numeric		finite;			/* sum of the finite rows; NULL is zero */
	Numeric		high;			/* and its far left part; NULL is zero */
	Numeric		squares;		/* sum of their squares; NULL is zero */
	int64		unsquared;		/* rows whose square is out of range */
	int64		special[IVM_NUMERIC_SPECIALS];	/* rows, by kind */
	IvmScaleCount *scales;		/* finite rows, by display scale, ascending */
	int			nscales;
	int			space;
} IvmNumericSum;

/*
 * Zeroed, an IvmNumericSum is the sum of no rows.  What a sum points to is allocated
 * in CurrentMemoryContext, and freed when it is replaced.
 *
 * A row is added (sign = 1) or taken away (sign = -1) in two parts: its value, with
 * its display scale, and its square, for sums that have squares.
 * ivm_numeric_sum_add_scale() counts rows of a display scale alone, and
 * ivm_numeric_sum_add() does *into += value for a finite part, where NULL is zero.
 */
extern void ivm_numeric_sum_add_value(IvmNumericSum *sum,
									  const IvmNumericDigits *value, int sign);
extern void ivm_numeric_sum_add_square(IvmNumericSum *sum,
									   const IvmNumericDigits *value, int sign);
extern void ivm_numeric_sum_add_scale(IvmNumericSum *sum, int scale, int64 rows);
extern void ivm_numeric_sum_add(Numeric *into, Numeric value);
extern void ivm_numeric_sum_merge(IvmNumericSum *into, const IvmNumericSum *from);

/* The number of rows that are finite. */
extern int64 ivm_numeric_sum_finite_rows(const IvmNumericSum *sum);

/*
 * The display scale of the finite sum: the largest of its rows.  In a partial state
 * rows of it may be missing; then it is at least what the digits need.
 */
extern int	ivm_numeric_sum_scale(const IvmNumericSum *sum);

/*
 * The columns of a sum, and back; all are NULL for the sum of no rows.
 * ivm_numeric_sum_add_stored() does into += from on columns.  Datums that are made
 * are in CurrentMemoryContext.
 */
extern void ivm_numeric_sum_load(IvmNumericSum *sum, IvmNumericSumForm form,
								 const Datum *values, const bool *nulls);
extern void ivm_numeric_sum_store(const IvmNumericSum *sum, IvmNumericSumForm form,
								  Datum *values, bool *nulls);
extern void ivm_numeric_sum_add_stored(IvmNumericSumForm form, Datum *into, bool *into_nulls,
									   const Datum *from, const bool *from_nulls);

#endif							/* IVM_NUMERIC_SUM_H */
