/*-------------------------------------------------------------------------
 *
 * float_sums.c
 *	  The exact sums that float aggregates are made of, with a row count.
 *
 * The infinities and NaNs are counted by the sums of x and of y, separately;
 * a row that brings one adds nothing to the products with that variable.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"

#include "aggregates/exact_float.h"
#include "aggregates/float_sums.h"

void
ivm_float_sums_add(IvmFloatSums *sums, double x, int sign, MemoryContext cxt)
{
	sums->count += sign;
	ivm_exact_float_add(&sums->sum[IVM_SUM_X], x, sign, cxt);
}

/*
 * Add x to the sum at place, and its square to the next one.
 */
static inline void
add_moments(IvmFloatSums *sums, int place, double x, int sign,
			MemoryContext cxt)
{
	/* adding +0 makes +0 of -0, which moments do not tell apart */
	ivm_exact_float_add(&sums->sum[place], x + 0.0, sign, cxt);
	if (isfinite(x))
		ivm_exact_float_add_product(&sums->sum[place + 1], x, x, sign, cxt);
}

void
ivm_float_sums_add_moments(IvmFloatSums *sums, double x, int sign,
						   MemoryContext cxt)
{
	sums->count += sign;
	add_moments(sums, IVM_SUM_X, x, sign, cxt);
}

void
ivm_float_sums_add_comoments(IvmFloatSums *sums, double y, double x, int sign,
							 MemoryContext cxt)
{
	sums->count += sign;
	add_moments(sums, IVM_SUM_X, x, sign, cxt);
	add_moments(sums, IVM_SUM_Y, y, sign, cxt);
	if (isfinite(x) && isfinite(y))
		ivm_exact_float_add_product(&sums->sum[IVM_SUM_XY], x, y, sign, cxt);
}

void
ivm_float_sums_merge(IvmFloatSums *into, const IvmFloatSums *from, int n,
					 MemoryContext cxt)
{
	into->count += from->count;
	for (int i = 0; i < n; i++)
		ivm_exact_float_merge(&into->sum[i], &from->sum[i], cxt);
}

void
ivm_float_sums_load(IvmFloatSums *sums, int n, Datum count, bool count_null,
					Datum exact, bool exact_null)
{
	sums->count = count_null ? 0 : DatumGetInt64(count);
	ivm_exact_float_load(sums->sum, n,
						 exact_null ? NULL : DatumGetByteaPP(exact));
}

void
ivm_float_sums_free(IvmFloatSums *sums, int n)
{
	for (int i = 0; i < n; i++)
		ivm_exact_float_free(&sums->sum[i]);
}

void
ivm_float_sums_store(const IvmFloatSums *sums, int n, Datum *exact, bool *null)
{
	bytea	   *stored = ivm_exact_float_store(sums->sum, n);

	*exact = PointerGetDatum(stored);
	*null = stored == NULL;
}

bool
ivm_float_sums_total(const IvmFloatSums *sums, IvmFloatFormat format,
					 double *value)
{
	const IvmExactFloat *sum = &sums->sum[IVM_SUM_X];

	if (sums->count <= 0)
		return false;
	if (ivm_exact_float_special(sum, value))
		return true;
	if (!ivm_exact_float_round(sum, format, value))
		return false;
	if (*value == 0 && sum->specials != NULL &&
		sum->specials->nzero == sums->count)
		*value = -*value;
	return true;
}
