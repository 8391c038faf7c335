/*-------------------------------------------------------------------------
 *
 * region_delta.c
 *	  Deltas by comparing what a change can touch with what it was before.
 *
 *		changed rows --> values of a region that they can touch
 *		delta = core restricted to these values
 *				- the same as it was before this transaction
 *
 * What was before this transaction is what the same snapshot shows under
 * command id 0: the rows that others had committed by then, and none of the
 * transaction's own changes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/signed_rows.h"
#include "commit/delta_query.h"
#include "commit/log_old.h"
#include "commit/region_delta.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/affected_region_query.h"
#include "definition/sources.h"

/* Variants of a region's queries (IvmDeltaQueryKey) */
#define VARIANT_VALUES	1		/* + number of the source: values it leads to */
#define VARIANT_ROWS	-1		/* the addend's rows with given values */
#define VARIANT_NULL	-2		/* its rows with NULL in the place of a value */
#define VARIANT_ALL		-3		/* all of its rows; there is no region */

struct IvmRegionValues
{
	const IvmRegion *region;
	MemoryContext cxt;
	int16		typlen;
	bool		typbyval;
	int64		n;
	int64		max;
	Datum	   *values;			/* sorted and distinct, in the end */
	bool		has_null;
	bool		nulls_count;	/* NULL is a value of the source being looked
								 * at */
};

/* ---- choice ---- */

const IvmRegion *
ivm_region_delta_choose(const IvmAddend *addend, uint64 changed)
{
	const IvmRegion *best = NULL;
	int			best_hops = 0;
	ListCell   *lc;

	foreach(lc, addend->regions)
	{
		IvmRegion  *region = lfirst(lc);
		int			hops = 0;
		int			i;

		for (i = 0; i < addend->nsources; i++)
		{
			if ((changed & (UINT64CONST(1) << i)) == 0)
				continue;
			if (region->paths[i] == NULL)
				break;
			hops += region->paths[i]->nhops;
		}
		if (i == addend->nsources && (best == NULL || hops < best_hops))
		{
			best = region;
			best_hops = hops;
		}
	}
	return best;
}

/* ---- values ---- */

static void
add_value(IvmRegionValues *v, Datum value)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(v->cxt);

	if (v->n == v->max)
	{
		v->max = Max(64, v->max * 2);
		v->values = v->values ? repalloc_huge(v->values, sizeof(Datum) * v->max) :
			palloc(sizeof(Datum) * v->max);
	}
	v->values[v->n++] = v->typlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
		datumCopy(value, v->typbyval, v->typlen);
	MemoryContextSwitchTo(oldcxt);
}

static void
read_value(IvmRegionValues *v, Datum value, bool isnull)
{
	if (!isnull)
		add_value(v, value);
	else
		v->has_null |= v->nulls_count;
}

static void
visit_value(TupleTableSlot *slot, void *arg)
{
	IvmRegionValues *v = arg;

	read_value(v, slot->tts_values[0], slot->tts_isnull[0]);
}

static Datum
column_of(MinimalTuple tuple, TupleDesc desc, AttrNumber attno, bool *isnull)
{
	HeapTupleData row;

	row.t_len = tuple->t_len + MINIMAL_TUPLE_OFFSET;
	row.t_data = (HeapTupleHeader) ((char *) tuple - MINIMAL_TUPLE_OFFSET);
	return heap_getattr(&row, attno, desc, isnull);
}

/*
 * Read the values from the changed rows of a source, which have them in a column and
 * of which there are few; false if it is not so simple.
 */
static bool
read_few_values(IvmRegionValues *v, const IvmViewChange *change, const IvmChangedSource *changed,
				Expr *expr)
{
	MinimalTuple tuples[IVM_FEW_ROWS];

	if (!IsA(expr, Var) || ((Var *) expr)->varattno <= 0 ||
		change->addend->sources[changed->source].filter != NIL)
		return false;
	for (int sign = 0; sign < 2; sign++)
	{
		int			n = ivm_row_store_few(changed->rows, sign, tuples);

		if (n < 0)
			return false;
		for (int i = 0; i < n; i++)
		{
			bool		isnull;
			Datum		value = column_of(tuples[i], changed->desc, ((Var *) expr)->varattno, &isnull);

			read_value(v, value, isnull);
		}
	}
	return true;
}

