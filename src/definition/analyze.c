/*-------------------------------------------------------------------------
 *
 * analyze.c
 *	  Cuts a definition into the core, which is stored and maintained, and the
 *	  finishing, which is evaluated on top of it when the view is read.
 *
 *		SELECT day, sum(x) / count(*)  FROM t  WHERE ok  GROUP BY day  HAVING ..
 *		|----- finishing -----------|  |------- core ----------------| |- fin. -
 *
 * This file has the order of the steps; each is a file of its own:
 *
 *		analyze_query()
 *		   |	analyze_check.c		may this be the definition of a view?
 *		   |	outer_query.c		what stands around a query that is finished whole
 *		   |	view_parts.c		subqueries that become views of their own
 *		   |	normalize.c			views and WITH written out
 *		   |	time_window.c		conditions on the current time taken out
 *		   |	grouping_sets.c		grouping sets as one GROUP BY
 *		   |	analyze_wrap.c		what cannot be cut becomes a subquery
 *		   |	sources.c			where tables are read
 *		   |	analyze_cut.c		keys, accumulators, finishing
 *		   v	addends.c			the core's rows as a sum of queries
 *
 * The same query must be cut in the same way each time, since the state was made
 * for one cut: nothing may depend on data, statistics or settings.
 *
 * If one of the parts cannot be a view, or the parts would end up where the
 * finishing does not reach them, the query is analyzed again, left in one.
 *
 * A reason not to maintain the query is returned, not raised (refusal.h).  All is
 * in CurrentMemoryContext; what a session keeps is copied by analyze_keep.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "parser/parsetree.h"

#include "base/compat.h"
#include "definition/addends.h"
#include "definition/affected_region_find.h"
#include "definition/analyze.h"
#include "definition/analyze_check.h"
#include "definition/analyze_cut.h"
#include "definition/analyze_wrap.h"
#include "definition/core.h"
#include "definition/exact_sums.h"
#include "definition/grouping_sets.h"
#include "definition/normalize.h"
#include "definition/ordered_input.h"
#include "definition/outer_query.h"
#include "definition/refusal.h"
#include "definition/row_filter.h"
#include "definition/row_width.h"
#include "definition/sources.h"
#include "definition/time_window.h"
#include "definition/view_parts.h"

/* Does the definition read one table in its FROM clause, and nothing else? */
static bool
reads_single_table(Query *query)
{
	Node	   *item;

	if (query->hasSubLinks || list_length(query->jointree->fromlist) != 1)
		return false;
	item = linitial(query->jointree->fromlist);
	return IsA(item, RangeTblRef) &&
		rt_fetch(((RangeTblRef *) item)->rtindex, query->rtable)->rtekind == RTE_RELATION;
}

/*
 * Find the sources that the definition reads.  Sets sources, nsources, linear, single
 * and what goes with it, and regions of the core; or returns a refusal.
 */
static IvmRefusal *
find_sources(IvmCore *core)
{
	Query	   *query = core->definition;
	List	   *rtes = ivm_sources_list(query);
	IvmRefusal *refusal;
	ListCell   *lc;

	foreach(lc, rtes)
	{
		if ((refusal = ivm_analyze_check_table(lfirst(lc))) != NULL)
			return refusal;
	}
	core->sources = ivm_sources_find(query, &core->nsources);
	core->linear = true;
	for (int i = 0; i < core->nsources; i++)
		core->linear &= core->sources[i].linear;
	core->single = reads_single_table(query);
	if (core->single)
	{
		core->rti = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
		core->base = core->sources[0].relid;
		core->qual = query->jointree->quals;
	}
	if (!core->linear)
	{
		ivm_row_filter_find(query, core->sources, core->nsources);
		core->regions = ivm_affected_region_find_all(query, core->nsources);
	}
	if (core->nsources > IVM_MAX_SOURCES)
		return ivm_refusal_unsupported(psprintf("a query that reads tables in more than %d places cannot be maintained incrementally",
												IVM_MAX_SOURCES),
									   NULL, "Create a view of a part, and query that.", -1);
	return NULL;
}

static IvmCore *analyze_query(Query *original, bool split, int64 time_bucket);

/* The analysis of the inner query, with what stands around it added to its finishing. */
static IvmCore *
analyze_around(IvmOuterQuery *around, Query *inner, bool split, int64 time_bucket)
{
	IvmCore    *core = analyze_query(inner, split, time_bucket);
	IvmCore		outside = {.definition = NULL};

	if (core->refusal != NULL)
		return core;

	/*
	 * with the inner one, which tells of what types its columns are; without
	 * its conditions on the time
	 */
	outside.definition = ivm_outer_query_put(around, copyObject(core->window ? core->whole : inner));
	core->outer_queries = lappend(core->outer_queries, around);
	core->refusal = ivm_analyze_check_volatility(&outside);
	core->settings |= outside.settings;
	core->strings |= outside.strings;
	core->functions = list_concat_unique_oid(core->functions, outside.functions);
	return core;
}

