/*-------------------------------------------------------------------------
 *
 * accum_interval.c
 *	  Accumulators for sums of interval and money.
 *
 * Both types overflow easily, and with an error; so their sums are kept in
 * wider numbers, and the error comes when the result is read.
 *
 * interval: the state shows the sum where it has one; "aux" is NULL or has
 * the numbers of rows that are infinity and -infinity (17 and later), and the
 * finite sum: months, days, and microseconds as high * 2^64 + low, in the
 * order of IntervalAux.  It is there only where the sum shown is not the
 * finite one.
 *
 * money: the sum is high * 2^64 + the sum shown, NULL where that is zero.
 *
 * A delta has the columns and the form of a state.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/cash.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "aggregates/accum.h"
#include "aggregates/accum_interval.h"
#include "aggregates/wide_int.h"
#include "base/compat.h"

/* Columns of both */
#define COL_SUM		0
#define COL_COUNT	1
#define COL_REST	2
#define NCOLUMNS	3

static void
init_nothing(IvmAccum *acc)
{
	acc->data = NULL;
}

/* The state of a key without rows; only its count is not NULL. */
static void
empty_state(IvmAccum *acc, Datum *state, bool *nulls)
{
	for (int i = 0; i < NCOLUMNS; i++)
	{
		state[i] = (Datum) 0;
		nulls[i] = (i != COL_COUNT);
	}
	state[COL_COUNT] = Int64GetDatum(0);
}

/* ------------------------------------------------------------------------
 * Interval
 * ------------------------------------------------------------------------
 */
typedef struct IntervalSum
{
	int64		rows;			/* all of them */
	int64		infinite[2];	/* rows that are infinity, -infinity */
	int64		months;
	int64		days;
	IvmWide		time;
} IntervalSum;

/* Elements of "aux" */
typedef enum IntervalAux
{
	AUX_INFINITY,
	AUX_MINUS_INFINITY,
	AUX_MONTHS,
	AUX_DAYS,
	AUX_TIME_LOW,
	AUX_TIME_HIGH
} IntervalAux;

#define AUX_LENGTH (AUX_TIME_HIGH + 1)

/* 0 for a finite interval, else 1 for infinity and -1 for -infinity */
static int
infinite_sign(const Interval *interval)
{
#ifdef INTERVAL_IS_NOEND
	if (INTERVAL_IS_NOEND(interval))
		return 1;
	if (INTERVAL_IS_NOBEGIN(interval))
		return -1;
#endif
	return 0;
}

/* Sums that no state has: whoever calls a final function gives them. */
static void
report_unexpected(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unexpected array of interval sums")));
}

static void
make_infinite(Interval *interval, int sign)
{
#ifdef INTERVAL_IS_NOEND
	if (sign > 0)
		INTERVAL_NOEND(interval);
	else
		INTERVAL_NOBEGIN(interval);
#else
	report_unexpected();
#endif
}

static void
merge_intervals(IntervalSum *into, const IntervalSum *from)
{
	into->rows += from->rows;
	into->infinite[0] += from->infinite[0];
	into->infinite[1] += from->infinite[1];
	into->months += from->months;
	into->days += from->days;
	ivm_wide_merge(&into->time, &from->time);
}

/*
 * What sum() gives, if it gives anything: no sum if infinities cancel or the
 * finite sum is out of range.
 */
static bool
interval_result(const IntervalSum *sum, Interval *result)
{
	if (sum->infinite[0] > 0 || sum->infinite[1] > 0)
	{
		if (sum->infinite[0] > 0 && sum->infinite[1] > 0)
			return false;
		make_infinite(result, sum->infinite[0] > 0 ? 1 : -1);
		return true;
	}
	result->month = (int32) sum->months;
	result->day = (int32) sum->days;
	result->time = sum->time.low;
	return result->month == sum->months && result->day == sum->days &&
		sum->time.high == 0 && infinite_sign(result) == 0;
}

