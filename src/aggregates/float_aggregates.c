/*-------------------------------------------------------------------------
 *
 * float_aggregates.c
 *	  SQL functions over exact floating-point sums.
 *
 * Aggregates compute the state of float accumulators (accum_float.c) afresh:
 * by the same sums, so bit for bit what is maintained.  Other functions
 * compute the results of sum, avg, variance, covar_pop, regr_slope and kin
 * from that state.  A result is the exact one, rounded once; it follows the
 * rules of the aggregate for NULL, NaN and infinities.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"	/* the varlena macros */
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/float.h"

#include "aggregates/exact_float.h"
#include "aggregates/exact_numeric.h"
#include "aggregates/float_sums.h"
#include "base/compat.h"

/* ------------------------------------------------------------------------
 * SQL aggregates that compute the state afresh
 * ------------------------------------------------------------------------
 */

/* Transition state of all of them. */
typedef struct FloatTransition
{
	MemoryContext cxt;
	int			n;				/* how many sums there are */
	IvmFloatSums *sums;
} FloatTransition;

static FloatTransition *
make_transition(int n, MemoryContext cxt)
{
	FloatTransition *state = MemoryContextAlloc(cxt, sizeof(FloatTransition));

	state->cxt = cxt;
	state->n = n;
	state->sums = MemoryContextAllocZero(cxt, IVM_FLOATSUMS_SIZE(n));
	return state;
}

/*
 * The first argument of a transition or combine function, made if need be.
 */
static inline FloatTransition *
transition_arg(FunctionCallInfo fcinfo, int n)
{
	MemoryContext cxt;

	if (!PG_ARGISNULL(0))
		return (FloatTransition *) PG_GETARG_POINTER(0);
	if (!AggCheckCallContext(fcinfo, &cxt))
		elog(ERROR, "aggregate function called in non-aggregate context");
	return make_transition(n, cxt);
}

IVM_FUNCTION(ivm_float4_exact_add);
Datum
ivm_float4_exact_add(PG_FUNCTION_ARGS)
{
	FloatTransition *state = transition_arg(fcinfo, IVM_SUMS_OF_SUM);

	if (!PG_ARGISNULL(1))
		ivm_float_sums_add(state->sums, PG_GETARG_FLOAT4(1), 1, state->cxt);
	PG_RETURN_POINTER(state);
}

IVM_FUNCTION(ivm_float8_exact_add);
Datum
ivm_float8_exact_add(PG_FUNCTION_ARGS)
{
	FloatTransition *state = transition_arg(fcinfo, IVM_SUMS_OF_SUM);

	if (!PG_ARGISNULL(1))
		ivm_float_sums_add(state->sums, PG_GETARG_FLOAT8(1), 1, state->cxt);
	PG_RETURN_POINTER(state);
}

IVM_FUNCTION(ivm_float_moments_add);
Datum
ivm_float_moments_add(PG_FUNCTION_ARGS)
{
	FloatTransition *state = transition_arg(fcinfo, IVM_SUMS_OF_MOMENTS);

	if (!PG_ARGISNULL(1))
	{
		ivm_float_sums_add_moments(state->sums, PG_GETARG_FLOAT8(1), 1,
								   state->cxt);
	}
	PG_RETURN_POINTER(state);
}

IVM_FUNCTION(ivm_float_comoments_add);
Datum
ivm_float_comoments_add(PG_FUNCTION_ARGS)
{
	FloatTransition *state = transition_arg(fcinfo, IVM_SUMS_OF_COMOMENTS);

	if (!PG_ARGISNULL(1) && !PG_ARGISNULL(2))
		ivm_float_sums_add_comoments(state->sums, PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2),
									 1, state->cxt);
	PG_RETURN_POINTER(state);
}

IVM_FUNCTION(ivm_float_combine);
Datum
ivm_float_combine(PG_FUNCTION_ARGS)
{
	FloatTransition *state;
	FloatTransition *other;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_POINTER(PG_GETARG_POINTER(0));
	}
	other = (FloatTransition *) PG_GETARG_POINTER(1);
	state = transition_arg(fcinfo, other->n);
	ivm_float_sums_merge(state->sums, other->sums, state->n, state->cxt);
	PG_RETURN_POINTER(state);
}

