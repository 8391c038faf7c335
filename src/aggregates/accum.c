/*-------------------------------------------------------------------------
 *
 * accum.c
 *	  Accumulators for counts, sums of small integers and of Booleans, extremes
 *	  and slices, and the rules that rest on these.
 *
 * Counts and integer sums are plain 64-bit counters.  They need no check for
 * overflow: only a sum of more than 2^32 rows could reach it, and PostgreSQL's
 * own sum(int4) does not check either.
 *
 * Extremes are not linear.  A change carries the best value inserted and the
 * best value deleted (min: the smallest, max: the largest), and where the
 * latter is not worse than the best known, the key is dirty.  "Best" is what
 * sorts first by the aggregate's own sort operator, under the argument's
 * collation; values that compare equal count as the same, and the one stored
 * is kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/sortsupport.h"
#include "utils/syscache.h"

#include "aggregates/accum.h"

/* ------------------------------------------------------------------------
 * Count
 * ------------------------------------------------------------------------
 */

/* For classes that have nothing to look up. */
static void
init_nothing(IvmAccum *acc)
{
	acc->data = NULL;
}

/* A counter column: NULL reads as zero. */
static inline int64
counter_get(Datum value, bool isnull)
{
	return isnull ? 0 : DatumGetInt64(value);
}

static void
count_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
		  int sign, MemoryContext cxt)
{
	if (acc->nargs == 0 || !nulls[0])
		*(int64 *) pending += sign;
}

static void
count_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	*(int64 *) into += *(const int64 *) from;
}

static void
count_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	int64		n = *(const int64 *) pending;

	delta[0] = Int64GetDatum(n);
	nulls[0] = (n == 0);
}

static void
count_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				const Datum *from, const bool *from_nulls)
{
	int64		n = counter_get(into[0], into_nulls[0]) +
		counter_get(from[0], from_nulls[0]);

	into[0] = Int64GetDatum(n);
	into_nulls[0] = (n == 0);
}

static void
count_empty(IvmAccum *acc, Datum *state, bool *nulls)
{
	state[0] = Int64GetDatum(0);
	nulls[0] = false;
}

static bool
count_apply(IvmAccum *acc, Datum *state, bool *nulls,
			const Datum *delta, const bool *delta_nulls)
{
	state[0] = Int64GetDatum(counter_get(state[0], nulls[0]) +
							 counter_get(delta[0], delta_nulls[0]));
	nulls[0] = false;
	return true;
}

#define COUNT_OPERATIONS \
	.nstate = 1, \
	.ndelta = 1, \
	.delta = {{"", INT8OID, NULL}}, \
	.is_sum = true, \
	.init = init_nothing, \
	.add = count_add, \
	.merge = count_merge, \
	.emit = count_emit, \
	.sum_delta = count_sum_delta, \
	.empty = count_empty, \
	.apply = count_apply

/* Also count(*) FILTER, whose argument is true where the filter is, else NULL. */
const IvmAccumClass ivm_accum_count = {
	.name = "count",
	.pending_size = sizeof(int64),
	.state = {{"", INT8OID, "count($1)"}},
	COUNT_OPERATIONS
};

/* ------------------------------------------------------------------------
 * Sum of small integers, or of booleans as 0 and 1
 * ------------------------------------------------------------------------
 */
typedef struct SumPending
{
	int64		sum;
	int64		count;
} SumPending;

static inline SumPending
sum_get(const Datum *values, const bool *nulls)
{
	SumPending	res;

	res.sum = counter_get(values[0], nulls[0]);
	res.count = counter_get(values[1], nulls[1]);
	return res;
}

static void
sum_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
		int sign, MemoryContext cxt)
{
	SumPending *p = pending;
	int64		value;

	if (nulls[0])
		return;

	switch (acc->argtype[0])
	{
		case INT2OID:
			value = DatumGetInt16(args[0]);
			break;
		case INT4OID:
			value = DatumGetInt32(args[0]);
			break;
		case BOOLOID:
			value = DatumGetBool(args[0]) ? 1 : 0;
			break;
		default:
			elog(ERROR, "unexpected argument type %u of an integer sum",
				 acc->argtype[0]);
	}
	p->sum += sign * value;
	p->count += sign;
}

static void
sum_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	SumPending *p = into;
	const SumPending *f = from;

	p->sum += f->sum;
	p->count += f->count;
}

static void
sum_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	const SumPending *p = pending;

	delta[0] = Int64GetDatum(p->sum);
	delta[1] = Int64GetDatum(p->count);
	nulls[0] = nulls[1] = (p->sum == 0 && p->count == 0);
}

static void
sum_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
			  const Datum *from, const bool *from_nulls)
{
	SumPending	p = sum_get(into, into_nulls);
	SumPending	f = sum_get(from, from_nulls);

	sum_merge(acc, &p, &f, NULL);
	sum_emit(acc, &p, into, into_nulls);
}

