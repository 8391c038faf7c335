/*-------------------------------------------------------------------------
 *
 * accum_functions.c
 *	  SQL aggregates that compute columns of accumulators afresh.
 *
 * Where no aggregate of PostgreSQL gives a column of a state, one of these
 * does.  It runs the accumulator itself: rows are added to a pending form;
 * what comes from parallel workers is kept as a delta; in the end both are
 * summed, and the column is taken from the sum.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"	/* the varlena macros */
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "aggregates/accum_bits.h"
#include "aggregates/accum_interval.h"
#include "aggregates/accum_numeric.h"
#include "base/compat.h"

/* The classes that these aggregates run; serialized states refer to the index. */
static const IvmAccumClass *const classes[] = {
	&ivm_accum_numeric_sum,
	&ivm_accum_numeric_moments,
	&ivm_accum_bits,
	&ivm_accum_interval,
	&ivm_accum_money
};

enum
{
	NUMERIC_SUM,
	NUMERIC_MOMENTS,
	BITS,
	INTERVAL_SUM,
	MONEY_SUM
};

typedef struct AggregateState
{
	int			index;			/* in classes */
	IvmAccum	acc;
	void	   *pending;
	Datum		delta[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];
} AggregateState;

/* A state without rows, in the current context. */
static AggregateState *
make_state(int index, Oid argtype)
{
	AggregateState *state = palloc0(sizeof(AggregateState));

	state->index = index;
	state->acc.class = classes[index];
	state->acc.nargs = 1;
	state->acc.argtype[0] = argtype;
	state->acc.argtypmod[0] = -1;
	state->pending = palloc0(classes[index]->pending_size);
	memset(state->nulls, true, sizeof(state->nulls));
	classes[index]->init(&state->acc);
	return state;
}

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext cxt;

	if (!AggCheckCallContext(fcinfo, &cxt))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return cxt;
}

/* The transition function of all classes. */
static Datum
accumulate(FunctionCallInfo fcinfo, int index)
{
	MemoryContext cxt = aggregate_context(fcinfo);
	AggregateState *state;
	Datum		arg = PG_GETARG_DATUM(1);
	bool		isnull = PG_ARGISNULL(1);

	if (PG_ARGISNULL(0))
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		state = make_state(index, get_fn_expr_argtype(fcinfo->flinfo, 1));
		MemoryContextSwitchTo(old);
	}
	else
		state = (AggregateState *) PG_GETARG_POINTER(0);

	state->acc.class->add(&state->acc, state->pending, &arg, &isnull, 1, cxt);
	PG_RETURN_POINTER(state);
}

IVM_FUNCTION(ivm_accumagg_numeric);
Datum
ivm_accumagg_numeric(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, NUMERIC_SUM);
}

IVM_FUNCTION(ivm_accumagg_numeric_moments);
Datum
ivm_accumagg_numeric_moments(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, NUMERIC_MOMENTS);
}

IVM_FUNCTION(ivm_accumagg_bits);
Datum
ivm_accumagg_bits(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, BITS);
}

IVM_FUNCTION(ivm_accumagg_interval);
Datum
ivm_accumagg_interval(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, INTERVAL_SUM);
}

IVM_FUNCTION(ivm_accumagg_money);
Datum
ivm_accumagg_money(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, MONEY_SUM);
}

/* into += the sums of a state: its delta, and what is pending. */
static void
add_sums(AggregateState *state, Datum *into, bool *into_nulls)
{
	const IvmAccumClass *class = state->acc.class;
	Datum		delta[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];

	class->sum_delta(&state->acc, into, into_nulls, state->delta, state->nulls);
	class->emit(&state->acc, state->pending, delta, nulls);
	class->sum_delta(&state->acc, into, into_nulls, delta, nulls);
}