/* A serialized transition state: the number of sums, the count, the stored sums. */
IVM_FUNCTION(ivm_float_serialize);
Datum
ivm_float_serialize(PG_FUNCTION_ARGS)
{
	FloatTransition *state = (FloatTransition *) PG_GETARG_POINTER(0);
	bytea	   *exact = ivm_exact_float_store(state->sums->sum, state->n);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, state->n);
	pq_sendint64(&buf, state->sums->count);
	if (exact != NULL)
		pq_sendbytes(&buf, VARDATA(exact), VARSIZE(exact) - VARHDRSZ);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

IVM_FUNCTION(ivm_float_deserialize);
Datum
ivm_float_deserialize(PG_FUNCTION_ARGS)
{
	bytea	   *serialized = PG_GETARG_BYTEA_PP(0);
	FloatTransition *state;
	StringInfoData buf;
	int			n;

	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, VARDATA_ANY(serialized),
						   VARSIZE_ANY_EXHDR(serialized));
	n = pq_getmsgbyte(&buf);
	if (n < 1 || n > IVM_SUMS_OF_COMOMENTS)
		elog(ERROR, "invalid number of exact sums: %d", n);
	state = make_transition(n, CurrentMemoryContext);
	state->sums->count = pq_getmsgint64(&buf);
	if (buf.cursor < buf.len)
	{
		int			length = buf.len - buf.cursor;
		bytea	   *exact = palloc(VARHDRSZ + length);

		SET_VARSIZE(exact, VARHDRSZ + length);
		memcpy(VARDATA(exact), pq_getmsgbytes(&buf, length), length);
		ivm_exact_float_load(state->sums->sum, n, exact);
		pfree(exact);
	}
	pfree(buf.data);
	PG_RETURN_POINTER(state);
}

/* The stored sums: what the state's bytea column holds. */
IVM_FUNCTION(ivm_float_stored);
Datum
ivm_float_stored(PG_FUNCTION_ARGS)
{
	FloatTransition *state = (FloatTransition *) PG_GETARG_POINTER(0);
	Datum		exact;
	bool		null;

	ivm_float_sums_store(state->sums, state->n, &exact, &null);
	if (null)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(exact);
}

/* The rounded sum: what the state's first column holds. */
IVM_FUNCTION(ivm_float4_sum);
Datum
ivm_float4_sum(PG_FUNCTION_ARGS)
{
	FloatTransition *state = (FloatTransition *) PG_GETARG_POINTER(0);
	double		value;

	if (!ivm_float_sums_total(state->sums, IVM_FLOAT4, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT4((float4) value);
}

IVM_FUNCTION(ivm_float8_sum);
Datum
ivm_float8_sum(PG_FUNCTION_ARGS)
{
	FloatTransition *state = (FloatTransition *) PG_GETARG_POINTER(0);
	double		value;

	if (!ivm_float_sums_total(state->sums, IVM_FLOAT8, &value))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(value);
}

/* ------------------------------------------------------------------------
 * Results from the state
 * ------------------------------------------------------------------------
 */

/*
 * What a sum that is NULL means: no rows, or that it does not fit the type.
 */
IVM_FUNCTION(ivm_float_sum_overflow);
Datum
ivm_float_sum_overflow(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0) && PG_GETARG_INT64(0) > 0)
		float_overflow_error();
	PG_RETURN_NULL();
}

/*
 * Load the state given as (count, exact).  Returns false if it has fewer than
 * min_count rows; the result is NULL then.
 */
static bool
load_state(FunctionCallInfo fcinfo, IvmFloatSums *sums, int n, int64 min_count)
{
	if (PG_ARGISNULL(0) || PG_GETARG_INT64(0) < min_count)
		return false;
	ivm_float_sums_load(sums, n, PG_GETARG_DATUM(0), false,
						PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1),
						PG_ARGISNULL(1));
	return true;
}

/* num / den, or the square root of that: a result. */
static Datum
quotient(IvmExactNum num, IvmExactNum den, bool root)
{
	double		value;

	if (!ivm_exact_numeric_quotient(num, den, root, &value))
		float_overflow_error();
	return Float8GetDatum(value);
}

/* The mean of one of the sums. */
static Datum
mean(const IvmFloatSums *sums, int place)
{
	double		value;

	if (ivm_exact_float_special(&sums->sum[place], &value))
		return Float8GetDatum(value);
	return quotient(ivm_exact_numeric_from_sum(&sums->sum[place]),
					ivm_exact_numeric_from_int64(sums->count), false);
}

IVM_FUNCTION(ivm_float_avg);
Datum
ivm_float_avg(PG_FUNCTION_ARGS)
{
	IvmAnyFloatSums any;

	if (!load_state(fcinfo, &any.sums, IVM_SUMS_OF_SUM, 1))
		PG_RETURN_NULL();
	return mean(&any.sums, IVM_SUM_X);
}