/*
 * Read the values from the changed rows of a source, which have them themselves; rows
 * that the source's filter rules out are passed over.
 */
static void
read_values(IvmRegionValues *v, const IvmViewChange *change, const IvmChangedSource *changed, Expr *expr)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(changed->desc, &TTSOpsMinimalTuple);
	AttrNumber	attno = IsA(expr, Var) ? ((Var *) expr)->varattno : 0;
	List	   *quals = change->addend->sources[changed->source].filter;
	EState	   *estate = attno == 0 || quals != NIL ? CreateExecutorState() : NULL;
	ExprContext *econtext = estate ? GetPerTupleExprContext(estate) : NULL;
	ExprState  *state = attno == 0 ? ExecPrepareExpr(expr, estate) : NULL;
	ExprState  *filter = NULL;

	if (quals != NIL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(estate->es_query_cxt);

		filter = ExecInitQual(quals, NULL);
		MemoryContextSwitchTo(oldcxt);
	}
	if (econtext)
		econtext->ecxt_scantuple = slot;
	for (int i = 0; i < 2; i++)
	{
		IvmRowScan	scan;

		ivm_row_store_scan(&scan, changed->rows, i);
		while (ivm_row_store_next(&scan, slot))
		{
			bool		isnull;
			Datum		value;

			CHECK_FOR_INTERRUPTS();
			if (econtext)
				ResetExprContext(econtext);
			if (filter && !ExecQual(filter, econtext))
				continue;
			if (state)
				value = ExecEvalExprSwitchContext(state, econtext, &isnull);
			else
				value = slot_getattr(slot, attno, &isnull);
			read_value(v, value, isnull);
		}
	}
	ExecDropSingleTupleTableSlot(slot);
	if (estate)
		FreeExecutorState(estate);
}

/* All sources that have changed, as bits: a query of what they were is one of these alone. */
static uint64
changed_sources(const IvmViewChange *change)
{
	uint64		result = 0;

	for (int i = 0; i < change->nchanged; i++)
		result |= UINT64CONST(1) << change->changed[i].source;
	return result;
}

static const IvmChangedSource *
find_changed(const IvmViewChange *change, int source)
{
	for (int i = 0; i < change->nchanged; i++)
		if (change->changed[i].source == source)
			return &change->changed[i];
	return NULL;
}

/* Let the sources that a path leads to be read as they were before logged changes. */
static void
put_old_hops(Query *query, const IvmViewChange *change, const IvmPath *path)
{
	List	   *rtes = NIL;

	for (int i = 0; i < change->addend->nsources; i++)
	{
		RangeTblEntry *rte = NULL;

		for (int hop = 0; hop < path->nhops; hop++)
			if (path->hops[hop].to.source == i)
				rte = list_nth(query->rtable, hop + 1);
		rtes = lappend(rtes, rte);
	}
	ivm_log_old_put(rtes, change);
}

static Query *
build_values_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	int			source = key->variant - VARIANT_VALUES;
	Query	   *query = ivm_affected_region_values_query(change->addend->rows, key->region, source,
														 change->addend->sources[source].filter);

	ivm_sources_put_rows(linitial(query->rtable), source, find_changed(change, source)->desc, nrows);
	if (key->old)
		put_old_hops(query, change, ((const IvmRegion *) key->region)->paths[source]);
	return query;
}

static void
query_values(IvmRegionValues *v, const IvmViewChange *change, const IvmChangedSource *changed,
			 Snapshot snapshot, bool old)
{
	for (int i = 0; i < 2; i++)
	{
		List	   *named = NIL;
		IvmDeltaQueryKey key;
		IvmDeltaQuery *query;

		if (changed->rows->nrows[i] == 0)
			continue;
		memset(&key, 0, sizeof(key));
		key.addend = change->addend;
		key.region = v->region;
		key.variant = VARIANT_VALUES + changed->source;
		key.old = old;
		if (old)
			key.sources = changed_sources(change);
		if (old)
			named = ivm_log_old_name(change, named);
		named = ivm_delta_query_name_rows(named, ivm_sources_rows_name(changed->source),
										  changed->desc, changed->rows, i);
		query = ivm_delta_query_plan(change, &key, changed->rows->nrows[i], build_values_query);
		ivm_delta_query_run(change, query, snapshot, named, visit_value, v);
	}
}

