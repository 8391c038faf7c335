/*-------------------------------------------------------------------------
 *
 * finishing_window.c
 *	  Conditions on the current time, put into the query of a view.
 *
 *		SELECT finishing FROM (SELECT * FROM state WHERE ivm._merged(tableoid)) s
 *
 * Where each group is one row of the state, the conditions go to WHERE.  Else the
 * state's rows are restricted to whole buckets and added up, together with what the base
 * tables hold at the edges:
 *
 *		SELECT finishing FROM
 *			(SELECT NULL AS bucket, keys, sum(row_count), sum(..) FROM
 *				(SELECT * FROM state WHERE ivm._merged(tableoid) AND inside
 *				 UNION ALL
 *				 SELECT core's columns FROM base tables WHERE conditions AND NOT inside 1
 *				 UNION ALL
 *				 SELECT core's columns FROM base tables WHERE conditions AND inside 1 AND NOT inside 2 ..) u
 *			 GROUP BY keys) s
 *
 * with one edge for each condition, "inside" being all of "inside n".  Why that is
 * exact: definition/README.md, "Windows of time".
 *
 * Without edges the view may be deferred, too: then the clock is that of the rows that it
 * shows, which ivm._clock() tells.
 *
 * What the time is compared with is computed once per scan, by a function with the
 * view's settings in a subquery of its own.  Expressions of the edges
 * that depend on settings are put into functions as well.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "aggregates/accum_combine.h"
#include "base/compat.h"
#include "base/sql_text.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/layout.h"
#include "definition/time_window.h"
#include "plan/plan_query.h"
#include "read/finishing_functions.h"
#include "read/finishing_window.h"

typedef struct WindowContext
{
	const IvmCore *core;
	const IvmTimeWindow *window;
	const char *state;			/* table */
	int32		view_id;
	ArrayType  *settings;
	int			first;			/* number of the first function */
	List	   *functions;		/* OIDs of those made */
	const char *zone;			/* the view's time zone, if its name says all;
								 * or NULL */
	List	   *values;			/* of each bound: the expression that gives it */
	int			start;			/* the time key that the view's start
								 * restricts, or -1 */
} WindowContext;

/* ---- expressions ---- */

static const IvmTimeKey *
time_key(WindowContext *cxt, int n)
{
	return list_nth(cxt->window->keys, n);
}

/* A scalar subquery over nothing, which is computed once. */
static Expr *
once(Expr *expr)
{
	Query	   *query = makeNode(Query);
	SubLink    *sublink = makeNode(SubLink);

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->targetList = list_make1(makeTargetEntry(expr, 1, pstrdup("value"), false));
	query->jointree = makeFromExpr(NIL, NULL);
	query->hasSubLinks = checkExprHasSubLink((Node *) expr);
	sublink->subLinkType = EXPR_SUBLINK;
	sublink->subselect = (Node *) query;
	sublink->location = -1;
	return (Expr *) sublink;
}

static Expr *
compare(Oid opno, Expr *left, Expr *right)
{
	return make_opclause(opno, BOOLOID, false, copyObject(left), copyObject(right),
						 InvalidOid, InvalidOid);
}

/* The comparison of a time key's type */
static Oid
comparison(const IvmTimeKey *key, int strategy)
{
	Oid			type = exprType((Node *) key->compared);

	return get_opfamily_member(lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf,
							   type, type, strategy);
}

static Expr *
is_not_true(Expr *expr)
{
	BooleanTest *test = makeNode(BooleanTest);

	test->arg = expr;
	test->booltesttype = IS_NOT_TRUE;
	test->location = -1;
	return (Expr *) test;
}

/* value + or - an interval of hours and less */
static Expr *
shift(Expr *value, const char *op, int64 microseconds)
{
	return ivm_sql_text_expression(psprintf("$1 %s $2", op),
								   list_make2(value, ivm_time_window_interval(microseconds)));
}

/* Where the state begins, in the type of the key that it restricts. */
static Expr *
start_of_state(WindowContext *cxt)
{
	Oid			type = exprType((Node *) time_key(cxt, cxt->start)->compared);
	const char *text = psprintf("coalesce((SELECT w.start FROM ivm.time_window w WHERE w.view_id = %d), '-infinity')",
								cxt->view_id);

	if (type == TIMESTAMPOID)
		text = psprintf("timezone('UTC', %s)", text);

	return ivm_sql_text_expression(text, NIL);
}

/* A condition as the definition has it, on an expression that is compared. */
static Expr *
condition(WindowContext *cxt, int n, Expr *compared)
{
	IvmTimeBound *bound = list_nth(cxt->window->bounds, n);

	return compare(bound->opno, compared, list_nth(cxt->values, n));
}

