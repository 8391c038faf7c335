/*-------------------------------------------------------------------------
 *
 * accum_numeric.c
 *	  Accumulators for sums of numeric and int8, and for the moments (variance
 *	  and standard deviation) of these and of the smaller integers.
 *
 * Deltas and states of numerics are the stored form of numeric_sum.c.  The
 * pending form is made for speed: the digits left of the point and twelve to
 * the right of it are summed in two int64, and rows of one display scale are
 * counted; what does not fit goes into an IvmNumericSum ("rare").
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "aggregates/accum.h"
#include "aggregates/accum_numeric.h"
#include "aggregates/numeric_digits.h"
#include "aggregates/numeric_sum.h"
#include "aggregates/wide_int.h"

/* ------------------------------------------------------------------------
 * Pending sums of numerics
 * ------------------------------------------------------------------------
 */
typedef struct NumericPending
{
	int64		whole;			/* sum of the digits left of the point */
	int64		fraction;		/* and right of it, in units of 10^-12 */
	int64		scale_rows;		/* rows of display scale "scale" */
	int			scale;
	IvmNumericSum *rare;		/* what the fields above cannot hold, or NULL */
} NumericPending;

/* The same with squares, of numbers in units of 10^-4. */
typedef struct NumericMoments
{
	NumericPending sum;
	IvmSquares	squares;
} NumericMoments;

#define WHOLE_DIGITS		4	/* digits of base 10000 that a row may have */
#define FRACTION_DIGITS		3
#define FRACTION_SCALE		(FRACTION_DIGITS * IVM_DEC_DIGITS)
#define FRACTION_ONE		INT64CONST(1000000000000)	/* 10^FRACTION_SCALE */
#define ROOT_MAX			(PG_INT64_MAX / IVM_NBASE - 1)

static IvmNumericSum *
pending_rare(NumericPending *p, MemoryContext cxt)
{
	if (p->rare == NULL)
		p->rare = MemoryContextAllocZero(cxt, sizeof(IvmNumericSum));
	return p->rare;
}

/*
 * Split a number at its point, if it is small enough: right of the point in
 * units of 10^-12.
 */
static inline bool
split_at_point(const IvmNumericDigits *value, int64 *whole, int64 *fraction)
{
	static const int64 unit[FRACTION_DIGITS] = {100000000, 10000, 1};
	int64		w = 0;
	int64		f = 0;
	int			i = 0;

	if (value->ndigits > 0)
	{
		if (value->weight >= WHOLE_DIGITS ||
			value->ndigits - 1 - value->weight > FRACTION_DIGITS)
			return false;
		for (; i <= value->weight; i++)
			w = w * IVM_NBASE +
				(i < value->ndigits ? ivm_numeric_digits_get(value, i) : 0);
		for (; i < value->ndigits; i++)
			f += ivm_numeric_digits_get(value, i) * unit[i - value->weight - 1];
	}
	*whole = value->negative ? -w : w;
	*fraction = value->negative ? -f : f;
	return true;
}

/* *part += value; where that overflows, *part goes to "rare" first. */
static inline void
add_part(NumericPending *p, int64 *part, int64 value, MemoryContext cxt)
{
	int64		result;

	if (likely(!pg_add_s64_overflow(*part, value, &result)))
		*part = result;
	else
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);
		int			scale = (part == &p->fraction) ? FRACTION_SCALE : 0;

		ivm_numeric_sum_add(&pending_rare(p, cxt)->finite,
							int64_div_fast_to_numeric(*part, scale));
		MemoryContextSwitchTo(old);
		*part = value;
	}
}

/* Count rows of a display scale. */
static inline void
add_scale(NumericPending *p, int scale, int64 rows, MemoryContext cxt)
{
	if (p->scale_rows == 0)
		p->scale = scale;
	if (likely(p->scale == scale))
		p->scale_rows += rows;
	else
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		ivm_numeric_sum_add_scale(pending_rare(p, cxt), scale, rows);
		MemoryContextSwitchTo(old);
	}
}

static inline void
pending_add(NumericPending *p, const IvmNumericDigits *value, int sign,
			MemoryContext cxt)
{
	int64		whole;
	int64		fraction;

	if (value->kind == IVM_NUMERIC_FINITE &&
		split_at_point(value, &whole, &fraction))
	{
		add_part(p, &p->whole, sign * whole, cxt);
		add_part(p, &p->fraction, sign * fraction, cxt);
		add_scale(p, value->dscale, sign, cxt);
	}
	else
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		ivm_numeric_sum_add_value(pending_rare(p, cxt), value, sign);
		MemoryContextSwitchTo(old);
	}
}

