/*-------------------------------------------------------------------------
 *
 * accum_float.c
 *	  Accumulators for float4 and float8: sums, variances, regressions.
 *
 * All of them rest on exact sums (float_sums.c, exact_float.c), stored as one
 * bytea beside the count of rows taken in:
 *
 *		sum			x						sum, avg
 *		moments		x, x^2					variance, stddev
 *		comoments	x, x^2, y, y^2, xy		covar, corr, regr (arguments: y, x)
 *
 * float_aggregates.c has the SQL functions: those that compute the state afresh and
 * those that compute results from it.
 *
 * The state of a sum holds the rounded sum too, so that it can be read and
 * indexed as it stands.  Where rounding overflows, the column is NULL although
 * there are rows; only a query that reads that column gets the error,
 * as it would from the aggregate.
 *
 * The pending form is an IvmFloatSums.  A bytea of sums that are all zero is
 * NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/fmgroids.h"

#include "aggregates/accum.h"
#include "aggregates/accum_float.h"
#include "aggregates/exact_float.h"
#include "aggregates/float_sums.h"

/* How many sums there are in a class. */
static inline int
number_of_sums(const IvmAccum *acc)
{
	return (acc->class->pending_size - offsetof(IvmFloatSums, sum)) /
		sizeof(IvmExactFloat);
}

static void
init_float(IvmAccum *acc)
{
	for (int i = 0; i < acc->nargs; i++)
	{
		if (acc->argtype[i] != FLOAT4OID && acc->argtype[i] != FLOAT8OID)
			elog(ERROR, "argument type %u is not floating-point",
				 acc->argtype[i]);
	}
	acc->data = NULL;
}

static inline double
float_arg(const IvmAccum *acc, int i, Datum value)
{
	return acc->argtype[i] == FLOAT4OID ? (double) DatumGetFloat4(value) :
		DatumGetFloat8(value);
}

static void
add_row_to_sum(IvmAccum *acc, void *pending, const Datum *args,
			   const bool *nulls, int sign, MemoryContext cxt)
{
	if (!nulls[0])
		ivm_float_sums_add(pending, float_arg(acc, 0, args[0]), sign, cxt);
}

static void
add_row_to_moments(IvmAccum *acc, void *pending, const Datum *args,
				   const bool *nulls, int sign, MemoryContext cxt)
{
	if (!nulls[0])
		ivm_float_sums_add_moments(pending, float_arg(acc, 0, args[0]), sign,
								   cxt);
}

static void
add_row_to_comoments(IvmAccum *acc, void *pending, const Datum *args,
					 const bool *nulls, int sign, MemoryContext cxt)
{
	if (!nulls[0] && !nulls[1])
		ivm_float_sums_add_comoments(pending, float_arg(acc, 0, args[0]),
									 float_arg(acc, 1, args[1]), sign, cxt);
}

static void
merge_float(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	ivm_float_sums_merge(into, from, number_of_sums(acc), cxt);
}

/* Delta columns: 0 is the count, 1 the exact sums; each is NULL where it has not changed. */
static void
emit_float(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	const IvmFloatSums *sums = pending;

	delta[0] = Int64GetDatum(sums->count);
	nulls[0] = sums->count == 0;
	ivm_float_sums_store(sums, number_of_sums(acc), &delta[1], &nulls[1]);
}

/*
 * Add two pairs of count and exact sums into the first, leaving the sum in
 * *total too.
 */
static void
add_columns(int n, IvmFloatSums *total, Datum *into, bool *into_nulls,
			const Datum *from, const bool *from_nulls)
{
	IvmAnyFloatSums other;

	ivm_float_sums_load(total, n, into[0], into_nulls[0], into[1], into_nulls[1]);
	ivm_float_sums_load(&other.sums, n, from[0], from_nulls[0], from[1], from_nulls[1]);
	ivm_float_sums_merge(total, &other.sums, n, CurrentMemoryContext);
	ivm_float_sums_free(&other.sums, n);

	into[0] = Int64GetDatum(total->count);
	ivm_float_sums_store(total, n, &into[1], &into_nulls[1]);
}

