/*-------------------------------------------------------------------------
 *
 * exact_float.h
 *	  Exact sums of floating-point numbers and of their products.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_EXACT_FLOAT_H
#define IVM_EXACT_FLOAT_H

#include "utils/palloc.h"

#define IVM_EXACTFLOAT_INLINE_LIMBS	4

/* 34 limbs; the lowest product of two values is 2^-2148 */
#define IVM_EXACTFLOAT_BITS_BELOW_ONE	2176

/* All bits set if a limb, seen as the highest one, is negative. */
#define IVM_EXACTFLOAT_SIGN(limb) \
	((int64) (limb) < 0 ? ~UINT64CONST(0) : UINT64CONST(0))

/* How often the values that no finite sum can hold were added. */
typedef struct IvmExactSpecials
{
	int64		nan;
	int64		pinf;			/* +Infinity */
	int64		ninf;			/* -Infinity */
	int64		nzero;			/* -0: a sum of nothing else is -0 */
} IvmExactSpecials;

/*
 * One sum.  Zeroed it is the sum of nothing.  It may be moved in memory, but
 * not copied: what it has allocated belongs to one copy only.
 */
typedef struct IvmExactFloat
{
	int16		lo;				/* place of the lowest limb held */
	int16		n;				/* limbs held; 0: the finite sum is zero */
	int16		cap;			/* limbs allocated at heap; 0: kept inline */
	IvmExactSpecials *specials; /* NULL: none seen */
	union
	{
		uint64		limb[IVM_EXACTFLOAT_INLINE_LIMBS];
		uint64	   *heap;
	}			u;
} IvmExactFloat;

/* The floating-point formats that a sum can be rounded to. */
typedef enum IvmFloatFormat
{
	IVM_FLOAT4,
	IVM_FLOAT8
} IvmFloatFormat;

/* accumulating */
extern void ivm_exact_float_add(IvmExactFloat *acc, double value, int sign,
							   MemoryContext cxt);
extern void ivm_exact_float_add_product(IvmExactFloat *acc, double x, double y,
									   int sign, MemoryContext cxt);
extern void ivm_exact_float_merge(IvmExactFloat *acc, const IvmExactFloat *other,
								 MemoryContext cxt);
extern void ivm_exact_float_free(IvmExactFloat *acc);

/* the stored form of n sums */
extern bytea *ivm_exact_float_store(const IvmExactFloat *acc, int n);
extern void ivm_exact_float_load(IvmExactFloat *acc, int n, const bytea *stored);

/* reading */
extern bool ivm_exact_float_special(const IvmExactFloat *acc, double *value);
extern bool ivm_exact_float_round(const IvmExactFloat *acc,
								 IvmFloatFormat format, double *value);
extern bool ivm_exact_float_round_number(bool neg, uint64 m, bool sticky,
										int exp, IvmFloatFormat format,
										double *value);

/*
 * The limbs, lowest first, in two's complement.  The lowest bit of place 0
 * has the weight 2^-IVM_EXACTFLOAT_BITS_BELOW_ONE.
 */
static inline uint64 *
ivm_exact_float_limbs(const IvmExactFloat *acc)
{
	return acc->cap == 0 ? (uint64 *) acc->u.limb : acc->u.heap;
}

#endif							/* IVM_EXACT_FLOAT_H */
