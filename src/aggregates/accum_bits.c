/*-------------------------------------------------------------------------
 *
 * accum_bits.c
 *	  Accumulator for bit_and, bit_or and bit_xor.
 *
 * Rows are counted, and for each bit the rows that have it set; "and", "or"
 * and "xor" all follow from that.  Bit strings may differ in length, which is
 * an error of the aggregate only when it is read; so there is one tally for
 * each length.  As stored, the tallies are one bigint[]: for each length, in
 * ascending order, the length, the number of rows, and the number of ones at
 * each place: of a bit string from the left, of an integer from the lowest
 * bit.  Tallies that are all zero are left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/varbit.h"

#include "aggregates/accum.h"
#include "aggregates/accum_bits.h"
#include "base/compat.h"

typedef struct BitTally
{
	struct BitTally *next;		/* of the next greater length */
	int			length;
	int64		rows;
	int64		ones[FLEXIBLE_ARRAY_MEMBER];
} BitTally;

/* The pending form */
typedef struct BitsPending
{
	BitTally   *first;
} BitsPending;

/* Numbers in one array, or in one piece of memory, at most */
#define MAX_NUMBERS		((int64) (MaxAllocSize / sizeof(int64)) - 1024)

static void
check_numbers(int64 n)
{
	if (n > MAX_NUMBERS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("bit strings are too long for their bits to be counted"),
				 errdetail("Counts of %lld bits can be stored at most.", (long long) MAX_NUMBERS)));
}

/* The tally for a length, made in the context if need be. */
static BitTally *
tally_for(BitTally **link, int length, MemoryContext cxt)
{
	BitTally   *tally;

	while (*link != NULL && (*link)->length < length)
		link = &(*link)->next;
	if (*link != NULL && (*link)->length == length)
		return *link;

	check_numbers(length);
	tally = MemoryContextAllocZero(cxt, offsetof(BitTally, ones) +
								   length * sizeof(int64));
	tally->length = length;
	tally->next = *link;
	*link = tally;
	return tally;
}

static void
merge_tallies(BitTally **into, const BitTally *from, MemoryContext cxt)
{
	for (; from != NULL; from = from->next)
	{
		BitTally   *tally = tally_for(into, from->length, cxt);

		tally->rows += from->rows;
		for (int i = 0; i < from->length; i++)
			tally->ones[i] += from->ones[i];
	}
}

/* ------------------------------------------------------------------------
 * Stored form
 * ------------------------------------------------------------------------
 */
static bool
tally_is_zero(const BitTally *tally)
{
	if (tally->rows != 0)
		return false;
	for (int i = 0; i < tally->length; i++)
	{
		if (tally->ones[i] != 0)
			return false;
	}
	return true;
}

static void
store_tallies(const BitTally *first, Datum *value, bool *isnull)
{
	int64		n = 0;
	Size		size;
	ArrayType  *array;
	int64	   *place;

	for (const BitTally *tally = first; tally != NULL; tally = tally->next)
		n += tally_is_zero(tally) ? 0 : 2 + tally->length;
	*value = (Datum) 0;
	*isnull = (n == 0);
	if (n == 0)
		return;

	check_numbers(n);
	size = ARR_OVERHEAD_NONULLS(1) + n * sizeof(int64);
	array = palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = INT8OID;
	ARR_DIMS(array)[0] = (int) n;
	ARR_LBOUND(array)[0] = 1;

	place = (int64 *) ARR_DATA_PTR(array);
	for (const BitTally *tally = first; tally != NULL; tally = tally->next)
	{
		if (tally_is_zero(tally))
			continue;
		*place++ = tally->length;
		*place++ = tally->rows;
		memcpy(place, tally->ones, tally->length * sizeof(int64));
		place += tally->length;
	}
	*value = PointerGetDatum(array);
}

/* Counts that no state has: whoever calls a final function gives them. */
static void
report_unexpected(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unexpected array of bit counts")));
}

static BitTally *
load_tallies(Datum value, bool isnull)
{
	BitTally   *first = NULL;
	ArrayType  *array;
	int64	   *place;
	int64	   *end;

	if (isnull)
		return NULL;
	array = DatumGetArrayTypeP(value);
	if (ARR_ELEMTYPE(array) != INT8OID || ARR_NDIM(array) != 1 || ARR_HASNULL(array))
		report_unexpected();

	place = (int64 *) ARR_DATA_PTR(array);
	end = place + ARR_DIMS(array)[0];
	while (place + 2 <= end)
	{
		int			length = *place++;
		BitTally   *tally;

		if (length < 0 || length >= end - place)
			report_unexpected();
		tally = tally_for(&first, length, CurrentMemoryContext);
		tally->rows = *place++;
		memcpy(tally->ones, place, length * sizeof(int64));
		place += length;
	}
	return first;
}

