/*-------------------------------------------------------------------------
 *
 * numeric_sum.c
 *	  Sums of numerics from which rows can be taken away again.
 *
 * PostgreSQL's own sum() is exact, but not enough to be maintained:
 *
 *	- What it shows has the largest display scale of its rows; that must
 *	  shrink again with the last row that had it.  So the rows are counted
 *	  per display scale.
 *	- NaN and the infinities hide the finite sum, which must come to light
 *	  when they go.  So they are counted, and the finite sum is kept.
 *	- A sum out of the range of numeric is an error when it is read, but must
 *	  be none when it is written.  So of numbers near the limit the digits far
 *	  left of the point ("high") are summed apart.
 *
 * As stored, the first column is what sum() shows, and "aux" has what does
 * not follow from it: pairs of numbers (key, value) in the order of the keys,
 * or NULL where there are none.
 *
 *	 scale		rows of that display scale, where it is not the one shown; the
 *				rest of the finite rows have the one shown
 *	 -1 -2 -3	rows that are NaN, Infinity, -Infinity
 *	 -4			the finite sum, where the sum shown is another
 *	 -5			its far left part, in units of 10000^16384
 *	 -6			rows whose square is out of the range of numeric
 *
 * So "aux" is NULL in the usual case, rows of one scale.  All columns are a function
 * of the sums and counts alone, so the same rows give the same bytes, whatever
 * rows there were before.  A sum that is out of range shows as infinite.
 *
 * For example, 1.50 and 2.5 and NaN: the sum shown is NaN, the count is 3, and "aux"
 * has one NaN, the finite sum 4.00, and the rows of scale 1.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "aggregates/numeric_digits.h"
#include "aggregates/numeric_sum.h"

/* Numbers of at least this weight are split, below HIGH_WEIGHT. */
#define SPLIT_WEIGHT	32000
#define HIGH_WEIGHT		16384

/* Squares of numbers up to these limits are numerics. */
#define SQUARE_MAX_WEIGHT	15000
#define SQUARE_MAX_SCALE	(IVM_NUMERIC_DSCALE_MAX / 2)

/* Keys in aux. */
#define KEY_SPECIAL(kind)	(-1 - (kind))
#define KEY_FINITE			(-4)
#define KEY_HIGH			(-5)
#define KEY_UNSQUARED		(-6)

/* ------------------------------------------------------------------------
 * Arithmetic
 * ------------------------------------------------------------------------
 */
static inline IvmNumericDigits
digits_of(Numeric value)
{
	IvmNumericDigits result;

	ivm_numeric_digits_read((struct varlena *) value, &result);
	return result;
}

static inline bool
is_zero(Numeric value)
{
	return value == NULL || digits_of(value).ndigits == 0;
}

/* The same number at another display scale, which must be sufficient. */
static Numeric
with_scale(Numeric value, int scale)
{
	IvmNumericDigits digits;

	if (value == NULL)
		value = int64_to_numeric(0);
	digits = digits_of(value);
	digits.dscale = scale;
	return ivm_numeric_digits_write(&digits);
}

void
ivm_numeric_sum_add(Numeric *into, Numeric value)
{
	if (value == NULL)
		return;
	if (*into == NULL)
	{
		IvmNumericDigits digits = digits_of(value);

		*into = ivm_numeric_digits_write(&digits);
	}
	else
	{
		Numeric		old = *into;

		*into = DatumGetNumeric(DirectFunctionCall2(numeric_add,
													NumericGetDatum(old),
													NumericGetDatum(value)));
		pfree(old);
	}
}

/* Add value to *low, but its digits from HIGH_WEIGHT on to *high. */
static void
add_split(Numeric *high, Numeric *low, const IvmNumericDigits *value)
{
	IvmNumericDigits part;
	int			nhigh = Min(Max(value->weight - HIGH_WEIGHT + 1, 0), value->ndigits);
	Numeric		number;

	part = *value;
	part.ndigits = nhigh;
	part.weight = value->weight - HIGH_WEIGHT;
	part.dscale = 0;
	if (nhigh > 0)
	{
		number = ivm_numeric_digits_write(&part);
		ivm_numeric_sum_add(high, number);
		pfree(number);
	}

	part = *value;
	part.digits += nhigh * sizeof(int16);
	part.ndigits -= nhigh;
	part.weight -= nhigh;
	number = ivm_numeric_digits_write(&part);
	ivm_numeric_sum_add(low, number);
	pfree(number);
}

/* 10000 ^ HIGH_WEIGHT, or its negative */
static Numeric
high_unit(bool negative)
{
	int16		one = 1;
	IvmNumericDigits digits = {IVM_NUMERIC_FINITE, negative, HIGH_WEIGHT, 0, 1, (char *) &one};

	return ivm_numeric_digits_write(&digits);
}

