/*-------------------------------------------------------------------------
 *
 * exact_numeric.h
 *	  Exact arithmetic on the numbers that exact sums hold.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXACT_NUMERIC_H
#define IVM_EXACT_NUMERIC_H

#include "aggregates/exact_float.h"

/* The number (neg ? -1 : 1) * digits * 2^(32 * exp); zero has no digits. */
typedef struct IvmExactNum
{
	bool		neg;
	int			exp;
	int			n;				/* digits, none of them zero at either end */
	uint32	   *digit;			/* lowest first */
} IvmExactNum;

/*
 * All results are exact, and their digits in CurrentMemoryContext; a result may
 * share digits with an argument.  The number of a sum is its finite part.
 */
extern IvmExactNum ivm_exact_numeric_from_sum(const IvmExactFloat *acc);
extern IvmExactNum ivm_exact_numeric_from_int64(int64 value);
extern IvmExactNum ivm_exact_numeric_mul(IvmExactNum a, IvmExactNum b);
extern IvmExactNum ivm_exact_numeric_sub(IvmExactNum a, IvmExactNum b);

/*
 * num / den or, with root set, sign(num) * sqrt(|num| / den), rounded once to the
 * nearest float8, ties to even.  den must be positive.  Returns false on overflow.
 */
extern bool ivm_exact_numeric_quotient(IvmExactNum num, IvmExactNum den,
									   bool root, double *value);

#endif							/* IVM_EXACT_NUMERIC_H */