/* A type that these aggregates do not have, but whoever calls a final function can name. */
static void
report_type(Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("unexpected argument type %s of a bit aggregate", format_type_be(type))));
}

/* ------------------------------------------------------------------------
 * Operations
 * ------------------------------------------------------------------------
 */
static void
bits_init(IvmAccum *acc)
{
	acc->data = NULL;
}

static void
add_integer(BitTally *tally, uint64 bits, int sign)
{
	tally->rows += sign;
	for (; bits != 0; bits &= bits - 1)
		tally->ones[pg_rightmost_one_pos64(bits)] += sign;
}

static void
add_string(BitTally *tally, VarBit *string, int sign)
{
	bits8	   *bytes = VARBITS(string);

	tally->rows += sign;
	for (int i = 0; i < tally->length; i++)
	{
		if (bytes[i / BITS_PER_BYTE] & (HIGHBIT >> (i % BITS_PER_BYTE)))
			tally->ones[i] += sign;
	}
}

static void
bits_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
		 int sign, MemoryContext cxt)
{
	BitTally  **first = &((BitsPending *) pending)->first;

	if (nulls[0])
		return;

	switch (acc->argtype[0])
	{
		case INT2OID:
			add_integer(tally_for(first, 16, cxt), (uint16) DatumGetInt16(args[0]), sign);
			break;
		case INT4OID:
			add_integer(tally_for(first, 32, cxt), (uint32) DatumGetInt32(args[0]), sign);
			break;
		case INT8OID:
			add_integer(tally_for(first, 64, cxt), (uint64) DatumGetInt64(args[0]), sign);
			break;
		case BITOID:
		case VARBITOID:
			{
				VarBit	   *string = DatumGetVarBitP(args[0]);

				add_string(tally_for(first, VARBITLEN(string), cxt), string, sign);
				if ((Pointer) string != DatumGetPointer(args[0]))
					pfree(string);
				break;
			}
		default:
			report_type(acc->argtype[0]);
	}
}

static void
bits_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	merge_tallies(&((BitsPending *) into)->first,
				  ((const BitsPending *) from)->first, cxt);
}

static void
bits_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	store_tallies(((const BitsPending *) pending)->first, &delta[0], &nulls[0]);
}

static void
bits_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
			   const Datum *from, const bool *from_nulls)
{
	BitTally   *first = load_tallies(into[0], into_nulls[0]);

	merge_tallies(&first, load_tallies(from[0], from_nulls[0]), CurrentMemoryContext);
	store_tallies(first, &into[0], &into_nulls[0]);
}

static void
bits_empty(IvmAccum *acc, Datum *state, bool *nulls)
{
	state[0] = (Datum) 0;
	nulls[0] = true;
}

static bool
bits_apply(IvmAccum *acc, Datum *state, bool *nulls,
		   const Datum *delta, const bool *delta_nulls)
{
	bits_sum_delta(acc, state, nulls, delta, delta_nulls);
	return true;
}

const IvmAccumClass ivm_accum_bits = {
	.name = "bit counts",
	.pending_size = sizeof(BitsPending),
	.nstate = 1,
	.state = {{"_bits", INT8ARRAYOID, "ivm._bit_counts($1)"}},
	.ndelta = 1,
	.delta = {{"_bits", INT8ARRAYOID, NULL}},
	.init = bits_init,
	.add = bits_add,
	.merge = bits_merge,
	.emit = bits_emit,
	.sum_delta = bits_sum_delta,
	.empty = bits_empty,
	.apply = bits_apply
};

#define FINAL(function, type) "ivm." function "($1, NULL::pg_catalog." type ")"

