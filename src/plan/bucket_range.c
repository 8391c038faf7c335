/*-------------------------------------------------------------------------
 *
 * bucket_range.c
 *	  What a condition on buckets of a time says about the time itself.
 *
 *		date_trunc('day', t) >= b		and	t >= b, less some slack
 *		date_trunc('day', t) IS NULL	and	t IS NULL
 *
 * A bucket is not later than the times in it.  Where the time zone has a say in that, they may
 * seem to be: the bucket is a local day, or the clock was put back in between.  An offset
 * from UTC is less than 169 hours in all zones that the server takes, including those
 * that POSIX rules make up, so two offsets differ by less than 15 days.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "plan/bucket_range.h"

#define ZONE_SLACK	(15 * USECS_PER_DAY)

/* A function that cuts times: the place of its argument, and how much its bucket may seem later. */
typedef struct Cut
{
	Oid			function;
	int			arg;
	int64		slack;
} Cut;

static const Cut cuts[] = {
	{F_DATE_TRUNC_TEXT_TIMESTAMP, 1, 0},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, 1, ZONE_SLACK},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT, 1, ZONE_SLACK},
	{F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP, 1, 0},
	{F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ, 1, 0},
	{F_DATE_TIMESTAMP, 0, 0},
	{F_DATE_TIMESTAMPTZ, 0, ZONE_SLACK}
};

/* The column that an expression cuts, the rest of it being constants other than NULL; or NULL. */
static Var *
column_cut(Node *node, const Cut **cut)
{
	FuncExpr   *func = (FuncExpr *) node;
	Var		   *result = NULL;

	if (!IsA(node, FuncExpr))
		return NULL;
	for (int i = 0; i < (int) lengthof(cuts); i++)
	{
		ListCell   *lc;

		if (cuts[i].function != func->funcid)
			continue;
		foreach(lc, func->args)
		{
			Node	   *arg = lfirst(lc);

			if (foreach_current_index(lc) == cuts[i].arg && IsA(arg, Var))
				result = (Var *) arg;
			else if (!IsA(arg, Const) || ((Const *) arg)->constisnull)
				return NULL;
		}
		*cut = &cuts[i];
	}
	return result;
}

/* ---- buckets as ranges ---- */

static const struct
{
	const char *unit;
	int64		width;
}			units[] = {
	{"second", USECS_PER_SEC},
	{"minute", USECS_PER_MINUTE},
	{"hour", USECS_PER_HOUR},
	{"day", USECS_PER_DAY},
	{"week", 7 * USECS_PER_DAY},
	{"month", 31 * USECS_PER_DAY},
	{"quarter", 92 * USECS_PER_DAY},
	{"year", 366 * USECS_PER_DAY}
};

/* The width of the buckets of a function that cuts; 0: nobody knows. */
static int64
width_of(const FuncExpr *func, const Cut *cut)
{
	Const	   *first = linitial(func->args);

	if (cut->arg == 0)
		return USECS_PER_DAY;
	if (first->consttype == INTERVALOID)
	{
		Interval   *stride = DatumGetIntervalP(first->constvalue);

		return stride->month != 0 ? 0 : stride->day * USECS_PER_DAY + stride->time;
	}
	for (int i = 0; i < (int) lengthof(units); i++)
		if (pg_strcasecmp(TextDatumGetCString(first->constvalue), units[i].unit) == 0)
			return units[i].width;
	return 0;
}

Var *
ivm_bucket_range_column(Node *expr, int64 *width, int64 *slack)
{
	const Cut  *cut;
	Var		   *result = column_cut(expr, &cut);

	if (result == NULL || (result->vartype != TIMESTAMPOID && result->vartype != TIMESTAMPTZOID))
		return NULL;
	*width = width_of((FuncExpr *) expr, cut);
	*slack = cut->slack;
	return result;
}

Timestamp
ivm_bucket_range_time(Datum bucket, Oid type)
{
	DateADT		date;

	if (type != DATEOID)
		return DatumGetTimestamp(bucket);
	date = DatumGetDateADT(bucket);
	if (DATE_IS_NOBEGIN(date))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(date) || date > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)
		return DT_NOEND;
	return (int64) date * USECS_PER_DAY;
}

