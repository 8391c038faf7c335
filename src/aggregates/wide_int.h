/*-------------------------------------------------------------------------
 *
 * wide_int.h
 *	  Sums of 64-bit integers, and of their squares, that do not overflow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WIDE_INT_H
#define IVM_WIDE_INT_H

#include "utils/numeric.h"

/* The number high * 2^64 + low. */
typedef struct IvmWide
{
	int64		low;
	int64		high;
} IvmWide;

/* The number high * 2^64 + middle * 2^33 + low. */
typedef struct IvmSquares
{
	IvmWide		low;
	IvmWide		middle;
	IvmWide		high;
} IvmSquares;

/* Add a number; 64-bit arithmetic wraps around (PostgreSQL sets -fwrapv). */
static inline void
ivm_wide_add(IvmWide *into, int64 value)
{
	int64		old = into->low;

	into->low = (int64) ((uint64) old + (uint64) value);
	if (unlikely(((old ^ into->low) & (value ^ into->low)) < 0))
		into->high += value < 0 ? -1 : 1;
}

/* Take away a number: -x = ~x + 1, which holds for the smallest one too. */
static inline void
ivm_wide_subtract(IvmWide *into, int64 value)
{
	ivm_wide_add(into, ~value);
	ivm_wide_add(into, 1);
}

static inline void
ivm_wide_merge(IvmWide *into, const IvmWide *from)
{
	ivm_wide_add(into, from->low);
	into->high += from->high;
}

static inline bool
ivm_wide_is_zero(const IvmWide *wide)
{
	return wide->low == 0 && wide->high == 0;
}

/*
 * Add (sign = 1) or take away (sign = -1) the square of a number.  Of x =
 * a * 2^32 + b with b a signed 32-bit number, the products aa, ab and bb are
 * at most 2^62 in size.
 */
static inline void
ivm_wide_int_add_square(IvmSquares *into, int64 value, int sign)
{
	int64		b = (int32) value;
	int64		a = (value >> 32) + (b < 0 ? 1 : 0);

	ivm_wide_add(&into->low, sign * (b * b));
	if (a != 0)
	{
		ivm_wide_add(&into->middle, sign * (a * b));
		ivm_wide_add(&into->high, sign * (a * a));
	}
}

static inline void
ivm_wide_int_merge_squares(IvmSquares *into, const IvmSquares *from)
{
	ivm_wide_merge(&into->low, &from->low);
	ivm_wide_merge(&into->middle, &from->middle);
	ivm_wide_merge(&into->high, &from->high);
}

/* The number as a numeric of display scale 0, in CurrentMemoryContext. */
extern Numeric ivm_wide_int_to_numeric(const IvmWide *wide);
extern Numeric ivm_wide_int_squares_to_numeric(const IvmSquares *squares);

#endif							/* IVM_WIDE_INT_H */
