/*-------------------------------------------------------------------------
 *
 * date_trunc.c
 *	  date_trunc() of a timestamp with time zone, by arithmetic where that is all.
 *
 * The server takes a time apart and puts it together again, both times by the rules of the
 * time zone.  Between two changes of the zone's offset it comes to cutting off the local time; so
 * these changes are remembered.  Near to one, what a local time means is
 * left to the server: it may be twice, or not at all.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "plan/date_trunc.h"

IVM_FUNCTION(ivm_date_trunc);

/* From the epoch of timestamps to that of pg_time_t, in seconds. */
#define EPOCH_DISTANCE \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

/* Other years are left to the server: it checks the range of times. */
#define MAX_DISTANCE	(1000 * 365 * USECS_PER_DAY)

/* The longest unit, and how near to a change of the offset the server is asked. */
#define USECS_PER_WEEK	(7 * USECS_PER_DAY)
#define MARGIN			(2 * USECS_PER_DAY)

/* A stretch of time with one offset; it lives as long as the caller's FmgrInfo. */
typedef struct TruncZone
{
	int64		unit;			/* in microseconds; 0: ask the server */
	pg_tz	   *zone;			/* NULL: none known */
	int64		offset;			/* of local time from UTC, in microseconds */
	TimestampTz from;			/* perhaps not the first with that offset */
	TimestampTz to;				/* when it changes; PG_INT64_MAX: never */
} TruncZone;

/* The length of a unit that is one of local time, or 0. */
static int64
unit_length(const text *unit)
{
	const char *name = VARDATA_ANY(unit);

	if (VARSIZE_ANY_EXHDR(unit) == 3 && memcmp(name, "day", 3) == 0)
		return USECS_PER_DAY;
	if (VARSIZE_ANY_EXHDR(unit) != 4)
		return 0;
	return memcmp(name, "hour", 4) == 0 ? USECS_PER_HOUR :
		memcmp(name, "week", 4) == 0 ? USECS_PER_WEEK : 0;
}

static int64
floor_mod(int64 value, int64 divisor)
{
	int64		result = value % divisor;

	return result < 0 ? result + divisor : result;
}

static TruncZone *
make_zone(FunctionCallInfo fcinfo)
{
	TruncZone  *zone = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TruncZone));

	if (get_fn_expr_arg_stable(fcinfo->flinfo, 0))
		zone->unit = unit_length(PG_GETARG_TEXT_PP(0));
	fcinfo->flinfo->fn_extra = zone;
	return zone;
}

/*
 * Learn the stretch that a time is in, from a while before it.  What ends with the same change is the
 * same stretch.
 */
static void
learn_stretch(TruncZone *zone, TimestampTz value)
{
	TimestampTz from = value - floor_mod(value, USECS_PER_SEC) - USECS_PER_WEEK - 2 * MARGIN;
	TimestampTz to;
	long int	offset;

	do
	{
		pg_time_t	seconds = from / USECS_PER_SEC + EPOCH_DISTANCE;
		pg_time_t	boundary;
		long int	offset_after;
		int			isdst;
		int			isdst_after;
		int			changes = pg_next_dst_boundary(&seconds, &offset, &isdst, &boundary,
												   &offset_after, &isdst_after, session_timezone);

		if (changes < 0)
		{
			zone->zone = NULL;
			return;
		}
		to = PG_INT64_MAX;
		if (changes > 0 && boundary - EPOCH_DISTANCE < MAX_DISTANCE / USECS_PER_SEC)
			to = (boundary - EPOCH_DISTANCE) * USECS_PER_SEC;
		if (to <= value)
			from = to;
	} while (to <= value);

	if (zone->zone != session_timezone || zone->to != to || zone->from > from)
		zone->from = from;
	zone->zone = session_timezone;
	zone->offset = offset * USECS_PER_SEC;
	zone->to = to;
}

/* Cut off a time in the stretch known; false if the server is to be asked. */
static bool
cut_off(const TruncZone *zone, TimestampTz value, TimestampTz *result)
{
	/* weeks begin on Mondays, and timestamps on a Saturday */
	int64		start = zone->unit == USECS_PER_WEEK ? 2 * USECS_PER_DAY : 0;

	*result = value - floor_mod(value + zone->offset - start, zone->unit);
	return *result >= zone->from + MARGIN && value < zone->to - MARGIN;
}

Datum
ivm_date_trunc(PG_FUNCTION_ARGS)
{
	TruncZone  *zone = fcinfo->flinfo->fn_extra;
	TimestampTz value = PG_GETARG_TIMESTAMPTZ(1);
	TimestampTz result;

	if (unlikely(zone == NULL))
		zone = make_zone(fcinfo);
	if (zone->unit != 0 && value > -MAX_DISTANCE && value < MAX_DISTANCE)
	{
		if (zone->zone == session_timezone && cut_off(zone, value, &result))
			PG_RETURN_TIMESTAMPTZ(result);
		learn_stretch(zone, value);
		if (zone->zone != NULL && cut_off(zone, value, &result))
			PG_RETURN_TIMESTAMPTZ(result);
	}
	PG_RETURN_DATUM(DirectFunctionCall2(timestamptz_trunc, PG_GETARG_DATUM(0),
										TimestampTzGetDatum(value)));
}

/*
 * The function to be called instead; invalid: there is none, or the current user may
 * not execute date_trunc(), so that the executor has to say so.
 */
static Oid
own_function(void)
{
	Oid			types[] = {TEXTOID, TIMESTAMPTZOID};
	List	   *name = list_make2(makeString(IVM_SCHEMA), makeString("_date_trunc"));

	if (!DatumGetBool(DirectFunctionCall2(has_function_privilege_id,
										  ObjectIdGetDatum(F_DATE_TRUNC_TEXT_TIMESTAMPTZ),
										  CStringGetTextDatum("EXECUTE"))))
		return InvalidOid;
	return LookupFuncName(name, lengthof(types), types, true);
}

/* Is it date_trunc() with a unit that is a constant, and one of those handled here? */
static bool
is_replaceable(FuncExpr *func)
{
	Const	   *unit;

	if (func->funcid != F_DATE_TRUNC_TEXT_TIMESTAMPTZ || !IsA(linitial(func->args), Const))
		return false;
	unit = linitial(func->args);
	return !unit->constisnull && unit_length(DatumGetTextPP(unit->constvalue)) != 0;
}

static Node *
replace_mutator(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	node = expression_tree_mutator(node, replace_mutator, context);
	if (IsA(node, FuncExpr) && is_replaceable((FuncExpr *) node))
	{
		Oid			funcid = own_function();

		if (OidIsValid(funcid))
			((FuncExpr *) node)->funcid = funcid;
	}
	return node;
}

Expr *
ivm_date_trunc_replace(Expr *expr)
{
	return (Expr *) replace_mutator((Node *) expr, NULL);
}