static void
pending_merge(NumericPending *into, const NumericPending *from,
			  MemoryContext cxt)
{
	add_part(into, &into->whole, from->whole, cxt);
	add_part(into, &into->fraction, from->fraction, cxt);
	add_scale(into, from->scale, from->scale_rows, cxt);
	if (from->rare != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		ivm_numeric_sum_merge(pending_rare(into, cxt), from->rare);
		MemoryContextSwitchTo(old);
	}
}

/*
 * whole + fraction / 10^FRACTION_SCALE as a numeric, where |fraction| <
 * 10^FRACTION_SCALE; the two may differ in sign.  Written digit by digit: this
 * is done for every key at commit.
 */
static Numeric
fixed_to_numeric(int64 whole, int64 fraction)
{
	const int64 one = FRACTION_ONE;
	int16		digits[8];
	int			n = lengthof(digits);
	IvmNumericDigits num;
	uint64		rest;

	StaticAssertStmt(FRACTION_SCALE == 3 * IVM_DEC_DIGITS, "three digits of fraction");
	if (whole > 0 && fraction < 0)
	{
		whole--;
		fraction += one;
	}
	else if (whole < 0 && fraction > 0)
	{
		whole++;
		fraction -= one;
	}
	num.kind = IVM_NUMERIC_FINITE;
	num.negative = whole < 0 || fraction < 0;
	num.dscale = fraction != 0 ? FRACTION_SCALE : 0;
	rest = fraction < 0 ? -(uint64) fraction : (uint64) fraction;
	for (int i = 0; i < 3; i++)
	{
		digits[--n] = rest % IVM_NBASE;
		rest /= IVM_NBASE;
	}
	rest = whole < 0 ? -(uint64) whole : (uint64) whole;
	while (n > 0)
	{
		digits[--n] = rest % IVM_NBASE;
		rest /= IVM_NBASE;
	}
	num.weight = lengthof(digits) - 3 - 1;
	num.ndigits = lengthof(digits);
	num.digits = (const char *) digits;
	return ivm_numeric_digits_write(&num);
}

/* The general form of a pending sum. */
static void
pending_total(const NumericPending *p, IvmNumericSum *sum)
{
	memset(sum, 0, sizeof(*sum));
	if (p->rare != NULL)
		ivm_numeric_sum_merge(sum, p->rare);
	if (p->whole != 0 || p->fraction != 0)
	{
		int64		whole;

		/* fractions of several rows add up to more than one */
		if (pg_add_s64_overflow(p->whole, p->fraction / FRACTION_ONE, &whole))
		{
			ivm_numeric_sum_add(&sum->finite, int64_to_numeric(p->whole));
			ivm_numeric_sum_add(&sum->finite,
								int64_div_fast_to_numeric(p->fraction, FRACTION_SCALE));
		}
		else
		{
			Numeric		fixed = fixed_to_numeric(whole, p->fraction % FRACTION_ONE);

			if (sum->finite == NULL)
				sum->finite = fixed;
			else
				ivm_numeric_sum_add(&sum->finite, fixed);
		}
	}
	ivm_numeric_sum_add_scale(sum, p->scale, p->scale_rows);
}

static void
moments_total(const NumericMoments *p, IvmNumericSum *sum)
{
	Datum		squares = NumericGetDatum(ivm_wide_int_squares_to_numeric(&p->squares));
	Datum		unit = NumericGetDatum(int64_div_fast_to_numeric(1, 2 * IVM_DEC_DIGITS));

	pending_total(&p->sum, sum);
	ivm_numeric_sum_add(&sum->squares,
						DatumGetNumeric(DirectFunctionCall2(numeric_mul, squares, unit)));
}

/* ------------------------------------------------------------------------
 * Operations of numeric accumulators
 * ------------------------------------------------------------------------
 */
static void
numeric_sum_add(IvmAccum *acc, void *pending, const Datum *args,
				const bool *nulls, int sign, MemoryContext cxt)
{
	struct varlena *plain;
	IvmNumericDigits value;

	if (nulls[0])
		return;
	plain = PG_DETOAST_DATUM_PACKED(args[0]);
	ivm_numeric_digits_read(plain, &value);
	pending_add(pending, &value, sign, cxt);
	if ((Pointer) plain != DatumGetPointer(args[0]))
		pfree(plain);
}

