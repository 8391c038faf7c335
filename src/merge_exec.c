/*-------------------------------------------------------------------------
 *
 * merge_exec.c
 *	  Execution of DeltaApply.
 *
 *		delta rows the snapshot sees --+
 *		own pending change (overlay) --+--> per key: state row + delta
 *										|		= merged row, or recomputed
 *		state table --> child scan -----+--> other rows pass unchanged
 *
 * The keys with deltas are found first, and their state rows' TIDs are set
 * aside; the child's row with such a TID is skipped, and the merged row is
 * emitted instead: after the child's rows, or among them if the child's order
 * counts.  Quals are pushed to the child for unchanged rows and checked here
 * for merged ones.  Comparisons of key columns also narrow the reading of the
 * delta table, so that a look-up by key pays for that key's deltas only.
 *
 * The definition is run instead, under the same snapshot, where merging would
 * not be exact: the plan is unusable, the snapshot is older than the view's
 * catalogue row, or it shows own changes other than those captured (state_is_exact).
 *
 * In a parallel plan the leader merges, and hands TIDs and merged rows to the
 * workers; whichever process finishes its share first emits the merged rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/parallel.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/itemptr.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/sortsupport.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "compute.h"
#include "guc.h"
#include "merge.h"
#include "pending.h"
#include "plan.h"
#include "sqlgen.h"

bool		ivm_merge_run_definition = false;

/* Offsets of the rows to skip in one block of the state table. */
typedef struct SkipBlock
{
	BlockNumber block;			/* hash key */
	char		status;
	uint64		offsets[(MaxHeapTuplesPerPage + 64) / 64];
} SkipBlock;

#define SH_PREFIX skiphash
#define SH_ELEMENT_TYPE SkipBlock
#define SH_KEY_TYPE BlockNumber
#define SH_KEY block
#define SH_HASH_KEY(tb, key) ((key) * 2654435769U)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct MergedRow
{
	MinimalTuple tuple;
	Datum	   *sort_values;	/* ordered scans: the index's columns */
	bool	   *sort_nulls;
} MergedRow;

/* What the leader hands to parallel workers. */
typedef struct SharedMerge
{
	pg_atomic_uint32 emitter_chosen;
	bool		use_definition;
	int			ntids;
	int			nrows;
	Size		rows_offset;
	ItemPointerData tids[FLEXIBLE_ARRAY_MEMBER];
} SharedMerge;

/* A comparison of a key column that narrows the delta table. */
typedef struct KeyQual
{
	AttrNumber	index_attno;
	StrategyNumber strategy;
	Oid			subtype;
	Oid			collation;
	Oid			proc;
	ExprState  *arg;
} KeyQual;

typedef struct MergeScan
{
	CustomScanState css;
	IvmPlan    *plan;
	int			flags;
	ScanState  *leaf;			/* the scan whose slot has the TID */
	const char *definition_reason;	/* why the definition is run, or NULL */
	IvmDeltaMap *overlay;		/* own pending change at executor start, or NULL */
	int			nquals;
	KeyQual    *quals;

	/* Results of prepare(), in cxt */
	bool		prepared;
	MemoryContext cxt;
	struct skiphash_hash *skip;	/* NULL: nothing to skip */
	SkipBlock  *last_block;
	int			nrows;
	int			maxrows;
	MergedRow  *rows;
	Tuplestorestate *store;		/* definition's rows, or ... */
	Tuplesortstate *sort;		/* ... in order */

	ExecProcNodeMtd exec;		/* the node's own, once it is known */

	/* Position */
	bool		child_done;
	TupleTableSlot *child_row;	/* ordered: fetched and not yet emitted */
	int			next_row;
	bool		may_emit;		/* this process emits the merged rows */
	bool		emitter_known;
	TupleTableSlot *current;	/* row being repeated */
	int64		repeat;

	TupleTableSlot *merged_slot;
	int			nsort;			/* ordered: the index's columns */
	AttrNumber *sort_attnos;
	Oid		   *sort_operators;
	Oid		   *sort_collations;
	bool	   *sort_nulls_first;
	SortSupportData *sortkeys;
	SharedMerge *shared;

	/* For EXPLAIN ANALYZE */
	int64		pending_keys;
	int64		recomputed_keys;
} MergeScan;

/* ---- is the state exact under this snapshot? ---- */

/*
 * Rows that this transaction has written to a table, by its statistics; -1 if
 * they are not counted.
 */
