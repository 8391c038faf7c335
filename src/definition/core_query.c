/*-------------------------------------------------------------------------
 *
 * core_query.c
 *	  Queries that give the rows of a core.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/makefuncs.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "definition/clauses.h"
#include "definition/core.h"
#include "definition/core_query.h"

char *
ivm_core_query_column_name(const char *prefix, const char *suffix)
{
	return psprintf("%s%s", prefix, suffix);
}

char *
ivm_core_query_state_column(const IvmCore *core, int accum, int col)
{
	return ivm_core_query_column_name(core->accums[accum].name,
									  core->accums[accum].accum.class->state[col].suffix);
}

void
ivm_core_query_add_column(Query *query, Expr *expr, const char *name)
{
	query->targetList = lappend(query->targetList,
								makeTargetEntry(expr, list_length(query->targetList) + 1,
												pstrdup(name), false));
}

Query *
ivm_core_query_bare(const IvmCore *core)
{
	Query	   *query = copyObject(core->definition);

	ivm_clauses_clear(query);
	return query;
}

/* All that a slice's aggregate sees of a row. */
static void
add_slice_inputs(Query *query, const IvmAccumDef *def)
{
	Aggref	   *agg = def->aggref;
	ListCell   *lc;

	foreach(lc, agg->aggdirectargs)
		ivm_core_query_add_column(query, copyObject(lfirst(lc)), def->name);
	foreach(lc, agg->args)
		ivm_core_query_add_column(query, copyObject(((TargetEntry *) lfirst(lc))->expr), def->name);
	if (agg->aggfilter)
		ivm_core_query_add_column(query, copyObject(agg->aggfilter), def->name);
}

Query *
ivm_core_query_rows(const IvmCore *core)
{
	Query	   *query = ivm_core_query_bare(core);
	ListCell   *lc;

	for (int i = 0; i < core->nkeys; i++)
		ivm_core_query_add_column(query, copyObject(core->keys[i].expr), core->keys[i].name);
	for (int i = 0; i < core->naccums; i++)
	{
		foreach(lc, core->accums[i].args)
			ivm_core_query_add_column(query, copyObject(lfirst(lc)), core->accums[i].name);
	}
	for (int i = 0; i < core->naccums; i++)
		if (core->accums[i].accum.class == &ivm_accum_slice)
			add_slice_inputs(query, &core->accums[i]);
	return query;
}
