/*-------------------------------------------------------------------------
 *
 * merge_exec.c
 *	  Execution of DeltaApply.
 *
 *		merged or recomputed rows (merge_delta.c) --------+
 *		state table --> child scan --> the other rows ----+--> rows emitted
 *
 * The keys with deltas are merged first, and their state rows' TIDs are set
 * aside; the child's row with such a TID is skipped, and the merged row is
 * emitted instead: after the child's rows, or among them if the child's order
 * counts.  Or keys are merged when the child comes to them (merge_match.c).
 * Quals are pushed to the child for unchanged rows and checked here for merged
 * ones.
 *
 * The definition is run instead, under the same snapshot, where merging would
 * not be exact: the plan is unusable, the snapshot is older than the view's
 * catalogue row, or it shows own changes other than those captured
 * (why_not_exact); or a window of time reaches back to rows that were removed.
 *
 * What is prepared is in a context "ivm merge" below that of the query; a rescan
 * keeps it where it still holds.  Tables are locked for reading only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "base/sql_text.h"
#include "base/tidset.h"
#include "base/worker_call.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "commit/join_delta.h"
#include "commit/old_buckets.h"
#include "plan/ahead.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "read/merge.h"
#include "read/merge_scan.h"

bool		ivm_merge_run_definition = false;

/* ---- is the state exact under this snapshot? ---- */

/* Has this transaction captured all rows that it has written to a table? */
static bool
all_captured(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	int64		written = ivm_server_rows_written(rel);

	table_close(rel, NoLock);
	return written >= 0 && written == ivm_pending_captured_rows(relid);
}

/*
 * Did the stored rows of a view that has been rolled back since the snapshot count then, too?  What was stored when is told by the
 * state itself, and which time it is of by the watermark.
 */
static bool
was_rolled_back_since(const IvmPlan *plan, Snapshot snapshot)
{
	const IvmViewRow *row = plan->row->status == IVM_STATUS_ROLLED_BACK ?
		ivm_catalog_get_as_of(plan->row->id, snapshot) : NULL;

	return row != NULL && row->mode == IVM_MODE_DEFERRED && row->state == plan->row->state &&
		(row->status == IVM_STATUS_READY || row->status == IVM_STATUS_ROLLED_BACK) &&
		!ivm_relation_is_newer(row->state, snapshot);
}