IVM_FUNCTION(ivm_accumagg_combine);
Datum
ivm_accumagg_combine(PG_FUNCTION_ARGS)
{
	MemoryContext old = MemoryContextSwitchTo(aggregate_context(fcinfo));
	AggregateState *into = PG_ARGISNULL(0) ? NULL : (AggregateState *) PG_GETARG_POINTER(0);
	AggregateState *from = PG_ARGISNULL(1) ? NULL : (AggregateState *) PG_GETARG_POINTER(1);

	if (from != NULL)
	{
		if (into == NULL)
			into = make_state(from->index, from->acc.argtype[0]);
		add_sums(from, into->delta, into->nulls);
	}
	MemoryContextSwitchTo(old);
	if (into == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(into);
}

/*
 * A serialized state: the place of its class in classes, the type of the argument, and
 * the columns that are not NULL.
 */
IVM_FUNCTION(ivm_accumagg_serialize);
Datum
ivm_accumagg_serialize(PG_FUNCTION_ARGS)
{
	AggregateState *state = (AggregateState *) PG_GETARG_POINTER(0);
	const IvmAccumClass *class = state->acc.class;
	Datum		sums[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];
	StringInfoData buf;

	(void) aggregate_context(fcinfo);
	memset(nulls, true, sizeof(nulls));
	add_sums(state, sums, nulls);

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, state->index);
	pq_sendint32(&buf, state->acc.argtype[0]);
	for (int i = 0; i < class->ndelta; i++)
	{
		int16		typlen;
		bool		typbyval;
		Size		size;

		pq_sendbyte(&buf, nulls[i]);
		if (nulls[i])
			continue;
		get_typlenbyval(class->delta[i].type, &typlen, &typbyval);
		size = datumGetSize(sums[i], typbyval, typlen);
		pq_sendint32(&buf, size);
		if (typbyval)
			pq_sendint64(&buf, (int64) sums[i]);
		else
			appendBinaryStringInfo(&buf, DatumGetPointer(sums[i]), size);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

IVM_FUNCTION(ivm_accumagg_deserialize);
Datum
ivm_accumagg_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *serialized = PG_GETARG_BYTEA_PP(0);
	AggregateState *state;
	StringInfoData buf;
	int			index;

	(void) aggregate_context(fcinfo);
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(serialized),
						   VARSIZE_ANY_EXHDR(serialized));

	index = pq_getmsgbyte(&buf);
	state = make_state(index, pq_getmsgint(&buf, 4));
	for (int i = 0; i < state->acc.class->ndelta; i++)
	{
		int			size;

		state->nulls[i] = pq_getmsgbyte(&buf) != 0;
		if (state->nulls[i])
			continue;
		size = pq_getmsgint(&buf, 4);
		if (get_typbyval(state->acc.class->delta[i].type))
			state->delta[i] = (Datum) pq_getmsgint64(&buf);
		else
		{
			char	   *value = palloc(size);

			pq_copymsgbytes(&buf, value, size);
			state->delta[i] = PointerGetDatum(value);
		}
	}
	pq_getmsgend(&buf);
	PG_RETURN_POINTER(state);
}

/* A column of the result; final functions may not change the state. */
static Datum
column(FunctionCallInfo fcinfo, int number)
{
	AggregateState *state;
	Datum		sums[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (AggregateState *) PG_GETARG_POINTER(0);
	if (number < 0)
		number += state->acc.class->ndelta;

	memset(nulls, true, sizeof(nulls));
	add_sums(state, sums, nulls);
	if (nulls[number])
		PG_RETURN_NULL();
	return sums[number];
}

IVM_FUNCTION(ivm_accumagg_first);
Datum
ivm_accumagg_first(PG_FUNCTION_ARGS)
{
	return column(fcinfo, 0);
}

IVM_FUNCTION(ivm_accumagg_third);
Datum
ivm_accumagg_third(PG_FUNCTION_ARGS)
{
	return column(fcinfo, 2);
}

IVM_FUNCTION(ivm_accumagg_last);
Datum
ivm_accumagg_last(PG_FUNCTION_ARGS)
{
	return column(fcinfo, -1);
}