/* The condition on a key which tells that all rows of the key satisfy the n-th condition. */
static Expr *
inside(WindowContext *cxt, int n, Expr *key)
{
	IvmTimeBound *bound = list_nth(cxt->window->bounds, n);
	const IvmTimeKey *tk = time_key(cxt, bound->timekey);
	Expr	   *result;

	if (!tk->bucketed || ivm_time_window_is_lower(bound))
		result = condition(cxt, n, key);
	else
		result = compare(comparison(tk, BTLessStrategyNumber), key,
						 once(ivm_time_window_bucket(copyObject(list_nth(cxt->values, n)), cxt->window->width)));
	if (cxt->start == bound->timekey && ivm_time_window_is_lower(bound))
		result = make_andclause(list_make2(result,
										   compare(comparison(tk, BTGreaterEqualStrategyNumber), key,
												   once(start_of_state(cxt)))));
	return result;
}

/*
 * The bound on a compared expression that a row at the n-th edge satisfies as well.
 * *lower: it is a lower one.
 */
static Expr *
other_end(WindowContext *cxt, int n, bool *lower)
{
	IvmTimeBound *bound = list_nth(cxt->window->bounds, n);
	Expr	   *value = list_nth(cxt->values, n);

	*lower = !ivm_time_window_is_lower(bound);
	if (*lower)
		return ivm_time_window_bucket(copyObject(value), cxt->window->width);
	if (cxt->start == bound->timekey)
		value = ivm_sql_text_expression("greatest($1, $2)", list_make2(value, start_of_state(cxt)));
	return shift(value, "+", cxt->window->width);
}

/* How far a time without time zone may be from the same time in UTC, in microseconds */
static int64
greatest_offset(const char *zone)
{
	/*
	 * a rule of its own, which has digits: "<A/B>100" is 100 hours behind,
	 * and summer time is an hour more than the 168 that can be given
	 */
	if (zone == NULL || strpbrk(zone, "0123456789") != NULL)
		return 169 * USECS_PER_HOUR;
	if (strchr(zone, '/') == NULL || pg_strcasecmp(zone, "Etc/UTC") == 0)
		return 0;
	return 16 * USECS_PER_HOUR;
}

/*
 * A timestamp that is compared as a timestamptz: a bound on itself, by what
 * its conversion is compared with, whatever the time zone.
 */