const IvmAggRule ivm_accum_bits_rules[] = {
	{F_BIT_AND_INT2, &ivm_accum_bits, FINAL("_bit_and", "int2")},
	{F_BIT_AND_INT4, &ivm_accum_bits, FINAL("_bit_and", "int4")},
	{F_BIT_AND_INT8, &ivm_accum_bits, FINAL("_bit_and", "int8")},
	{F_BIT_AND_BIT, &ivm_accum_bits, FINAL("_bit_and", "\"bit\"")},
	{F_BIT_OR_INT2, &ivm_accum_bits, FINAL("_bit_or", "int2")},
	{F_BIT_OR_INT4, &ivm_accum_bits, FINAL("_bit_or", "int4")},
	{F_BIT_OR_INT8, &ivm_accum_bits, FINAL("_bit_or", "int8")},
	{F_BIT_OR_BIT, &ivm_accum_bits, FINAL("_bit_or", "\"bit\"")},
	{F_BIT_XOR_INT2, &ivm_accum_bits, FINAL("_bit_xor", "int2")},
	{F_BIT_XOR_INT4, &ivm_accum_bits, FINAL("_bit_xor", "int4")},
	{F_BIT_XOR_INT8, &ivm_accum_bits, FINAL("_bit_xor", "int8")},
	{F_BIT_XOR_BIT, &ivm_accum_bits, FINAL("_bit_xor", "\"bit\"")},
};

const int	ivm_accum_n_bits_rules = lengthof(ivm_accum_bits_rules);

/* ------------------------------------------------------------------------
 * Final functions: (counts, a value that only tells the result's type)
 * ------------------------------------------------------------------------
 */
typedef enum BitOperation
{
	BIT_AND,
	BIT_OR,
	BIT_XOR
} BitOperation;

static bool
result_bit(const BitTally *tally, int i, BitOperation operation)
{
	switch (operation)
	{
		case BIT_AND:
			return tally->ones[i] == tally->rows;
		case BIT_OR:
			return tally->ones[i] > 0;
		case BIT_XOR:
			return tally->ones[i] % 2 != 0;
	}
	return false;
}

static Datum
result_integer(const BitTally *tally, Oid type, BitOperation operation)
{
	uint64		bits = 0;

	for (int i = 0; i < tally->length; i++)
	{
		if (result_bit(tally, i, operation))
			bits |= UINT64CONST(1) << i;
	}
	switch (type)
	{
		case INT2OID:
			return Int16GetDatum((int16) bits);
		case INT4OID:
			return Int32GetDatum((int32) bits);
		default:
			return Int64GetDatum((int64) bits);
	}
}

static Datum
result_string(const BitTally *tally, BitOperation operation)
{
	int			size = VARBITTOTALLEN(tally->length);
	VarBit	   *result = palloc0(size);

	SET_VARSIZE(result, size);
	VARBITLEN(result) = tally->length;
	for (int i = 0; i < tally->length; i++)
	{
		if (result_bit(tally, i, operation))
			VARBITS(result)[i / BITS_PER_BYTE] |= HIGHBIT >> (i % BITS_PER_BYTE);
	}
	return VarBitPGetDatum(result);
}

/* Could there be rows with these counts? */
static bool
tally_is_whole(const BitTally *tally)
{
	for (int i = 0; i < tally->length; i++)
	{
		if (tally->ones[i] < 0 || tally->ones[i] > tally->rows)
			return false;
	}
	return tally->rows > 0;
}

static Datum
bits_final(FunctionCallInfo fcinfo, BitOperation operation)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 1);
	BitTally   *first;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (type != INT2OID && type != INT4OID && type != INT8OID && type != BITOID && type != VARBITOID)
		report_type(type);
	first = load_tallies(PG_GETARG_DATUM(0), false);
	if (first != NULL && type != BITOID && type != VARBITOID && first->length > 64)
		report_unexpected();
	for (BitTally *tally = first; tally != NULL; tally = tally->next)
	{
		if (!tally_is_whole(tally))
			PG_RETURN_NULL();
	}
	if (first == NULL)
		PG_RETURN_NULL();
	if (first->next != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_STRING_DATA_LENGTH_MISMATCH),
				 operation == BIT_AND ? errmsg("cannot AND bit strings of different sizes") :
				 operation == BIT_OR ? errmsg("cannot OR bit strings of different sizes") :
				 errmsg("cannot XOR bit strings of different sizes")));

	if (type == BITOID || type == VARBITOID)
		return result_string(first, operation);
	return result_integer(first, type, operation);
}

IVM_FUNCTION(ivm_bit_and);
Datum
ivm_bit_and(PG_FUNCTION_ARGS)
{
	return bits_final(fcinfo, BIT_AND);
}

IVM_FUNCTION(ivm_bit_or);
Datum
ivm_bit_or(PG_FUNCTION_ARGS)
{
	return bits_final(fcinfo, BIT_OR);
}

IVM_FUNCTION(ivm_bit_xor);
Datum
ivm_bit_xor(PG_FUNCTION_ARGS)
{
	return bits_final(fcinfo, BIT_XOR);
}
