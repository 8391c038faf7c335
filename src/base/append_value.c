/*-------------------------------------------------------------------------
 *
 * append_value.c
 *	  Values that order the rows of an append-only table, or divide them into buckets.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

#include "base/append_value.h"

bool
ivm_append_type_init(IvmAppendType *type, Oid typid)
{
	TypeCacheEntry *entry;

	type->type = getBaseType(typid);
	switch (type->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
			type->timed = false;
			break;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case UUIDOID:
			type->timed = true;
			break;
		default:
			return false;
	}
	entry = lookup_type_cache(type->type, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_CMP_PROC);
	get_typlenbyval(type->type, &type->typlen, &type->typbyval);
	type->opfamily = entry->btree_opf;
	type->opcintype = entry->btree_opintype;
	fmgr_info(entry->cmp_proc, &type->cmp);
	return true;
}

int
ivm_append_value_compare(IvmAppendType *type, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2(&type->cmp, a, b));
}

bool
ivm_append_value_is_finite(const IvmAppendType *type, Datum value)
{
	switch (type->type)
	{
		case NUMERICOID:
			return !numeric_is_nan(DatumGetNumeric(value)) && !numeric_is_inf(DatumGetNumeric(value));
		case DATEOID:
			return !DATE_NOT_FINITE(DatumGetDateADT(value));
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return !TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value));
		case UUIDOID:
			return DatumGetUUIDP(value)->data[6] >> 4 == 7;
		default:
			return true;
	}
}

char *
ivm_append_value_out(const IvmAppendType *type, Datum value)
{
	int			nest = NewGUCNestLevel();
	Oid			function;
	bool		varlena;
	char	   *result;

	(void) set_config_option("datestyle", "ISO, YMD", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	getTypeOutputInfo(type->type, &function, &varlena);
	result = OidOutputFunctionCall(function, value);
	AtEOXact_GUC(true, nest);
	return result;
}

Datum
ivm_append_value_in(const IvmAppendType *type, const char *text)
{
	Oid			function;
	Oid			ioparam;

	getTypeInputInfo(type->type, &function, &ioparam);
	return OidInputFunctionCall(function, unconstify(char *, text), ioparam, -1);
}

/* ---- distances ---- */

static Datum
parse_number(const char *distance)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(distance), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static Datum
parse_interval(const char *distance)
{
	return DirectFunctionCall3(interval_in, CStringGetDatum(distance), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/* A whole number of at most 64 bits: the distance rounded up. */
static int64
parse_integer(const char *distance)
{
	Datum		n = DirectFunctionCall1(numeric_ceil, parse_number(distance));
	Datum		max = DirectFunctionCall1(int8_numeric, Int64GetDatum(PG_INT64_MAX));

	if (DatumGetBool(DirectFunctionCall2(numeric_ge, n, max)))
		return PG_INT64_MAX;
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, n));
}

static int64
less_integer(int64 value, const char *distance, int64 min)
{
	int64		result;

	if (pg_sub_s64_overflow(value, parse_integer(distance), &result) || result < min)
		return min;
	return result;
}

/* Milliseconds since 1970 are the first 48 bits of a UUID of version 7. */
#define UUID_EPOCH_MS	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000)

static Datum
make_uuid(int64 ms)
{
	pg_uuid_t  *uuid = palloc0(sizeof(pg_uuid_t));

	ms = Max(ms, 0);
	for (int i = 0; i < 6; i++)
		uuid->data[i] = (unsigned char) (ms >> (8 * (5 - i)));
	return UUIDPGetDatum(uuid);
}

static int64
uuid_ms(Datum value)
{
	int64		ms = 0;

	for (int i = 0; i < 6; i++)
		ms = (ms << 8) | DatumGetUUIDP(value)->data[i];
	return ms;
}

static Datum
less_time(Datum value, const char *distance)
{
	return DirectFunctionCall2(timestamp_mi_interval, value, parse_interval(distance));
}

