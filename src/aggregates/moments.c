/*-------------------------------------------------------------------------
 *
 * moments.c
 *	  Variance and standard deviation of numerics and integers, from sums.
 *
 * The results are those of PostgreSQL's own final functions, which get the
 * sums as a transition state of the aggregate, by way of its serialized form.
 * So values and display scales are the same.
 *
 * What the server must keep true: numeric_deserialize() reads what
 * serialize_moments() writes.  It is not a stored form, so a new major version may
 * change it; it checks lengths and then raises an error, and the tests of
 * variances compare results with those of the aggregates.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"

#include "aggregates/numeric_digits.h"
#include "aggregates/numeric_sum.h"
#include "base/compat.h"

/* A numeric as numeric_serialize() writes it. */
static void
send_numeric(StringInfo buf, Numeric value, int scale)
{
	IvmNumericDigits digits = {IVM_NUMERIC_FINITE};

	if (value != NULL)
		ivm_numeric_digits_read((struct varlena *) value, &digits);
	pq_sendint32(buf, digits.ndigits);
	pq_sendint32(buf, digits.weight);
	pq_sendint32(buf, digits.negative ? 0x4000 : 0);
	pq_sendint32(buf, scale);
	for (int i = 0; i < digits.ndigits; i++)
		pq_sendint16(buf, ivm_numeric_digits_get(&digits, i));
}

/* The transition state of PostgreSQL's aggregates as they serialize it. */
static bytea *
serialize_moments(const IvmNumericSum *sum)
{
	StringInfoData buf;
	int			scale = ivm_numeric_sum_scale(sum);

	pq_begintypsend(&buf);
	pq_sendint64(&buf, ivm_numeric_sum_finite_rows(sum));
	send_numeric(&buf, sum->finite, scale);
	send_numeric(&buf, sum->squares, 2 * scale);
	pq_sendint32(&buf, scale);
	pq_sendint64(&buf, 1);		/* rows of that scale; no final function reads
								 * it */
	for (int kind = 0; kind < IVM_NUMERIC_SPECIALS; kind++)
		pq_sendint64(&buf, sum->special[kind]);
	return pq_endtypsend(&buf);
}

/* Could there be rows with these sums? */
static bool
is_whole(const IvmNumericSum *sum)
{
	for (int i = 0; i < sum->nscales; i++)
	{
		if (sum->scales[i].rows < 0)
			return false;
	}
	for (int kind = 0; kind < IVM_NUMERIC_SPECIALS; kind++)
	{
		if (sum->special[kind] < 0)
			return false;
	}
	return true;
}

/*
 * The moment of the sums in the function's arguments (sum, count, squares,
 * aux) as PostgreSQL's final function gives it; of a partial state NULL.
 */
static Datum
moment(FunctionCallInfo fcinfo, PGFunction final)
{
	LOCAL_FCINFO(call, 2);

	/* the deserialization function insists on being called by an aggregate */
	AggState   *context = makeNode(AggState);
	IvmNumericSum sum;
	Datum		values[IVM_NUMERICSUM_SQUARES];
	bool		nulls[IVM_NUMERICSUM_SQUARES];
	Datum		result;

	for (int i = 0; i < IVM_NUMERICSUM_SQUARES; i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = fcinfo->args[i].isnull;
	}
	if (nulls[0] || nulls[1] || nulls[2])
		PG_RETURN_NULL();
	ivm_numeric_sum_load(&sum, IVM_NUMERICSUM_SQUARES, values, nulls);
	if (!is_whole(&sum))
		PG_RETURN_NULL();
	if (sum.unsquared > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value overflows numeric format"),
				 errdetail("The square of a value is out of the range of type numeric.")));

	InitFunctionCallInfoData(*call, NULL, 2, InvalidOid, (Node *) context, NULL);
	call->args[0].value = PointerGetDatum(serialize_moments(&sum));
	call->args[0].isnull = false;
	call->args[1].value = (Datum) 0;
	call->args[1].isnull = true;
	result = numeric_deserialize(call);

	InitFunctionCallInfoData(*call, NULL, 1, InvalidOid, (Node *) context, NULL);
	call->args[0].value = result;
	call->args[0].isnull = false;
	result = final(call);
	if (call->isnull)
		PG_RETURN_NULL();
	return result;
}

IVM_FUNCTION(ivm_var_pop);
Datum
ivm_var_pop(PG_FUNCTION_ARGS)
{
	return moment(fcinfo, numeric_var_pop);
}

IVM_FUNCTION(ivm_var_samp);
Datum
ivm_var_samp(PG_FUNCTION_ARGS)
{
	return moment(fcinfo, numeric_var_samp);
}

IVM_FUNCTION(ivm_stddev_pop);
Datum
ivm_stddev_pop(PG_FUNCTION_ARGS)
{
	return moment(fcinfo, numeric_stddev_pop);
}

IVM_FUNCTION(ivm_stddev_samp);
Datum
ivm_stddev_samp(PG_FUNCTION_ARGS)
{
	return moment(fcinfo, numeric_stddev_samp);
}