static int64
rows_written(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	int64		result = 0;

	if (!pgstat_track_counts)
		result = -1;
	else
	{
		PgStat_TableXactStatus *trans;

		if (rel->pgstat_enabled && rel->pgstat_info == NULL)
			pgstat_assoc_relation(rel);
		if (rel->pgstat_info == NULL)
			result = -1;
		else
		{
			for (trans = rel->pgstat_info->trans; trans != NULL; trans = trans->upper)
				result += trans->tuples_inserted + trans->tuples_updated + trans->tuples_deleted;
		}
	}
	table_close(rel, NoLock);
	return result;
}

static bool
all_captured(Oid relid)
{
	LOCKMODE	lockmode = AccessShareLock;
	int64		written;

	LockRelationOid(relid, lockmode);
	written = rows_written(relid);
	return written >= 0 && written == ivm_pending_captured_rows(relid);
}

/* Why state, deltas and overlay do not give the view, or NULL if they do. */
static const char *
why_not_exact(IvmPlan *plan, Snapshot snapshot)
{
	TransactionId xmin = plan->row->xmin;
	CommandId	last = ivm_pending_last_command();
	ListCell   *lc;

	if (plan->unusable)
		return plan->unusable;
	if (!IsMVCCSnapshot(snapshot))
		return "the snapshot is not an ordinary one";
	if (TransactionIdIsNormal(xmin) && !TransactionIdIsCurrentTransactionId(xmin) &&
		XidInMVCCSnapshot(xmin, snapshot))
		return "the snapshot is older than the view's state";
	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return NULL;
	if (last != InvalidCommandId && snapshot->curcid <= last)
		return "the snapshot is older than this transaction's last change";
	/* the state rows were deleted in versions that the snapshot may not see */
	if (IsolationUsesXactSnapshot() && ivm_pending_discards(plan->row->id))
		return "this transaction has truncated the base table";
	foreach(lc, plan->row->bases)
	{
		if (plan->row->partitions == NIL && !all_captured(lfirst_oid(lc)))
			return "this transaction has changes that are not captured yet";
	}
	foreach(lc, plan->row->partitions)
	{
		if (!all_captured(lfirst_oid(lc)))
			return "this transaction has changes that are not captured yet";
	}
	return NULL;
}

/* ---- key quals ---- */

/* Prepare the comparisons of key columns that the planner found. */
static void
init_key_quals(MergeScan *ms, List *quals, List *args)
{
	ListCell   *lc;
	ListCell   *lc2;

	ms->quals = palloc(sizeof(KeyQual) * Max(list_length(quals), 1));
	forboth(lc, quals, lc2, args)
	{
		List	   *members = lfirst(lc);
		KeyQual    *qual = &ms->quals[ms->nquals++];

		qual->index_attno = list_nth_int(members, IVM_KEYQUAL_ATTNO);
		qual->strategy = list_nth_int(members, IVM_KEYQUAL_STRATEGY);
		qual->subtype = (Oid) list_nth_int(members, IVM_KEYQUAL_SUBTYPE);
		qual->collation = (Oid) list_nth_int(members, IVM_KEYQUAL_COLLATION);
		qual->proc = (Oid) list_nth_int(members, IVM_KEYQUAL_PROC);
		qual->arg = ExecInitExpr(lfirst(lc2), &ms->css.ss.ps);
	}
}

/* ---- executor start ---- */

static void
init_slots(MergeScan *ms)
{
	CustomScanState *css = &ms->css;
	TupleDesc	desc = RelationGetDescr(css->ss.ss_currentRelation);

	ExecInitScanTupleSlot(css->ss.ps.state, &css->ss, desc,
						  table_slot_callbacks(css->ss.ss_currentRelation));
	css->ss.ps.scanopsset = true;
	css->ss.ps.scanopsfixed = false;
	css->ss.ps.ps_ProjInfo = NULL;
	ExecAssignScanProjectionInfo(&css->ss);
	css->ss.ps.qual = ExecInitQual(css->ss.ps.plan->qual, &css->ss.ps);
	ms->merged_slot = ExecInitExtraTupleSlot(css->ss.ps.state, desc, &TTSOpsMinimalTuple);
}