/* count * sum of ab - sum of a * sum of b: count^2 times a covariance. */
static IvmExactNum
central_moment(const IvmFloatSums *sums, int a, int b, int ab)
{
	IvmExactNum count = ivm_exact_numeric_from_int64(sums->count);
	IvmExactNum sum_a = ivm_exact_numeric_from_sum(&sums->sum[a]);
	IvmExactNum sum_b = a == b ? sum_a : ivm_exact_numeric_from_sum(&sums->sum[b]);
	IvmExactNum sum_ab = ivm_exact_numeric_from_sum(&sums->sum[ab]);
	IvmExactNum result = ivm_exact_numeric_sub(ivm_exact_numeric_mul(count, sum_ab),
											   ivm_exact_numeric_mul(sum_a, sum_b));

	/* never so for sums of the same rows, but anyone can call us */
	if (a == b && result.neg)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("exact sums and count do not belong together")));
	return result;
}

/* count^2 or, for a sample, count * (count - 1) */
static IvmExactNum
square_of_count(const IvmFloatSums *sums, bool sample)
{
	return ivm_exact_numeric_mul(ivm_exact_numeric_from_int64(sums->count),
								 ivm_exact_numeric_from_int64(sums->count - sample));
}

static Datum
variance(FunctionCallInfo fcinfo, bool sample, bool root)
{
	IvmAnyFloatSums any;
	double		special;

	if (!load_state(fcinfo, &any.sums, IVM_SUMS_OF_MOMENTS, sample ? 2 : 1))
		PG_RETURN_NULL();
	if (ivm_exact_float_special(&any.sums.sum[IVM_SUM_X], &special))
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(central_moment(&any.sums, IVM_SUM_X, IVM_SUM_X, IVM_SUM_XX),
					square_of_count(&any.sums, sample), root);
}

IVM_FUNCTION(ivm_float_var_pop);
Datum
ivm_float_var_pop(PG_FUNCTION_ARGS)
{
	return variance(fcinfo, false, false);
}

IVM_FUNCTION(ivm_float_var_samp);
Datum
ivm_float_var_samp(PG_FUNCTION_ARGS)
{
	return variance(fcinfo, true, false);
}

IVM_FUNCTION(ivm_float_stddev_pop);
Datum
ivm_float_stddev_pop(PG_FUNCTION_ARGS)
{
	return variance(fcinfo, false, true);
}

IVM_FUNCTION(ivm_float_stddev_samp);
Datum
ivm_float_stddev_samp(PG_FUNCTION_ARGS)
{
	return variance(fcinfo, true, true);
}

/*
 * What the regression functions start from: count^2 times the variances and
 * the covariance.  A variance is of no use (NaN) if a value of its variable
 * is not finite, the covariance if either variance is.
 */
typedef struct Comoments
{
	IvmAnyFloatSums any;
	IvmExactNum count;
	IvmExactNum xx;
	IvmExactNum yy;
	IvmExactNum xy;
	bool		x_nan;
	bool		y_nan;
} Comoments;

static bool
load_comoments(FunctionCallInfo fcinfo, Comoments *m, int64 min_count)
{
	IvmFloatSums *sums = &m->any.sums;
	double		special;

	if (!load_state(fcinfo, sums, IVM_SUMS_OF_COMOMENTS, min_count))
		return false;
	m->count = ivm_exact_numeric_from_int64(sums->count);
	m->xx = central_moment(sums, IVM_SUM_X, IVM_SUM_X, IVM_SUM_XX);
	m->yy = central_moment(sums, IVM_SUM_Y, IVM_SUM_Y, IVM_SUM_YY);
	m->xy = central_moment(sums, IVM_SUM_X, IVM_SUM_Y, IVM_SUM_XY);
	m->x_nan = ivm_exact_float_special(&sums->sum[IVM_SUM_X], &special);
	m->y_nan = ivm_exact_float_special(&sums->sum[IVM_SUM_Y], &special);
	return true;
}

/* The line of x is vertical, that of y horizontal: no variance at all. */
#define NO_VARIANCE_X(m) (!(m)->x_nan && (m)->xx.n == 0)
#define NO_VARIANCE_Y(m) (!(m)->y_nan && (m)->yy.n == 0)