static void
sum_delta_float(IvmAccum *acc, Datum *into, bool *into_nulls,
				const Datum *from, const bool *from_nulls)
{
	int			n = number_of_sums(acc);
	IvmAnyFloatSums total;

	add_columns(n, &total.sums, into, into_nulls, from, from_nulls);
	into_nulls[0] = total.sums.count == 0;
	ivm_float_sums_free(&total.sums, n);
}

/* State columns of a sum: 0 is the rounded sum, 1 the count, 2 the exact sum. */
static void
empty_sum(IvmAccum *acc, Datum *state, bool *nulls)
{
	(void) acc;
	state[0] = (Datum) 0;
	nulls[0] = true;
	state[1] = Int64GetDatum(0);
	nulls[1] = false;
	state[2] = (Datum) 0;
	nulls[2] = true;
}

static bool
apply_sum(IvmAccum *acc, Datum *state, bool *nulls,
		  const Datum *delta, const bool *delta_nulls)
{
	IvmAnyFloatSums total;
	bool		single = acc->argtype[0] == FLOAT4OID;
	double		value;

	add_columns(IVM_SUMS_OF_SUM, &total.sums, &state[1], &nulls[1],
				delta, delta_nulls);
	nulls[1] = false;
	nulls[0] = !ivm_float_sums_total(&total.sums, single ? IVM_FLOAT4 : IVM_FLOAT8,
									 &value);
	if (nulls[0])
		state[0] = (Datum) 0;
	else
		state[0] = single ? Float4GetDatum((float4) value) :
			Float8GetDatum(value);
	ivm_float_sums_free(&total.sums, IVM_SUMS_OF_SUM);
	return true;
}

/* State columns of moments: 0 is the count, 1 the exact sums. */
static void
empty_moments(IvmAccum *acc, Datum *state, bool *nulls)
{
	(void) acc;
	state[0] = Int64GetDatum(0);
	nulls[0] = false;
	state[1] = (Datum) 0;
	nulls[1] = true;
}

static bool
apply_moments(IvmAccum *acc, Datum *state, bool *nulls,
			  const Datum *delta, const bool *delta_nulls)
{
	int			n = number_of_sums(acc);
	IvmAnyFloatSums total;

	add_columns(n, &total.sums, state, nulls, delta, delta_nulls);
	nulls[0] = false;
	ivm_float_sums_free(&total.sums, n);
	return true;
}

const IvmAccumClass ivm_accum_float_sum = {
	.name = "exact floating-point sum",
	.pending_size = IVM_FLOATSUMS_SIZE(IVM_SUMS_OF_SUM),
	.nstate = 3,
	.state = {
		{"_sum", InvalidOid, "ivm._float_sum($1)"},
		{"_count", INT8OID, "count($1)"},
		{"_exact", BYTEAOID, "ivm._float_exact($1)"}
	},
	.ndelta = 2,
	.delta = {{"_count", INT8OID, NULL}, {"_exact", BYTEAOID, NULL}},
	.init = init_float,
	.add = add_row_to_sum,
	.merge = merge_float,
	.emit = emit_float,
	.sum_delta = sum_delta_float,
	.empty = empty_sum,
	.apply = apply_sum
};

const IvmAccumClass ivm_accum_float_moments = {
	.name = "exact floating-point moments",
	.pending_size = IVM_FLOATSUMS_SIZE(IVM_SUMS_OF_MOMENTS),
	.nstate = 2,
	.state = {
		{"_count", INT8OID, "count($1)"},
		{"_moments", BYTEAOID, "ivm._float_moments($1)"}
	},
	.ndelta = 2,
	.delta = {{"_count", INT8OID, NULL}, {"_moments", BYTEAOID, NULL}},
	.init = init_float,
	.add = add_row_to_moments,
	.merge = merge_float,
	.emit = emit_float,
	.sum_delta = sum_delta_float,
	.empty = empty_moments,
	.apply = apply_moments
};