Datum
ivm_append_value_less(const IvmAppendType *type, Datum value, const char *distance)
{
	switch (type->type)
	{
		case INT2OID:
			return Int16GetDatum((int16) less_integer(DatumGetInt16(value), distance, PG_INT16_MIN));
		case INT4OID:
			return Int32GetDatum((int32) less_integer(DatumGetInt32(value), distance, PG_INT32_MIN));
		case INT8OID:
			return Int64GetDatum(less_integer(DatumGetInt64(value), distance, PG_INT64_MIN));
		case NUMERICOID:
			return DirectFunctionCall2(numeric_sub, value, parse_number(distance));
		case DATEOID:
			return DirectFunctionCall1(timestamp_date,
									   less_time(DirectFunctionCall1(date_timestamp, value), distance));
		case TIMESTAMPOID:
			return less_time(value, distance);
		case TIMESTAMPTZOID:
			return DirectFunctionCall2(timestamptz_mi_interval, value, parse_interval(distance));
		case UUIDOID:
			{
				Timestamp	time = (uuid_ms(value) - UUID_EPOCH_MS) * 1000;

				time = DatumGetTimestamp(less_time(TimestampGetDatum(time), distance));
				return make_uuid(time / 1000 + UUID_EPOCH_MS);
			}
		default:
			elog(ERROR, "type %u does not order rows", type->type);
	}
}

Datum
ivm_append_value_of_integer(const IvmAppendType *type, int64 value)
{
	switch (type->type)
	{
		case INT2OID:
			return Int16GetDatum((int16) Max(Min(value, PG_INT16_MAX), PG_INT16_MIN));
		case INT4OID:
			return Int32GetDatum((int32) Max(Min(value, PG_INT32_MAX), PG_INT32_MIN));
		case INT8OID:
			return Int64GetDatum(value);
		case NUMERICOID:
			return DirectFunctionCall1(int8_numeric, Int64GetDatum(value));
		default:
			elog(ERROR, "type %u has no numbers", type->type);
	}
}

Datum
ivm_append_value_of_time(const IvmAppendType *type, TimestampTz time)
{
	switch (type->type)
	{
		case DATEOID:
			return DirectFunctionCall1(timestamptz_date, TimestampTzGetDatum(time));
		case TIMESTAMPOID:
			return DirectFunctionCall1(timestamptz_timestamp, TimestampTzGetDatum(time));
		case TIMESTAMPTZOID:
			return TimestampTzGetDatum(time);
		case UUIDOID:
			return make_uuid(time / 1000 + UUID_EPOCH_MS);
		default:
			elog(ERROR, "type %u has no times", type->type);
	}
}

/* Is a text a number, as a JSON number is one?  interval_in() would take it for seconds. */
static bool
is_number(const char *text)
{
	char	   *end;

	return isfinite(strtod(text, &end)) && end != text &&*end == '\0';
}

/* An error while a distance is read says which option it was. */
static void
report_option(void *arg)
{
	errcontext("option \"%s\"", (const char *) arg);
}

void
ivm_append_value_check_distance(const IvmAppendType *type, const char *option, const char *distance)
{
	ErrorContextCallback callback = {.callback = report_option,.arg = unconstify(char *, option)};
	bool		negative;
	bool		too_far = false;

	if (strcmp(distance, "0") != 0 && is_number(distance) == type->timed)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg(type->timed ? "option \"%s\" requires an interval" : "option \"%s\" requires a number", option),
				 errdetail("It is taken from values of type %s.", format_type_be(type->type)),
				 errhint(type->timed ? "Write it in double quotes, such as \"3 days\"." : "Write it without quotes.")));
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	if (type->timed)
	{
		negative = DatumGetBool(DirectFunctionCall2(interval_lt, parse_interval(distance),
													parse_interval("0")));
		/* there are no times far before now */
		too_far = DatumGetBool(DirectFunctionCall2(interval_gt, parse_interval(distance),
												   parse_interval("1000 years")));
	}
	else
		negative = DatumGetBool(DirectFunctionCall2(numeric_lt, parse_number(distance),
													parse_number("0")));
	error_context_stack = callback.previous;
	if (negative)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must not be negative", option)));
	if (too_far)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must not be more than 1000 years", option),
				 errhint("Write a shorter interval.")));
}