static void
init_order(MergeScan *ms, List *sort)
{
	Relation	index;
	bool		backward = lthird_int(sort) == BackwardScanDirection;

	ms->nsort = lsecond_int(sort);
	ms->sort_attnos = palloc(sizeof(AttrNumber) * ms->nsort);
	ms->sort_operators = palloc(sizeof(Oid) * ms->nsort);
	ms->sort_collations = palloc(sizeof(Oid) * ms->nsort);
	ms->sort_nulls_first = palloc(sizeof(bool) * ms->nsort);
	ms->sortkeys = palloc0(sizeof(SortSupportData) * ms->nsort);
	index = index_open((Oid) linitial_int(sort), AccessShareLock);
	for (int i = 0; i < ms->nsort; i++)
	{
		SortSupport key = &ms->sortkeys[i];
		bool		desc = ((index->rd_indoption[i] & INDOPTION_DESC) != 0) != backward;
		Oid			type = index->rd_opcintype[i];

		ms->sort_attnos[i] = index->rd_index->indkey.values[i];
		ms->sort_operators[i] = get_opfamily_member(index->rd_opfamily[i], type, type,
													desc ? BTGreaterStrategyNumber : BTLessStrategyNumber);
		ms->sort_collations[i] = index->rd_indcollation[i];
		ms->sort_nulls_first[i] = ((index->rd_indoption[i] & INDOPTION_NULLS_FIRST) != 0) != backward;
		key->ssup_cxt = CurrentMemoryContext;
		key->ssup_collation = ms->sort_collations[i];
		key->ssup_nulls_first = ms->sort_nulls_first[i];
		PrepareSortSupportFromOrderingOp(ms->sort_operators[i], key);
	}
	index_close(index, AccessShareLock);
}

/*
 * As with any view, its owner must be allowed to read what it reads; the
 * state must not go on showing it after a REVOKE.
 */
static void
check_owner_may_read(IvmPlan *plan)
{
	if (plan->core->refusal == NULL &&
		pg_class_aclcheck(plan->core->base, plan->owner, ACL_SELECT) != ACLCHECK_OK)
		ivm_compat_check_permissions(plan->core->definition);
}

static void
merge_begin(CustomScanState *css, EState *estate, int eflags)
{
	MergeScan  *ms = (MergeScan *) css;
	CustomScan *cscan = (CustomScan *) css->ss.ps.plan;
	List	   *info = linitial(cscan->custom_private);
	List	   *sort = lsecond(cscan->custom_private);
	PlanState  *child;

	ms->plan = ivm_plan_get(linitial_int(info));
	if (ms->plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the view that uses storage table \"%s\" was dropped",
						RelationGetRelationName(css->ss.ss_currentRelation))));
	ms->flags = lsecond_int(info);
	init_slots(ms);

	outerPlanState(css) = child = ExecInitNode(outerPlan(cscan), estate, eflags);
	while (IsA(child, ResultState) && outerPlanState(child))
		child = outerPlanState(child);
	ms->leaf = (ScanState *) child;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;

	check_owner_may_read(ms->plan);
	if (ms->flags & IVM_MERGE_ORDERED)
		init_order(ms, sort);
	ms->cxt = AllocSetContextCreate(estate->es_query_cxt, "ivm merge", ALLOCSET_DEFAULT_SIZES);
	init_key_quals(ms, lthird(cscan->custom_private), cscan->custom_exprs);
	ms->may_emit = true;
	ms->emitter_known = !css->ss.ps.plan->parallel_aware;
	if (IsParallelWorker() && css->ss.ps.plan->parallel_aware)
		return;					/* the leader has decided */

	ms->definition_reason = ivm_merge_run_definition ? "it was asked for" :
		why_not_exact(ms->plan, estate->es_snapshot);
	if (ms->definition_reason == NULL && ivm_pending_has(ms->plan->row->id))
	{
		ms->overlay = ivm_deltas_create(ms->plan, estate->es_query_cxt);
		ivm_pending_overlay(ms->plan->row->id, ms->overlay);
	}
}

/* ---- merged rows ---- */

static void
add_merged_tuple(MergeScan *ms, MinimalTuple tuple)
{
	MergedRow  *row;

	if (ms->nrows == ms->maxrows)
	{
		ms->maxrows = Max(64, ms->maxrows * 2);
		ms->rows = ms->rows == NULL ?
			palloc(sizeof(MergedRow) * ms->maxrows) :
			repalloc_huge(ms->rows, sizeof(MergedRow) * (Size) ms->maxrows);
	}
	row = &ms->rows[ms->nrows++];
	row->tuple = tuple;
	if (ms->nsort > 0)
	{
		row->sort_values = palloc(sizeof(Datum) * ms->nsort);
		row->sort_nulls = palloc(sizeof(bool) * ms->nsort);
		ExecStoreMinimalTuple(tuple, ms->merged_slot, false);
		for (int i = 0; i < ms->nsort; i++)
			row->sort_values[i] = slot_getattr(ms->merged_slot, ms->sort_attnos[i],
											   &row->sort_nulls[i]);
	}
}

/* Keep a state as a merged row, unless its group or row has gone. */
static void
add_merged_state(MergeScan *ms, const IvmState *state)
{
	if (ivm_state_row_count(ms->plan, state) == 0 && ms->plan->core->kind != IVM_CORE_GLOBAL)
		return;
	add_merged_tuple(ms, ivm_compat_form_minimal_tuple(RelationGetDescr(ms->css.ss.ss_currentRelation),
													   state->values, state->nulls));
}

