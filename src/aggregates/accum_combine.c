/*-------------------------------------------------------------------------
 *
 * accum_combine.c
 *	  Adding up what the states of an accumulator stand for.
 *
 * A group of a definition with a window of time is stored in several rows, whose
 * states are added up when the view is read.  Counts and sums of numbers are added
 * up by sum(), extremes are extremes of extremes.  For the others there are the aggregates
 * ivm._combine_*(): they let the accumulator apply each state as if it were a
 * delta, which is the same form, less the columns that follow from the others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "aggregates/accum.h"
#include "aggregates/accum_combine.h"
#include "aggregates/accum_numeric.h"
#include "aggregates/aggregate_rules.h"
#include "base/compat.h"

/* ---- text ---- */

/* Are all columns numbers that add up?  Then NULL is zero. */
static bool
is_plain(const IvmAccumClass *class)
{
	if (class == &ivm_accum_numeric_sum)
		return true;			/* the last column is for subtracting */
	for (int c = 0; c < class->nstate; c++)
	{
		if (class->state[c].type != INT8OID && class->state[c].type != NUMERICOID)
			return false;
	}
	return class != &ivm_accum_extreme && class != &ivm_accum_slice;
}

/* The type of a state column. */
static Oid
column_type(const IvmAccum *accum, int col)
{
	Oid			type = accum->class->state[col].type;

	return OidIsValid(type) ? type : accum->argtype[0];
}

/* The aggregate ivm._combine_*() with this result. */
static const char *
combining_function(Oid type)
{
	switch (type)
	{
		case INT8OID:
			return "_combine_bigint";
		case NUMERICOID:
			return "_combine_numeric";
		case NUMERICARRAYOID:
			return "_combine_numerics";
		case INT8ARRAYOID:
			return "_combine_bigints";
		case FLOAT4OID:
			return "_combine_float4";
		case FLOAT8OID:
			return "_combine_float8";
		case BYTEAOID:
			return "_combine_bytea";
		case INTERVALOID:
			return "_combine_interval";
		case MONEYOID:
			return "_combine_money";
		default:
			elog(ERROR, "no aggregate adds up states of type %u", type);
	}
	return NULL;
}

char *
ivm_accum_combine_text(const IvmAccum *accum, Oid rule, int col)
{
	const IvmAccumClass *class = accum->class;
	Oid			type = column_type(accum, col);
	StringInfoData buf;

	initStringInfo(&buf);
	if (class == &ivm_accum_extreme)
		appendStringInfo(&buf, "%s($1)",
						 quote_qualified_identifier(get_namespace_name(get_func_namespace(accum->aggfnoid)),
													get_func_name(accum->aggfnoid)));
	else if (is_plain(class) && type == INT8OID && strcmp(class->state[col].suffix, "_sum") != 0 &&
			 strcmp(class->state[col].suffix, "_true") != 0)
		appendStringInfo(&buf, "coalesce(sum($%d), 0)::int8", col + 1);
	else if (is_plain(class) && type == NUMERICARRAYOID)
		appendStringInfoString(&buf, "NULL::numeric[]");
	else if (is_plain(class))
		appendStringInfo(&buf, "sum($%d)%s", col + 1, type == INT8OID ? "::int8" : "");
	else
	{
		appendStringInfo(&buf, "ivm.%s('%u'::oid, '%u'::oid, %d",
						 combining_function(type), rule, accum->argtype[0], col);
		for (int c = 0; c < class->nstate; c++)
			appendStringInfo(&buf, ", $%d", c + 1);
		appendStringInfoChar(&buf, ')');
	}
	return buf.data;
}

/* ---- aggregates ---- */

typedef struct CombineState
{
	IvmAccum	acc;
	int			col;			/* the one that is asked for */
	Datum		state[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];
	int			from[IVM_ACCUM_MAX_COLS];	/* of each delta column: the state
											 * column, or -1 */
	bool		byval[IVM_ACCUM_MAX_COLS];
	int16		len[IVM_ACCUM_MAX_COLS];
} CombineState;

