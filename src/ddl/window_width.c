/*-------------------------------------------------------------------------
 *
 * window_width.c
 *	  The width of the buckets of a new view with a window of time.
 *
 * Narrow buckets make the edge cheap, wide ones the state small.  A thousandth of the window
 * (time_window.c) is narrow enough for any edge.  But where the view has other keys, such as an
 * account, there is a row of the state for each that occurs in a bucket:
 * with few base rows per key and bucket, the state would be as large as the table.  So
 * buckets get wider then, as far as the edge stays a small part of the window.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parse_oper.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "ddl/window_width.h"
#include "definition/core_query.h"
#include "definition/time_window.h"
#include "plan/inner_query.h"

/* Base rows that a row of the state should stand for */
#define ROWS_PER_KEY		10

/* Buckets that a window has at least */
#define FEWEST_BUCKETS		20

/* The rows in the window, as a query without columns */
static Query *
window_rows(const IvmCore *core)
{
	Query	   *query = ivm_core_query_bare(core);
	ListCell   *lc;

	foreach(lc, core->window->bounds)
	{
		IvmTimeBound *bound = lfirst(lc);
		IvmTimeKey *key = list_nth(core->window->keys, bound->timekey);

		query->jointree->quals = make_and_qual(query->jointree->quals,
											   (Node *) make_opclause(bound->opno, BOOLOID, false, copyObject(key->compared),
																	  copyObject(bound->value), InvalidOid, InvalidOid));
	}
	return query;
}

/* Does a key follow from the time, more or less? */
static bool
follows_from_time(const IvmCore *core, int key)
{
	List	   *vars = pull_var_clause((Node *) core->keys[key].expr, PVC_RECURSE_AGGREGATES);
	ListCell   *lc;

	foreach(lc, core->window->keys)
	{
		IvmTimeKey *tk = lfirst(lc);

		if (tk->key == key ||
			list_difference(vars, pull_var_clause((Node *) tk->compared, PVC_RECURSE_AGGREGATES)) == NIL)
			return true;
	}
	return false;
}

/* Let the query give the different values of the other keys; false: there are none. */
static bool
select_other_keys(const IvmCore *core, Query *query)
{
	for (int i = 0; i < core->nkeys; i++)
	{
		SortGroupClause *clause;
		TargetEntry *tle;

		if (follows_from_time(core, i) || core->keys[i].image)
			continue;
		ivm_core_query_add_column(query, copyObject(core->keys[i].expr), core->keys[i].name);
		tle = llast(query->targetList);
		tle->ressortgroupref = tle->resno;
		clause = makeNode(SortGroupClause);
		clause->tleSortGroupRef = tle->resno;
		get_sort_group_operators(core->keys[i].type, false, true, false,
								 &clause->sortop, &clause->eqop, NULL, &clause->hashable);
		query->groupClause = lappend(query->groupClause, clause);
	}
	return query->groupClause != NIL;
}

static double
planned_rows(Query *query)
{
	PlannedStmt *stmt;

	PushActiveSnapshot(GetTransactionSnapshot());
	stmt = ivm_inner_query_plan(query, "choosing the width of buckets", 0, NULL);
	PopActiveSnapshot();
	return Max(stmt->planTree->plan_rows, 1.0);
}

int64
ivm_window_width_choose(const IvmCore *core)
{
	int64		length;
	double		keys;
	double		rows;
	Query	   *query;

	if (core->window == NULL || core->window->width == 0)
		return 0;
	length = ivm_time_window_length(core->window);
	query = window_rows(core);
	if (!select_other_keys(core, query))
		return core->window->width;
	keys = planned_rows(query);
	rows = planned_rows(window_rows(core));
	return Max(core->window->width,
			   ivm_time_window_round(Min(length * (ROWS_PER_KEY * keys / rows), length / FEWEST_BUCKETS)));
}
