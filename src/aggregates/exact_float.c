/*-------------------------------------------------------------------------
 *
 * exact_float.c
 *	  Exact sums of floating-point numbers and of their products.
 *
 * A floating-point sum depends on the order of its terms, and a term once
 * added cannot be taken away again.  Neither holds for the superaccumulator
 * used here (U. Kulisch, "Computer Arithmetic and Validity", 2008; stored
 * sparsely in the spirit of R. M. Neal, "Fast exact summation using small and
 * large superaccumulators", 2015): the sum is an integer multiple of the
 * smallest product of two subnormals, wide enough for any number of the
 * largest products, and is rounded once, when it is read.
 *
 *		place	 0		   34		   67
 *		weight	 2^-2176   2^0		   2^2112
 *				 |...|XXX|.|..........|		X: the limbs held
 *
 * In memory a sum holds a run of 64-bit limbs in two's complement.  A few of
 * them lie inline; the run moves to a buffer of its own when values of more
 * distant magnitudes come.  The top limb always lies within +-2^62, so that
 * any one operation may add to it and be checked afterwards.
 *
 * NaN, the infinities and -0 are counted beside the sum.  So they go without
 * a trace when the rows that brought them go.
 *
 * Stored form of a sum, canonical: equal sums are equal byte for byte.
 *
 *		varint	  2 * L + s: L bytes of number, s = 1 if specials follow
 *		2 bytes	  place of the lowest byte, high byte first (only if L > 0)
 *		L bytes	  two's complement, low byte first, without leading bytes
 *				  that only repeat the sign or trailing zero bytes
 *		4 varints (only if s) counts of NaN, +Infinity, -Infinity, -0,
 *				  zigzag coded
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "access/htup_details.h"	/* the varlena macros */
#include "port/pg_bitutils.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "aggregates/exact_float.h"

#define MAX_LIMBS		68		/* 2^2048 times 2^63 rows, and the sign */
#define MAX_BYTES		(MAX_LIMBS * 8)

#define TOP_BOUND		(UINT64CONST(1) << 62)
#define SIGN_OF(limb)	IVM_EXACTFLOAT_SIGN(limb)
#define TOP_IS_SAFE(limb) ((limb) + TOP_BOUND < 2 * TOP_BOUND)

#define FRACTION_BITS	52
#define FRACTION_MASK	((UINT64CONST(1) << FRACTION_BITS) - 1)
#define EXPONENT_MASK	0x7FF
/* exponent field e: the lowest bit of the integral mantissa has 2^(e - 1075) */
#define EXPONENT_BIAS	1075

static pg_noinline void make_room(IvmExactFloat *acc, int from, int to,
								  MemoryContext cxt);


/* ---------- accumulating ---------- */

/*
 * Drop the limbs that say nothing: zeroes below, copies of the sign above.
 */
static void
trim_limbs(IvmExactFloat *acc)
{
	uint64	   *limb = ivm_exact_float_limbs(acc);
	int			skip = 0;

	while (acc->n > 1 && limb[acc->n - 1] == SIGN_OF(limb[acc->n - 2]) &&
		   TOP_IS_SAFE(limb[acc->n - 2]))
		acc->n--;
	while (skip < acc->n && limb[skip] == 0)
		skip++;
	if (skip > 0)
	{
		acc->n -= skip;
		acc->lo += skip;
		memmove(limb, limb + skip, acc->n * sizeof(uint64));
	}
}

/*
 * Widen the run of limbs to hold the places from .. to - 1 as well.
 */