const IvmAccumClass ivm_accum_float_comoments = {
	.name = "exact floating-point comoments",
	.pending_size = IVM_FLOATSUMS_SIZE(IVM_SUMS_OF_COMOMENTS),
	.nstate = 2,
	.state = {
		{"_count", INT8OID, "regr_count($1, $2)"},
		{"_moments", BYTEAOID, "ivm._float_comoments($1, $2)"}
	},
	.ndelta = 2,
	.delta = {{"_count", INT8OID, NULL}, {"_moments", BYTEAOID, NULL}},
	.init = init_float,
	.add = add_row_to_comoments,
	.merge = merge_float,
	.emit = emit_float,
	.sum_delta = sum_delta_float,
	.empty = empty_moments,
	.apply = apply_moments
};

const IvmAggRule ivm_accum_float_rules[] = {
	{F_SUM_FLOAT8, &ivm_accum_float_sum, "coalesce($1, ivm._float8_sum_overflow($2))"},
	{F_SUM_FLOAT4, &ivm_accum_float_sum, "coalesce($1, ivm._float4_sum_overflow($2))"},
	{F_AVG_FLOAT8, &ivm_accum_float_sum, "ivm._float_avg($2, $3)"},
	{F_AVG_FLOAT4, &ivm_accum_float_sum, "ivm._float_avg($2, $3)"},

	{F_VAR_POP_FLOAT8, &ivm_accum_float_moments, "ivm._float_var_pop($1, $2)"},
	{F_VAR_POP_FLOAT4, &ivm_accum_float_moments, "ivm._float_var_pop($1, $2)"},
	{F_VAR_SAMP_FLOAT8, &ivm_accum_float_moments, "ivm._float_var_samp($1, $2)"},
	{F_VAR_SAMP_FLOAT4, &ivm_accum_float_moments, "ivm._float_var_samp($1, $2)"},
	{F_VARIANCE_FLOAT8, &ivm_accum_float_moments, "ivm._float_var_samp($1, $2)"},
	{F_VARIANCE_FLOAT4, &ivm_accum_float_moments, "ivm._float_var_samp($1, $2)"},
	{F_STDDEV_POP_FLOAT8, &ivm_accum_float_moments, "ivm._float_stddev_pop($1, $2)"},
	{F_STDDEV_POP_FLOAT4, &ivm_accum_float_moments, "ivm._float_stddev_pop($1, $2)"},
	{F_STDDEV_SAMP_FLOAT8, &ivm_accum_float_moments, "ivm._float_stddev_samp($1, $2)"},
	{F_STDDEV_SAMP_FLOAT4, &ivm_accum_float_moments, "ivm._float_stddev_samp($1, $2)"},
	{F_STDDEV_FLOAT8, &ivm_accum_float_moments, "ivm._float_stddev_samp($1, $2)"},
	{F_STDDEV_FLOAT4, &ivm_accum_float_moments, "ivm._float_stddev_samp($1, $2)"},

	{F_COVAR_POP, &ivm_accum_float_comoments, "ivm._float_covar_pop($1, $2)"},
	{F_COVAR_SAMP, &ivm_accum_float_comoments, "ivm._float_covar_samp($1, $2)"},
	{F_CORR, &ivm_accum_float_comoments, "ivm._float_corr($1, $2)"},
	{F_REGR_COUNT, &ivm_accum_float_comoments, "$1"},
	{F_REGR_SXX, &ivm_accum_float_comoments, "ivm._float_regr_sxx($1, $2)"},
	{F_REGR_SYY, &ivm_accum_float_comoments, "ivm._float_regr_syy($1, $2)"},
	{F_REGR_SXY, &ivm_accum_float_comoments, "ivm._float_regr_sxy($1, $2)"},
	{F_REGR_AVGX, &ivm_accum_float_comoments, "ivm._float_regr_avgx($1, $2)"},
	{F_REGR_AVGY, &ivm_accum_float_comoments, "ivm._float_regr_avgy($1, $2)"},
	{F_REGR_R2, &ivm_accum_float_comoments, "ivm._float_regr_r2($1, $2)"},
	{F_REGR_SLOPE, &ivm_accum_float_comoments, "ivm._float_regr_slope($1, $2)"},
	{F_REGR_INTERCEPT, &ivm_accum_float_comoments, "ivm._float_regr_intercept($1, $2)"}
};

const int	ivm_accum_n_float_rules = lengthof(ivm_accum_float_rules);