static int
compare_values(const void *a, const void *b, void *arg)
{
	return ApplySortComparator(*(const Datum *) a, false, *(const Datum *) b, false, arg);
}

static void
sort_values(IvmRegionValues *v)
{
	SortSupportData ssup;
	int64		n = 0;

	if (v->n < 2)
		return;
	memset(&ssup, 0, sizeof(ssup));
	ssup.ssup_cxt = CurrentMemoryContext;
	ssup.ssup_collation = v->region->collation;
	PrepareSortSupportFromOrderingOp(lookup_type_cache(v->region->base_type, TYPECACHE_LT_OPR)->lt_opr,
									 &ssup);
	qsort_arg(v->values, v->n, sizeof(Datum), compare_values, &ssup);
	for (int64 i = 1; i < v->n; i++)
		if (compare_values(&v->values[n], &v->values[i], &ssup) != 0)
			v->values[++n] = v->values[i];
	v->n = n + 1;
}

IvmRegionValues *
ivm_region_delta_values(const IvmViewChange *change, const IvmRegion *region, Snapshot snapshot)
{
	IvmRegionValues *v = palloc0(sizeof(IvmRegionValues));

	v->region = region;
	v->cxt = CurrentMemoryContext;
	v->typlen = region->typlen;
	v->typbyval = region->typbyval;
	for (int i = 0; i < change->nchanged; i++)
	{
		const IvmChangedSource *changed = &change->changed[i];
		IvmPath    *path = region->paths[changed->source];

		v->nulls_count = path->at_root;
		if (path->nhops == 0)
		{
			if (!read_few_values(v, change, changed, path->value))
				read_values(v, change, changed, path->value);
			continue;
		}
		query_values(v, change, changed, snapshot, false);
		/* what the path goes through may have changed, too */
		if (change->nchanged > 1 && change->logged != NIL)
			query_values(v, change, changed, snapshot, true);
		else if (change->nchanged > 1)
		{
			ivm_delta_query_push_old(snapshot);
			query_values(v, change, changed, GetActiveSnapshot(), false);
			PopActiveSnapshot();
		}
	}
	sort_values(v);
	return v;
}

bool
ivm_region_delta_is_evaluated(const IvmViewChange *change, const IvmRegion *region)
{
	for (int i = 0; i < change->nchanged; i++)
	{
		int			source = change->changed[i].source;

		if (change->addend->sources[source].filter != NIL ||
			!IsA(region->paths[source]->value, Var))
			return true;
	}
	return false;
}

bool
ivm_region_delta_is_direct(const IvmRegion *region, uint64 changed, int nsources)
{
	for (int i = 0; i < nsources; i++)
		if ((changed & (UINT64CONST(1) << i)) &&
			(region->paths[i] == NULL || region->paths[i]->nhops > 0))
			return false;
	return true;
}

uint32 *
ivm_region_delta_hashes(const IvmRegionValues *v, int max, int *n)
{
	TypeCacheEntry *type = lookup_type_cache(v->region->base_type, TYPECACHE_HASH_PROC_FINFO);
	uint32	   *result;

	if (v->n + 1 > max || !OidIsValid(type->hash_proc_finfo.fn_oid))
		return NULL;
	result = palloc(sizeof(uint32) * (v->n + 1));
	for (*n = 0; *n < v->n; (*n)++)
		result[*n] = DatumGetUInt32(FunctionCall1Coll(&type->hash_proc_finfo,
													  v->region->collation, v->values[*n]));
	if (v->has_null)
		result[(*n)++] = 0;
	return result;
}

/* ---- rows ---- */

static Query *
build_rows_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	Query	   *query = copyObject(change->addend->rows);
	List	   *rtes = ivm_sources_list(query);

	ivm_affected_region_restrict(query, key->region, key->variant == VARIANT_NULL, nrows);
	if (key->old)
		ivm_log_old_put(rtes, change);
	return query;
}