static pg_noinline void
make_room(IvmExactFloat *acc, int from, int to, MemoryContext cxt)
{
	int			cap = acc->cap == 0 ? IVM_EXACTFLOAT_INLINE_LIMBS : acc->cap;
	uint64	   *old = ivm_exact_float_limbs(acc);
	uint64	   *limb = old;
	uint64		sign;
	int			lo = 0;
	int			hi = 0;
	int			below;

	for (int pass = 0; pass < 2; pass++)
	{
		lo = acc->n == 0 ? from : Min(from, acc->lo);
		hi = acc->n == 0 ? to : Max(to, acc->lo + acc->n);
		if (hi - lo <= cap)
			break;
		trim_limbs(acc);
	}
	if (lo < 0 || hi > MAX_LIMBS)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("exact floating-point sum is out of range")));

	if (hi - lo > cap)
	{
		cap = Min(Max(2 * cap, hi - lo), MAX_LIMBS);
		limb = MemoryContextAlloc(cxt, cap * sizeof(uint64));
	}

	below = acc->n == 0 ? 0 : acc->lo - lo;
	sign = acc->n == 0 ? 0 : SIGN_OF(old[acc->n - 1]);
	memmove(limb + below, old, acc->n * sizeof(uint64));
	memset(limb, 0, below * sizeof(uint64));
	for (int i = below + acc->n; i < hi - lo; i++)
		limb[i] = sign;

	if (limb != old)
	{
		if (acc->cap != 0)
			pfree(old);
		acc->u.heap = limb;
		acc->cap = cap;
	}
	acc->lo = lo;
	acc->n = hi - lo;
}

/*
 * Give the top limb one more above it if it could overflow next time.
 */
static inline void
check_top(IvmExactFloat *acc, uint64 top, MemoryContext cxt)
{
	if (unlikely(!TOP_IS_SAFE(top)))
		make_room(acc, acc->lo + acc->n, acc->lo + acc->n + 1, cxt);
}

/*
 * Add nwords words, whose lowest has the given place, or take them away.
 */
static pg_attribute_always_inline void
add_words(IvmExactFloat *acc, int place, const uint64 *word, int nwords,
		  bool negative, MemoryContext cxt)
{
	uint64	   *limb;
	uint64		carry = 0;
	int			n;

	if (unlikely(place < acc->lo || place + nwords > acc->lo + acc->n))
		make_room(acc, place, place + nwords, cxt);

	limb = ivm_exact_float_limbs(acc) + (place - acc->lo);
	n = acc->lo + acc->n - place;

	/* a carry out of the top limb is the two's complement's own */
	if (!negative)
	{
		for (int i = 0; i < nwords; i++)
		{
			uint64		sum = limb[i] + word[i];
			uint64		overflow = sum < word[i];

			limb[i] = sum + carry;
			carry = overflow | (limb[i] < sum);
		}
		for (int i = nwords; carry != 0 && i < n; i++)
			carry = ++limb[i] == 0;
	}
	else
	{
		for (int i = 0; i < nwords; i++)
		{
			uint64		diff = limb[i] - word[i];
			uint64		overflow = limb[i] < word[i];

			limb[i] = diff - carry;
			carry = overflow | (diff < carry);
		}
		for (int i = nwords; carry != 0 && i < n; i++)
			carry = limb[i]-- == 0;
	}
	check_top(acc, limb[n - 1], cxt);
}

static IvmExactSpecials *
specials_of(IvmExactFloat *acc, MemoryContext cxt)
{
	if (acc->specials == NULL)
		acc->specials = MemoryContextAllocZero(cxt, sizeof(IvmExactSpecials));
	return acc->specials;
}

/*
 * Count a value that is no finite number other than zero, or is zero.
 */
static pg_noinline void
add_special(IvmExactFloat *acc, double value, int sign, MemoryContext cxt)
{
	if (isnan(value))
		specials_of(acc, cxt)->nan += sign;
	else if (value > 0)
		specials_of(acc, cxt)->pinf += sign;
	else if (value < 0)
		specials_of(acc, cxt)->ninf += sign;
	else if (signbit(value))
		specials_of(acc, cxt)->nzero += sign;
}

/*
 * Split a finite value != 0 into mantissa * 2^(result - EXPONENT_BIAS).
 */
static inline int
split_float(uint64 bits, uint64 *mantissa)
{
	int			exponent = (bits >> FRACTION_BITS) & EXPONENT_MASK;

	*mantissa = bits & FRACTION_MASK;
	if (likely(exponent != 0))
		*mantissa |= UINT64CONST(1) << FRACTION_BITS;
	else
		exponent = 1;			/* subnormal */
	return exponent;
}