static void
store_interval(const IntervalSum *sum, Datum *values, bool *nulls)
{
	Interval   *shown = palloc(sizeof(Interval));
	bool		has_result = interval_result(sum, shown);

	for (int i = 0; i < NCOLUMNS; i++)
	{
		values[i] = (Datum) 0;
		nulls[i] = true;
	}
	if (sum->rows != 0 || sum->infinite[0] != 0 || sum->infinite[1] != 0 ||
		sum->months != 0 || sum->days != 0 || !ivm_wide_is_zero(&sum->time))
	{
		values[COL_COUNT] = Int64GetDatum(sum->rows);
		nulls[COL_COUNT] = false;
		values[COL_SUM] = IntervalPGetDatum(shown);
		nulls[COL_SUM] = !has_result;
	}
	if (!has_result || sum->infinite[0] != 0 || sum->infinite[1] != 0)
	{
		Datum		aux[AUX_LENGTH];

		aux[AUX_INFINITY] = Int64GetDatum(sum->infinite[0]);
		aux[AUX_MINUS_INFINITY] = Int64GetDatum(sum->infinite[1]);
		aux[AUX_MONTHS] = Int64GetDatum(sum->months);
		aux[AUX_DAYS] = Int64GetDatum(sum->days);
		aux[AUX_TIME_LOW] = Int64GetDatum(sum->time.low);
		aux[AUX_TIME_HIGH] = Int64GetDatum(sum->time.high);
		values[COL_REST] = PointerGetDatum(construct_array(aux, AUX_LENGTH, INT8OID,
														   sizeof(int64), FLOAT8PASSBYVAL,
														   TYPALIGN_DOUBLE));
		nulls[COL_REST] = false;
	}
}

static void
load_interval(IntervalSum *sum, const Datum *values, const bool *nulls)
{
	memset(sum, 0, sizeof(*sum));
	if (!nulls[COL_COUNT])
		sum->rows = DatumGetInt64(values[COL_COUNT]);
	if (!nulls[COL_REST])
	{
		Datum	   *aux;
		int			n;

		deconstruct_array(DatumGetArrayTypeP(values[COL_REST]), INT8OID, sizeof(int64),
						  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &aux, NULL, &n);
		if (n != AUX_LENGTH)
			report_unexpected();
		sum->infinite[0] = DatumGetInt64(aux[AUX_INFINITY]);
		sum->infinite[1] = DatumGetInt64(aux[AUX_MINUS_INFINITY]);
		sum->months = DatumGetInt64(aux[AUX_MONTHS]);
		sum->days = DatumGetInt64(aux[AUX_DAYS]);
		sum->time.low = DatumGetInt64(aux[AUX_TIME_LOW]);
		sum->time.high = DatumGetInt64(aux[AUX_TIME_HIGH]);
	}
	else if (!nulls[COL_SUM])
	{
		Interval   *shown = DatumGetIntervalP(values[COL_SUM]);

		sum->months = shown->month;
		sum->days = shown->day;
		sum->time.low = shown->time;
	}
}

static void
interval_add(IvmAccum *acc, void *pending, const Datum *args,
			 const bool *nulls, int sign, MemoryContext cxt)
{
	IntervalSum *sum = pending;
	Interval   *value;
	int			infinite;

	if (nulls[0])
		return;
	value = DatumGetIntervalP(args[0]);
	infinite = infinite_sign(value);
	sum->rows += sign;
	if (infinite != 0)
		sum->infinite[infinite > 0 ? 0 : 1] += sign;
	else
	{
		sum->months += sign * (int64) value->month;
		sum->days += sign * (int64) value->day;
		if (sign > 0)
			ivm_wide_add(&sum->time, value->time);
		else
			ivm_wide_subtract(&sum->time, value->time);
	}
}

static void
interval_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	merge_intervals(into, from);
}

static void
interval_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	store_interval(pending, delta, nulls);
}

static void
interval_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				   const Datum *from, const bool *from_nulls)
{
	IntervalSum sum;
	IntervalSum other;

	load_interval(&sum, into, into_nulls);
	load_interval(&other, from, from_nulls);
	merge_intervals(&sum, &other);
	store_interval(&sum, into, into_nulls);
}

static bool
interval_apply(IvmAccum *acc, Datum *state, bool *nulls,
			   const Datum *delta, const bool *delta_nulls)
{
	interval_sum_delta(acc, state, nulls, delta, delta_nulls);
	if (nulls[COL_COUNT])
		empty_state(acc, state, nulls);
	return true;
}

const IvmAccumClass ivm_accum_interval = {
	.name = "interval sum",
	.pending_size = sizeof(IntervalSum),
	.nstate = NCOLUMNS,
	.state = {
		{"_sum", INTERVALOID, "ivm._interval_sum($1)"},
		{"_count", INT8OID, "count($1)"},
		{"_aux", INT8ARRAYOID, "ivm._interval_aux($1)"}
	},
	.ndelta = NCOLUMNS,
	.delta = {
		{"_sum", INTERVALOID, NULL},
		{"_count", INT8OID, NULL},
		{"_aux", INT8ARRAYOID, NULL}
	},
	.init = init_nothing,
	.add = interval_add,
	.merge = interval_merge,
	.emit = interval_emit,
	.sum_delta = interval_sum_delta,
	.empty = empty_state,
	.apply = interval_apply
};