static void
skip_tid(MergeScan *ms, ItemPointer tid)
{
	OffsetNumber off = ItemPointerGetOffsetNumber(tid);
	SkipBlock  *block;
	bool		found;

	if (ms->skip == NULL)
		ms->skip = skiphash_create(ms->cxt, 64, NULL);
	block = skiphash_insert(ms->skip, ItemPointerGetBlockNumber(tid), &found);
	if (!found)
		memset(block->offsets, 0, sizeof(block->offsets));
	block->offsets[off / 64] |= UINT64CONST(1) << (off % 64);
}

static inline bool
is_skipped(MergeScan *ms, ItemPointer tid)
{
	BlockNumber blkno = ItemPointerGetBlockNumberNoCheck(tid);
	OffsetNumber off = ItemPointerGetOffsetNumberNoCheck(tid);
	SkipBlock  *block = ms->last_block;

	if (block == NULL || block->block != blkno)
	{
		block = skiphash_lookup(ms->skip, blkno);
		if (block == NULL)
			return false;
		ms->last_block = block;
	}
	return (block->offsets[off / 64] & (UINT64CONST(1) << (off % 64))) != 0;
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	MergeScan  *ms = arg;
	const MergedRow *ra = a;
	const MergedRow *rb = b;

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

/* ---- reading deltas ---- */

static void
add_delta_row(MergeScan *ms, IvmDeltaMap *deltas, TupleTableSlot *slot, IvmDelta *scratch)
{
	IvmPlan    *plan = ms->plan;

	slot_getallattrs(slot);
	memcpy(scratch->values, slot->tts_values, sizeof(Datum) * plan->layout.delta_natts);
	memcpy(scratch->nulls, slot->tts_isnull, sizeof(bool) * plan->layout.delta_natts);
	scratch->hash = ivm_key_hash(plan, ivm_delta_keys(plan, scratch), ivm_delta_key_nulls(plan, scratch));
	ivm_deltas_add(deltas, scratch);
}

/* Delta rows whose keys satisfy the key quals, by the key index. */
static void
read_deltas_by_key(MergeScan *ms, Relation rel, IvmDeltaMap *deltas)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;
	IvmDelta   *scratch = ivm_delta_make(ms->plan);
	ScanKeyData *keys = palloc(sizeof(ScanKeyData) * ms->nquals);
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;

	for (int i = 0; i < ms->nquals; i++)
	{
		KeyQual    *q = &ms->quals[i];
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
		add_delta_row(ms, deltas, slot, scratch);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, AccessShareLock);
}