void
ivm_exact_float_add(IvmExactFloat *acc, double value, int sign,
					MemoryContext cxt)
{
	uint64		bits;
	uint64		mantissa;
	uint64		word[2];
	int			position;
	int			shift;

	memcpy(&bits, &value, sizeof(bits));
	if (unlikely(value == 0 ||
				 ((bits >> FRACTION_BITS) & EXPONENT_MASK) == EXPONENT_MASK))
	{
		add_special(acc, value, sign, cxt);
		return;
	}

	position = split_float(bits, &mantissa) +
		(IVM_EXACTFLOAT_BITS_BELOW_ONE - EXPONENT_BIAS);
	shift = position & 63;
	word[0] = mantissa << shift;
	word[1] = (mantissa >> 1) >> (63 - shift);
	add_words(acc, position >> 6, word, 2, (value < 0) != (sign < 0), cxt);
}

/* The product of two 53-bit numbers. */
static inline void
multiply_mantissas(uint64 a, uint64 b, uint64 *low, uint64 *high)
{
#ifdef HAVE_INT128
	uint128		product = (uint128) a * b;

	*low = (uint64) product;
	*high = (uint64) (product >> 64);
#else
	uint64		a0 = a & 0xFFFFFFFF;
	uint64		b0 = b & 0xFFFFFFFF;
	uint64		a1 = a >> 32;
	uint64		b1 = b >> 32;
	uint64		middle = a1 * b0 + ((a0 * b0) >> 32);

	*high = a1 * b1 + (middle >> 32);
	middle = (middle & 0xFFFFFFFF) + a0 * b1;
	*high += middle >> 32;
	*low = (middle << 32) | ((a0 * b0) & 0xFFFFFFFF);
#endif
}

void
ivm_exact_float_add_product(IvmExactFloat *acc, double x, double y, int sign,
							MemoryContext cxt)
{
	uint64		xbits;
	uint64		ybits;
	uint64		xmantissa;
	uint64		ymantissa;
	uint64		low;
	uint64		high;
	uint64		word[3];
	int			position;
	int			shift;

	Assert(isfinite(x) && isfinite(y));
	if (x == 0 || y == 0)
		return;

	memcpy(&xbits, &x, sizeof(xbits));
	memcpy(&ybits, &y, sizeof(ybits));
	position = split_float(xbits, &xmantissa) + split_float(ybits, &ymantissa) +
		(IVM_EXACTFLOAT_BITS_BELOW_ONE - 2 * EXPONENT_BIAS);
	multiply_mantissas(xmantissa, ymantissa, &low, &high);

	shift = position & 63;
	word[0] = low << shift;
	word[1] = (high << shift) | ((low >> 1) >> (63 - shift));
	word[2] = (high >> 1) >> (63 - shift);
	add_words(acc, position >> 6, word, 3,
			  ((x < 0) != (y < 0)) != (sign < 0), cxt);
}

void
ivm_exact_float_merge(IvmExactFloat *acc, const IvmExactFloat *other,
					  MemoryContext cxt)
{
	if (other->specials != NULL)
	{
		IvmExactSpecials *into = specials_of(acc, cxt);

		into->nan += other->specials->nan;
		into->pinf += other->specials->pinf;
		into->ninf += other->specials->ninf;
		into->nzero += other->specials->nzero;
	}

	if (other->n > 0)
	{
		const uint64 *from = ivm_exact_float_limbs(other);
		uint64		sign = SIGN_OF(from[other->n - 1]);
		uint64	   *limb;
		uint64		carry = 0;
		int			n;

		if (acc->n == 0 || other->lo < acc->lo ||
			other->lo + other->n > acc->lo + acc->n)
			make_room(acc, other->lo, other->lo + other->n, cxt);

		limb = ivm_exact_float_limbs(acc) + (other->lo - acc->lo);
		n = acc->lo + acc->n - other->lo;
		for (int i = 0; i < n; i++)
		{
			uint64		word = i < other->n ? from[i] : sign;
			uint64		sum = limb[i] + word;
			uint64		overflow = sum < word;

			limb[i] = sum + carry;
			carry = overflow | (limb[i] < sum);
		}
		check_top(acc, limb[n - 1], cxt);
	}
}

void
ivm_exact_float_free(IvmExactFloat *acc)
{
	if (acc->cap != 0)
		pfree(acc->u.heap);
	if (acc->specials != NULL)
		pfree(acc->specials);
	memset(acc, 0, sizeof(*acc));
}


/* ---------- stored form ---------- */

static uint8 *
put_varint(uint8 *p, uint64 value)
{
	while (value >= 0x80)
	{
		*p++ = (uint8) (value | 0x80);
		value >>= 7;
	}
	*p++ = (uint8) value;
	return p;
}

