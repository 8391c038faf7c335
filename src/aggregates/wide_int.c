/*-------------------------------------------------------------------------
 *
 * wide_int.c
 *	  Sums of 64-bit integers, and of their squares, as numerics.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "aggregates/wide_int.h"

/* high * 2^32 * factor + low */
static Numeric
combine(Numeric high, int64 factor, Numeric low)
{
	Datum		d = NumericGetDatum(high);

	d = DirectFunctionCall2(numeric_mul, d,
							NumericGetDatum(int64_to_numeric(INT64CONST(1) << 32)));
	d = DirectFunctionCall2(numeric_mul, d,
							NumericGetDatum(int64_to_numeric(factor)));
	return DatumGetNumeric(DirectFunctionCall2(numeric_add, d,
											   NumericGetDatum(low)));
}

Numeric
ivm_wide_int_to_numeric(const IvmWide *wide)
{
	Numeric		low = int64_to_numeric(wide->low);

	if (wide->high == 0)
		return low;
	return combine(int64_to_numeric(wide->high), INT64CONST(1) << 32, low);
}

Numeric
ivm_wide_int_squares_to_numeric(const IvmSquares *squares)
{
	Numeric		result = ivm_wide_int_to_numeric(&squares->low);

	if (!ivm_wide_is_zero(&squares->middle))
		result = combine(ivm_wide_int_to_numeric(&squares->middle), 2, result);
	if (!ivm_wide_is_zero(&squares->high))
		result = combine(ivm_wide_int_to_numeric(&squares->high),
						 INT64CONST(1) << 32, result);
	return result;
}
