/*-------------------------------------------------------------------------
 *
 * exact_float.h
 *	  Exact sums of floating-point numbers and of their products.
 *
 * Every operation is exact, and the order of operations makes no difference: not
 * for the value of a sum, and not for the bytes that are stored of it.
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

/*
 * Accumulating.  sign is 1 to add and -1 to take away.  What a sum needs beyond its
 * own bytes is allocated in cxt, which must be the same for all operations on
 * the sum, until ivm_exact_float_free() makes it the sum of nothing again.  The
 * factors of a product must be finite; a value need not be.
 */
extern void ivm_exact_float_add(IvmExactFloat *acc, double value, int sign,
								MemoryContext cxt);
extern void ivm_exact_float_add_product(IvmExactFloat *acc, double x, double y,
										int sign, MemoryContext cxt);
extern void ivm_exact_float_merge(IvmExactFloat *acc, const IvmExactFloat *other,
								  MemoryContext cxt);
extern void ivm_exact_float_free(IvmExactFloat *acc);

/*
 * The stored form of n sums: NULL if each is the sum of nothing or equal to it,
 * else allocated in CurrentMemoryContext, as is what loaded sums need beyond their
 * own bytes.  Sums to be loaded need not be initialized; NULL is n sums of nothing.
 * Bytes that are no stored form are an error (ERRCODE_DATA_CORRUPTED).
 */
extern bytea *ivm_exact_float_store(const IvmExactFloat *acc, int n);
extern void ivm_exact_float_load(IvmExactFloat *acc, int n, const bytea *stored);

/*
 * Reading.  ivm_exact_float_special() tells whether a sum is NaN or infinite, by the
 * rules of IEEE 754, and sets *value if so.  ivm_exact_float_round() sets it to the
 * finite part, rounded to the nearest value of the format, ties to even; it returns
 * false if that is too large for the format.  ivm_exact_float_round_number() does
 * so for m * 2^exp, plus less than the lowest bit of m if sticky is set; the
 * highest bit of m must be set.
 */
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