static uint8 *
put_count(uint8 *p, int64 value)
{
	return put_varint(p, ((uint64) value << 1) ^ SIGN_OF(value));
}

static inline uint8
byte_of(const uint64 *limb, int i)
{
	return (uint8) (limb[i >> 3] >> ((i & 7) * 8));
}

static uint8 *
put_sum(uint8 *p, const IvmExactFloat *acc)
{
	const IvmExactSpecials *s = acc->specials;
	const uint64 *limb = ivm_exact_float_limbs(acc);
	int			first = 0;
	int			last = acc->n * 8;
	bool		special;

	special = s != NULL && (s->nan | s->pinf | s->ninf | s->nzero) != 0;

	while (first < last && limb[first >> 3] == 0)
		first += 8;
	while (first < last && byte_of(limb, first) == 0)
		first++;
	while (last - 1 > first)
	{
		uint8		top = byte_of(limb, last - 1);
		uint8		next = byte_of(limb, last - 2);

		if (top != ((next & 0x80) ? 0xFF : 0x00))
			break;
		last--;
	}

	p = put_varint(p, (uint64) (last - first) * 2 + special);
	if (last > first)
	{
		int			place = acc->lo * 8 + first;

		*p++ = (uint8) (place >> 8);
		*p++ = (uint8) place;
		for (int i = first; i < last; i++)
			*p++ = byte_of(limb, i);
	}
	if (special)
	{
		p = put_count(p, s->nan);
		p = put_count(p, s->pinf);
		p = put_count(p, s->ninf);
		p = put_count(p, s->nzero);
	}
	return p;
}

bytea *
ivm_exact_float_store(const IvmExactFloat *acc, int n)
{
	Size		size = VARHDRSZ;
	bool		empty = true;
	bytea	   *result;
	uint8	   *p;

	for (int i = 0; i < n; i++)
		size += 4 + acc[i].n * sizeof(uint64) +
			(acc[i].specials == NULL ? 0 : 4 * 10);
	result = palloc(size);
	p = (uint8 *) VARDATA(result);
	for (int i = 0; i < n; i++)
	{
		p = put_sum(p, &acc[i]);
		empty = empty && p[-1] == 0 && p == (uint8 *) VARDATA(result) + i + 1;
	}
	if (empty)
	{
		pfree(result);
		return NULL;
	}
	Assert(p <= (uint8 *) result + size);
	SET_VARSIZE(result, p - (uint8 *) result);
	return result;
}

static pg_noinline void
report_corrupted(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid stored form of an exact floating-point sum")));
}

static const uint8 *
get_varint(const uint8 *p, const uint8 *end, uint64 *value)
{
	*value = 0;
	for (int shift = 0; shift < 64; shift += 7)
	{
		if (p >= end)
			break;
		*value |= (uint64) (*p & 0x7F) << shift;
		if ((*p++ & 0x80) == 0)
			return p;
	}
	report_corrupted();
	return NULL;				/* keep compiler quiet */
}

static const uint8 *
get_count(const uint8 *p, const uint8 *end, int64 *value)
{
	uint64		coded;

	p = get_varint(p, end, &coded);
	*value = (int64) ((coded >> 1) ^ ((coded & 1) ? ~UINT64CONST(0) : 0));
	return p;
}

static const uint8 *
get_sum(IvmExactFloat *acc, const uint8 *p, const uint8 *end)
{
	uint64		header;
	int			nbytes;

	p = get_varint(p, end, &header);
	if (header / 2 > MAX_BYTES)
		report_corrupted();
	nbytes = (int) (header / 2);
	if (nbytes > 0)
	{
		int			place;
		int			first;
		int			end_bit;
		int			n;
		uint64	   *limb;

		if (end - p < 2 + nbytes)
			report_corrupted();
		place = (p[0] << 8) | p[1];
		p += 2;
		if (place + nbytes > MAX_BYTES)
			report_corrupted();

		first = place & 7;
		n = (first + nbytes + 7) / 8;
		end_bit = ((first + nbytes) & 7) * 8;
		make_room(acc, place / 8, place / 8 + n, CurrentMemoryContext);
		limb = ivm_exact_float_limbs(acc);
		for (int i = 0; i < nbytes; i++)
			limb[(first + i) >> 3] |= (uint64) p[i] << (((first + i) & 7) * 8);
		if ((p[nbytes - 1] & 0x80) != 0 && end_bit != 0)
			limb[n - 1] |= ~UINT64CONST(0) << end_bit;
		check_top(acc, limb[n - 1], CurrentMemoryContext);
		p += nbytes;
	}
	if (header & 1)
	{
		IvmExactSpecials *s = specials_of(acc, CurrentMemoryContext);

		p = get_count(p, end, &s->nan);
		p = get_count(p, end, &s->pinf);
		p = get_count(p, end, &s->ninf);
		p = get_count(p, end, &s->nzero);
	}
	return p;
}