/*
 * high * 10000^HIGH_WEIGHT + low as one numeric; an infinity where that is
 * out of range.
 */
static Numeric
join_parts(Numeric high, Numeric low)
{
	Numeric		h = NULL;
	Numeric		l = NULL;
	IvmNumericDigits digits;

	ivm_numeric_sum_add(&h, high);
	if (!is_zero(low))
	{
		digits = digits_of(low);
		add_split(&h, &l, &digits);
	}

	/* the largest number of all is one unit of "high" less something */
	if (digits_of(h).weight >= HIGH_WEIGHT && !is_zero(l) &&
		digits_of(l).negative != digits_of(h).negative)
	{
		bool		negative = digits_of(h).negative;

		ivm_numeric_sum_add(&h, int64_to_numeric(negative ? 1 : -1));
		ivm_numeric_sum_add(&l, high_unit(negative));
	}

	digits = digits_of(h);
	if (digits.ndigits > 0 && digits.weight >= HIGH_WEIGHT)
		return DatumGetNumeric(DirectFunctionCall3(numeric_in,
												   CStringGetDatum(digits.negative ? "-Infinity" : "Infinity"),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
	digits.weight += HIGH_WEIGHT;
	h = ivm_numeric_digits_write(&digits);
	ivm_numeric_sum_add(&h, l);
	return h;
}

/* ------------------------------------------------------------------------
 * Adding rows
 * ------------------------------------------------------------------------
 */

void
ivm_numeric_sum_add_scale(IvmNumericSum *sum, int scale, int64 rows)
{
	int			i = sum->nscales;

	if (rows == 0)
		return;
	while (i > 0 && sum->scales[i - 1].scale > scale)
		i--;
	if (i > 0 && sum->scales[i - 1].scale == scale)
	{
		sum->scales[i - 1].rows += rows;
		return;
	}

	if (sum->nscales == sum->space)
	{
		sum->space = Max(4, sum->space * 2);
		if (sum->scales == NULL)
			sum->scales = palloc(sum->space * sizeof(IvmScaleCount));
		else
			sum->scales = repalloc(sum->scales, sum->space * sizeof(IvmScaleCount));
	}
	memmove(&sum->scales[i + 1], &sum->scales[i],
			(sum->nscales - i) * sizeof(IvmScaleCount));
	sum->scales[i].scale = scale;
	sum->scales[i].rows = rows;
	sum->nscales++;
}

void
ivm_numeric_sum_add_value(IvmNumericSum *sum, const IvmNumericDigits *value,
						  int sign)
{
	IvmNumericDigits number = *value;

	if (value->kind != IVM_NUMERIC_FINITE)
	{
		sum->special[value->kind] += sign;
		return;
	}

	ivm_numeric_sum_add_scale(sum, value->dscale, sign);
	number.negative = (value->negative != (sign < 0));
	if (value->ndigits > 0 && value->weight >= SPLIT_WEIGHT)
		add_split(&sum->high, &sum->finite, &number);
	else
	{
		Numeric		copy = ivm_numeric_digits_write(&number);

		ivm_numeric_sum_add(&sum->finite, copy);
		pfree(copy);
	}
}

void
ivm_numeric_sum_add_square(IvmNumericSum *sum, const IvmNumericDigits *value,
						   int sign)
{
	IvmNumericDigits number = *value;
	Numeric		root;
	Numeric		square;

	if (value->kind != IVM_NUMERIC_FINITE || value->ndigits == 0)
		return;

	number.dscale = ivm_numeric_digits_min_scale(value);
	if (number.weight > SQUARE_MAX_WEIGHT || number.dscale > SQUARE_MAX_SCALE)
	{
		sum->unsquared += sign;
		return;
	}
	root = ivm_numeric_digits_write(&number);
	number.negative = (value->negative != (sign < 0));
	square = ivm_numeric_digits_write(&number);
	square = DatumGetNumeric(DirectFunctionCall2(numeric_mul,
												 NumericGetDatum(root),
												 NumericGetDatum(square)));
	ivm_numeric_sum_add(&sum->squares, square);
	pfree(root);
	pfree(square);
}

void
ivm_numeric_sum_merge(IvmNumericSum *into, const IvmNumericSum *from)
{
	ivm_numeric_sum_add(&into->finite, from->finite);
	ivm_numeric_sum_add(&into->high, from->high);
	ivm_numeric_sum_add(&into->squares, from->squares);
	into->unsquared += from->unsquared;
	for (int kind = 0; kind < IVM_NUMERIC_SPECIALS; kind++)
		into->special[kind] += from->special[kind];
	for (int i = 0; i < from->nscales; i++)
		ivm_numeric_sum_add_scale(into, from->scales[i].scale, from->scales[i].rows);
}

int64
ivm_numeric_sum_finite_rows(const IvmNumericSum *sum)
{
	int64		rows = 0;

	for (int i = 0; i < sum->nscales; i++)
		rows += sum->scales[i].rows;
	return rows;
}

int
ivm_numeric_sum_scale(const IvmNumericSum *sum)
{
	int			scale = 0;

	for (int i = sum->nscales - 1; i >= 0 && scale == 0; i--)
	{
		if (sum->scales[i].rows != 0)
			scale = sum->scales[i].scale;
	}
	if (sum->finite != NULL)
	{
		IvmNumericDigits digits = digits_of(sum->finite);

		scale = Max(scale, ivm_numeric_digits_min_scale(&digits));
	}
	return scale;
}

/* ------------------------------------------------------------------------
 * Stored form
 * ------------------------------------------------------------------------
 */
static void
put_pair(Datum *pairs, int *n, int key, Numeric value)
{
	pairs[(*n)++] = NumericGetDatum(int64_to_numeric(key));
	pairs[(*n)++] = NumericGetDatum(value);
}

/* The array aux, or NULL where it has no element. */
static ArrayType *
make_aux(const IvmNumericSum *sum, int scale, bool keep_finite)
{
	Datum	   *pairs = palloc(sizeof(Datum) * 2 * (sum->nscales + 6));
	int			n = 0;
	ArrayType  *result = NULL;

	if (sum->unsquared != 0)
		put_pair(pairs, &n, KEY_UNSQUARED, int64_to_numeric(sum->unsquared));
	if (!is_zero(sum->high))
		put_pair(pairs, &n, KEY_HIGH, sum->high);
	if (keep_finite)
		put_pair(pairs, &n, KEY_FINITE, with_scale(sum->finite, scale));
	for (int kind = IVM_NUMERIC_SPECIALS - 1; kind >= 0; kind--)
	{
		if (sum->special[kind] != 0)
			put_pair(pairs, &n, KEY_SPECIAL(kind), int64_to_numeric(sum->special[kind]));
	}
	for (int i = 0; i < sum->nscales; i++)
	{
		if (sum->scales[i].rows != 0 && sum->scales[i].scale != scale)
			put_pair(pairs, &n, sum->scales[i].scale, int64_to_numeric(sum->scales[i].rows));
	}
	if (n > 0)
		result = construct_array(pairs, n, NUMERICOID, -1, false, TYPALIGN_INT);
	pfree(pairs);
	return result;
}

/* What sum() shows for special rows, or NULL where it shows the finite sum. */
static const char *
special_result(const IvmNumericSum *sum)
{
	if (sum->special[IVM_NUMERIC_NAN] > 0)
		return "NaN";
	if (sum->special[IVM_NUMERIC_PINF] > 0)
		return sum->special[IVM_NUMERIC_NINF] > 0 ? "NaN" : "Infinity";
	if (sum->special[IVM_NUMERIC_NINF] > 0)
		return "-Infinity";
	return NULL;
}

void
ivm_numeric_sum_store(const IvmNumericSum *sum, IvmNumericSumForm form,
					  Datum *values, bool *nulls)
{
	int			scale = ivm_numeric_sum_scale(sum);
	const char *special = special_result(sum);
	int64		count = ivm_numeric_sum_finite_rows(sum);
	bool		is_high = !is_zero(sum->high);
	bool		keep_finite = is_high;
	ArrayType  *aux;
	Numeric		shown;

	for (int kind = 0; kind < IVM_NUMERIC_SPECIALS; kind++)
		count += sum->special[kind];
	if (special != NULL && !keep_finite)
	{
		keep_finite = !is_zero(sum->finite);
		for (int i = 0; i < sum->nscales; i++)
			keep_finite |= sum->scales[i].rows != 0;
	}
	aux = make_aux(sum, scale, keep_finite);

	for (int i = 0; i < (int) form; i++)
		nulls[i] = true;
	if (count == 0 && aux == NULL && is_zero(sum->finite) && is_zero(sum->squares))
		return;

	if (special != NULL)
		shown = DatumGetNumeric(DirectFunctionCall3(numeric_in,
													CStringGetDatum(special),
													ObjectIdGetDatum(InvalidOid),
													Int32GetDatum(-1)));
	else if (is_high)
	{
		shown = join_parts(sum->high, sum->finite);
		if (digits_of(shown).kind == IVM_NUMERIC_FINITE)
			shown = with_scale(shown, scale);
	}
	else
		shown = with_scale(sum->finite, scale);

	values[0] = NumericGetDatum(shown);
	nulls[0] = false;
	values[1] = Int64GetDatum(count);
	nulls[1] = false;
	if (form == IVM_NUMERICSUM_SQUARES)
	{
		IvmNumericDigits digits;
		int			square_scale = Min(2 * scale, IVM_NUMERIC_DSCALE_MAX);

		if (sum->squares != NULL)
		{
			digits = digits_of(sum->squares);
			square_scale = Max(square_scale, ivm_numeric_digits_min_scale(&digits));
		}
		values[2] = NumericGetDatum(with_scale(sum->squares, square_scale));
		nulls[2] = false;
	}
	values[form - 1] = PointerGetDatum(aux);
	nulls[form - 1] = (aux == NULL);
}

/*
 * Take the pairs of aux into a sum; scales are counted into *listed.  Whoever calls a final function, or
 * an aggregate that adds up states, gives the keys.
 */
static void
load_aux(IvmNumericSum *sum, ArrayType *aux, int64 *listed)
{
	Datum	   *pairs;
	int			n;

	deconstruct_array(aux, NUMERICOID, -1, false, TYPALIGN_INT, &pairs, NULL, &n);
	for (int i = 0; i + 1 < n; i += 2)
	{
		int			key = DatumGetInt32(DirectFunctionCall1(numeric_int4, pairs[i]));
		Numeric		value = DatumGetNumeric(pairs[i + 1]);
		int64		rows;

		if (key < KEY_UNSQUARED || key > IVM_NUMERIC_DSCALE_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unexpected array of numeric sums")));
		if (key == KEY_FINITE)
		{
			ivm_numeric_sum_add(&sum->finite, value);
			continue;
		}
		if (key == KEY_HIGH)
		{
			ivm_numeric_sum_add(&sum->high, value);
			continue;
		}

		rows = DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(value)));
		if (key == KEY_UNSQUARED)
			sum->unsquared = rows;
		else
		{
			*listed += rows;
			if (key < 0)
				sum->special[KEY_SPECIAL(key)] = rows;
			else
				ivm_numeric_sum_add_scale(sum, key, rows);
		}
	}
	pfree(pairs);
}

void
ivm_numeric_sum_load(IvmNumericSum *sum, IvmNumericSumForm form,
					 const Datum *values, const bool *nulls)
{
	int64		listed = 0;

	memset(sum, 0, sizeof(*sum));
	if (nulls[0])
		return;

	if (!nulls[form - 1])
		load_aux(sum, DatumGetArrayTypeP(values[form - 1]), &listed);
	if (sum->finite == NULL)
	{
		Numeric		shown = DatumGetNumeric(values[0]);

		if (digits_of(shown).kind == IVM_NUMERIC_FINITE)
			ivm_numeric_sum_add(&sum->finite, shown);
	}
	if (form == IVM_NUMERICSUM_SQUARES && !nulls[2])
		ivm_numeric_sum_add(&sum->squares, DatumGetNumeric(values[2]));

	/* what is not listed has the display scale of the finite sum */
	if (!nulls[1])
		ivm_numeric_sum_add_scale(sum,
								  sum->finite != NULL ? digits_of(sum->finite).dscale : 0,
								  DatumGetInt64(values[1]) - listed);
}

/*
 * into += from, both stored.  The usual case by itself, at a fraction of the
 * cost: finite sums without aux, where the rows of both have one scale.
 */
static bool
add_plainly(Datum *into, bool *into_nulls, const Datum *from, const bool *from_nulls)
{
	const int	aux = IVM_NUMERICSUM_PLAIN - 1;
	Numeric		a;
	Numeric		b;
	IvmNumericDigits da;
	IvmNumericDigits db;
	int64		rows;

	if (from_nulls[0] || into_nulls[0] || !from_nulls[aux] || !into_nulls[aux])
		return false;
	a = DatumGetNumeric(into[0]);
	b = DatumGetNumeric(from[0]);
	da = digits_of(a);
	db = digits_of(b);
	rows = DatumGetInt64(into[1]) + DatumGetInt64(from[1]);
	if (da.kind != IVM_NUMERIC_FINITE || db.kind != IVM_NUMERIC_FINITE || rows == 0 ||
		DatumGetInt64(into[1]) == 0 ||
		!(da.dscale == db.dscale || (DatumGetInt64(from[1]) == 0 && db.dscale < da.dscale)) ||
		da.weight >= SPLIT_WEIGHT || db.weight >= SPLIT_WEIGHT)
		return false;

	into[0] = DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b));
	into[1] = Int64GetDatum(rows);
	return true;
}

void
ivm_numeric_sum_add_stored(IvmNumericSumForm form, Datum *into, bool *into_nulls,
						   const Datum *from, const bool *from_nulls)
{
	IvmNumericSum sum;
	IvmNumericSum other;

	if (form == IVM_NUMERICSUM_PLAIN && add_plainly(into, into_nulls, from, from_nulls))
		return;

	ivm_numeric_sum_load(&sum, form, into, into_nulls);
	ivm_numeric_sum_load(&other, form, from, from_nulls);
	ivm_numeric_sum_merge(&sum, &other);
	ivm_numeric_sum_store(&sum, form, into, into_nulls);
}
