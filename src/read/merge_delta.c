/*-------------------------------------------------------------------------
 *
 * merge_delta.c
 *	  DeltaApply: what is emitted beside the child's rows, or instead of them.
 *
 *		delta rows the snapshot sees --+
 *		own pending change (overlay) --+--> per key: state row + delta
 *										|		= merged row, or recomputed
 *		state table, by key -----------+
 *
 * The TIDs of the state rows are set aside, for the child's rows with these TIDs
 * to be skipped; or state rows are not looked up now, but merged when the child
 * comes to them (merge_match.c).
 * Comparisons of key columns narrow the reading of the delta table, so that a
 * look-up by key pays for that key's deltas only.  Where all deltas are read, they may still
 * be known from the read before (delta_cache.c).
 *
 * Where merging would not be exact (merge_exec.c decides), the definition is run
 * instead, and all its rows are kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/fold_requests.h"
#include "base/guc.h"
#include "base/worker_call.h"
#include "catalog/catalog_view.h"
#include "commit/compute.h"
#include "commit/key_lookup.h"
#include "commit/shared_hash.h"
#include "definition/refusal.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"
#include "read/delta_cache.h"
#include "read/delta_set.h"
#include "read/merge_newest.h"
#include "read/merge_scan.h"

/* ---- reading deltas ---- */

/* Read the delta rows whose keys satisfy the key quals, by the key index. */
static void
read_deltas_by_key(IvmMergeScan *ms, Relation rel, IvmDeltaMap *deltas)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;
	ScanKeyData *keys = palloc(sizeof(ScanKeyData) * ms->nquals);
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;

	for (int i = 0; i < ms->nquals; i++)
	{
		IvmMergeQual *q = &ms->quals[i];
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(q->arg, econtext, &isnull);

		if (isnull)
			return;				/* the qual holds for no row */
		ScanKeyEntryInitialize(&keys[i], 0, q->index_attno, q->strategy, q->subtype,
							   q->collation, q->proc, value);
	}
	index = index_open(ms->plan->delta_index, AccessShareLock);
	slot = table_slot_create(rel, NULL);
	scan = ivm_compat_index_beginscan(rel, index, ms->css.ss.ps.state->es_snapshot, ms->nquals);
	index_rescan(scan, keys, ms->nquals, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (!ivm_shared_hash_is_note(ms->plan, slot))
			ivm_delta_map_add_row(deltas, slot);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
}