static void
numeric_sum_merge(IvmAccum *acc, void *into, const void *from,
				  MemoryContext cxt)
{
	pending_merge(into, from, cxt);
}

static void
numeric_sum_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	IvmNumericSum sum;

	pending_total(pending, &sum);
	ivm_numeric_sum_store(&sum, IVM_NUMERICSUM_PLAIN, delta, nulls);
}

static void
numeric_moments_add(IvmAccum *acc, void *pending, const Datum *args,
					const bool *nulls, int sign, MemoryContext cxt)
{
	NumericMoments *p = pending;
	struct varlena *plain;
	IvmNumericDigits value;
	int64		whole;
	int64		fraction;

	if (nulls[0])
		return;
	plain = PG_DETOAST_DATUM_PACKED(args[0]);
	ivm_numeric_digits_read(plain, &value);
	pending_add(&p->sum, &value, sign, cxt);

	if (value.kind == IVM_NUMERIC_FINITE)
	{
		const int64 unit = INT64CONST(100000000);	/* 10^-4 in 10^-12 */

		if (split_at_point(&value, &whole, &fraction) &&
			whole > -ROOT_MAX && whole < ROOT_MAX && fraction % unit == 0)
			ivm_wide_int_add_square(&p->squares, whole * IVM_NBASE + fraction / unit, sign);
		else
		{
			MemoryContext old = MemoryContextSwitchTo(cxt);

			ivm_numeric_sum_add_square(pending_rare(&p->sum, cxt), &value, sign);
			MemoryContextSwitchTo(old);
		}
	}
	if ((Pointer) plain != DatumGetPointer(args[0]))
		pfree(plain);
}

static void
numeric_moments_merge(IvmAccum *acc, void *into, const void *from,
					  MemoryContext cxt)
{
	NumericMoments *p = into;
	const NumericMoments *f = from;

	pending_merge(&p->sum, &f->sum, cxt);
	ivm_wide_int_merge_squares(&p->squares, &f->squares);
}

static void
numeric_moments_emit(IvmAccum *acc, const void *pending,
					 Datum *delta, bool *nulls)
{
	IvmNumericSum sum;

	moments_total(pending, &sum);
	ivm_numeric_sum_store(&sum, IVM_NUMERICSUM_SQUARES, delta, nulls);
}

/* Deltas and states have one form: its columns tell which. */
static void
stored_add(IvmAccum *acc, Datum *into, bool *into_nulls,
		   const Datum *from, const bool *from_nulls)
{
	ivm_numeric_sum_add_stored((IvmNumericSumForm) acc->class->nstate,
							   into, into_nulls, from, from_nulls);
}

/* In a state the count, the second column, is never NULL. */
static void
fix_count(Datum *state, bool *nulls)
{
	if (nulls[1])
	{
		state[1] = Int64GetDatum(0);
		nulls[1] = false;
	}
}

static bool
stored_apply(IvmAccum *acc, Datum *state, bool *nulls,
			 const Datum *delta, const bool *delta_nulls)
{
	stored_add(acc, state, nulls, delta, delta_nulls);
	fix_count(state, nulls);
	return true;
}

static void
stored_empty(IvmAccum *acc, Datum *state, bool *nulls)
{
	for (int i = 0; i < acc->class->nstate; i++)
	{
		state[i] = (Datum) 0;
		nulls[i] = true;
	}
	fix_count(state, nulls);
}

static void
init_nothing(IvmAccum *acc)
{
	acc->data = NULL;
}

const IvmAccumClass ivm_accum_numeric_sum = {
	.name = "numeric sum",
	.pending_size = sizeof(NumericPending),
	.nstate = IVM_NUMERICSUM_PLAIN,
	.state = {
		{"_sum", NUMERICOID, "sum($1)"},
		{"_count", INT8OID, "count($1)"},
		{"_aux", NUMERICARRAYOID, "ivm._numeric_aux($1)"}
	},
	.ndelta = IVM_NUMERICSUM_PLAIN,
	.delta = {
		{"_sum", NUMERICOID, NULL},
		{"_count", INT8OID, NULL},
		{"_aux", NUMERICARRAYOID, NULL}
	},
	.is_sum = true,
	.init = init_nothing,
	.add = numeric_sum_add,
	.merge = numeric_sum_merge,
	.emit = numeric_sum_emit,
	.sum_delta = stored_add,
	.empty = stored_empty,
	.apply = stored_apply
};

