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

extern void ivm_numeric_sum_add_value(IvmNumericSum *sum,
									 const IvmNumericDigits *value, int sign);
extern void ivm_numeric_sum_add_square(IvmNumericSum *sum,
									  const IvmNumericDigits *value, int sign);
extern void ivm_numeric_sum_add_scale(IvmNumericSum *sum, int scale, int64 rows);
extern void ivm_numeric_sum_add(Numeric *into, Numeric value);
extern void ivm_numeric_sum_merge(IvmNumericSum *into, const IvmNumericSum *from);
extern int64 ivm_numeric_sum_finite_rows(const IvmNumericSum *sum);
extern int	ivm_numeric_sum_scale(const IvmNumericSum *sum);

extern void ivm_numeric_sum_load(IvmNumericSum *sum, IvmNumericSumForm form,
								const Datum *values, const bool *nulls);
extern void ivm_numeric_sum_store(const IvmNumericSum *sum, IvmNumericSumForm form,
								 Datum *values, bool *nulls);
extern void ivm_numeric_sum_add_stored(IvmNumericSumForm form, Datum *into, bool *into_nulls,
									  const Datum *from, const bool *from_nulls);

#endif							/* IVM_NUMERIC_SUM_H */