void
ivm_exact_float_load(IvmExactFloat *acc, int n, const bytea *stored)
{
	const uint8 *p;
	const uint8 *end;

	memset(acc, 0, n * sizeof(*acc));
	if (stored == NULL)
		return;
	p = (const uint8 *) VARDATA_ANY(stored);
	end = p + VARSIZE_ANY_EXHDR(stored);
	for (int i = 0; i < n; i++)
		p = get_sum(&acc[i], p, end);
	if (p != end)
		report_corrupted();
}


/* ---------- reading ---------- */

bool
ivm_exact_float_round_number(bool neg, uint64 m, bool sticky, int exp,
							 IvmFloatFormat format, double *value)
{
	int			drop = 64 - (format == IVM_FLOAT4 ? FLT_MANT_DIG : DBL_MANT_DIG);
	int			lowest = format == IVM_FLOAT4 ? FLT_MIN_EXP - FLT_MANT_DIG :
		DBL_MIN_EXP - DBL_MANT_DIG;
	uint64		kept;

	Assert(m >> 63 == 1);

	/* a subnormal result has fewer bits */
	drop = Max(drop, lowest - exp);
	if (drop > 64)
		kept = 0;
	else
	{
		uint64		half = UINT64CONST(1) << (drop - 1);
		uint64		rest = drop == 64 ? m : m & (2 * half - 1);

		kept = drop == 64 ? 0 : m >> drop;
		if (rest > half || (rest == half && (sticky || (kept & 1) != 0)))
			kept++;
	}

	*value = ldexp((double) kept, exp + drop);
	if (*value > (format == IVM_FLOAT4 ? FLT_MAX : DBL_MAX))
		return false;
	if (neg)
		*value = -*value;
	return true;
}

bool
ivm_exact_float_special(const IvmExactFloat *acc, double *value)
{
	const IvmExactSpecials *s = acc->specials;

	if (s == NULL || (s->nan == 0 && s->pinf == 0 && s->ninf == 0))
		return false;
	if (s->nan != 0 || (s->pinf != 0 && s->ninf != 0))
		*value = get_float8_nan();
	else
		*value = s->pinf != 0 ? get_float8_infinity() : -get_float8_infinity();
	return true;
}

bool
ivm_exact_float_round(const IvmExactFloat *acc, IvmFloatFormat format,
					  double *value)
{
	const uint64 *limb = ivm_exact_float_limbs(acc);
	uint64		magnitude[MAX_LIMBS];
	int			n = acc->n;
	bool		neg;
	bool		sticky = false;
	uint64		m;
	int			shift;

	neg = n > 0 && SIGN_OF(limb[n - 1]) != 0;
	if (neg)
	{
		uint64		carry = 1;

		for (int i = 0; i < n; i++)
		{
			magnitude[i] = ~limb[i] + carry;
			carry = carry != 0 && magnitude[i] == 0;
		}
		limb = magnitude;
	}
	while (n > 0 && limb[n - 1] == 0)
		n--;
	if (n == 0)
	{
		*value = 0;
		return true;
	}

	shift = 63 - pg_leftmost_one_pos64(limb[n - 1]);
	m = limb[n - 1] << shift;
	if (n > 1)
	{
		m |= (limb[n - 2] >> 1) >> (63 - shift);
		sticky = (limb[n - 2] << shift) != 0;
		for (int i = 0; i < n - 2 && !sticky; i++)
			sticky = limb[i] != 0;
	}
	return ivm_exact_float_round_number(neg, m, sticky,
										(acc->lo + n - 1) * 64 - shift -
										IVM_EXACTFLOAT_BITS_BELOW_ONE,
										format, value);
}