static Expr *
bound_on_timestamp(WindowContext *cxt, Expr *column, bool lower, Expr *value)
{
	Expr	   *limit = shift(ivm_sql_text_expression("timezone('UTC', $1)", list_make1(value)),
							  lower ? "-" : "+", greatest_offset(cxt->zone));

	return compare(get_opfamily_member(lookup_type_cache(TIMESTAMPOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf,
									   TIMESTAMPOID, TIMESTAMPOID,
									   lower ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber),
				   column, once(limit));
}

/*
 * What a condition that is satisfied, by a row that is not inside, says of the
 * compared expression: for an index on it.
 */
static Expr *
edge_bound(WindowContext *cxt, int n, Expr *compared)
{
	IvmTimeBound *bound = list_nth(cxt->window->bounds, n);
	const IvmTimeKey *tk = time_key(cxt, bound->timekey);
	bool		lower;
	Expr	   *value = other_end(cxt, n, &lower);
	Expr	   *column;

	if (!ivm_time_window_is_converted((Node *) tk->compared, &column))
		return compare(comparison(tk, lower ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber),
					   compared, once(value));
	return make_andclause(list_make2(bound_on_timestamp(cxt, column, lower, value),
									 bound_on_timestamp(cxt, column, !lower, list_nth(cxt->values, n))));
}

/* ---- rows of the state ---- */

/* A column of the state, counted from 0; rte 1 has all of them */
static Expr *
state_column(Query *state, int column)
{
	TargetEntry *tle = list_nth(state->targetList, column);

	return (Expr *) makeVar(1, column + 1, exprType((Node *) tle->expr),
							exprTypmod((Node *) tle->expr), exprCollation((Node *) tle->expr), 0);
}

/* Add a condition to WHERE. */
static void
add_qual(Query *query, Expr *qual)
{
	query->jointree->quals = make_and_qual(query->jointree->quals, (Node *) qual);
	query->hasSubLinks = true;
}

/* Restrict a query over the state's columns to what is inside. */
static void
restrict_state(WindowContext *cxt, Query *query, Query *state, int first_key)
{
	for (int n = 0; n < list_length(cxt->window->bounds); n++)
	{
		IvmTimeBound *bound = list_nth(cxt->window->bounds, n);

		add_qual(query, inside(cxt, n, state_column(state, first_key + time_key(cxt, bound->timekey)->key)));
	}
}

/* The state's rows inside, with the core's columns: keys, row_count, accumulators. */
static Query *
state_arm(WindowContext *cxt, int first_key)
{
	Query	   *query = ivm_sql_text_parse_template(psprintf("SELECT FROM (SELECT * FROM %s WHERE ivm._merged(tableoid)) s",
															 cxt->state), NULL, 0);
	Query	   *state = ((RangeTblEntry *) linitial(query->rtable))->subquery;

	for (int c = first_key; c < list_length(state->targetList); c++)
		ivm_core_query_add_column(query, state_column(state, c),
								  ((TargetEntry *) list_nth(state->targetList, c))->resname);
	restrict_state(cxt, query, state, first_key);
	return query;
}

/* ---- rows of the base tables ---- */

/* An alias of a join hides the names of its tables from who prints the query; no Var needs it. */
static void
forget_join_aliases(Query *query, Node *item)
{
	JoinExpr   *join = (JoinExpr *) item;

	if (!IsA(item, JoinExpr))
		return;
	join->alias = join->join_using_alias = NULL;
	rt_fetch(join->rtindex, query->rtable)->alias = NULL;
	forget_join_aliases(query, join->larg);
	forget_join_aliases(query, join->rarg);
}

/*
 * Expressions that depend on the time zone, and on no other setting, with the
 * view's zone as an argument: that is faster than a function with a SET clause.
 */
static Node *
zone_mutator(Node *node, const char *zone)
{
	List	   *args;

	if (node == NULL)
		return NULL;
	if (!IsA(node, FuncExpr))
		return expression_tree_mutator(node, zone_mutator, unconstify(char *, zone));
	args = (List *) expression_tree_mutator((Node *) ((FuncExpr *) node)->args, zone_mutator, unconstify(char *, zone));
	args = lappend(list_copy(args), makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
											  CStringGetTextDatum(zone), false, false));
	switch (((FuncExpr *) node)->funcid)
	{
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			return (Node *) ivm_sql_text_expression("date_trunc($1, $2, $3)", args);
		case F_DATE_TIMESTAMPTZ:
			return (Node *) ivm_sql_text_expression("timezone($2, $1)::date", args);
		case F_TIMESTAMPTZ_DATE:
			return (Node *) ivm_sql_text_expression("timezone($2, $1::timestamp)", args);
		case F_TIMESTAMPTZ_TIMESTAMP:
		case F_TIMESTAMP_TIMESTAMPTZ:
			return (Node *) ivm_sql_text_expression("timezone($2, $1)", args);
		default:
			return expression_tree_mutator(node, zone_mutator, unconstify(char *, zone));
	}
}

/*
 * The core's rows from the base tables, without conditions on the time; what depends
 * on settings is put into functions.  Sets, by time key, *compared and *keys.
 */
static Query *
base_rows(WindowContext *cxt, List **compared, List **keys)
{
	Query	   *query = ivm_plan_query_core(cxt->core);
	int			natts = list_length(query->targetList);
	ListCell   *lc;

	foreach(lc, query->jointree->fromlist)
		forget_join_aliases(query, lfirst(lc));
	foreach(lc, cxt->window->keys)
		ivm_core_query_add_column(query, copyObject(((IvmTimeKey *) lfirst(lc))->compared), "compared");
	if (cxt->zone != NULL)
	{
		query->targetList = (List *) zone_mutator((Node *) query->targetList, cxt->zone);
		query->jointree->quals = zone_mutator(query->jointree->quals, cxt->zone);
	}
	cxt->functions = list_concat(cxt->functions,
								 ivm_finishing_functions_pin_rows(query, cxt->view_id, cxt->settings,
																  cxt->first + list_length(cxt->functions)));
	*compared = *keys = NIL;
	foreach(lc, cxt->window->keys)
	{
		IvmTimeKey *tk = lfirst(lc);

		*compared = lappend(*compared,
							((TargetEntry *) list_nth(query->targetList, natts + foreach_current_index(lc)))->expr);
		*keys = lappend(*keys, ((TargetEntry *) list_nth(query->targetList, tk->key))->expr);
	}
	query->targetList = list_truncate(query->targetList, natts);
	return query;
}