const IvmAccumClass ivm_accum_numeric_moments = {
	.name = "numeric moments",
	.pending_size = sizeof(NumericMoments),
	.nstate = IVM_NUMERICSUM_SQUARES,
	.state = {
		{"_sum", NUMERICOID, "sum($1)"},
		{"_count", INT8OID, "count($1)"},
		{"_squares", NUMERICOID, "ivm._numeric_squares($1)"},
		{"_aux", NUMERICARRAYOID, "ivm._numeric_squares_aux($1)"}
	},
	.ndelta = IVM_NUMERICSUM_SQUARES,
	.delta = {
		{"_sum", NUMERICOID, NULL},
		{"_count", INT8OID, NULL},
		{"_squares", NUMERICOID, NULL},
		{"_aux", NUMERICARRAYOID, NULL}
	},
	.init = init_nothing,
	.add = numeric_moments_add,
	.merge = numeric_moments_merge,
	.emit = numeric_moments_emit,
	.sum_delta = stored_add,
	.empty = stored_empty,
	.apply = stored_apply
};

/* ------------------------------------------------------------------------
 * Integers: the sum of int8, the moments of all three
 *
 * The columns are sum and count, and the sum of squares for the moments.
 * ------------------------------------------------------------------------
 */
typedef struct IntegerPending
{
	IvmWide		sum;
	int64		count;
	IvmSquares	squares;		/* moments only */
} IntegerPending;

static inline bool
has_squares(const IvmAccum *acc)
{
	return acc->class->nstate > 2;
}

static void
integer_add(IvmAccum *acc, void *pending, const Datum *args,
			const bool *nulls, int sign, MemoryContext cxt)
{
	IntegerPending *p = pending;
	int64		value;

	if (nulls[0])
		return;

	switch (acc->argtype[0])
	{
		case INT2OID:
			value = DatumGetInt16(args[0]);
			break;
		case INT4OID:
			value = DatumGetInt32(args[0]);
			break;
		case INT8OID:
			value = DatumGetInt64(args[0]);
			break;
		default:
			elog(ERROR, "unexpected argument type %u of an integer sum",
				 acc->argtype[0]);
	}
	if (sign > 0)
		ivm_wide_add(&p->sum, value);
	else
		ivm_wide_subtract(&p->sum, value);
	p->count += sign;
	if (has_squares(acc))
		ivm_wide_int_add_square(&p->squares, value, sign);
}

static void
integer_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	IntegerPending *p = into;
	const IntegerPending *f = from;

	ivm_wide_merge(&p->sum, &f->sum);
	p->count += f->count;
	if (has_squares(acc))
		ivm_wide_int_merge_squares(&p->squares, &f->squares);
}

static bool
is_zero(Numeric value)
{
	IvmNumericDigits digits;

	ivm_numeric_digits_read((struct varlena *) value, &digits);
	return digits.ndigits == 0;
}

/* All columns are NULL where sum, count and squares are zero. */
static void
integer_store(IvmAccum *acc, Numeric sum, int64 count, Numeric squares,
			  Datum *values, bool *nulls)
{
	bool		nothing = count == 0 && is_zero(sum) &&
		(!has_squares(acc) || is_zero(squares));

	values[0] = NumericGetDatum(sum);
	values[1] = Int64GetDatum(count);
	if (has_squares(acc))
		values[2] = NumericGetDatum(squares);
	for (int i = 0; i < acc->class->nstate; i++)
		nulls[i] = nothing;
}

static void
integer_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	const IntegerPending *p = pending;

	integer_store(acc, ivm_wide_int_to_numeric(&p->sum), p->count,
				  has_squares(acc) ? ivm_wide_int_squares_to_numeric(&p->squares) : NULL,
				  delta, nulls);
}

/* a + b, where NULL is zero */
static Numeric
add_numerics(Datum a, bool a_null, Datum b, bool b_null)
{
	Datum		zero = NumericGetDatum(int64_to_numeric(0));

	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   a_null ? zero : a,
											   b_null ? zero : b));
}

static void
integer_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				  const Datum *from, const bool *from_nulls)
{
	Numeric		sum = add_numerics(into[0], into_nulls[0], from[0], from_nulls[0]);
	Numeric		squares = NULL;
	int64		count = (into_nulls[1] ? 0 : DatumGetInt64(into[1])) +
		(from_nulls[1] ? 0 : DatumGetInt64(from[1]));

	if (has_squares(acc))
		squares = add_numerics(into[2], into_nulls[2], from[2], from_nulls[2]);
	integer_store(acc, sum, count, squares, into, into_nulls);
}

