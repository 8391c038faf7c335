/*-------------------------------------------------------------------------
 *
 * time_window.c
 *	  Conditions on the current time, which wait for the finishing.
 *
 *		SELECT account, count(*) FROM t WHERE ok AND at > now() - interval '90 days' GROUP BY account
 *	=>	SELECT account, count(*) FROM t WHERE ok GROUP BY date_bin('1 hour', at, ..), account
 *
 * Such a condition changes the result with no write, so it is taken out of the query
 * before anything else is cut, and the query is grouped by what the condition
 * compares, or by buckets of it.  What remains has no clock in it and is
 * maintained like any other.  read/finishing_window.c puts the conditions into the
 * view.  Why that is exact: README.md, "Windows of time".
 *
 * What is not such a condition is left where it is, and refused as a function that
 * depends on the time (volatility.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parse_clause.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/options.h"
#include "base/sql_text.h"
#include "definition/equal_values.h"
#include "definition/refusal.h"
#include "definition/time_window.h"
#include "definition/time_window_lift.h"

/* ---- what moves with the clock ---- */

/* Is it the time at which the transaction began, in some form? */
static bool
is_clock(Node *node)
{
	if (IsA(node, FuncExpr))
		return ((FuncExpr *) node)->funcid == F_NOW ||
			((FuncExpr *) node)->funcid == F_TRANSACTION_TIMESTAMP;
	if (IsA(node, SQLValueFunction))
		switch (((SQLValueFunction *) node)->op)
		{
			case SVFOP_CURRENT_DATE:
			case SVFOP_CURRENT_TIMESTAMP:
			case SVFOP_CURRENT_TIMESTAMP_N:
			case SVFOP_LOCALTIMESTAMP:
			case SVFOP_LOCALTIMESTAMP_N:
				return true;
			default:
				break;
		}
	return false;
}

static bool
clock_walker(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	return is_clock(node) || expression_tree_walker(node, clock_walker, arg);
}

/* Does an expression look at the clock, other than in a subquery? */
static bool
has_clock(Node *node)
{
	return clock_walker(node, NULL);
}

static Expr *
cast_to(Node *node, Oid type)
{
	if (exprType(node) == type)
		return (Expr *) node;
	return (Expr *) coerce_to_target_type(NULL, node, exprType(node), type, -1,
										  COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
}

/* A constant in the clock's place; what it takes of TimeZone stays. */
static Node *
rest_mutator(Node *node, void *arg)
{
	if (node == NULL)
		return NULL;
	if (is_clock(node))
		return (Node *) cast_to((Node *) makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(Timestamp),
												   (Datum) 0, false, true), exprType(node));
	return expression_tree_mutator(node, rest_mutator, arg);
}

List *
ivm_time_window_values_at_rest(const IvmTimeWindow *window)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, window->bounds)
		result = lappend(result, rest_mutator((Node *) ((IvmTimeBound *) lfirst(lc))->value, NULL));
	return result;
}

/* The expression in the place of the clock, in the form that it has there */
static Node *
clock_mutator(Node *node, Expr *clock)
{
	SQLValueFunction *svf = (SQLValueFunction *) node;

	if (node == NULL)
		return NULL;
	if (!is_clock(node))
		return expression_tree_mutator(node, clock_mutator, clock);
	clock = copyObject(clock);
	if (!IsA(node, SQLValueFunction))
		return (Node *) clock;
	switch (svf->op)
	{
		case SVFOP_CURRENT_DATE:
			return (Node *) cast_to((Node *) clock, DATEOID);
		case SVFOP_CURRENT_TIMESTAMP:
			return (Node *) clock;
		case SVFOP_CURRENT_TIMESTAMP_N:
			return (Node *) ivm_sql_text_expression(psprintf("$1::timestamptz(%d)", svf->typmod), list_make1(clock));
		case SVFOP_LOCALTIMESTAMP_N:
			return (Node *) ivm_sql_text_expression(psprintf("$1::timestamp(%d)", svf->typmod), list_make1(clock));
		default:
			return (Node *) cast_to((Node *) clock, TIMESTAMPOID);
	}
}

Expr *
ivm_time_window_with_clock(const Expr *value, Expr *clock)
{
	return (Expr *) clock_mutator((Node *) value, clock);
}

/* ---- finding the conditions ---- */