/* The rows at the n-th edge; NULL: there is none, as the condition is one on a key. */
static Query *
edge_arm(WindowContext *cxt, int n, Query *rows, List *compared, List *keys)
{
	IvmTimeBound *bound = list_nth(cxt->window->bounds, n);
	Query	   *query = copyObject(rows);

	if (!time_key(cxt, bound->timekey)->bucketed)
		return NULL;
	for (int i = 0; i < list_length(cxt->window->bounds); i++)
	{
		int			k = ((IvmTimeBound *) list_nth(cxt->window->bounds, i))->timekey;

		add_qual(query, condition(cxt, i, list_nth(compared, k)));
		if (i < n)
			add_qual(query, inside(cxt, i, list_nth(keys, k)));
	}
	add_qual(query, is_not_true(inside(cxt, n, list_nth(keys, bound->timekey))));
	add_qual(query, edge_bound(cxt, n, list_nth(compared, bound->timekey)));
	return query;
}

/* ---- adding up ---- */

/* Does the definition group by this key, or is it there for the time? */
static bool
is_added(const IvmTimeWindow *window, int key)
{
	ListCell   *lc;

	foreach(lc, window->keys)
	{
		IvmTimeKey *tk = lfirst(lc);

		if (tk->key == key)
			return tk->added;
	}
	return false;
}

static char *
null_of(TargetEntry *tle)
{
	Oid			type = exprType((Node *) tle->expr);

	return psprintf("NULL::%s%s",
					format_type_extended(type, exprTypmod((Node *) tle->expr),
										 FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
					ivm_sql_text_collate_clause(type, exprCollation((Node *) tle->expr)));
}

/* One row of NULLs with the core's columns. */
static char *
null_row(Query *state, int first_key)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int c = first_key; c < list_length(state->targetList); c++)
		appendStringInfo(&buf, "%s%s AS c%d", c > first_key ? ", " : "SELECT ",
						 null_of(list_nth(state->targetList, c)), c + 1);
	return buf.data;
}

/* How a key column is shown for a group: as any of its values, which look alike. */
static char *
key_text(const IvmCore *core, int key, int column, TargetEntry *tle, StringInfo groups)
{
	Oid			eq = lookup_type_cache(exprType((Node *) tle->expr), TYPECACHE_EQ_OPR)->eq_opr;

	if (is_added(core->window, key))
		return null_of(tle);
	if (core->window->global ||(core->keys[key].image && !OidIsValid(eq)))
		return psprintf("(array_agg(u.c%d))[1]", column + 1);
	appendStringInfo(groups, "%su.c%d", groups->len > 0 ? ", " : " GROUP BY ", column + 1);
	return psprintf("u.c%d", column + 1);
}

/* "$n" in the text of an expression become columns of u, from the one given on. */
static char *
with_columns(const char *text, int first)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (const char *p = text; *p; p++)
	{
		if (*p == '$')
			appendStringInfo(&buf, "u.c%d", first + *++p - '0');
		else
			appendStringInfoChar(&buf, *p);
	}
	return buf.data;
}

/* The query that adds up rows with the core's columns; what these are is put in later. */
static char *
sum_text(const IvmCore *core, Query *state, const char *rows)
{
	IvmLayout	layout;
	int		   *state_first = palloc(sizeof(int) * Max(core->naccums, 1));
	int		   *delta_first = palloc(sizeof(int) * Max(core->naccums, 1));
	StringInfoData buf;
	StringInfoData groups;
	int			c = 0;

	ivm_layout_find(core, &layout, state_first, delta_first);
	initStringInfo(&buf);
	initStringInfo(&groups);
	appendStringInfoString(&buf, "SELECT ");
	for (; c < layout.first_key; c++)
		appendStringInfoString(&buf, "NULL::int8 AS key_hash, ");
	for (int i = 0; i < core->nkeys; i++, c++)
	{
		TargetEntry *tle = list_nth(state->targetList, c);

		appendStringInfo(&buf, "%s AS %s, ", key_text(core, i, c, tle, &groups), quote_identifier(tle->resname));
	}
	appendStringInfo(&buf, "coalesce(sum(u.c%d), 0)::int8 AS row_count", c + 1);
	for (int i = 0; i < core->naccums; i++)
	{
		const IvmAccumDef *def = &core->accums[i];

		for (int col = 0; col < def->accum.class->nstate; col++)
			appendStringInfo(&buf, ", %s AS %s",
							 with_columns(ivm_accum_combine_text(&def->accum, def->aggref->aggfnoid, col), state_first[i]),
							 quote_identifier(ivm_core_query_state_column(core, i, col)));
	}
	appendStringInfo(&buf, " FROM (%s) u%s", rows, groups.data);
	return buf.data;
}

/*
 * The names that null_row() gives: who prints the view and reads that again takes those of
 * the first arm.
 */