static void
read_all_deltas(MergeScan *ms, Relation rel, IvmDeltaMap *deltas)
{
	IvmDelta   *scratch = ivm_delta_make(ms->plan);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, ms->css.ss.ps.state->es_snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		add_delta_row(ms, deltas, slot, scratch);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* All deltas that count for this scan, summed up by key. */
static IvmDeltaMap *
collect_deltas(MergeScan *ms)
{
	IvmDeltaMap *deltas = ivm_deltas_create(ms->plan, ms->cxt);
	Relation	rel = table_open(ms->plan->row->delta, AccessShareLock);
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	ListCell   *lc;

	/* serializable writers only append here: this is how they are noticed */
	PredicateLockRelation(rel, snapshot);
	if (RelationGetNumberOfBlocks(rel) > 0)
	{
		if (ms->nquals > 0)
			read_deltas_by_key(ms, rel, deltas);
		else
			read_all_deltas(ms, rel, deltas);
	}
	table_close(rel, NoLock);
	if (ms->overlay)
	{
		foreach(lc, ivm_deltas_list(ms->overlay))
			ivm_deltas_add(deltas, lfirst(lc));
	}
	if (ms->plan->core->kind == IVM_CORE_GLOBAL && ivm_deltas_count(deltas) == 0)
	{
		/* the one row is there even if its state row is not (yet) */
		IvmDelta   *none = ivm_delta_make(ms->plan);

		none->values[ms->plan->layout.delta_row_count] = Int64GetDatum(0);
		ivm_deltas_add(deltas, none);
	}
	return deltas;
}

/* ---- merging ---- */

static void
add_computed(IvmPlan *plan, const IvmState *state, void *arg)
{
	MergeScan  *ms = ((void **) arg)[0];
	IvmDeltaMap *dirty = ((void **) arg)[1];
	MemoryContext oldcxt;

	if (ivm_deltas_find(dirty, ivm_key_hash(plan, state->values + plan->layout.first_key,
											state->nulls + plan->layout.first_key),
						state->values + plan->layout.first_key,
						state->nulls + plan->layout.first_key) == NULL)
		return;
	oldcxt = MemoryContextSwitchTo(ms->cxt);
	add_merged_state(ms, state);
	MemoryContextSwitchTo(oldcxt);
}

/* Is one pass over the base table cheaper than a query for each key? */
static bool
pass_is_cheaper(IvmPlan *plan, IvmDeltaMap *dirty)
{
	int			n = ivm_deltas_count(dirty);
	IvmDelta   *first = linitial(ivm_deltas_list(dirty));

	if (n > ivm_recompute_limit)
		return true;
	return n > 1 && n * ivm_compute_key_cost(plan, ivm_delta_keys(plan, first),
											 ivm_delta_key_nulls(plan, first)) >
		ivm_compute_all_cost(plan);
}

/* Recompute the keys whose state does not follow from their deltas. */
static void
recompute_dirty(MergeScan *ms, IvmDeltaMap *dirty)
{
	IvmPlan    *plan = ms->plan;
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	ListCell   *lc;

	ms->recomputed_keys = ivm_deltas_count(dirty);
	if (pass_is_cheaper(plan, dirty))
	{
		void	   *arg[2] = {ms, dirty};

		ivm_compute_all(plan, snapshot, add_computed, arg);
		return;
	}
	foreach(lc, ivm_deltas_list(dirty))
	{
		IvmDelta   *delta = lfirst(lc);
		IvmState   *state = ivm_state_make(plan);

		CHECK_FOR_INTERRUPTS();
		if (ivm_compute_key(plan, snapshot, ivm_delta_keys(plan, delta),
							ivm_delta_key_nulls(plan, delta), state))
			add_merged_state(ms, state);
	}
}

/* Merge all keys that have deltas. */
static void
merge_deltas(MergeScan *ms)
{
	IvmPlan    *plan = ms->plan;
	IvmDeltaMap *deltas = collect_deltas(ms);
	IvmDeltaMap *dirty = NULL;
	IvmKeyLookup *lookup;
	IvmState   *state;
	MemoryContext key_cxt;
	ListCell   *lc;

	if (ivm_deltas_count(deltas) == 0)
		return;
	ms->pending_keys = ivm_deltas_count(deltas);
	lookup = ivm_lookup_begin(plan, ms->css.ss.ss_currentRelation, false);
	state = ivm_state_make(plan);
	key_cxt = AllocSetContextCreate(ms->cxt, "ivm merge key", ALLOCSET_DEFAULT_SIZES);
	foreach(lc, ivm_deltas_list(deltas))
	{
		IvmDelta   *delta = lfirst(lc);
		TupleTableSlot *row;
		MemoryContext oldcxt = MemoryContextSwitchTo(key_cxt);
		bool		clean;

		CHECK_FOR_INTERRUPTS();
		ivm_lookup_find(lookup, ms->css.ss.ps.state->es_snapshot, delta->hash,
						ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta), -1);
		row = ivm_lookup_next(lookup);
		if (row)
		{
			skip_tid(ms, &row->tts_tid);
			ivm_state_from_slot(plan, row, state);
		}
		else
			ivm_state_empty(plan, delta, state);
		clean = ivm_state_apply(plan, state, delta);
		MemoryContextSwitchTo(ms->cxt);
		if (clean)
			add_merged_state(ms, state);
		else
		{
			if (dirty == NULL)
				dirty = ivm_deltas_create(plan, ms->cxt);
			ivm_deltas_add(dirty, delta);
		}
		MemoryContextSwitchTo(oldcxt);
		MemoryContextReset(key_cxt);
	}
	ivm_lookup_end(lookup);
	if (dirty)
		recompute_dirty(ms, dirty);
	if (ms->nsort > 0)
		qsort_arg(ms->rows, ms->nrows, sizeof(MergedRow), compare_rows, ms);
}

/* ---- the definition instead ---- */

static void
put_definition_row(IvmPlan *plan, const IvmState *state, void *arg)
{
	MergeScan  *ms = arg;
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

static void
run_definition(MergeScan *ms)
{
	TupleDesc	desc = RelationGetDescr(ms->css.ss.ss_currentRelation);

	if (ms->plan->core->finishing == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" cannot be read", get_rel_name(ms->plan->row->view)),
				 errdetail("Its definition is no longer supported: %s.", ms->plan->core->refusal->message),
				 errhint("Undo the change of its base table, or drop the view and create it again.")));
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

/* ---- execution ---- */

static void
prepare(MergeScan *ms)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	if (ms->definition_reason)
		run_definition(ms);
	else
		merge_deltas(ms);
	ms->prepared = true;
	MemoryContextSwitchTo(oldcxt);
}