/* ---- conditions ---- */

/* A bucket, less the slack, as a time; false if that is none. */
static bool
earliest_time(const Const *bucket, int64 slack, Timestamp *result)
{
	if (bucket->constisnull)
		return false;
	if (bucket->consttype == DATEOID)
	{
		DateADT		date = DatumGetDateADT(bucket->constvalue);

		if (DATE_NOT_FINITE(date) || date > TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE - 1)
			return false;
		*result = (int64) date * USECS_PER_DAY;
	}
	else if (bucket->consttype == TIMESTAMPOID || bucket->consttype == TIMESTAMPTZOID)
		*result = DatumGetTimestamp(bucket->constvalue);
	else
		return false;
	if (TIMESTAMP_NOT_FINITE(*result) || *result < MIN_TIMESTAMP + slack)
		return false;
	*result -= slack;
	return IS_VALID_TIMESTAMP(*result);
}

/* Is an operator ">=", ">" or "=" of two values of a type? */
static bool
is_bound(Oid operator, Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);

	switch (get_op_opfamily_strategy(operator, entry->btree_opf))
	{
		case BTEqualStrategyNumber:
		case BTGreaterEqualStrategyNumber:
		case BTGreaterStrategyNumber:
			return true;
		default:
			return false;
	}
}

/* For a comparison of a bucket with a constant of its type: what follows for the time, or NULL. */
static Node *
range_of_comparison(OpExpr *op)
{
	const Cut  *cut;
	Var		   *var;
	Const	   *bucket;
	Timestamp	earliest;
	TypeCacheEntry *entry;
	Oid			operator;

	if (list_length(op->args) != 2 || !IsA(lsecond(op->args), Const))
		return NULL;
	bucket = lsecond_node(Const, op->args);
	var = column_cut(linitial(op->args), &cut);
	if (var == NULL || bucket->consttype != exprType(linitial(op->args)) ||
		!is_bound(op->opno, bucket->consttype) || !earliest_time(bucket, cut->slack, &earliest))
		return NULL;
	/* the argument of each of these functions is of one of the two types */
	entry = lookup_type_cache(var->vartype, TYPECACHE_BTREE_OPFAMILY);
	operator = get_opfamily_member(entry->btree_opf, var->vartype, var->vartype, BTGreaterEqualStrategyNumber);
	if (!OidIsValid(operator) || (var->vartype != TIMESTAMPOID && var->vartype != TIMESTAMPTZOID))
		return NULL;
	return (Node *) make_opclause(operator, BOOLOID, false, (Expr *) copyObject(var),
								  (Expr *) makeConst(var->vartype, -1, InvalidOid, sizeof(Timestamp),
													 TimestampGetDatum(earliest), false, FLOAT8PASSBYVAL),
								  InvalidOid, InvalidOid);
}

/* The same for a bucket that is NULL. */
static Node *
range_of_null(NullTest *test)
{
	const Cut  *cut;
	Var		   *var = column_cut((Node *) test->arg, &cut);
	NullTest   *result;

	if (test->nulltesttype != IS_NULL || var == NULL)
		return NULL;
	result = copyObject(test);
	result->arg = (Expr *) copyObject(var);
	return (Node *) result;
}

Node *
ivm_bucket_range_add(Node *condition)
{
	Node	   *range = NULL;

	if (condition == NULL)
		return NULL;
	if (IsA(condition, BoolExpr) && ((BoolExpr *) condition)->boolop != NOT_EXPR)
	{
		List	   *args = NIL;
		ListCell   *lc;

		foreach(lc, ((BoolExpr *) condition)->args)
			args = lappend(args, ivm_bucket_range_add(lfirst(lc)));
		return (Node *) makeBoolExpr(((BoolExpr *) condition)->boolop, args, -1);
	}
	if (IsA(condition, OpExpr))
		range = range_of_comparison((OpExpr *) condition);
	else if (IsA(condition, NullTest))
		range = range_of_null((NullTest *) condition);
	return range ? (Node *) make_andclause(list_make2(range, condition)) : condition;
}