/* What is being made of a query's conditions */
typedef struct WindowContext
{
	Query	   *query;
	IvmTimeWindow *window;
	IvmRefusal *refusal;
} WindowContext;

static void
refuse(WindowContext *cxt, const char *detail, const char *hint, Node *node)
{
	if (cxt->refusal == NULL)
		cxt->refusal = ivm_refusal_unsupported("this condition on the current time cannot be maintained incrementally",
											   detail, hint, exprLocation(node));
}

static bool
is_time_type(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* The type in which values of these two types are compared. */
static Oid
common_type(Oid a, Oid b)
{
	if (a == b)
		return a;
	return a == TIMESTAMPTZOID || b == TIMESTAMPTZOID ? TIMESTAMPTZOID : TIMESTAMPOID;
}

/* The number of an expression among those that are compared; added if it is new. */
static int
find_time_key(IvmTimeWindow *window, Expr *compared)
{
	IvmTimeKey *key;
	ListCell   *lc;

	foreach(lc, window->keys)
	{
		if (equal(((IvmTimeKey *) lfirst(lc))->compared, compared))
			return foreach_current_index(lc);
	}
	key = palloc0(sizeof(IvmTimeKey));
	key->compared = compared;
	key->key = -1;
	window->keys = lappend(window->keys, key);
	return list_length(window->keys) - 1;
}

#define WRITE_COMPARISON "Write a comparison of a column with an expression of now(), such as created_at > now() - interval '7 days'."

/* Add a condition that looks at the clock to the window, or refuse it. */
static void
add_condition(WindowContext *cxt, Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	IvmTimeBound *bound;
	Node	   *compared;
	Node	   *value;
	Oid			opno;
	Oid			left;
	Oid			right;
	Oid			type;
	Oid			family;

	if (is_orclause(node) || is_notclause(node))
	{
		refuse(cxt, "It is part of OR or NOT.",
			   "Only conditions that WHERE joins with AND can wait for the reader: make a view of each alternative, and UNION ALL when reading them.",
			   node);
		return;
	}
	if (!IsA(node, OpExpr) || list_length(op->args) != 2)
	{
		refuse(cxt, "It is no comparison.", WRITE_COMPARISON, node);
		return;
	}
	opno = op->opno;
	compared = linitial(op->args);
	value = lsecond(op->args);
	if (has_clock(compared))
	{
		opno = get_commutator(opno);
		compared = lsecond(op->args);
		value = linitial(op->args);
	}
	if (checkExprHasSubLink(value))
	{
		refuse(cxt, "The time is compared together with a subquery.",
			   "Write a constant in its place, or leave the condition out and compare when reading the view.", node);
		return;
	}
	if (has_clock(compared) || contain_var_clause(value))
	{
		refuse(cxt, "Columns and the current time are on the same side of the comparison.",
			   "Write the column on one side and what is made of now() on the other: created_at > now() - interval '7 days'.",
			   node);
		return;
	}
	if (checkExprHasSubLink(compared) || !contain_var_clause(compared))
	{
		refuse(cxt, "It compares no expression of columns with the time.", WRITE_COMPARISON, node);
		return;
	}
	family = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	if (OidIsValid(opno))
		op_input_types(opno, &left, &right);
	if (!OidIsValid(opno) || !is_time_type(left) || !is_time_type(right) ||
		!op_in_opfamily(opno, family))
	{
		refuse(cxt, "Only dates and timestamps can be compared with the time, by <, <=, =, >= or >.",
			   WRITE_COMPARISON, node);
		return;
	}
	type = common_type(left, right);
	bound = palloc0(sizeof(IvmTimeBound));
	bound->strategy = get_op_opfamily_strategy(opno, family);
	bound->opno = get_opfamily_member(family, type, type, bound->strategy);
	bound->value = cast_to(value, type);
	bound->timekey = find_time_key(cxt->window, cast_to(compared, type));
	cxt->window->bounds = lappend(cxt->window->bounds, bound);
}

/* Take the conditions on the time out of a list joined by AND; returns the others. */
static Node *
take_conditions(WindowContext *cxt, Node *quals)
{
	List	   *kept = NIL;
	List	   *ands = NIL;
	ListCell   *lc;

	if (!has_clock(quals))
		return quals;
	if (is_andclause(quals))
		ands = ((BoolExpr *) quals)->args;
	else
		ands = list_make1(quals);
	foreach(lc, ands)
	{
		Node	   *node = lfirst(lc);

		if (is_andclause(node))
			node = take_conditions(cxt, node);
		else if (has_clock(node))
		{
			add_condition(cxt, node);
			continue;
		}
		if (node != NULL)
			kept = lappend(kept, node);
	}
	return kept == NIL ? NULL : (Node *) make_ands_explicit(kept);
}

/* What inner joins ask is asked as well by WHERE. */
static void
take_from_joins(WindowContext *cxt, Node *item)
{
	JoinExpr   *join = (JoinExpr *) item;

	if (!IsA(item, JoinExpr))
		return;
	if (join->jointype != JOIN_INNER)
	{
		if (has_clock(join->quals))
			refuse(cxt, "It decides which rows of an outer join find a partner.",
				   "Join with a subquery without it and compare in WHERE, or write an inner join.", join->quals);
		return;
	}
	take_from_joins(cxt, join->larg);
	take_from_joins(cxt, join->rarg);
	join->quals = take_conditions(cxt, join->quals);
}

/* ---- keys ---- */

bool
ivm_time_window_is_lower(const IvmTimeBound *bound)
{
	return bound->strategy == BTGreaterStrategyNumber ||
		bound->strategy == BTGreaterEqualStrategyNumber;
}

const IvmTimeKey *
ivm_time_window_key_of(const IvmTimeWindow *window, const IvmTimeBound *bound)
{
	return list_nth(window->keys, bound->timekey);
}

const IvmTimeBound *
ivm_time_window_leaving(const IvmTimeWindow *window)
{
	const IvmTimeBound *result = NULL;
	ListCell   *lc;

	foreach(lc, window->bounds)
	{
		const IvmTimeBound *bound = lfirst(lc);
		bool		bucketed = ivm_time_window_key_of(window, bound)->bucketed;

		if (ivm_time_window_is_lower(bound) && bucketed)
			return bound;
		if (result == NULL && !bucketed &&
			(ivm_time_window_is_lower(bound) || bound->strategy == BTEqualStrategyNumber))
			result = bound;
	}
	return result;
}

bool
ivm_time_window_is_converted(Node *compared, Expr **column)
{
	FuncExpr   *call = (FuncExpr *) compared;

	if (!IsA(compared, FuncExpr) || call->funcid != F_TIMESTAMPTZ_TIMESTAMP ||
		!IsA(linitial(call->args), Var))
		return false;
	*column = linitial(call->args);
	return true;
}

Expr *
ivm_time_window_interval(int64 microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = microseconds;
	return (Expr *) makeConst(INTERVALOID, -1, InvalidOid, sizeof(Interval),
							  IntervalPGetDatum(interval), false, false);
}

Expr *
ivm_time_window_bucket(Expr *expr, int64 width)
{
	Oid			type = exprType((Node *) expr);

	Assert(type == TIMESTAMPOID || type == TIMESTAMPTZOID);
	return (Expr *) makeFuncExpr(type == TIMESTAMPOID ? F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP :
								 F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ, type,
								 list_make3(ivm_time_window_interval(width), expr,
											makeConst(type, -1, InvalidOid, sizeof(Timestamp),
													  TimestampGetDatum(0), false, true)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

typedef struct GroupContext
{
	List	   *groups;			/* what the query groups by */
} GroupContext;

/* Is there a column that is not within an expression that the query groups by? */
static bool
outside_groups_walker(Node *node, GroupContext *cxt)
{
	if (node == NULL || list_member(cxt->groups, node))
		return false;
	return IsA(node, Var) || expression_tree_walker(node, outside_groups_walker, cxt);
}

/* Has it few values, so that there is no need of buckets? */
static bool
is_coarse(Node *node)
{
	if (exprType(node) == DATEOID)
		return true;
	if (!IsA(node, FuncExpr))
		return false;
	switch (((FuncExpr *) node)->funcid)
	{
		case F_TIMESTAMP_DATE:
		case F_TIMESTAMPTZ_DATE:
		case F_DATE_TIMESTAMP:
		case F_DATE_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT:
		case F_DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP:
		case F_DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ:
			return true;
		case F_TIMESTAMP_TIMESTAMPTZ:
		case F_TIMESTAMPTZ_TIMESTAMP:
			return is_coarse(linitial(((FuncExpr *) node)->args));
		default:
			return false;
	}
}

/* Let the query group by an expression, before all others; or show it unseen in a bag. */
static void
add_key(Query *query, IvmTimeWindow *window, IvmTimeKey *key)
{
	Expr	   *expr = key->bucketed ? ivm_time_window_bucket(copyObject(key->compared), window->width) :
		copyObject(key->compared);
	TargetEntry *tle = tlist_member(expr, query->targetList);
	SortGroupClause *clause;
	bool		shown = tle != NULL;

	if (tle == NULL)
	{
		tle = makeTargetEntry(expr, list_length(query->targetList) + 1,
							  window->grouped ? pstrdup("bucket") : NULL, true);
		query->targetList = lappend(query->targetList, tle);
	}
	if (!window->grouped)
	{
		key->ref = tle->resno;
		return;
	}
	key->ref = assignSortGroupRef(tle, query->targetList);
	if (get_sortgroupref_clause_noerr(key->ref, query->groupClause) != NULL)
		return;
	/* what is shown, but not grouped by, follows from the groups */
	key->added = !shown;
	clause = makeNode(SortGroupClause);
	clause->tleSortGroupRef = key->ref;
	get_sort_group_operators(exprType((Node *) expr), true, true, false,
							 &clause->sortop, &clause->eqop, NULL, &clause->hashable);
	query->groupClause = lcons(clause, query->groupClause);
}

/* ---- width ---- */

/* Widths that are chosen among, in microseconds. */
static const int64 widths[] = {
	1000, 10000, 100000, USECS_PER_SEC, 5 * USECS_PER_SEC, 10 * USECS_PER_SEC, 30 * USECS_PER_SEC,
	USECS_PER_MINUTE, 5 * USECS_PER_MINUTE, 10 * USECS_PER_MINUTE, 15 * USECS_PER_MINUTE,
	30 * USECS_PER_MINUTE, USECS_PER_HOUR, 2 * USECS_PER_HOUR, 3 * USECS_PER_HOUR,
	6 * USECS_PER_HOUR, 12 * USECS_PER_HOUR, USECS_PER_DAY
};

/* The length of a window that has none, such as that of valid_until > now() */
#define LENGTH_UNKNOWN		(1000 * USECS_PER_HOUR)

/* Buckets that a window is to have, more or less */
#define BUCKETS_PER_WINDOW	1000

/* A bound with buckets as it is now, as a timestamptz; false: it is none. */
static bool
value_now(const IvmTimeBound *bound, int64 *result)
{
	Oid			type = exprType((Node *) bound->value);
	Expr	   *value = (Expr *) evaluate_expr(copyObject(bound->value), type, -1, InvalidOid);

	if (!IsA(value, Const) || ((Const *) value)->constisnull)
		return false;
	*result = DatumGetTimestamp(((Const *) value)->constvalue);
	if (TIMESTAMP_NOT_FINITE(*result))
		return false;
	if (type == TIMESTAMPOID)
		*result = DatumGetTimestampTz(DirectFunctionCall1(timestamp_timestamptz, TimestampGetDatum(*result)));
	return true;
}

int64
ivm_time_window_length(const IvmTimeWindow *window)
{
	int64		length = 0;
	ListCell   *lc;

	foreach(lc, window->bounds)
	{
		IvmTimeBound *bound = lfirst(lc);
		int64		value;
		int64		away;

		if (!((IvmTimeKey *) list_nth(window->keys, bound->timekey))->bucketed ||
			!value_now(bound, &value))
			continue;
		away = GetCurrentTransactionStartTimestamp() - value;
		away = away < 0 ? -away : away;
		length = Max(length, away);
	}
	return length < 100000 ? LENGTH_UNKNOWN : length;
}

int64
ivm_time_window_round(int64 width)
{
	int64		result = widths[0];

	for (int i = 0; i < lengthof(widths); i++)
	{
		if (widths[i] <= width)
			result = widths[i];
	}
	return result;
}

/* ---- the whole ---- */

/* Find out what kind of rows the query gives. */
static void
find_shape(Query *query, IvmTimeWindow *window)
{
	if (query->distinctClause != NIL && !query->hasDistinctOn && !query->hasWindowFuncs &&
		query->groupClause == NIL && !query->hasAggs && query->havingQual == NULL)
	{
		/* SELECT DISTINCT a, b is SELECT a, b .. GROUP BY a, b */
		query->groupClause = query->distinctClause;
		query->distinctClause = NIL;
	}
	window->global = query->groupClause == NIL && (query->hasAggs || query->havingQual != NULL);
	window->grouped = window->global ||query->groupClause != NIL;
}

/* Find the keys that the conditions need, and add them to the query. */
static void
add_keys(Query *query, IvmTimeWindow *window, int64 width)
{
	GroupContext groups = {NIL};
	bool		bucketed = false;
	ListCell   *lc;

	foreach(lc, query->groupClause)
	{
		Node	   *expr = get_sortgroupclause_expr(lfirst(lc), query->targetList);

		/* equal intervals, 30 days and 1 month, lead to different times */
		if (!ivm_equal_values_can_differ(expr))
			groups.groups = lappend(groups.groups, expr);
	}
	foreach(lc, window->keys)
	{
		IvmTimeKey *key = lfirst(lc);

		if (!window->grouped || !outside_groups_walker((Node *) key->compared, &groups))
			continue;
		window->merged = true;
		key->bucketed = width != IVM_NO_BUCKETS && !is_coarse((Node *) key->compared);
		bucketed |= key->bucketed;
	}
	if (bucketed)
		window->width = width > 0 ? width :
			ivm_time_window_round(ivm_time_window_length(window) / BUCKETS_PER_WINDOW);
	foreach(lc, window->keys)
		add_key(query, window, lfirst(lc));
}

/* Raise what only shows when all conditions are known. */
static void
check_window(WindowContext *cxt, Node *where)
{
	ListCell   *lc;

	foreach(lc, cxt->window->bounds)
	{
		IvmTimeBound *bound = lfirst(lc);
		IvmTimeKey *key = list_nth(cxt->window->keys, bound->timekey);

		if (bound->strategy == BTEqualStrategyNumber && key->bucketed)
			refuse(cxt, "A moment in time is no window.",
				   "Compare a date or a date_trunc() of the column, or use < and >=.",
				   (Node *) key->compared);
	}
	if (cxt->window->global &&cxt->query->hasSubLinks &&
		(checkExprHasSubLink((Node *) cxt->query->targetList) || checkExprHasSubLink(cxt->query->havingQual)))
		refuse(cxt, "It is in a query of one group that has a subquery beside its aggregates.",
			   "Read the subquery's value when reading the view.", where);
}

IvmRefusal *
ivm_time_window_cut(Query *query, int64 width, IvmTimeWindow **window)
{
	WindowContext cxt = {query, palloc0(sizeof(IvmTimeWindow)), NULL};
	Node	   *where;
	ListCell   *lc;

	*window = NULL;
	if (query->setOperations != NULL || query->hasTargetSRFs || query->hasModifyingCTE)
		return NULL;
	ivm_time_window_lift(query, has_clock);
	where = query->jointree->quals;
	foreach(lc, query->jointree->fromlist)
		take_from_joins(&cxt, lfirst(lc));
	query->jointree->quals = take_conditions(&cxt, query->jointree->quals);
	if (cxt.refusal != NULL || cxt.window->bounds == NIL)
		return cxt.refusal;
	if (query->groupingSets != NIL)
		refuse(&cxt, "It is in a query with grouping sets.",
			   "Create a view without grouping sets, and group its rows further when reading it.", where);
	else
	{
		find_shape(query, cxt.window);
		add_keys(query, cxt.window, width);
		check_window(&cxt, where);
	}
	*window = cxt.window;
	return cxt.refusal;
}

IvmTimeWindow *
ivm_time_window_copy(const IvmTimeWindow *window)
{
	IvmTimeWindow *result;
	ListCell   *lc;

	if (window == NULL)
		return NULL;
	result = palloc(sizeof(IvmTimeWindow));
	*result = *window;
	result->keys = result->bounds = NIL;
	foreach(lc, window->keys)
	{
		IvmTimeKey *key = palloc(sizeof(IvmTimeKey));

		*key = *(IvmTimeKey *) lfirst(lc);
		key->compared = copyObject(key->compared);
		result->keys = lappend(result->keys, key);
	}
	foreach(lc, window->bounds)
	{
		IvmTimeBound *bound = palloc(sizeof(IvmTimeBound));

		*bound = *(IvmTimeBound *) lfirst(lc);
		bound->value = copyObject(bound->value);
		result->bounds = lappend(result->bounds, bound);
	}
	return result;
}