/* Does this process emit the rows that are not the child's? */
static bool
is_emitter(MergeScan *ms)
{
	if (!ms->emitter_known)
	{
		uint32		expected = 0;

		ms->may_emit = ms->shared == NULL ||
			pg_atomic_compare_exchange_u32(&ms->shared->emitter_chosen, &expected, 1);
		ms->emitter_known = true;
	}
	return ms->may_emit;
}

/* Do the scan's quals hold for a row that the child did not check? */
static bool
passes(MergeScan *ms, TupleTableSlot *slot)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;

	if (ms->css.ss.ps.qual == NULL)
		return true;
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	if (ExecQual(ms->css.ss.ps.qual, econtext))
		return true;
	InstrCountFiltered1(ms, 1);
	return false;
}

static TupleTableSlot *
next_definition_row(MergeScan *ms)
{
	if (!is_emitter(ms))
		return NULL;
	if (!ms->prepared)
		prepare(ms);
	for (;;)
	{
		bool		got = ms->sort ?
			tuplesort_gettupleslot(ms->sort, true, false, ms->merged_slot, NULL) :
			tuplestore_gettupleslot(ms->store, true, false, ms->merged_slot);

		CHECK_FOR_INTERRUPTS();
		if (!got)
			return NULL;
		if (passes(ms, ms->merged_slot))
			return ms->merged_slot;
	}
}

/* The next merged row that passes, in merged_slot; not yet consumed. */
static MergedRow *
peek_merged_row(MergeScan *ms)
{
	while (ms->next_row < ms->nrows && is_emitter(ms))
	{
		MergedRow  *row = &ms->rows[ms->next_row];

		ExecStoreMinimalTuple(row->tuple, ms->merged_slot, false);
		if (passes(ms, ms->merged_slot))
			return row;
		ms->next_row++;
	}
	return NULL;
}

static TupleTableSlot *
next_child_row(MergeScan *ms)
{
	while (!ms->child_done)
	{
		TupleTableSlot *slot = ExecProcNode(outerPlanState(ms));

		if (TupIsNull(slot))
		{
			ms->child_done = true;
			break;
		}
		if (ms->skip == NULL || !is_skipped(ms, &ms->leaf->ss_ScanTupleSlot->tts_tid))
			return slot;
	}
	return NULL;
}

/* Is the merged row to be emitted before the child's row? */
static bool
merged_row_first(MergeScan *ms, MergedRow *row, TupleTableSlot *child)
{
	for (int i = 0; i < ms->nsort; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(child, ms->sort_attnos[i], &isnull);
		int			c = ApplySortComparator(row->sort_values[i], row->sort_nulls[i],
											value, isnull, &ms->sortkeys[i]);

		if (c != 0)
			return c < 0;
	}
	return true;
}

static TupleTableSlot *
next_row(MergeScan *ms)
{
	MergedRow  *merged;
	TupleTableSlot *child;

	if (ms->definition_reason)
		return next_definition_row(ms);
	if (ms->nsort == 0 || ms->nrows == 0)
	{
		if ((child = next_child_row(ms)) != NULL)
			return child;
		if (peek_merged_row(ms) == NULL)
			return NULL;
		ms->next_row++;
		return ms->merged_slot;
	}
	if (ms->child_row == NULL)
		ms->child_row = next_child_row(ms);
	merged = peek_merged_row(ms);
	if (merged != NULL &&
		(ms->child_row == NULL || merged_row_first(ms, merged, ms->child_row)))
	{
		ms->next_row++;
		return ms->merged_slot;
	}
	child = ms->child_row;
	ms->child_row = NULL;
	return child;
}

/*
 * Inside EvalPlanQual the rows of this relation are given: the copy that the
 * outer query made (the row mark was turned into ROW_MARK_COPY).
 */
static bool
fetch_recheck_row(MergeScan *ms, TupleTableSlot **result)
{
	EPQState   *epq = ms->css.ss.ps.state->es_epq_active;
	Index		rti = ((Scan *) ms->css.ss.ps.plan)->scanrelid;

	if (epq == NULL)
		return false;
	*result = NULL;
	if (epq->relsubs_done[rti - 1])
		return true;
	if (epq->relsubs_slot[rti - 1] != NULL)
	{
		epq->relsubs_done[rti - 1] = true;
		if (!TupIsNull(epq->relsubs_slot[rti - 1]))
			*result = epq->relsubs_slot[rti - 1];
	}
	else if (epq->relsubs_rowmark[rti - 1] != NULL)
	{
		epq->relsubs_done[rti - 1] = true;
		if (EvalPlanQualFetchRowMark(epq, rti, ms->css.ss.ss_ScanTupleSlot))
			*result = ms->css.ss.ss_ScanTupleSlot;
	}
	else
		return false;
	if (*result && !passes(ms, *result))
		*result = NULL;
	return true;
}

