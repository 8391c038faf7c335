/*-------------------------------------------------------------------------
 *
 * numeric_digits.c
 *	  The digits of a numeric, as they are stored.
 *
 * PostgreSQL keeps the layout of numeric to itself, but it cannot change:
 * pg_upgrade takes over tables as they are.  Reading it directly makes adding
 * a row to a sum several times as fast as numeric_add() would.  This file is
 * the only one that knows the layout:
 *
 *	 header word, uint16:
 *		00sd dddd dddd dddd	 long: sign in bit 14, display scale; int16 weight follows
 *		10sd dddd dwww wwww	 short: sign, display scale (6 bits), weight (7, signed)
 *		1100 0000 0000 0000	 NaN
 *		1101 0000 0000 0000	 Infinity
 *		1111 0000 0000 0000	 -Infinity
 *	 then the digits, int16 each, base 10000, the highest first, without
 *	 zeros at either end.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"	/* the varlena macros */

#include "aggregates/numeric_digits.h"

#define KIND_MASK			0xC000
#define KIND_SPECIAL		0xC000
#define KIND_SHORT			0x8000
#define LONG_NEGATIVE		0x4000
#define LONG_DSCALE_MASK	0x3FFF

#define SPECIAL_MASK		0xF000
#define SPECIAL_NAN			0xC000
#define SPECIAL_PINF		0xD000

#define SHORT_NEGATIVE		0x2000
#define SHORT_DSCALE_SHIFT	7
#define SHORT_DSCALE_MAX	63
#define SHORT_WEIGHT_MASK	0x7F
#define SHORT_WEIGHT_MAX	63
#define SHORT_WEIGHT_MIN	(-64)

void
ivm_numeric_digits_read(const struct varlena *value, IvmNumericDigits *num)
{
	const char *data = VARDATA_ANY(value);
	int			size = VARSIZE_ANY_EXHDR(value);
	uint16		header;

	memcpy(&header, data, sizeof(uint16));

	if ((header & KIND_MASK) == KIND_SPECIAL)
	{
		int			special = header & SPECIAL_MASK;

		memset(num, 0, sizeof(*num));
		num->kind = special == SPECIAL_NAN ? IVM_NUMERIC_NAN :
			special == SPECIAL_PINF ? IVM_NUMERIC_PINF : IVM_NUMERIC_NINF;
		return;
	}

	num->kind = IVM_NUMERIC_FINITE;
	if (header & KIND_SHORT)
	{
		num->negative = (header & SHORT_NEGATIVE) != 0;
		num->dscale = (header >> SHORT_DSCALE_SHIFT) & SHORT_DSCALE_MAX;
		num->weight = (header & SHORT_WEIGHT_MASK);
		if (num->weight > SHORT_WEIGHT_MAX)
			num->weight -= SHORT_WEIGHT_MASK + 1;
		num->digits = data + sizeof(uint16);
	}
	else
	{
		int16		weight;

		memcpy(&weight, data + sizeof(uint16), sizeof(int16));
		num->negative = (header & LONG_NEGATIVE) != 0;
		num->dscale = header & LONG_DSCALE_MASK;
		num->weight = weight;
		num->digits = data + sizeof(uint16) + sizeof(int16);
	}
	num->ndigits = (size - (num->digits - data)) / sizeof(int16);
}

Numeric
ivm_numeric_digits_write(const IvmNumericDigits *num)
{
	IvmNumericDigits n = *num;
	Size		header_size;
	char	   *result;
	char	   *data;
	uint16		header;

	/* whoever calls a final function gives the sums */
	if (n.kind != IVM_NUMERIC_FINITE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a sum of finite numbers is not finite")));
	Assert(n.dscale >= 0 && n.dscale <= IVM_NUMERIC_DSCALE_MAX);

	while (n.ndigits > 0 && ivm_numeric_digits_get(&n, 0) == 0)
	{
		n.digits += sizeof(int16);
		n.ndigits--;
		n.weight--;
	}
	while (n.ndigits > 0 && ivm_numeric_digits_get(&n, n.ndigits - 1) == 0)
		n.ndigits--;
	if (n.ndigits == 0)
	{
		n.weight = 0;
		n.negative = false;
	}
	Assert(n.weight <= IVM_NUMERIC_WEIGHT_MAX);

	header_size = sizeof(uint16);
	if (n.dscale <= SHORT_DSCALE_MAX &&
		n.weight >= SHORT_WEIGHT_MIN && n.weight <= SHORT_WEIGHT_MAX)
		header = KIND_SHORT | (n.negative ? SHORT_NEGATIVE : 0) |
			(n.dscale << SHORT_DSCALE_SHIFT) | (n.weight & SHORT_WEIGHT_MASK);
	else
	{
		header = (n.negative ? LONG_NEGATIVE : 0) | n.dscale;
		header_size += sizeof(int16);
	}

	result = palloc(VARHDRSZ + header_size + n.ndigits * sizeof(int16));
	SET_VARSIZE(result, VARHDRSZ + header_size + n.ndigits * sizeof(int16));
	data = VARDATA(result);
	memcpy(data, &header, sizeof(uint16));
	if (header_size > sizeof(uint16))
	{
		int16		weight = n.weight;

		memcpy(data + sizeof(uint16), &weight, sizeof(int16));
	}
	memcpy(data + header_size, n.digits, n.ndigits * sizeof(int16));
	return (Numeric) result;
}

int
ivm_numeric_digits_min_scale(const IvmNumericDigits *num)
{
	int			scale;

	if (num->ndigits == 0)
		return 0;
	scale = (num->ndigits - 1 - num->weight) * IVM_DEC_DIGITS;
	if (scale <= 0)
		return 0;
	for (int last = ivm_numeric_digits_get(num, num->ndigits - 1);
		 last % 10 == 0; last /= 10)
		scale--;
	return scale;
}
