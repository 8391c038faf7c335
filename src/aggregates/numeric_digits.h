/*-------------------------------------------------------------------------
 *
 * numeric_digits.h
 *	  The digits of a numeric, as they are stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_NUMERIC_DIGITS_H
#define IVM_NUMERIC_DIGITS_H

#include "utils/numeric.h"

#define IVM_NBASE		10000
#define IVM_DEC_DIGITS	4		/* decimal digits in a digit of base NBASE */

/* Largest weight and display scale that a numeric can have. */
#define IVM_NUMERIC_WEIGHT_MAX	PG_INT16_MAX
#define IVM_NUMERIC_DSCALE_MAX	0x3FFF

typedef enum IvmNumericKind
{
	IVM_NUMERIC_FINITE = -1,
	IVM_NUMERIC_NAN,
	IVM_NUMERIC_PINF,
	IVM_NUMERIC_NINF
} IvmNumericKind;

#define IVM_NUMERIC_SPECIALS	3

/*
 * A finite number is the sum of digit[i] * NBASE ^ (weight - i), negated where
 * negative.  First and last digit are not zero; zero has no digits.
 */
typedef struct IvmNumericDigits
{
	IvmNumericKind kind;		/* of others the rest is zero */
	bool		negative;
	int			weight;
	int			dscale;			/* display scale, in decimal digits */
	int			ndigits;
	const char *digits;			/* int16, perhaps not aligned */
} IvmNumericDigits;

/* Digit i, the highest being 0. */
static inline int
ivm_numeric_digits_get(const IvmNumericDigits *num, int i)
{
	int16		digit;

	memcpy(&digit, num->digits + i * sizeof(int16), sizeof(int16));
	return digit;
}

/*
 * Take a numeric apart.  It must be neither compressed nor out of line, but may have
 * a short varlena header.  num->digits points into it.
 */
extern void ivm_numeric_digits_read(const struct varlena *value,
									IvmNumericDigits *num);

/*
 * Put a finite number together, in CurrentMemoryContext; zero digits at the ends are
 * left out.  Weight and display scale must be in range.
 */
extern Numeric ivm_numeric_digits_write(const IvmNumericDigits *num);

/* The decimal digits that a finite number needs right of the point. */
extern int	ivm_numeric_digits_min_scale(const IvmNumericDigits *num);

#endif							/* IVM_NUMERIC_DIGITS_H */