/* A state without rows, in the current context. */
static CombineState *
make_state(Oid rule, Oid argtype, int col)
{
	CombineState *s = palloc0(sizeof(CombineState));
	const IvmAggRule *found = ivm_aggregate_rules_find(rule, 1, &argtype);
	Oid		   *argtypes;
	int			nargs = 0;

	if (found != NULL)
		(void) get_func_signature(rule, &argtypes, &nargs);
	if (nargs != 1 || argtypes[0] != argtype || col < 0 || col >= found->class->nstate ||
		found->class == &ivm_accum_extreme)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("aggregate %u has no states that are added up", rule)));
	s->acc.class = found->class;
	s->acc.nargs = 1;
	for (int i = 0; i < IVM_ACCUM_MAX_ARGS; i++)
	{
		s->acc.argtype[i] = argtype;
		s->acc.argtypmod[i] = -1;
	}
	s->acc.aggfnoid = rule;
	s->col = col;
	s->acc.class->init(&s->acc);
	s->acc.class->empty(&s->acc, s->state, s->nulls);
	for (int d = 0; d < s->acc.class->ndelta; d++)
	{
		s->from[d] = -1;
		for (int c = 0; c < s->acc.class->nstate; c++)
		{
			if (strcmp(s->acc.class->delta[d].suffix, s->acc.class->state[c].suffix) == 0)
				s->from[d] = c;
		}
	}
	for (int c = 0; c < s->acc.class->nstate; c++)
		get_typlenbyval(column_type(&s->acc, c), &s->len[c], &s->byval[c]);
	return s;
}

/* Keep a state that was computed in short-lived memory, and free the one before. */
static void
keep_state(CombineState *s, const Datum *state, const bool *nulls, MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);

	for (int c = 0; c < s->acc.class->nstate; c++)
	{
		Datum		before = s->state[c];
		bool		free_it = !s->nulls[c] && !s->byval[c];

		s->nulls[c] = nulls[c];
		s->state[c] = nulls[c] ? (Datum) 0 : datumCopy(state[c], s->byval[c], s->len[c]);
		if (free_it && GetMemoryChunkContext(DatumGetPointer(before)) == cxt)
			pfree(DatumGetPointer(before));
	}
	MemoryContextSwitchTo(old);
}

/*
 * Are these the columns of a state of this accumulator?  Everybody may call the
 * aggregates, with values of any type.
 */
static void
check_columns(FunctionCallInfo fcinfo, const IvmAccum *accum)
{
	bool		fits = PG_NARGS() == 4 + accum->class->nstate;

	for (int c = 0; fits && c < accum->class->nstate; c++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 4 + c);

		fits = OidIsValid(type) && getBaseType(type) == getBaseType(column_type(accum, c));
	}
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("these are not the columns of a state of this aggregate")));
}

/* _combine_add(internal, rule oid, argtype oid, col integer, VARIADIC state "any") */
IVM_FUNCTION(ivm_combine_add);
Datum
ivm_combine_add(PG_FUNCTION_ARGS)
{
	MemoryContext cxt;
	CombineState *s;
	Datum		delta[IVM_ACCUM_MAX_COLS];
	bool		delta_nulls[IVM_ACCUM_MAX_COLS];
	Datum		state[IVM_ACCUM_MAX_COLS];
	bool		nulls[IVM_ACCUM_MAX_COLS];
	bool		any = false;

	if (!AggCheckCallContext(fcinfo, &cxt))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(0))
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("arguments must not be null")));
		s = make_state(PG_GETARG_OID(1), PG_GETARG_OID(2), PG_GETARG_INT32(3));
		check_columns(fcinfo, &s->acc);
		MemoryContextSwitchTo(old);
	}
	else
		s = (CombineState *) PG_GETARG_POINTER(0);

	for (int d = 0; d < s->acc.class->ndelta; d++)
	{
		int			arg = 4 + s->from[d];

		delta_nulls[d] = s->from[d] < 0 || PG_ARGISNULL(arg);
		delta[d] = delta_nulls[d] ? (Datum) 0 : PG_GETARG_DATUM(arg);
		any |= !delta_nulls[d];
	}
	if (any)
	{
		memcpy(state, s->state, sizeof(state));
		memcpy(nulls, s->nulls, sizeof(nulls));
		if (!s->acc.class->apply(&s->acc, state, nulls, delta, delta_nulls))
			elog(ERROR, "states do not add up");
		keep_state(s, state, nulls, cxt);
	}
	PG_RETURN_POINTER(s);
}

/* The column that is asked for; its type has to be that of the SQL function. */
IVM_FUNCTION(ivm_combine_final);
Datum
ivm_combine_final(PG_FUNCTION_ARGS)
{
	CombineState *s = PG_ARGISNULL(0) ? NULL : (CombineState *) PG_GETARG_POINTER(0);

	if (s == NULL || s->nulls[s->col])
		PG_RETURN_NULL();
	if (get_fn_expr_rettype(fcinfo->flinfo) != getBaseType(column_type(&s->acc, s->col)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the column of the state has another type")));
	return s->state[s->col];
}
