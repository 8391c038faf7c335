/*-------------------------------------------------------------------------
 *
 * analyze_keep.c
 *	  What a session keeps of an analysis.
 *
 * A plan is kept per view and backend as long as the session lasts, so it must be
 * small.  A view over a single table needs little of its analysis once it
 * exists: keys, accumulators, the source, and the definition's FROM and WHERE.
 * A view over several tables keeps the analysis as a whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "definition/analyze_keep.h"
#include "definition/core.h"
#include "definition/grouping_sets.h"
#include "definition/sources.h"
#include "definition/time_window.h"

static IvmGroupingSets *
keep_sets(const IvmGroupingSets *sets)
{
	IvmGroupingSets *result;

	if (sets == NULL)
		return NULL;
	result = palloc(sizeof(IvmGroupingSets));
	*result = *sets;
	result->number = copyObject(sets->number);
	result->numbers = palloc(sizeof(int64) * Max(sets->nsets, 1));
	memcpy(result->numbers, sets->numbers, sizeof(int64) * sets->nsets);
	result->empty = palloc(sizeof(int64) * Max(sets->nempty, 1));
	memcpy(result->empty, sets->empty, sizeof(int64) * sets->nempty);
	result->originals = NIL;
	return result;
}

IvmCore *
ivm_analyze_keep(const IvmCore *core)
{
	IvmCore    *result = palloc(sizeof(IvmCore));

	Assert(core->single && core->refusal == NULL);
	*result = *core;
	result->definition = result->whole = result->finishing = copyObject(core->definition);
	result->finishing_quals = NULL;
	result->parts = NULL;
	result->part_cores = result->cuts = result->outer_queries = NIL;
	result->regions = result->addends = NIL;
	result->sources = palloc(sizeof(IvmSource) * core->nsources);
	memcpy(result->sources, core->sources, sizeof(IvmSource) * core->nsources);
	for (int i = 0; i < core->nsources; i++)
	{
		result->sources[i].attrs = bms_copy(core->sources[i].attrs);
		result->sources[i].filter = copyObject(core->sources[i].filter);
	}
	result->views = list_copy(core->views);
	result->qual = copyObject(core->qual);
	result->keys = palloc(sizeof(IvmKeyDef) * Max(core->nkeys, 1));
	if (core->nkeys > 0)
		memcpy(result->keys, core->keys, sizeof(IvmKeyDef) * core->nkeys);
	for (int i = 0; i < core->nkeys; i++)
	{
		result->keys[i].shown = copyObject(core->keys[i].shown);
		/* that these two are one object says that the value is not packed */
		result->keys[i].expr = core->keys[i].expr == core->keys[i].shown ?
			result->keys[i].shown : copyObject(core->keys[i].expr);
		result->keys[i].name = pstrdup(core->keys[i].name);
	}
	result->sets = keep_sets(core->sets);
	result->window = ivm_time_window_copy(core->window);
	result->accums = palloc(sizeof(IvmAccumDef) * Max(core->naccums, 1));
	if (core->naccums > 0)
		memcpy(result->accums, core->accums, sizeof(IvmAccumDef) * core->naccums);
	for (int i = 0; i < core->naccums; i++)
	{
		result->accums[i].name = pstrdup(core->accums[i].name);
		result->accums[i].args = copyObject(core->accums[i].args);
		result->accums[i].aggref = copyObject(core->accums[i].aggref);
	}
	result->text_types = list_copy(core->text_types);
	result->row_types = list_copy(core->row_types);
	result->functions = list_copy(core->functions);
	return result;
}