static bool
integer_apply(IvmAccum *acc, Datum *state, bool *nulls,
			  const Datum *delta, const bool *delta_nulls)
{
	integer_sum_delta(acc, state, nulls, delta, delta_nulls);
	fix_count(state, nulls);
	return true;
}

static const IvmAccumClass integer_sum_class = {
	.name = "int8 sum",
	.pending_size = offsetof(IntegerPending, squares),
	.nstate = 2,
	.state = {
		{"_sum", NUMERICOID, "sum($1)"},
		{"_count", INT8OID, "count($1)"}
	},
	.ndelta = 2,
	.delta = {{"_sum", NUMERICOID, NULL}, {"_count", INT8OID, NULL}},
	.is_sum = true,
	.init = init_nothing,
	.add = integer_add,
	.merge = integer_merge,
	.emit = integer_emit,
	.sum_delta = integer_sum_delta,
	.empty = stored_empty,
	.apply = integer_apply
};

static const IvmAccumClass integer_moments_class = {
	.name = "integer moments",
	.pending_size = sizeof(IntegerPending),
	.nstate = 3,
	.state = {
		{"_sum", NUMERICOID, "sum($1::pg_catalog.int8)"},
		{"_count", INT8OID, "count($1)"},
		{"_squares", NUMERICOID,
		"sum($1::pg_catalog.numeric * $1::pg_catalog.numeric)"}
	},
	.ndelta = 3,
	.delta = {
		{"_sum", NUMERICOID, NULL},
		{"_count", INT8OID, NULL},
		{"_squares", NUMERICOID, NULL}
	},
	.init = init_nothing,
	.add = integer_add,
	.merge = integer_merge,
	.emit = integer_emit,
	.sum_delta = integer_sum_delta,
	.empty = stored_empty,
	.apply = integer_apply
};

/* ------------------------------------------------------------------------
 * Rules
 *
 * The average divides as avg() does; nullif() keeps a partial state, where
 * the count may be zero beside a sum, from raising an error.
 * ------------------------------------------------------------------------
 */
#define AVERAGE			"$1 / nullif($2, 0)"
#define INTEGER_MOMENT(function) "ivm." function "($1, $2, $3, NULL)"
#define NUMERIC_MOMENT(function) "ivm." function "($1, $2, $3, $4)"

const IvmAggRule ivm_accum_numeric_rules[] = {
	{F_SUM_INT8, &integer_sum_class, "$1"},
	{F_AVG_INT8, &integer_sum_class, AVERAGE},
	{F_SUM_NUMERIC, &ivm_accum_numeric_sum, "$1"},
	{F_AVG_NUMERIC, &ivm_accum_numeric_sum, AVERAGE},

	{F_VAR_POP_INT2, &integer_moments_class, INTEGER_MOMENT("_var_pop")},
	{F_VAR_POP_INT4, &integer_moments_class, INTEGER_MOMENT("_var_pop")},
	{F_VAR_POP_INT8, &integer_moments_class, INTEGER_MOMENT("_var_pop")},
	{F_VAR_POP_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_var_pop")},
	{F_VAR_SAMP_INT2, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VAR_SAMP_INT4, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VAR_SAMP_INT8, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VAR_SAMP_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_var_samp")},
	{F_VARIANCE_INT2, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VARIANCE_INT4, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VARIANCE_INT8, &integer_moments_class, INTEGER_MOMENT("_var_samp")},
	{F_VARIANCE_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_var_samp")},
	{F_STDDEV_POP_INT2, &integer_moments_class, INTEGER_MOMENT("_stddev_pop")},
	{F_STDDEV_POP_INT4, &integer_moments_class, INTEGER_MOMENT("_stddev_pop")},
	{F_STDDEV_POP_INT8, &integer_moments_class, INTEGER_MOMENT("_stddev_pop")},
	{F_STDDEV_POP_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_stddev_pop")},
	{F_STDDEV_SAMP_INT2, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_SAMP_INT4, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_SAMP_INT8, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_SAMP_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_stddev_samp")},
	{F_STDDEV_INT2, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_INT4, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_INT8, &integer_moments_class, INTEGER_MOMENT("_stddev_samp")},
	{F_STDDEV_NUMERIC, &ivm_accum_numeric_moments, NUMERIC_MOMENT("_stddev_samp")},
};

const int	ivm_accum_n_numeric_rules = lengthof(ivm_accum_numeric_rules);