/* sum(interval) of a state: sum, count, aux; NULL for a partial one. */
IVM_FUNCTION(ivm_interval_result);
Datum
ivm_interval_result(PG_FUNCTION_ARGS)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS];
	IntervalSum sum;
	Interval   *result;

	for (int i = 0; i < NCOLUMNS; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i);
	}
	load_interval(&sum, values, nulls);
	if (sum.infinite[0] < 0 || sum.infinite[1] < 0 || sum.rows <= 0)
		PG_RETURN_NULL();

	result = palloc(sizeof(Interval));
	if (!interval_result(&sum, result))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("interval out of range")));
	PG_RETURN_INTERVAL_P(result);
}

/* ------------------------------------------------------------------------
 * Money
 * ------------------------------------------------------------------------
 */
typedef struct MoneySum
{
	IvmWide		sum;
	int64		rows;
} MoneySum;

static void
store_money(const MoneySum *money, Datum *values, bool *nulls)
{
	bool		nothing = money->rows == 0 && ivm_wide_is_zero(&money->sum);

	values[COL_SUM] = CashGetDatum(money->sum.low);
	nulls[COL_SUM] = nothing;
	values[COL_COUNT] = Int64GetDatum(money->rows);
	nulls[COL_COUNT] = nothing;
	values[COL_REST] = Int64GetDatum(money->sum.high);
	nulls[COL_REST] = (money->sum.high == 0);
}

static void
load_money(MoneySum *money, const Datum *values, const bool *nulls)
{
	money->sum.low = nulls[COL_SUM] ? 0 : DatumGetCash(values[COL_SUM]);
	money->sum.high = nulls[COL_REST] ? 0 : DatumGetInt64(values[COL_REST]);
	money->rows = nulls[COL_COUNT] ? 0 : DatumGetInt64(values[COL_COUNT]);
}

static void
money_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
		  int sign, MemoryContext cxt)
{
	MoneySum   *money = pending;

	if (nulls[0])
		return;
	if (sign > 0)
		ivm_wide_add(&money->sum, DatumGetCash(args[0]));
	else
		ivm_wide_subtract(&money->sum, DatumGetCash(args[0]));
	money->rows += sign;
}

static void
money_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	MoneySum   *money = into;
	const MoneySum *other = from;

	ivm_wide_merge(&money->sum, &other->sum);
	money->rows += other->rows;
}

static void
money_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	store_money(pending, delta, nulls);
}

static void
money_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				const Datum *from, const bool *from_nulls)
{
	MoneySum	money;
	MoneySum	other;

	load_money(&money, into, into_nulls);
	load_money(&other, from, from_nulls);
	money_merge(acc, &money, &other, NULL);
	store_money(&money, into, into_nulls);
}

static bool
money_apply(IvmAccum *acc, Datum *state, bool *nulls,
			const Datum *delta, const bool *delta_nulls)
{
	money_sum_delta(acc, state, nulls, delta, delta_nulls);
	if (nulls[COL_COUNT])
		empty_state(acc, state, nulls);
	return true;
}

const IvmAccumClass ivm_accum_money = {
	.name = "money sum",
	.pending_size = sizeof(MoneySum),
	.nstate = NCOLUMNS,
	.state = {
		{"_sum", MONEYOID, "ivm._money_sum($1)"},
		{"_count", INT8OID, "count($1)"},
		{"_high", INT8OID, "ivm._money_high($1)"}
	},
	.ndelta = NCOLUMNS,
	.delta = {
		{"_sum", MONEYOID, NULL},
		{"_count", INT8OID, NULL},
		{"_high", INT8OID, NULL}
	},
	.init = init_nothing,
	.add = money_add,
	.merge = money_merge,
	.emit = money_emit,
	.sum_delta = money_sum_delta,
	.empty = empty_state,
	.apply = money_apply
};

/* sum(money) of a state: sum, high. */
IVM_FUNCTION(ivm_money_result);
Datum
ivm_money_result(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(1) && PG_GETARG_INT64(1) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("money out of range")));
	return PG_GETARG_DATUM(0);
}

/* ------------------------------------------------------------------------
 * Rules
 * ------------------------------------------------------------------------
 */
const IvmAggRule ivm_accum_interval_rules[] = {
	{F_SUM_INTERVAL, &ivm_accum_interval, "ivm._interval_result($1, $2, $3)"},
	{F_AVG_INTERVAL, &ivm_accum_interval,
	"ivm._interval_result($1, $2, $3) / nullif($2, 0)::pg_catalog.float8"},
	{F_SUM_MONEY, &ivm_accum_money, "ivm._money_result($1, $3)"},
};

const int	ivm_accum_n_interval_rules = lengthof(ivm_accum_interval_rules);
