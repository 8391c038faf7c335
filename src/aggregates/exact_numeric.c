/*-------------------------------------------------------------------------
 *
 * exact_numeric.c
 *	  Exact arithmetic on the numbers that exact sums hold.
 *
 * Variances, covariances and regression lines are quotients, or square roots
 * of quotients, of integer polynomials in sums.  These are computed here
 * without any rounding, so cancellation costs nothing, and the result is
 * rounded once.  That happens only when a value is read: the schoolbook
 * methods are good enough, as the usual number has less than ten digits.
 *
 * Digits are allocated in CurrentMemoryContext and left to it; numbers may
 * share them, since nothing changes a number once it is made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/pg_bitutils.h"

#include "aggregates/exact_float.h"
#include "aggregates/exact_numeric.h"

/*
 * Bits of a quotient, of which a result needs 53 and some to round them: a square
 * root has half as many bits, which are still enough.
 */
#define QUOTIENT_BITS	112


/* Cut off the zero digits at both ends; zero has no sign. */
static IvmExactNum
trim_num(IvmExactNum a)
{
	while (a.n > 0 && a.digit[a.n - 1] == 0)
		a.n--;
	while (a.n > 0 && a.digit[0] == 0)
	{
		a.digit++;
		a.n--;
		a.exp++;
	}
	if (a.n == 0)
		a.neg = false;
	return a;
}

IvmExactNum
ivm_exact_numeric_from_sum(const IvmExactFloat *acc)
{
	const uint64 *limb = ivm_exact_float_limbs(acc);
	IvmExactNum result;
	uint64		carry;

	result.neg = acc->n > 0 && IVM_EXACTFLOAT_SIGN(limb[acc->n - 1]) != 0;
	result.exp = acc->lo * 2 - IVM_EXACTFLOAT_BITS_BELOW_ONE / 32;
	result.n = acc->n * 2;
	result.digit = palloc(Max(result.n, 1) * sizeof(uint32));
	carry = result.neg;
	for (int i = 0; i < acc->n; i++)
	{
		uint64		word = (result.neg ? ~limb[i] : limb[i]) + carry;

		carry = carry != 0 && word == 0;
		result.digit[2 * i] = (uint32) word;
		result.digit[2 * i + 1] = (uint32) (word >> 32);
	}
	return trim_num(result);
}

IvmExactNum
ivm_exact_numeric_from_int64(int64 value)
{
	IvmExactNum result;
	uint64		magnitude = value < 0 ? -(uint64) value : (uint64) value;

	result.neg = value < 0;
	result.exp = 0;
	result.n = 2;
	result.digit = palloc(2 * sizeof(uint32));
	result.digit[0] = (uint32) magnitude;
	result.digit[1] = (uint32) (magnitude >> 32);
	return trim_num(result);
}

IvmExactNum
ivm_exact_numeric_mul(IvmExactNum a, IvmExactNum b)
{
	IvmExactNum result;

	result.neg = a.neg != b.neg;
	result.exp = a.exp + b.exp;
	result.n = a.n + b.n;
	result.digit = palloc0(Max(result.n, 1) * sizeof(uint32));
	for (int i = 0; i < a.n; i++)
	{
		uint64		carry = 0;

		for (int j = 0; j < b.n; j++)
		{
			carry += (uint64) a.digit[i] * b.digit[j] + result.digit[i + j];
			result.digit[i + j] = (uint32) carry;
			carry >>= 32;
		}
		result.digit[i + b.n] = (uint32) carry;
	}
	return trim_num(result);
}

IvmExactNum
ivm_exact_numeric_sub(IvmExactNum a, IvmExactNum b)
{
	IvmExactNum result;
	int			hi;
	uint64		carry = 0;

	if (a.n == 0 || b.n == 0)
	{
		result = a.n == 0 ? b : a;
		result.neg = a.n == 0 ? !b.neg : a.neg;
		return trim_num(result);
	}

	/* two's complement throughout, with a digit to spare for the sign */
	result.exp = Min(a.exp, b.exp);
	hi = Max(a.exp + a.n, b.exp + b.n);
	result.n = hi - result.exp + 1;
	result.digit = palloc0(result.n * sizeof(uint32));

	for (int pass = 0; pass < 2; pass++)
	{
		IvmExactNum term = pass == 0 ? a : b;
		bool		minus = pass == 0 ? term.neg : !term.neg;
		int			offset = term.exp - result.exp;

		carry = minus;
		for (int i = 0; i < result.n; i++)
		{
			uint32		digit = i < offset || i >= offset + term.n ? 0 :
				term.digit[i - offset];

			carry += (uint64) result.digit[i] + (minus ? ~digit : digit);
			result.digit[i] = (uint32) carry;
			carry >>= 32;
		}
	}

	result.neg = (result.digit[result.n - 1] >> 31) != 0;
	if (result.neg)
	{
		carry = 1;
		for (int i = 0; i < result.n; i++)
		{
			carry += (uint32) ~result.digit[i];
			result.digit[i] = (uint32) carry;
			carry >>= 32;
		}
	}
	return trim_num(result);
}

static int
bit_length(IvmExactNum a)
{
	return (a.n - 1) * 32 + pg_leftmost_one_pos32(a.digit[a.n - 1]) + 1;
}