static void
name_columns(Query *arm, int first_key)
{
	ListCell   *lc;

	foreach(lc, arm->targetList)
		((TargetEntry *) lfirst(lc))->resname = psprintf("c%d", first_key + foreach_current_index(lc) + 1);
}

/* The state's rows and those at the edges, added up: what takes the place of the state. */
static Query *
sum_query(WindowContext *cxt, Query *state, int first_key)
{
	const IvmCore *core = cxt->core;
	List	   *arms = list_make1(state_arm(cxt, first_key));
	StringInfoData rows;
	Query	   *result;
	Query	   *inner;
	ListCell   *lc;

	if (cxt->window->width > 0)
	{
		List	   *compared;
		List	   *keys;
		Query	   *base = base_rows(cxt, &compared, &keys);

		for (int n = 0; n < list_length(cxt->window->bounds); n++)
		{
			Query	   *arm = edge_arm(cxt, n, base, compared, keys);

			if (arm != NULL)
				arms = lappend(arms, arm);
		}
	}
	foreach(lc, arms)
		name_columns(lfirst(lc), first_key);
	initStringInfo(&rows);
	foreach(lc, arms)
		appendStringInfo(&rows, "%s%s", rows.len > 0 ? " UNION ALL " : "", null_row(state, first_key));
	if (cxt->window->global)
	{
		/* there is a row of the view even over none; this one adds nothing */
		appendStringInfo(&rows, " UNION ALL %s", null_row(state, first_key));
	}
	result = ivm_sql_text_parse_template(sum_text(core, state, rows.data), NULL, 0);
	inner = ((RangeTblEntry *) linitial(result->rtable))->subquery;
	if (inner->setOperations == NULL)
		((RangeTblEntry *) linitial(result->rtable))->subquery = linitial(arms);
	else
		foreach(lc, arms)
			((RangeTblEntry *) list_nth(inner->rtable, foreach_current_index(lc)))->subquery = lfirst(lc);
	return result;
}

/* ---- the whole ---- */

/* The time zone among settings, if it is known by a name that only means a zone; or NULL. */
static const char *
plain_zone(ArrayType *settings)
{
	Datum	   *items;
	int			n;

	deconstruct_array(settings, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *item = TextDatumGetCString(items[i]);

		if (pg_strncasecmp(item, "TimeZone=", strlen("TimeZone=")) != 0)
			continue;
		item += strlen("TimeZone=");
		if (strchr(item, '/') != NULL || pg_strcasecmp(item, "UTC") == 0 || pg_strcasecmp(item, "GMT") == 0)
			return item;
	}
	return NULL;
}

List *
ivm_finishing_window_apply(Query *query, const IvmCore *core, const char *state,
						   int32 view_id, ArrayType *settings, int first)
{
	WindowContext cxt = {
		.core = core,
		.window = core->window,
		.state = state,
		.view_id = view_id,
		.settings = settings,
		.first = first,
		.zone = plain_zone(settings),
		.start = -1
	};
	RangeTblEntry *rte = linitial(query->rtable);
	IvmLayout	layout;
	List	   *rest;
	Expr	   *clock = NULL;
	int		   *firsts = palloc(sizeof(int) * Max(core->naccums, 1));
	ListCell   *lc;

	if (core->window == NULL)
		return NIL;
	ivm_layout_find(core, &layout, firsts, firsts);
	rest = ivm_time_window_values_at_rest(core->window);
	if (core->window->width == 0)
		clock = ivm_sql_text_expression(psprintf("ivm._clock(%d)", view_id), NIL);
	foreach(lc, core->window->bounds)
	{
		IvmTimeBound *bound = lfirst(lc);
		Expr	   *value = clock == NULL ? copyObject(bound->value) :
			ivm_time_window_with_clock(bound->value, clock);
		Oid			function = InvalidOid;

		if (ivm_finishing_functions_needed(list_nth(rest, foreach_current_index(lc))))
			value = ivm_finishing_functions_make(value, view_id, settings,
												 first + list_length(cxt.functions), &function);
		if (OidIsValid(function))
			cxt.functions = lappend_oid(cxt.functions, function);
		cxt.values = lappend(cxt.values, once(value));
		if (cxt.start < 0 && ivm_time_window_is_lower(bound) && time_key(&cxt, bound->timekey)->bucketed)
			cxt.start = bound->timekey;
	}
	if (core->window->merged)
		rte->subquery = sum_query(&cxt, rte->subquery, layout.first_key);
	else
		restrict_state(&cxt, query, rte->subquery, layout.first_key);
	return cxt.functions;
}