static IvmRowStore *
store_values(const IvmRegionValues *v)
{
	IvmRowStore *store = ivm_row_store_create(InvalidOid, CurrentMemoryContext);
	bool		isnull = false;

	for (int64 i = 0; i < v->n; i++)
		ivm_row_store_put(store, v->region->desc, &v->values[i], &isnull, 1);
	return store;
}

/* A query for NULL reads no values. */
static List *
name_values(int variant, const IvmRegion *region, IvmRowStore *store)
{
	return variant == VARIANT_NULL ? NIL :
		ivm_delta_query_name_rows(NIL, IVM_REGION_VALUES, region->desc, store, 0);
}

static IvmDeltaQuery *
rows_query(const IvmViewChange *change, const IvmRegionValues *values, int variant, bool old)
{
	IvmDeltaQueryKey key;

	memset(&key, 0, sizeof(key));
	key.addend = change->addend;
	key.region = values->region;
	key.variant = variant;
	key.old = old;
	if (old)
		key.sources = changed_sources(change);
	return ivm_delta_query_plan(change, &key, values->n, build_rows_query);
}

double
ivm_region_delta_cost(const IvmViewChange *change, const IvmRegionValues *values)
{
	double		cost = 0;

	if (values->n > 0)
		cost += 2 * rows_query(change, values, VARIANT_ROWS, false)->stmt->planTree->total_cost;
	if (values->has_null)
		cost += 2 * rows_query(change, values, VARIANT_NULL, false)->stmt->planTree->total_cost;
	return cost;
}

static void
visit_any(TupleTableSlot *slot, void *arg)
{
	*(bool *) arg = true;
}

bool
ivm_region_delta_was_empty(const IvmViewChange *change, const IvmRegionValues *values,
						   Snapshot snapshot)
{
	IvmRowStore *store = store_values(values);
	bool		found = false;

	ivm_delta_query_push_old(snapshot);
	for (int variant = VARIANT_NULL; variant <= VARIANT_ROWS && !found; variant++)
	{
		List	   *named;

		if (variant == VARIANT_NULL ? !values->has_null : values->n == 0)
			continue;
		named = name_values(variant, values->region, store);
		ivm_delta_query_run(change, rows_query(change, values, variant, false), GetActiveSnapshot(), named,
							visit_any, &found);
	}
	PopActiveSnapshot();
	ivm_row_store_free(store);
	return !found;
}

void
ivm_region_delta_compute(const IvmViewChange *change, const IvmRegionValues *values,
						 Snapshot snapshot, IvmSignedRowVisitor visit, void *arg)
{
	IvmRowStore *store = store_values(values);
	IvmSignedRows *rows = ivm_signed_rows_create(CurrentMemoryContext);

	for (int variant = VARIANT_NULL; variant <= VARIANT_ROWS; variant++)
	{
		List	   *named;

		if (variant == VARIANT_NULL ? !values->has_null : values->n == 0)
			continue;
		named = name_values(variant, values->region, store);
		if (change->logged == NIL)
			ivm_delta_query_compare(change, rows_query(change, values, variant, false), snapshot, named, rows);
		else
		{
			named = ivm_log_old_name(change, named);
			ivm_delta_query_compare_logged(change, rows_query(change, values, variant, false),
										   rows_query(change, values, variant, true),
										   snapshot, named, rows);
		}
	}
	ivm_row_store_free(store);
	ivm_signed_rows_visit(rows, visit, arg);
}

static Query *
build_all_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	return copyObject(change->addend->rows);
}

void
ivm_region_delta_compute_all(const IvmViewChange *change, Snapshot snapshot,
							 IvmSignedRowVisitor visit, void *arg)
{
	IvmSignedRows *rows = ivm_signed_rows_create(CurrentMemoryContext);
	IvmDeltaQueryKey key;

	memset(&key, 0, sizeof(key));
	key.addend = change->addend;
	key.variant = VARIANT_ALL;
	ivm_delta_query_compare(change, ivm_delta_query_plan(change, &key, 0, build_all_query),
							snapshot, NIL, rows);
	ivm_signed_rows_visit(rows, visit, arg);
}