/*
 * The digits of a, shifted left by this many bits (right if negative), in a
 * zero-extended array of n digits.  Sets *lost if a bit falls out below.
 */
static uint32 *
shifted_digits(IvmExactNum a, int shift, int n, bool *lost)
{
	uint32	   *result = palloc0(n * sizeof(uint32));
	int			whole = shift >= 0 ? shift / 32 : -((-shift + 31) / 32);
	int			part = shift - whole * 32;

	for (int i = 0; i < a.n; i++)
	{
		uint64		digit = (uint64) a.digit[i] << part;
		int			at = i + whole;

		if (at >= 0)
			result[at] |= (uint32) digit;
		else if ((uint32) digit != 0)
			*lost = true;
		if ((digit >> 32) != 0)
		{
			if (at + 1 >= 0)
				result[at + 1] |= (uint32) (digit >> 32);
			else
				*lost = true;
		}
	}
	return result;
}

/*
 * Divide u (nu digits) by v (nv >= 2 digits, the highest bit set), leaving
 * the remainder in u and the quotient's low digits in q[nq], nq = nu - nv.
 * Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D.
 */
static void
divide_digits(uint32 *u, int nu, const uint32 *v, int nv, uint32 *q)
{
	for (int j = nu - nv - 1; j >= 0; j--)
	{
		uint64		top = ((uint64) u[j + nv] << 32) | u[j + nv - 1];
		uint64		guess = top / v[nv - 1];
		uint64		rest = top % v[nv - 1];
		uint64		borrow = 0;

		while (guess >> 32 != 0 ||
			   guess * v[nv - 2] > ((rest << 32) | u[j + nv - 2]))
		{
			guess--;
			rest += v[nv - 1];
			if (rest >> 32 != 0)
				break;
		}

		for (int i = 0; i <= nv; i++)
		{
			uint64		product = (i < nv ? guess * v[i] : 0) + borrow;
			uint32		low = (uint32) product;

			borrow = (product >> 32) + (u[i + j] < low);
			u[i + j] -= low;
		}
		if (borrow != 0)
		{
			uint64		carry = 0;

			guess--;
			for (int i = 0; i <= nv; i++)
			{
				carry += (uint64) u[i + j] + (i < nv ? v[i] : 0);
				u[i + j] = (uint32) carry;
				carry >>= 32;
			}
		}
		q[j] = (uint32) guess;
	}
}

/*
 * The integral square root of the QUOTIENT_BITS bits in q; sets *inexact if
 * there is a remainder.
 */
static uint64
square_root(const uint32 *q, bool *inexact)
{
	uint64		root = 0;
	uint64		rest = 0;

	for (int i = QUOTIENT_BITS - 2; i >= 0; i -= 2)
	{
		rest = (rest << 2) | ((q[i / 32] >> (i % 32)) & 3);
		root <<= 1;
		if (rest > root * 2)
		{
			rest -= root * 2 + 1;
			root |= 1;
		}
	}
	if (rest != 0)
		*inexact = true;
	return root;
}

bool
ivm_exact_numeric_quotient(IvmExactNum num, IvmExactNum den, bool root,
						   double *value)
{
	uint32		q[QUOTIENT_BITS / 32 + 3] = {0};
	uint32	   *u;
	uint32	   *v;
	bool		inexact = false;
	int			shift;
	int			norm;
	int			exp;
	int			nu;
	int			nv = Max(den.n, 2);
	uint64		m;

	Assert(den.n > 0 && !den.neg);
	if (num.n == 0)
	{
		*value = 0;
		return true;
	}

	/*
	 * Scale so that the quotient q has QUOTIENT_BITS bits or up to two less:
	 * num / den = q * 2^exp.
	 */
	shift = QUOTIENT_BITS - 1 - (bit_length(num) - bit_length(den));
	exp = 32 * (num.exp - den.exp) - shift;
	if (root && (exp & 1) != 0)
	{
		shift--;
		exp++;
	}

	/* algorithm D wants the divisor's highest bit set: scale both once more */
	norm = nv * 32 - bit_length(den);
	nu = nv + QUOTIENT_BITS / 32 + 2;
	v = shifted_digits(den, norm, nv, &inexact);
	u = shifted_digits(num, shift + norm, nu, &inexact);
	divide_digits(u, nu, v, nv, q);
	for (int i = 0; i < nv && !inexact; i++)
		inexact = u[i] != 0;

	if (root)
	{
		int			spare;

		m = square_root(q, &inexact);
		spare = 63 - pg_leftmost_one_pos64(m);
		m <<= spare;
		exp = exp / 2 - spare;
	}
	else
	{
		uint64		high = ((uint64) q[3] << 32) | q[2];
		uint64		low = ((uint64) q[1] << 32) | q[0];
		int			spare = 63 - pg_leftmost_one_pos64(high);

		m = (high << spare) | ((low >> 1) >> (63 - spare));
		if ((low << spare) != 0)
			inexact = true;
		exp += 64 - spare;
	}
	pfree(u);
	pfree(v);
	return ivm_exact_float_round_number(num.neg, m, inexact, exp, IVM_FLOAT8,
										value);
}