static TupleTableSlot *
emit(MergeScan *ms, TupleTableSlot *slot)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;

	if (ms->css.ss.ps.ps_ProjInfo == NULL)
		return slot;
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	return ExecProject(ms->css.ss.ps.ps_ProjInfo);
}

/* ExecProcNode when all rows are the child's, as they are. */
static TupleTableSlot *
pass_rows(PlanState *ps)
{
	return ExecProcNode(outerPlanState(ps));
}

static TupleTableSlot *
pass_projected_rows(PlanState *ps)
{
	TupleTableSlot *slot = ExecProcNode(outerPlanState(ps));

	if (TupIsNull(slot))
		return NULL;
	ResetExprContext(ps->ps_ExprContext);
	ps->ps_ExprContext->ecxt_scantuple = slot;
	return ExecProject(ps->ps_ProjInfo);
}

/* Get out of the way of the child if there is nothing to merge. */
static void
choose_exec(MergeScan *ms)
{
	PlanState  *ps = &ms->css.ss.ps;

	if (ms->exec == NULL)
		ms->exec = ps->ExecProcNodeReal;
	if (ms->prepared && ms->definition_reason == NULL && ms->skip == NULL &&
		ms->nrows == 0 && (ms->flags & IVM_MERGE_BAG) == 0 &&
		ps->state->es_epq_active == NULL)
		ExecSetExecProcNode(ps, ps->ps_ProjInfo ? pass_projected_rows : pass_rows);
	else
		ExecSetExecProcNode(ps, ms->exec);
}

static TupleTableSlot *
merge_exec(CustomScanState *css)
{
	MergeScan  *ms = (MergeScan *) css;
	TupleTableSlot *slot;

	if (unlikely(css->ss.ps.state->es_epq_active != NULL) && fetch_recheck_row(ms, &slot))
		return slot ? emit(ms, slot) : NULL;
	if (!ms->prepared && ms->definition_reason == NULL)
	{
		prepare(ms);
		choose_exec(ms);
	}
	if ((ms->flags & IVM_MERGE_BAG) == 0)
	{
		slot = next_row(ms);
		return slot ? emit(ms, slot) : NULL;
	}
	while (ms->repeat <= 0)
	{
		bool		isnull;

		ms->current = next_row(ms);
		if (ms->current == NULL)
			return NULL;
		ms->repeat = DatumGetInt64(slot_getattr(ms->current,
												ms->plan->layout.state_row_count + 1, &isnull));
	}
	ms->repeat--;
	return emit(ms, ms->current);
}

static void
forget_merge(MergeScan *ms)
{
	if (ms->sort)
		tuplesort_end(ms->sort);
	if (ms->store)
		tuplestore_end(ms->store);
	ms->sort = NULL;
	ms->store = NULL;
	ExecClearTuple(ms->merged_slot);
	MemoryContextReset(ms->cxt);
	ms->skip = NULL;
	ms->last_block = NULL;
	ms->rows = NULL;
	ms->nrows = ms->maxrows = 0;
	ms->prepared = false;
}

static void
merge_end(CustomScanState *css)
{
	MergeScan  *ms = (MergeScan *) css;

	if (ms->cxt)
		forget_merge(ms);
	ExecEndNode(outerPlanState(css));
}