static void
sum_empty(IvmAccum *acc, Datum *state, bool *nulls)
{
	state[0] = (Datum) 0;
	nulls[0] = true;
	state[1] = Int64GetDatum(0);
	nulls[1] = false;
}

static bool
sum_apply(IvmAccum *acc, Datum *state, bool *nulls,
		  const Datum *delta, const bool *delta_nulls)
{
	SumPending	p = sum_get(state, nulls);
	SumPending	d = sum_get(delta, delta_nulls);

	sum_merge(acc, &p, &d, NULL);
	sum_emit(acc, &p, state, nulls);
	nulls[1] = false;
	return true;
}

#define SUM_OPERATIONS \
	.pending_size = sizeof(SumPending), \
	.nstate = 2, \
	.ndelta = 2, \
	.is_sum = true, \
	.init = init_nothing, \
	.add = sum_add, \
	.merge = sum_merge, \
	.emit = sum_emit, \
	.sum_delta = sum_sum_delta, \
	.empty = sum_empty, \
	.apply = sum_apply

static const IvmAccumClass sum_int_class = {
	.name = "integer sum",
	.state = {{"_sum", INT8OID, "sum($1)"}, {"_count", INT8OID, "count($1)"}},
	.delta = {{"_sum", INT8OID, NULL}, {"_count", INT8OID, NULL}},
	SUM_OPERATIONS
};

static const IvmAccumClass sum_bool_class = {
	.name = "boolean counts",
	.state = {
		{"_true", INT8OID, "sum($1::pg_catalog.int4)"},
		{"_count", INT8OID, "count($1)"}
	},
	.delta = {{"_true", INT8OID, NULL}, {"_count", INT8OID, NULL}},
	SUM_OPERATIONS
};

/* ------------------------------------------------------------------------
 * Extremes
 * ------------------------------------------------------------------------
 */
typedef struct ExtremePending
{
	bool		has[2];
	Datum		value[2];		/* best inserted, best deleted */
} ExtremePending;

/* Places in a pending form and in a delta. */
#define INSERTED	0
#define DELETED		1

typedef struct ExtremeData
{
	SortSupportData sort;		/* the better value sorts first */
	int16		typlen;
	bool		typbyval;
} ExtremeData;

Oid
ivm_accum_sort_operator(Oid aggfnoid)
{
	HeapTuple	tup = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(aggfnoid));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tup))
	{
		Form_pg_aggregate agg = (Form_pg_aggregate) GETSTRUCT(tup);

		if (agg->aggkind == AGGKIND_NORMAL)
			result = agg->aggsortop;
		ReleaseSysCache(tup);
	}
	return result;
}

static void
extreme_init(IvmAccum *acc)
{
	ExtremeData *data = palloc0(sizeof(ExtremeData));
	Oid			sortop = ivm_accum_sort_operator(acc->aggfnoid);

	if (!OidIsValid(sortop))
		elog(ERROR, "aggregate %u has no sort operator", acc->aggfnoid);

	get_typlenbyval(acc->argtype[0], &data->typlen, &data->typbyval);
	data->sort.ssup_cxt = CurrentMemoryContext;
	data->sort.ssup_collation = acc->argcoll[0];
	data->sort.abbreviate = false;
	PrepareSortSupportFromOrderingOp(sortop, &data->sort);
	acc->data = data;
}

/* Negative where a is better than b. */
static inline int
extreme_compare(ExtremeData *data, Datum a, Datum b)
{
	return ApplySortComparator(a, false, b, false, &data->sort);
}

/* A copy of the value in the context, without pointers to anything stored. */
static Datum
extreme_copy(ExtremeData *data, Datum value, MemoryContext cxt)
{
	MemoryContext old;
	Datum		result;

	if (data->typbyval)
		return value;

	old = MemoryContextSwitchTo(cxt);
	if (data->typlen == -1)
	{
		/*
		 * Expand what is compressed or stored out of line: it is compared
		 * again, perhaps when its row is gone.
		 */
		struct varlena *plain =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		if ((Pointer) plain != DatumGetPointer(value))
			result = PointerGetDatum(plain);
		else
			result = datumCopy(value, false, -1);
	}
	else
		result = datumCopy(value, false, data->typlen);
	MemoryContextSwitchTo(old);
	return result;
}

static void
extreme_improve(ExtremeData *data, ExtremePending *p, int place, Datum value,
				MemoryContext cxt)
{
	if (p->has[place])
	{
		if (extreme_compare(data, value, p->value[place]) >= 0)
			return;
		if (!data->typbyval)
			pfree(DatumGetPointer(p->value[place]));
	}
	p->value[place] = extreme_copy(data, value, cxt);
	p->has[place] = true;
}

static void
extreme_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
			int sign, MemoryContext cxt)
{
	if (!nulls[0])
		extreme_improve(acc->data, pending, sign > 0 ? INSERTED : DELETED,
						args[0], cxt);
}