static Datum
covariance(FunctionCallInfo fcinfo, bool sample)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, sample ? 2 : 1))
		PG_RETURN_NULL();
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(m.xy, square_of_count(&m.any.sums, sample), false);
}

IVM_FUNCTION(ivm_float_covar_pop);
Datum
ivm_float_covar_pop(PG_FUNCTION_ARGS)
{
	return covariance(fcinfo, false);
}

IVM_FUNCTION(ivm_float_covar_samp);
Datum
ivm_float_covar_samp(PG_FUNCTION_ARGS)
{
	return covariance(fcinfo, true);
}

IVM_FUNCTION(ivm_float_corr);
Datum
ivm_float_corr(PG_FUNCTION_ARGS)
{
	Comoments	m;
	IvmExactNum square;

	if (!load_comoments(fcinfo, &m, 1) || NO_VARIANCE_X(&m) || NO_VARIANCE_Y(&m))
		PG_RETURN_NULL();
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	square = ivm_exact_numeric_mul(m.xy, m.xy);
	square.neg = m.xy.neg;
	return quotient(square, ivm_exact_numeric_mul(m.xx, m.yy), true);
}

IVM_FUNCTION(ivm_float_regr_sxx);
Datum
ivm_float_regr_sxx(PG_FUNCTION_ARGS)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, 1))
		PG_RETURN_NULL();
	if (m.x_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(m.xx, m.count, false);
}

IVM_FUNCTION(ivm_float_regr_syy);
Datum
ivm_float_regr_syy(PG_FUNCTION_ARGS)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, 1))
		PG_RETURN_NULL();
	if (m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(m.yy, m.count, false);
}

IVM_FUNCTION(ivm_float_regr_sxy);
Datum
ivm_float_regr_sxy(PG_FUNCTION_ARGS)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, 1))
		PG_RETURN_NULL();
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(m.xy, m.count, false);
}

IVM_FUNCTION(ivm_float_regr_avgx);
Datum
ivm_float_regr_avgx(PG_FUNCTION_ARGS)
{
	IvmAnyFloatSums any;

	if (!load_state(fcinfo, &any.sums, IVM_SUMS_OF_COMOMENTS, 1))
		PG_RETURN_NULL();
	return mean(&any.sums, IVM_SUM_X);
}

IVM_FUNCTION(ivm_float_regr_avgy);
Datum
ivm_float_regr_avgy(PG_FUNCTION_ARGS)
{
	IvmAnyFloatSums any;

	if (!load_state(fcinfo, &any.sums, IVM_SUMS_OF_COMOMENTS, 1))
		PG_RETURN_NULL();
	return mean(&any.sums, IVM_SUM_Y);
}

IVM_FUNCTION(ivm_float_regr_r2);
Datum
ivm_float_regr_r2(PG_FUNCTION_ARGS)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, 1) || NO_VARIANCE_X(&m))
		PG_RETURN_NULL();
	if (NO_VARIANCE_Y(&m))
		PG_RETURN_FLOAT8(1.0);
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(ivm_exact_numeric_mul(m.xy, m.xy),
					ivm_exact_numeric_mul(m.xx, m.yy), false);
}

IVM_FUNCTION(ivm_float_regr_slope);
Datum
ivm_float_regr_slope(PG_FUNCTION_ARGS)
{
	Comoments	m;

	if (!load_comoments(fcinfo, &m, 1) || NO_VARIANCE_X(&m))
		PG_RETURN_NULL();
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());
	return quotient(m.xy, m.xx, false);
}

IVM_FUNCTION(ivm_float_regr_intercept);
Datum
ivm_float_regr_intercept(PG_FUNCTION_ARGS)
{
	Comoments	m;
	IvmExactNum sum_x;
	IvmExactNum sum_y;

	if (!load_comoments(fcinfo, &m, 1) || NO_VARIANCE_X(&m))
		PG_RETURN_NULL();
	if (m.x_nan || m.y_nan)
		PG_RETURN_FLOAT8(get_float8_nan());

	/* (sum of y - slope * sum of x) / count, over one denominator */
	sum_x = ivm_exact_numeric_from_sum(&m.any.sums.sum[IVM_SUM_X]);
	sum_y = ivm_exact_numeric_from_sum(&m.any.sums.sum[IVM_SUM_Y]);
	return quotient(ivm_exact_numeric_sub(ivm_exact_numeric_mul(sum_y, m.xx),
										  ivm_exact_numeric_mul(sum_x, m.xy)),
					ivm_exact_numeric_mul(m.count, m.xx), false);
}