static void
merge_rescan(CustomScanState *css)
{
	MergeScan  *ms = (MergeScan *) css;
	PlanState  *child = outerPlanState(css);

	ms->child_done = false;
	ms->child_row = NULL;
	ms->next_row = 0;
	ms->repeat = 0;
	ms->current = NULL;
	ms->last_block = NULL;
	ms->emitter_known = !css->ss.ps.plan->parallel_aware;
	ms->may_emit = true;
	if (css->ss.ps.chgParam != NULL && ms->nquals > 0)
		forget_merge(ms);
	else if (ms->definition_reason && ms->prepared)
	{
		if (ms->sort)
			forget_merge(ms);
		else
			tuplestore_rescan(ms->store);
	}
	if (ms->exec)
		choose_exec(ms);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

/* ---- parallel plans ---- */

static Size
shared_size(MergeScan *ms)
{
	Size		size = offsetof(SharedMerge, tids);

	if (ms->skip)
	{
		skiphash_iterator it;
		SkipBlock  *block;

		skiphash_start_iterate(ms->skip, &it);
		while ((block = skiphash_iterate(ms->skip, &it)) != NULL)
			for (int i = 0; i < (int) lengthof(block->offsets); i++)
				size = add_size(size, sizeof(ItemPointerData) * pg_popcount64(block->offsets[i]));
	}
	size = MAXALIGN(size);
	for (int i = 0; i < ms->nrows; i++)
		size = add_size(size, MAXALIGN(ms->rows[i].tuple->t_len));
	return size;
}

static Size
merge_estimate_dsm(CustomScanState *css, ParallelContext *pcxt)
{
	MergeScan  *ms = (MergeScan *) css;

	if (!ms->definition_reason && !ms->prepared)
		prepare(ms);
	return shared_size(ms);
}

static void
merge_initialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	MergeScan  *ms = (MergeScan *) css;
	SharedMerge *shared = coordinate;
	char	   *pos;

	pg_atomic_init_u32(&shared->emitter_chosen, 0);
	shared->use_definition = ms->definition_reason != NULL;
	shared->ntids = 0;
	shared->nrows = ms->nrows;
	if (ms->skip)
	{
		skiphash_iterator it;
		SkipBlock  *block;

		skiphash_start_iterate(ms->skip, &it);
		while ((block = skiphash_iterate(ms->skip, &it)) != NULL)
			for (int off = 0; off < (int) lengthof(block->offsets) * 64; off++)
				if (block->offsets[off / 64] & (UINT64CONST(1) << (off % 64)))
				{
					ItemPointer tid = &shared->tids[shared->ntids++];

					ItemPointerSet(tid, block->block, off);
				}
	}
	shared->rows_offset = MAXALIGN(offsetof(SharedMerge, tids) +
								   sizeof(ItemPointerData) * shared->ntids);
	pos = (char *) shared + shared->rows_offset;
	for (int i = 0; i < ms->nrows; i++)
	{
		memcpy(pos, ms->rows[i].tuple, ms->rows[i].tuple->t_len);
		pos += MAXALIGN(ms->rows[i].tuple->t_len);
	}
	ms->shared = shared;
}

static void
merge_reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	pg_atomic_write_u32(&((SharedMerge *) coordinate)->emitter_chosen, 0);
}

static void
merge_initialize_worker(CustomScanState *css, shm_toc *toc, void *coordinate)
{
	MergeScan  *ms = (MergeScan *) css;
	SharedMerge *shared = coordinate;
	char	   *pos = (char *) shared + shared->rows_offset;
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	ms->shared = shared;
	if (shared->use_definition)
		ms->definition_reason = "the leader of the parallel plan decided so";
	else
	{
		for (int i = 0; i < shared->ntids; i++)
			skip_tid(ms, &shared->tids[i]);
		for (int i = 0; i < shared->nrows; i++)
		{
			add_merged_tuple(ms, (MinimalTuple) pos);
			pos += MAXALIGN(((MinimalTuple) pos)->t_len);
		}
		ms->prepared = true;
	}
	MemoryContextSwitchTo(oldcxt);
}

/* ---- EXPLAIN ---- */

static void
merge_explain(CustomScanState *css, List *ancestors, ExplainState *es)
{
	MergeScan  *ms = (MergeScan *) css;

	ExplainPropertyText("View", ivm_sql_relation_name(ms->plan->row->view), es);
	if (!es->analyze)
	{
		if (ms->plan->unusable)
			ExplainPropertyText("Runs Definition", ms->plan->unusable, es);
		return;
	}
	if (ms->definition_reason)
		ExplainPropertyText("Runs Definition", ms->definition_reason, es);
	else
	{
		ExplainPropertyInteger("Pending Keys", NULL, ms->pending_keys, es);
		if (ms->recomputed_keys > 0)
			ExplainPropertyInteger("Recomputed Keys", NULL, ms->recomputed_keys, es);
	}
}

static const CustomExecMethods merge_exec_methods = {
	.CustomName = "DeltaApply",
	.BeginCustomScan = merge_begin,
	.ExecCustomScan = merge_exec,
	.EndCustomScan = merge_end,
	.ReScanCustomScan = merge_rescan,
	.EstimateDSMCustomScan = merge_estimate_dsm,
	.InitializeDSMCustomScan = merge_initialize_dsm,
	.ReInitializeDSMCustomScan = merge_reinitialize_dsm,
	.InitializeWorkerCustomScan = merge_initialize_worker,
	.ExplainCustomScan = merge_explain,
};

static Node *
create_merge_state(CustomScan *cscan)
{
	MergeScan  *ms = (MergeScan *) newNode(sizeof(MergeScan), T_CustomScanState);

	ms->css.methods = &merge_exec_methods;
	return (Node *) ms;
}

const CustomScanMethods ivm_merge_scan_methods = {
	.CustomName = "DeltaApply",
	.CreateCustomScanState = create_merge_state,
};