/* Read all delta rows. */
static void
read_all_deltas(IvmMergeScan *ms, Relation rel, IvmDeltaSet *deltas)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, ms->css.ss.ps.state->es_snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (ivm_shared_hash_is_note(ms->plan, slot))
			deltas->shared_hash = true;
		else
			ivm_delta_map_add_row(deltas->map, slot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/*
 * A permanent key, as the only one of a definition without GROUP BY, has a row
 * in the view even if it has none in the state table (yet).  If the n-th such key
 * has neither a delta nor a state row, add an empty delta, so that a row is merged
 * from nothing.
 */
static void
add_permanent(IvmMergeScan *ms, IvmDeltaMap *deltas, int n)
{
	IvmDelta   *none = ivm_delta_make_permanent(ms->plan, n);
	const Datum *keys = ivm_delta_keys(ms->plan, none);
	const bool *nulls = ivm_delta_key_nulls(ms->plan, none);
	IvmKeyLookup *lookup;

	if (ivm_delta_map_find(deltas, none->hash, keys, nulls) != NULL)
		return;
	lookup = ivm_merge_get_lookup(ms);
	ivm_key_lookup_find(lookup, ms->css.ss.ps.state->es_snapshot, none->hash, keys, nulls, -1);
	if (ivm_key_lookup_next(lookup) == NULL)
		ivm_delta_map_add(deltas, none);
	ivm_key_lookup_done(lookup);
}

/* Merging so many rows of the delta table costs every read a good part of a millisecond. */
#define MANY_ROWS		1000

/*
 * Let the worker fold what has piled up, as it does where no writer folds: those at SERIALIZABLE and REPEATABLE READ
 * leave it to others.
 */
static void
ask_for_fold(IvmMergeScan *ms, const IvmDeltaSet *set)
{
	if (ivm_delta_map_added(set->map) < MANY_ROWS || ms->plan->deferred || ms->plan->appends ||
		ms->overlay != NULL || !ivm_guc_worker)
		return;
	ivm_fold_requests_put(ms->plan->row->id, 0, true);
	ivm_worker_call_note(IVM_CALL_NOW);
}

/* All deltas that count for this scan, summed up by key. */
static IvmDeltaSet *
collect_deltas(IvmMergeScan *ms)
{
	IvmDeltaSet *set = NULL;
	IvmDeltaMap *deltas;
	Relation	rel = table_open(ms->plan->row->delta, AccessShareLock);
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	BlockNumber blocks;
	ListCell   *lc;

	/*
	 * Serializable transactions append all their deltas here.  So a predicate
	 * lock on this table is what finds conflicts of this reader with them.
	 */
	PredicateLockRelation(rel, snapshot);
	if (ms->nquals == 0 && ms->overlay == NULL)
		set = ivm_delta_cache_get(ms->plan, rel, snapshot, ms->cxt);
	if (set != NULL)
	{
		table_close(rel, NoLock);
		return set;
	}
	set = ivm_delta_set_create(ms->plan, ms->cxt);
	deltas = set->map;
	blocks = RelationGetNumberOfBlocks(rel);
	if (blocks > 0 && !ivm_merge_newest_deltas(ms, rel, blocks, deltas))
	{
		if (ms->nquals > 0)
			read_deltas_by_key(ms, rel, deltas);
		else
			read_all_deltas(ms, rel, set);
	}
	table_close(rel, NoLock);
	if (ms->overlay)
	{
		foreach(lc, ivm_delta_map_list(ms->overlay))
		{
			if (ms->key_qual_fixed || ivm_merge_wants_key(ms, lfirst(lc)))
				ivm_delta_map_add(deltas, lfirst(lc));
		}
	}
	for (int i = 0; i < ivm_key_count_permanent(ms->plan); i++)
		add_permanent(ms, deltas, i);
	ivm_delta_set_complete(set);
	return set;
}

/* ---- merging ---- */

/* Order of merged rows: that of the index. */
static int
compare_rows(const void *a, const void *b, void *arg)
{
	IvmMergeScan *ms = arg;
	const IvmMergedRow *ra = a;
	const IvmMergedRow *rb = b;

	for (int i = 0; i < ms->nsort; i++)
	{
		int			c = ApplySortComparator(ra->sort_values[i], ra->sort_nulls[i],
											rb->sort_values[i], rb->sort_nulls[i],
											&ms->sortkeys[i]);

		if (c != 0)
			return c;
	}
	return 0;
}

/* Merge all keys that have deltas, or prepare for doing so as rows come. */
static void
merge_deltas(IvmMergeScan *ms)
{
	IvmDeltaSet *deltas = collect_deltas(ms);
	IvmKeyLookup *lookup;

	ask_for_fold(ms, deltas);
	ms->looked_up_keys = ms->recomputed_keys = 0;
	ms->pending_keys = deltas->n;
	if (ms->pending_keys > 0)
		ms->key_cxt = AllocSetContextCreate(ms->cxt, "ivm merge key", ALLOCSET_DEFAULT_SIZES);
	if (!ivm_merge_newest(ms, deltas) && ms->pending_keys > 0)
	{
		if (ivm_merge_match_begin(ms, deltas))
			return;
		lookup = ivm_merge_get_lookup(ms);
		ivm_merge_look_up(ms, ivm_delta_map_sort(deltas->map, ivm_key_lookup_index(lookup)), ms->pending_keys);
	}
	ivm_merge_end_lookup(ms);
	if (ms->nsort > 0)
		qsort_arg(ms->rows, ms->nrows, sizeof(IvmMergedRow), compare_rows, ms);
}

/* ---- the definition instead ---- */

/* Keep a row of the definition. */
static void
put_definition_row(IvmPlan *plan, const IvmState *state, void *arg)
{
	IvmMergeScan *ms = arg;
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);

	if (ms->sort)
	{
		TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);

		memcpy(slot->tts_values, state->values, sizeof(Datum) * desc->natts);
		memcpy(slot->tts_isnull, state->nulls, sizeof(bool) * desc->natts);
		ExecStoreVirtualTuple(slot);
		tuplesort_puttupleslot(ms->sort, slot);
		ExecDropSingleTupleTableSlot(slot);
	}
	else
		tuplestore_putvalues(ms->store, desc, state->values, state->nulls);
}

/* Compute all rows from the base tables, as the view's owner. */
static void
run_definition(IvmMergeScan *ms)
{
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);

	if (ms->plan->core->finishing == NULL)
		ivm_error_report_refusal(ivm_catalog_view_name(ms->plan->row),
								 ms->plan->core->refusal->message);
	if (ms->nsort > 0)
		ms->sort = tuplesort_begin_heap(desc, ms->nsort, ms->sort_attnos,
										ms->sort_operators, ms->sort_collations,
										ms->sort_nulls_first, work_mem, NULL, TUPLESORT_NONE);
	else
		ms->store = tuplestore_begin_heap(false, false, work_mem);
	ivm_compute_all(ms->plan, ms->css.ss.ps.state->es_snapshot, put_definition_row, ms);
	if (ms->sort)
		tuplesort_performsort(ms->sort);
}

/* ---- both ---- */

void
ivm_merge_prepare(IvmMergeScan *ms)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	if (ms->definition_reason)
		run_definition(ms);
	else
		merge_deltas(ms);
	ms->prepared = true;
	MemoryContextSwitchTo(oldcxt);
}