static void
extreme_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
	const ExtremePending *f = from;

	for (int place = INSERTED; place <= DELETED; place++)
	{
		if (f->has[place])
			extreme_improve(acc->data, into, place, f->value[place], cxt);
	}
}

static void
extreme_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
	const ExtremePending *p = pending;

	for (int place = INSERTED; place <= DELETED; place++)
	{
		nulls[place] = !p->has[place];
		delta[place] = p->has[place] ?
			extreme_copy(acc->data, p->value[place], CurrentMemoryContext) :
			(Datum) 0;
	}
}

/* *into becomes from's value if that is better; the stored one wins a tie. */
static void
extreme_take_better(ExtremeData *data, Datum *into, bool *into_null,
					Datum from, bool from_null)
{
	if (from_null ||
		(!*into_null && extreme_compare(data, from, *into) >= 0))
		return;
	*into = extreme_copy(data, from, CurrentMemoryContext);
	*into_null = false;
}

static void
extreme_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				  const Datum *from, const bool *from_nulls)
{
	for (int place = INSERTED; place <= DELETED; place++)
		extreme_take_better(acc->data, &into[place], &into_nulls[place],
							from[place], from_nulls[place]);
}

/* The operations on a state of one nullable value. */
static void
value_empty(IvmAccum *acc, Datum *state, bool *nulls)
{
	state[0] = (Datum) 0;
	nulls[0] = true;
}

static bool
extreme_apply(IvmAccum *acc, Datum *state, bool *nulls,
			  const Datum *delta, const bool *delta_nulls)
{
	extreme_take_better(acc->data, &state[0], &nulls[0],
						delta[INSERTED], delta_nulls[INSERTED]);

	/* Does what was deleted reach the best known now? */
	return delta_nulls[DELETED] ||
		(!nulls[0] &&
		 extreme_compare(acc->data, delta[DELETED], state[0]) > 0);
}

const IvmAccumClass ivm_accum_extreme = {
	.name = "extreme",
	.pending_size = sizeof(ExtremePending),
	.nstate = 1,
	.state = {{"", InvalidOid, "$agg($1)"}},
	.ndelta = 2,
	.delta = {{"_ins", InvalidOid, NULL}, {"_del", InvalidOid, NULL}},
	.init = extreme_init,
	.add = extreme_add,
	.merge = extreme_merge,
	.emit = extreme_emit,
	.sum_delta = extreme_sum_delta,
	.empty = value_empty,
	.apply = extreme_apply
};

/* ------------------------------------------------------------------------
 * Slice: nothing is kept of a change but that there was one
 * ------------------------------------------------------------------------
 */
static void
slice_add(IvmAccum *acc, void *pending, const Datum *args, const bool *nulls,
		  int sign, MemoryContext cxt)
{
}

static void
slice_merge(IvmAccum *acc, void *into, const void *from, MemoryContext cxt)
{
}

static void
slice_emit(IvmAccum *acc, const void *pending, Datum *delta, bool *nulls)
{
}

static void
slice_sum_delta(IvmAccum *acc, Datum *into, bool *into_nulls,
				const Datum *from, const bool *from_nulls)
{
}

static bool
slice_apply(IvmAccum *acc, Datum *state, bool *nulls,
			const Datum *delta, const bool *delta_nulls)
{
	return false;
}

const IvmAccumClass ivm_accum_slice = {
	.name = "slice",
	.pending_size = 0,
	.nstate = 1,
	.state = {{"", InvalidOid, NULL}},
	.ndelta = 0,
	.init = init_nothing,
	.add = slice_add,
	.merge = slice_merge,
	.emit = slice_emit,
	.sum_delta = slice_sum_delta,
	.empty = value_empty,
	.apply = slice_apply
};

/* ------------------------------------------------------------------------
 * Rules
 * ------------------------------------------------------------------------
 */

/*
 * avg() of integers divides the sum by the count as numerics; nullif() also
 * keeps a partial state, where the count may be zero beside a sum, from
 * raising an error.
 */
#define AVG_INT		"$1::pg_catalog.numeric / nullif($2, 0)"

const IvmAggRule ivm_accum_basic_rules[] = {
	{F_COUNT_ANY, &ivm_accum_count, "$1"},
	{F_SUM_INT2, &sum_int_class, "$1"},
	{F_SUM_INT4, &sum_int_class, "$1"},
	{F_AVG_INT2, &sum_int_class, AVG_INT},
	{F_AVG_INT4, &sum_int_class, AVG_INT},
	{F_BOOL_AND, &sum_bool_class, "$1 = $2"},
	{F_EVERY, &sum_bool_class, "$1 = $2"},
	{F_BOOL_OR, &sum_bool_class, "$1 > 0"},
};

const int	ivm_accum_n_basic_rules = lengthof(ivm_accum_basic_rules);