/* Why state, deltas and overlay do not give the view, or NULL if they do. */
static const char *
why_not_exact(IvmPlan *plan, Snapshot snapshot)
{
	TransactionId xmin = plan->row->xmin;
	CommandId	last = ivm_pending_last_command();
	const char *reason;
	ListCell   *lc;

	if (plan->unusable)
		return plan->unusable;
	if (ivm_pending_broken(plan) != NULL)
		return "this transaction has broken the view";
	if (!IsMVCCSnapshot(snapshot))
		return "the snapshot is not an ordinary one";
	if (plan->append)
		return NULL;			/* what was stored when is told by the state
								 * itself */
	if (TransactionIdIsNormal(xmin) && !TransactionIdIsCurrentTransactionId(xmin) &&
		XidInMVCCSnapshot(xmin, snapshot) && !was_rolled_back_since(plan, snapshot))
		return "the snapshot is older than the view's state";
	if (ivm_ahead_is(plan->row->id))
		return "this transaction has brought the view's state up to a time after its snapshot";
	if (plan->deferred && plan->max_staleness == NULL && !ivm_merge_read_fresh)
		return NULL;
	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return NULL;
	if (last != InvalidCommandId && snapshot->curcid <= last)
		return "the snapshot is older than this transaction's last change";
	/* the state rows were deleted in versions that the snapshot may not see */
	if (IsolationUsesXactSnapshot() && ivm_pending_discards(plan->row->id))
		return "this transaction has truncated the base table";
	if (!plan->core->single && !plan->deferred &&
		(reason = ivm_join_delta_obstacle(plan)) != NULL)
		return reason;
	foreach(lc, plan->row->bases)
	{
		if (!all_captured(lfirst_oid(lc)))
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
init_key_quals(IvmMergeScan *ms, List *quals, List *args)
{
	ListCell   *lc;
	ListCell   *lc2;

	ms->quals = palloc(sizeof(IvmMergeQual) * Max(list_length(quals), 1));
	forboth(lc, quals, lc2, args)
	{
		List	   *members = lfirst(lc);
		IvmMergeQual *qual = &ms->quals[ms->nquals++];

		qual->index_attno = list_nth_int(members, IVM_KEYQUAL_ATTNO);
		qual->strategy = list_nth_int(members, IVM_KEYQUAL_STRATEGY);
		qual->subtype = (Oid) list_nth_int(members, IVM_KEYQUAL_SUBTYPE);
		qual->collation = (Oid) list_nth_int(members, IVM_KEYQUAL_COLLATION);
		qual->proc = (Oid) list_nth_int(members, IVM_KEYQUAL_PROC);
		qual->arg = ExecInitExpr(lfirst(lc2), &ms->css.ss.ps);
	}
}

/* ---- executor start ---- */

/* Note the columns to emit, if they are plain ones, which need no evaluation. */
static void
init_columns(IvmMergeScan *ms)
{
	Scan	   *scan = (Scan *) ms->css.ss.ps.plan;
	AttrNumber *columns = palloc(sizeof(AttrNumber) * list_length(scan->plan.targetlist));
	ListCell   *lc;

	foreach(lc, scan->plan.targetlist)
	{
		Var		   *var = (Var *) lfirst_node(TargetEntry, lc)->expr;

		if (!IsA(var, Var) || var->varattno <= 0)
			return;
		columns[ms->ncolumns++] = var->varattno - 1;
		ms->last_column = Max(ms->last_column, var->varattno);
	}
	ms->columns = columns;
}

/*
 * Make the slots, and what projects rows; core has made that for slots of another kind.  What
 * filters rows is made again when it is needed (ivm_merge_passes()).
 */
static void
init_slots(IvmMergeScan *ms)
{
	CustomScanState *css = &ms->css;
	TupleDesc	desc = RelationGetDescr(css->ss.ss_currentRelation);

	ExecInitScanTupleSlot(css->ss.ps.state, &css->ss, desc,
						  table_slot_callbacks(css->ss.ss_currentRelation));
	css->ss.ps.scanopsset = true;
	css->ss.ps.scanopsfixed = false;
	init_columns(ms);
	/* without a projection the parent must know what slots it gets */
	if (ms->columns == NULL || css->ss.ps.ps_ProjInfo == NULL)
	{
		css->ss.ps.ps_ProjInfo = NULL;
		ExecAssignScanProjectionInfo(&css->ss);
	}
	ms->merged_slot = ExecInitExtraTupleSlot(css->ss.ps.state, desc, &TTSOpsMinimalTuple);
}

/* Prepare for the order of an index: index OID, number of columns, direction. */
static void
init_order(IvmMergeScan *ms, List *sort)
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
	ms->index_is_partial = RelationGetIndexPredicate(index) != NIL;
	index_close(index, AccessShareLock);
}

/*
 * As with any view, its owner must be allowed to read what it reads; the
 * state must not go on showing it after a REVOKE.
 */
static void
check_owner_may_read(IvmPlan *plan)
{
	if (plan->core->refusal == NULL && !ivm_plan_owner_may_read(plan))
		ivm_plan_check_owner_may_read(plan);
}

/* Keep what this transaction has changed so far, as the scan is to see it. */
static void
make_overlay(IvmMergeScan *ms, EState *estate)
{
	if (ms->plan->core->single && !ivm_pending_has(ms->plan->row->id))
		return;
	ms->overlay = ivm_delta_map_create(ms->plan, estate->es_query_cxt);
	if (ms->plan->core->single)
		ivm_pending_overlay(ms->plan->row->id, ms->overlay);
	else
		ivm_join_delta_overlay(ms->plan, estate->es_snapshot, ms->overlay);
}

/* Close the tables that hold() in merge_rows.c has opened; locks stay. */
static void
let_go_tables(IvmMergeScan *ms)
{
	ListCell   *lc;

	foreach(lc, ms->held)
		RelationClose(lfirst(lc));
	ms->held = NIL;
}

/* BeginCustomScan */
static void
merge_begin(CustomScanState *css, EState *estate, int eflags)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;
	CustomScan *cscan = (CustomScan *) css->ss.ps.plan;
	List	   *info = list_nth(cscan->custom_private, IVM_MERGE_INFO);
	List	   *sort = list_nth(cscan->custom_private, IVM_MERGE_SORT);
	PlanState  *child;

	ms->plan = ivm_plan_cache_get(linitial_int(info));
	if (ms->plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
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
	/* the planner does not see what the definition calls */
	if (estate->es_plannedstmt->parallelModeNeeded && !IsParallelWorker() &&
		ivm_plan_check_parallel_hazard(ms->plan) == PROPARALLEL_UNSAFE)
		ivm_server_do_without_workers(estate);
	if (ms->flags & IVM_MERGE_ORDERED)
		init_order(ms, sort);
	ms->cxt = AllocSetContextCreate(estate->es_query_cxt, "ivm merge", ALLOCSET_DEFAULT_SIZES);
	init_key_quals(ms, list_nth(cscan->custom_private, IVM_MERGE_KEYQUALS), cscan->custom_exprs);
	ms->may_emit = true;
	ms->emitter_known = !css->ss.ps.plan->parallel_aware;
	if (IsParallelWorker() && css->ss.ps.plan->parallel_aware)
		return;					/* the leader has decided */

	ms->definition_reason = ivm_merge_run_definition ? "it was asked for" :
		why_not_exact(ms->plan, estate->es_snapshot);
	/* what has changed is the writers' business, but not that time passes */
	if (ms->plan->refresh != IVM_REFRESH_ON_DEMAND || ms->plan->reconciles)
		ivm_worker_call_note(IVM_CALL_IF_DUE);
	if (ms->definition_reason == NULL && ms->plan->deferred)
		ms->definition_reason = ivm_merge_begin_deferred(ms);
	if (ms->definition_reason == NULL &&
		ivm_old_buckets_are_missed(ms->plan, ms->as_of != 0 ? ms->as_of : GetCurrentTransactionStartTimestamp(),
								   estate->es_snapshot))
		ms->definition_reason = "rows that the window of time reaches back to are not stored any more";
	if (ms->definition_reason != NULL)
		ivm_merge_hold_all(ms);
	else if (ivm_pending_exists() && !ms->plan->deferred)
		make_overlay(ms, estate);

	/* a cursor may come to recompute keys later, in its own snapshot */
	if (IsTransactionBlock() && ms->held == NIL && ivm_plan_recomputes(ms->plan))
		ivm_merge_use_bases(ms);
}

/* ---- execution ---- */

/* Does this process emit the rows that are not the child's? */
static bool
is_emitter(IvmMergeScan *ms)
{
	if (!ms->emitter_known)
	{
		ms->may_emit = ms->shared == NULL || ivm_merge_choose_emitter(ms);
		ms->emitter_known = true;
	}
	return ms->may_emit;
}

/* The next row of the definition that passes, in merged_slot; or NULL. */
static TupleTableSlot *
next_definition_row(IvmMergeScan *ms)
{
	if (!is_emitter(ms))
		return NULL;
	if (!ms->prepared)
		ivm_merge_prepare(ms);
	for (;;)
	{
		bool		got = ms->sort ?
			tuplesort_gettupleslot(ms->sort, true, false, ms->merged_slot, NULL) :
			tuplestore_gettupleslot(ms->store, true, false, ms->merged_slot);

		CHECK_FOR_INTERRUPTS();
		if (!got)
			return NULL;
		if (ivm_merge_passes(ms, ms->merged_slot))
			return ms->merged_slot;
	}
}

/*
 * The next merged row that passes, in merged_slot; or NULL.  next_row stays at
 * it.
 */
static IvmMergedRow *
peek_merged_row(IvmMergeScan *ms)
{
	while (ms->next_row < ms->nrows && is_emitter(ms))
	{
		IvmMergedRow *row = &ms->rows[ms->next_row];

		ExecStoreMinimalTuple(row->tuple, ms->merged_slot, false);
		if (ivm_merge_passes(ms, ms->merged_slot))
			return row;
		ms->next_row++;
	}
	return NULL;
}

/* Does the child do nothing but return all rows of the table? */
static bool
is_bare_scan(IvmMergeScan *ms)
{
	PlanState  *child = outerPlanState(ms);

	return IsA(child, SeqScanState) && child->qual == NULL && child->ps_ProjInfo == NULL &&
		child->instrument == NULL && child->state->es_epq_active == NULL;
}

/*
 * The next row of the child.  A bare scan is cut short: once it has begun, the
 * table is read here.
 */
static inline TupleTableSlot *
fetch_child_row(IvmMergeScan *ms)
{
	TupleTableSlot *slot;

	if (ms->table_scan == NULL)
	{
		slot = ExecProcNode(outerPlanState(ms));
		if (is_bare_scan(ms))
			ms->table_scan = ms->leaf->ss_currentScanDesc;
		return slot;
	}
	CHECK_FOR_INTERRUPTS();
	slot = ms->leaf->ss_ScanTupleSlot;
	return table_scan_getnextslot(ms->table_scan, ForwardScanDirection, slot) ? slot : NULL;
}

/* The next row of the child that is to be emitted, itself or merged; or NULL. */
static TupleTableSlot *
next_child_row(IvmMergeScan *ms)
{
	while (!ms->child_done)
	{
		TupleTableSlot *slot = fetch_child_row(ms);

		if (TupIsNull(slot))
		{
			ms->child_done = true;
			if (ms->match)
				ivm_merge_match_rest(ms);
			break;
		}
		if (ms->match)
		{
			slot = ivm_merge_match_row(ms, slot);
			if (slot)
				return slot;
			CHECK_FOR_INTERRUPTS();
		}
		else if (ms->skip == NULL || !ivm_tidset_has(ms->skip, &ms->leaf->ss_ScanTupleSlot->tts_tid))
			return slot;
	}
	return NULL;
}

/* In the order of the index: does the merged row come before the child's? */
static bool
merged_row_first(IvmMergeScan *ms, IvmMergedRow *row, TupleTableSlot *child)
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

/* The next row, without repetitions, or NULL. */
static TupleTableSlot *
next_row(IvmMergeScan *ms)
{
	IvmMergedRow *merged;
	TupleTableSlot *child;

	if (ms->definition_reason)
		return next_definition_row(ms);
	if (ms->match && ivm_merge_match_is_ordered(ms))
		return ivm_merge_match_next(ms);
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
 * Inside EvalPlanQual the row of this relation is given: it is the copy that the
 * outer query made, as merge_path.c has turned the row mark into ROW_MARK_COPY.
 * Returns false if this is not such a case; else *result is the row, or NULL for
 * none.
 */
static bool
fetch_recheck_row(IvmMergeScan *ms, TupleTableSlot **result)
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
	if (*result && !ivm_merge_passes(ms, *result))
		*result = NULL;
	return true;
}

/* A row with the node's columns. */
static inline TupleTableSlot *
emit(IvmMergeScan *ms, TupleTableSlot *slot)
{
	PlanState  *ps = &ms->css.ss.ps;
	TupleTableSlot *result;

	if (ps->ps_ProjInfo == NULL)
		return slot;
	if (ms->columns == NULL)
	{
		ResetExprContext(ps->ps_ExprContext);
		ps->ps_ExprContext->ecxt_scantuple = slot;
		return ExecProject(ps->ps_ProjInfo);
	}
	result = ps->ps_ResultTupleSlot;
	ExecClearTuple(result);
	slot_getsomeattrs(slot, ms->last_column);
	for (int i = 0; i < ms->ncolumns; i++)
	{
		result->tts_values[i] = slot->tts_values[ms->columns[i]];
		result->tts_isnull[i] = slot->tts_isnull[ms->columns[i]];
	}
	return ExecStoreVirtualTuple(result);
}

/* ExecProcNode where nothing is pending: all rows are the child's, as they are. */
static TupleTableSlot *
pass_rows(PlanState *ps)
{
	IvmMergeScan *ms = (IvmMergeScan *) ps;
	TupleTableSlot *slot = fetch_child_row(ms);

	return TupIsNull(slot) ? NULL : emit(ms, slot);
}

/*
 * ExecProcNode where the child's rows are matched in no order.  When the child is
 * through, the usual function takes over.
 */
static TupleTableSlot *
match_rows(PlanState *ps)
{
	IvmMergeScan *ms = (IvmMergeScan *) ps;
	TupleTableSlot *slot = next_child_row(ms);

	if (slot != NULL)
		return emit(ms, slot);
	ivm_server_set_row_function(ps, ms->exec);
	return ms->exec(ps);
}

/* Choose the ExecProcNode that does least, once what is pending is known. */
static void
choose_exec(IvmMergeScan *ms)
{
	PlanState  *ps = &ms->css.ss.ps;
	bool		plain = ms->prepared && ms->definition_reason == NULL &&
		(ms->flags & IVM_MERGE_BAG) == 0 && ps->state->es_epq_active == NULL;

	if (ms->exec == NULL)
		ms->exec = ivm_server_row_function(ps);
	if (plain && ms->match && !ivm_merge_match_is_ordered(ms))
		ivm_server_set_row_function(ps, match_rows);
	else if (plain && !ms->by_key && ms->match == NULL && ms->skip == NULL && ms->nrows == 0)
		ivm_server_set_row_function(ps, pass_rows);
	else
		ivm_server_set_row_function(ps, ms->exec);
}

/* ExecCustomScan; a bag's row is repeated as often as its row_count says. */
static TupleTableSlot *
merge_exec(CustomScanState *css)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;
	TupleTableSlot *slot;

	if (unlikely(css->ss.ps.state->es_epq_active != NULL) && fetch_recheck_row(ms, &slot))
		return slot ? emit(ms, slot) : NULL;
	if (!ms->prepared && ms->definition_reason == NULL)
	{
		ivm_merge_prepare(ms);
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

/* Forget what ivm_merge_prepare() has prepared. */
static void
forget_merge(IvmMergeScan *ms)
{
	if (ms->sort)
		tuplesort_end(ms->sort);
	if (ms->store)
		tuplestore_end(ms->store);
	ms->sort = NULL;
	ms->store = NULL;
	ivm_merge_match_end(ms);
	ivm_merge_end_lookup(ms);
	ExecClearTuple(ms->merged_slot);
	MemoryContextReset(ms->cxt);
	ms->skip = NULL;
	ms->key_cxt = NULL;
	ms->rows = NULL;
	ms->nrows = ms->maxrows = 0;
	ms->by_key = false;
	ms->prepared = false;
}

/* EndCustomScan */
static void
merge_end(CustomScanState *css)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;

	if (ms->cxt)
		forget_merge(ms);
	let_go_tables(ms);
	ExecEndNode(outerPlanState(css));
}

/* ReScanCustomScan; what is prepared is kept where it still holds. */
static void
merge_rescan(CustomScanState *css)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;
	PlanState  *child = outerPlanState(css);

	ms->child_row = NULL;
	ms->table_scan = NULL;
	ms->next_row = 0;
	ms->repeat = 0;
	ms->current = NULL;
	ms->emitter_known = !css->ss.ps.plan->parallel_aware;
	ms->may_emit = true;
	ms->rescanned |= ms->prepared;
	if ((css->ss.ps.chgParam != NULL &&
		 (ms->nquals > 0 || (ms->key_qual != NULL && !ms->key_qual_fixed))) || ms->match)
		forget_merge(ms);
	else if (ms->definition_reason && ms->prepared)
	{
		if (ms->sort)
			forget_merge(ms);
		else
			tuplestore_rescan(ms->store);
	}
	ms->child_done = ms->by_key;
	if (ms->exec)
		choose_exec(ms);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

/* ---- EXPLAIN ---- */

/* ExplainCustomScan */
static void
merge_explain(CustomScanState *css, List *ancestors, ExplainState *es)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;

	ExplainPropertyText("View", ivm_sql_text_relation_name(ms->plan->row->view), es);
	if (!es->analyze)
	{
		if (ms->plan->unusable)
			ExplainPropertyText("Runs Definition", ms->plan->unusable, es);
		else if (ms->plan->deferred)
			ivm_merge_explain_age(ms, es);
		return;
	}
	if (ms->definition_reason)
		ExplainPropertyText("Runs Definition", ms->definition_reason, es);
	else
	{
		if (ms->plan->deferred && ms->as_of != 0)
			ExplainPropertyText("Data As Of", timestamptz_to_str(ms->as_of), es);
		else if (ms->plan->deferred)
			ExplainPropertyInteger("Logged Rows", NULL, ms->logged_rows, es);
		ExplainPropertyInteger("Pending Keys", NULL, ms->pending_keys, es);
		if (ms->by_key)
			ExplainPropertyText("State Rows", "read by key, newest versions first", es);
		if (ms->match)
		{
			ExplainPropertyText("Merged", ivm_merge_match_name(ms), es);
			ExplainPropertyInteger("Keys Looked Up", NULL, ms->looked_up_keys, es);
		}
		if (ms->recomputed_keys > 0)
			ExplainPropertyInteger("Recomputed Keys", NULL, ms->recomputed_keys, es);
	}
}

/* ---- the node ---- */

static const CustomExecMethods merge_exec_methods = {
	.CustomName = "DeltaApply",
	.BeginCustomScan = merge_begin,
	.ExecCustomScan = merge_exec,
	.EndCustomScan = merge_end,
	.ReScanCustomScan = merge_rescan,
	.EstimateDSMCustomScan = ivm_merge_estimate_dsm,
	.InitializeDSMCustomScan = ivm_merge_initialize_dsm,
	.ReInitializeDSMCustomScan = ivm_merge_reinitialize_dsm,
	.InitializeWorkerCustomScan = ivm_merge_initialize_worker,
	.ExplainCustomScan = merge_explain,
};

static Node *
create_merge_state(CustomScan *cscan)
{
	IvmMergeScan *ms = (IvmMergeScan *) newNode(sizeof(IvmMergeScan), T_CustomScanState);

	ms->css.methods = &merge_exec_methods;
	return (Node *) ms;
}

const CustomScanMethods ivm_merge_scan_methods = {
	.CustomName = "DeltaApply",
	.CreateCustomScanState = create_merge_state,
};