/* The analysis of a query, split into parts or left in one. */
static IvmCore *
analyze_query(Query *original, bool split, int64 time_bucket)
{
	IvmCore    *core = palloc0(sizeof(IvmCore));
	Query	   *query = copyObject(original);
	Query	   *inner;
	IvmOuterQuery *around;
	bool		wrapped;

	core->definition = core->whole = query;
	if ((core->refusal = ivm_analyze_check_query(query)) != NULL)
		return core;
	if ((around = ivm_outer_query_cut(query, &inner)) != NULL)
		return analyze_around(around, inner, split, time_bucket);
	ivm_compat_flatten_groups(query);
	if (split &&
		(ivm_analyze_reads_nullable_join_row(query) || (core->parts = ivm_view_parts_split(query)) == NULL))
		return analyze_query(original, false, time_bucket);
	if ((core->refusal = ivm_analyze_check_limits(query)) != NULL ||
		(core->refusal = ivm_normalize_query(query, &core->views)) != NULL)
		return core;
	if ((core->refusal = ivm_time_window_cut(query, time_bucket, &core->window)) != NULL)
		return core;
	if (core->window != NULL && core->parts != NULL)
		return analyze_query(original, false, time_bucket);
	wrapped = ivm_analyze_needs_wrapping(query);
	if (query->groupingSets != NIL && !wrapped && !ivm_analyze_groups_rows(core))
		wrapped = !ivm_grouping_sets_expand(query, &core->sets) || ivm_analyze_needs_wrapping(query);
	if (wrapped && core->parts != NULL)
		return analyze_query(original, false, time_bucket); /* the finishing would
															 * not reach the parts */
	if (wrapped && core->window != NULL)
	{
		core->refusal = ivm_refusal_unsupported("conditions on the current time cannot be maintained incrementally in this query",
												"Its rows are kept as they are, below what it does with them.",
												"Create a view without what stands beside the aggregates, and add that when reading it.", -1);
		return core;
	}
	if (wrapped)
		query = ivm_analyze_wrap(query);
	core->definition = core->whole = query;
	query->targetList = (List *) ivm_compat_flatten_joins(query, (Node *) query->targetList);
	query->havingQual = ivm_compat_flatten_joins(query, query->havingQual);
	query->jointree = (FromExpr *) ivm_compat_flatten_joins(query, (Node *) query->jointree);
	core->settled = ivm_exact_sums_put(query);
	core->settled |= ivm_ordered_input_put(query);
	if ((core->refusal = find_sources(core)) != NULL ||
		(core->refusal = ivm_analyze_check_vars(core)) != NULL)
		return core;
	if ((core->refusal = ivm_analyze_check_tables(core)) == NULL)
		core->refusal = ivm_analyze_check_volatility(core);

	ivm_analyze_cut(core);
	if (core->refusal == NULL)
		core->refusal = ivm_analyze_check_keys(core);
	if (core->refusal == NULL)
		core->refusal = ivm_analyze_check_window(core);
	if (!core->single)
		core->addends = ivm_addends_make(core);
	return core;
}

/* Can the parts be views? */
static bool
parts_are_views(IvmCore *core)
{
	ListCell   *lc;

	foreach(lc, core->parts->queries)
	{
		IvmCore    *part = analyze_query(lfirst(lc), false, 0);

		/* what never changes needs no state of its own */
		if (part->refusal != NULL || part->nsources == 0)
			return false;
		core->part_cores = lappend(core->part_cores, part);
	}
	return true;
}

IvmCore *
ivm_analyze_query(Query *original, int64 time_bucket)
{
	IvmCore    *core = analyze_query(original, true, time_bucket);
	ListCell   *lc;

	if (core->parts != NULL && (core->refusal != NULL || !parts_are_views(core)))
		core = analyze_query(original, false, time_bucket);
	if (core->refusal == NULL)
		core->refusal = ivm_row_width_check(core);
	foreach(lc, core->part_cores)
	{
		if (core->refusal == NULL)
			core->refusal = ivm_row_width_check(lfirst(lc));
	}
	return core;
}

IvmCore *
ivm_analyze_stored(Query *original, int nparts, int64 time_bucket)
{
	IvmCore    *core = analyze_query(original, nparts > 0, time_bucket);

	if (core->finishing != NULL &&
		(core->parts == NULL ? 0 : list_length(core->parts->queries)) != nparts)
	{
		/* what is stored is something else */
		core->finishing = NULL;
		core->refusal = ivm_refusal_make(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
										 "it falls into other parts than when the view was created",
										 NULL, "Drop the view and create it again.", -1);
	}
	return core;
}

IvmCore *
ivm_analyze_missing(void)
{
	IvmCore    *core = palloc0(sizeof(IvmCore));

	core->definition = makeNode(Query);
	core->definition->commandType = CMD_SELECT;
	core->definition->jointree = makeFromExpr(NIL, NULL);
	core->refusal = ivm_refusal_make(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
									 "the definition of the view was dropped", NULL, NULL, -1);
	return core;
}
