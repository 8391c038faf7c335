/*-------------------------------------------------------------------------
 *
 * merge_rows.c
 *	  DeltaApply: the rows that are emitted beside the child's.
 *
 * Rows are collected in IvmMergeScan.rows.  A pending key gives one by its
 * state row and its deltas or, where these do not give its value, by computing
 * it from the base tables.  The TID of each state row that was looked up is set
 * aside, so that the child's scan passes it over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/fold_requests.h"
#include "base/guc.h"
#include "base/relation.h"
#include "base/tidset.h"
#include "base/worker_call.h"
#include "catalog/catalog_view.h"
#include "commit/compute.h"
#include "commit/key_lookup.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"
#include "read/delta_set.h"
#include "read/merge_scan.h"

void
ivm_merge_add_tuple(IvmMergeScan *ms, MinimalTuple tuple)
{
	IvmMergedRow *row;

	if (ms->nrows == ms->maxrows)
	{
		ms->maxrows = Max(64, ms->maxrows * 2);
		ms->rows = ms->rows == NULL ?
			palloc(sizeof(IvmMergedRow) * ms->maxrows) :
			repalloc_huge(ms->rows, sizeof(IvmMergedRow) * (Size) ms->maxrows);
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

bool
ivm_merge_passes(IvmMergeScan *ms, TupleTableSlot *slot)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;

	if (ms->css.ss.ps.qual == NULL)
		return true;
	if (!ms->qual_ready)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(ms->css.ss.ps.state->es_query_cxt);

		ms->css.ss.ps.qual = ExecInitQual(ms->css.ss.ps.plan->qual, &ms->css.ss.ps);
		ms->qual_ready = true;
		MemoryContextSwitchTo(oldcxt);
	}
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	if (ExecQual(ms->css.ss.ps.qual, econtext))
		return true;
	InstrCountFiltered1(ms, 1);
	return false;
}

/* ---- quals of keys ---- */

static bool
has_exec_param(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXEC;
	return expression_tree_walker(node, has_exec_param, arg);
}

/* Are equal values of this key column the same in all that can be seen of them?  Type and collation decide. */
static bool
look_alike(const IvmKey *key)
{
	TypeCacheEntry *type;
	Oid			proc;

	if (key->image || key->by_datum)
		return true;
	type = lookup_type_cache(key->type, TYPECACHE_BTREE_OPFAMILY);
	proc = OidIsValid(type->btree_opf) ?
		get_opfamily_proc(type->btree_opf, type->btree_opintype, type->btree_opintype, BTEQUALIMAGE_PROC) : InvalidOid;
	return OidIsValid(proc) &&
		DatumGetBool(OidFunctionCall1Coll(proc, key->collation, ObjectIdGetDatum(type->btree_opintype)));
}

/* A key column as it is, for which its own comparisons hold or do not whichever of equal values it has. */
static bool
is_compared(Node *arg, Oid opno, Oid inputcollid)
{
	Var		   *var = (Var *) (IsA(arg, RelabelType) ? (Node *) ((RelabelType *) arg)->arg : arg);
	Oid			opfamily;

	if (!IsA(var, Var))
		return false;
	opfamily = lookup_type_cache(var->vartype, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	return OidIsValid(opfamily) && op_in_opfamily(opno, opfamily) &&
		(!OidIsValid(var->varcollid) || inputcollid == var->varcollid);
}

/*
 * Might a qual of key columns hold for one of two equal keys only?  The state row shows one of them, but a delta may
 * have come with the other: texts of a collation or of a type to which cases are equal, compared as others.
 */
static bool
tells_equal_apart(Node *node, const IvmMergeScan *ms)
{
	List	   *args;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return !look_alike(&ms->plan->keys[((Var *) node)->varattno - 1 - ms->plan->layout.first_key]);
	if (IsA(node, NullTest) && IsA(((NullTest *) node)->arg, Var))
		return false;
	if (!IsA(node, OpExpr) && !IsA(node, ScalarArrayOpExpr))
		return expression_tree_walker(node, tells_equal_apart, unconstify(IvmMergeScan *, ms));
	args = IsA(node, OpExpr) ? ((OpExpr *) node)->args : ((ScalarArrayOpExpr *) node)->args;
	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);
		bool		compared = IsA(node, OpExpr) ?
			is_compared(arg, ((OpExpr *) node)->opno, ((OpExpr *) node)->inputcollid) :
			is_compared(arg, ((ScalarArrayOpExpr *) node)->opno, ((ScalarArrayOpExpr *) node)->inputcollid);

		if (!compared && tells_equal_apart(arg, ms))
			return true;
	}
	return false;
}

static bool
is_key_qual(const IvmMergeScan *ms, Node *qual)
{
	AttrNumber	first = ms->plan->layout.first_key + 1;
	Bitmapset  *attrs = NULL;
	int			a = -1;

	pull_varattnos(qual, ((Scan *) ms->css.ss.ps.plan)->scanrelid, &attrs);
	while ((a = bms_next_member(attrs, a)) >= 0)
	{
		AttrNumber	attno = a + FirstLowInvalidHeapAttributeNumber;

		if (attno < first || attno >= first + ms->plan->nkeys)
			return false;
	}

	/*
	 * workers take what their leader has merged in the first scan, whatever
	 * later ones ask for
	 */
	if (ms->css.ss.ps.plan->parallel_aware && has_exec_param(qual, NULL))
		return false;
	return attrs != NULL && !contain_subplans(qual) && !contain_volatile_functions(qual) &&
		!contain_leaked_vars(qual) && !tells_equal_apart(qual, ms);
}

void
ivm_merge_init_key_qual(IvmMergeScan *ms)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->css.ss.ps.state->es_query_cxt);
	List	   *quals = NIL;
	ListCell   *lc;

	foreach(lc, ms->css.ss.ps.plan->qual)
	{
		if (is_key_qual(ms, lfirst(lc)))
			quals = lappend(quals, lfirst(lc));
	}
	ms->key_qual_fixed = !has_exec_param((Node *) quals, NULL);
	if (quals != NIL)
	{
		ms->key_qual = ExecInitQual(quals, &ms->css.ss.ps);
		ms->key_slot = ExecInitExtraTupleSlot(ms->css.ss.ps.state,
											  RelationGetDescr(ms->css.ss.ss_currentRelation),
											  &TTSOpsVirtual);
	}
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_merge_wants_key(IvmMergeScan *ms, const IvmDelta *delta)
{
	ExprContext *econtext = ms->css.ss.ps.ps_ExprContext;
	IvmPlan    *plan = ms->plan;
	TupleTableSlot *slot = ms->key_slot;

	if (ms->key_qual == NULL)
		return true;
	ExecStoreAllNullTuple(slot);
	memcpy(slot->tts_values + plan->layout.first_key, ivm_delta_keys(plan, delta),
		   sizeof(Datum) * plan->nkeys);
	memcpy(slot->tts_isnull + plan->layout.first_key, ivm_delta_key_nulls(plan, delta),
		   sizeof(bool) * plan->nkeys);
	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	return ExecQual(ms->key_qual, econtext);
}

/* ---- merging ---- */

/* Keep a state as a merged row, unless its group or row has gone. */
static void
add_merged_state(IvmMergeScan *ms, const IvmState *state)
{
	if (!ivm_state_is_shown(ms->plan, state))
		return;
	ivm_merge_add_tuple(ms, ivm_compat_form_minimal_tuple(RelationGetDescr(ms->css.ss.ss_currentRelation),
														  state->values, state->nulls));
}

void
ivm_merge_skip(IvmMergeScan *ms, ItemPointer tid)
{
	if (ms->skip == NULL)
		ms->skip = ivm_tidset_create(ms->cxt);
	ivm_tidset_add(ms->skip, tid);
}

IvmKeyLookup *
ivm_merge_get_lookup(IvmMergeScan *ms)
{
	if (ms->lookup == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

		ms->lookup = ivm_key_lookup_begin(ms->plan, ms->css.ss.ss_currentRelation, false);
		MemoryContextSwitchTo(oldcxt);
	}
	return ms->lookup;
}

void
ivm_merge_end_lookup(IvmMergeScan *ms)
{
	if (ms->lookup)
		ivm_key_lookup_end(ms->lookup);
	ms->lookup = NULL;
}

/* ---- tables in use ---- */

/* Open these tables until the scan ends; without a lock, if none is asked for. */
static void
hold(IvmMergeScan *ms, List *relids, LOCKMODE lockmode)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->css.ss.ps.state->es_query_cxt);
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel = lockmode == NoLock ? RelationIdGetRelation(lfirst_oid(lc)) :
			try_relation_open(lfirst_oid(lc), lockmode);

		if (rel != NULL)
			ms->held = lappend(ms->held, rel);
	}
	MemoryContextSwitchTo(oldcxt);
}

void
ivm_merge_use_bases(IvmMergeScan *ms)
{
	hold(ms, ms->plan->append ? ms->plan->relids : ms->plan->row->bases, NoLock);
}

void
ivm_merge_hold_all(IvmMergeScan *ms)
{
	if (ms->holds_all)
		return;
	hold(ms, ms->plan->append ? ms->plan->relids : ms->plan->row->bases, AccessShareLock);
	hold(ms, ms->plan->row->partitions, AccessShareLock);
	ms->holds_all = true;
}

/* Has this transaction given a table new storage?  Then it may have emptied it without giving it another file. */
static bool
has_new_storage(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	bool		result = rel != NULL && ivm_compat_has_new_storage(rel);

	if (rel)
		RelationClose(rel);
	return result;
}

static bool
has_any_new_storage(List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (has_new_storage(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/* Has a table of a view got another file since its plan was derived, which the snapshot does not know of? */
static bool
has_other_file(const IvmPlan *plan, Snapshot snapshot)
{
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, plan->locked, lc2, plan->files)
	{
		if (ivm_relation_file(lfirst_oid(lc)) != lfirst_oid(lc2) &&
			(ivm_relation_is_newer(lfirst_oid(lc), snapshot) || has_new_storage(lfirst_oid(lc))))
			return true;
	}
	return false;
}

/*
 * Once the base tables are locked: were they changed after the scan began in a way that is not MVCC-safe, truncated or rewritten, or
 * did they get or lose partitions?  What the scan reads of the state does not go with what the tables give for other keys then, of
 * which there may be nothing left.  A cursor over a table would have held back such a command; one over a view does not lock
 * the base tables of keys that it does not have to compute.
 */
static bool
are_changed(IvmMergeScan *ms)
{
	IvmPlan    *plan = ms->plan;
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	IvmViewRow *now;

	if (has_other_file(plan, snapshot))
		return true;
	/* who attaches a partition, or truncates, writes the row of ivm.view */
	now = ivm_catalog_get(plan->row->id);
	if (now == NULL)
		return true;
	if (TransactionIdIsCurrentTransactionId(now->xmin))
		return now->cmin >= snapshot->curcid &&
			(!equal(now->partitions, plan->row->partitions) || has_any_new_storage(plan->locked));
	return TransactionIdIsNormal(now->xmin) && XidInMVCCSnapshot(now->xmin, snapshot) &&
		!equal(now->partitions, plan->row->partitions);
}

/* ---- keys that are computed ---- */

/* Take a computed row, of one pass over the base tables: keep it if its key is dirty. */
static void
add_computed(IvmPlan *plan, const IvmState *state, void *arg)
{
	IvmMergeScan *ms = ((void **) arg)[0];
	IvmDeltaMap *dirty = ((void **) arg)[1];
	MemoryContext oldcxt;

	if (ivm_delta_map_find(dirty, ivm_key_hash(plan, state->values + plan->layout.first_key,
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
	int			n = ivm_delta_map_count(dirty);
	double		cost = 0;
	ListCell   *lc;

	if (n <= 1 || n > ivm_guc_recompute_limit)
		return n > 1;
	foreach(lc, ivm_delta_map_list(dirty))
		cost += ivm_compute_key_cost(plan, ivm_delta_keys(plan, lfirst(lc)),
									 ivm_delta_key_nulls(plan, lfirst(lc)));
	return cost > ivm_compute_all_cost(plan);
}

/* Keys of one read that the worker is asked to fold one by one. */
#define MAX_ASKED		8

/*
 * A fold writes: what took less time than that, in microseconds, or comes of tables of fewer blocks, may be
 * computed again.
 */
#define WORTH_FOLDING		1000
#define WORTH_FOLDING_BLOCKS	32

/* Is one of the tables that keys were computed from large? */
static bool
reads_large_table(const IvmMergeScan *ms)
{
	ListCell   *lc;

	foreach(lc, ms->held)
	{
		Relation	rel = lfirst(lc);

		if (rel->rd_rel->relkind == RELKIND_RELATION && RelationGetNumberOfBlocks(rel) >= WORTH_FOLDING_BLOCKS)
			return true;
	}
	return false;
}

/*
 * Let the worker fold what this read had to compute, so that the next one need not.  Keys that this
 * transaction has changed itself may be dirty for it alone.
 */
static void
hand_over(const IvmMergeScan *ms, IvmDeltaMap *dirty, TimestampTz began)
{
	IvmPlan    *plan = ms->plan;
	bool		all = ivm_delta_map_count(dirty) > MAX_ASKED;
	ListCell   *lc;

	if (plan->deferred || plan->appends || ms->overlay != NULL || !ivm_guc_worker ||
		GetCurrentTimestamp() - began < WORTH_FOLDING || !reads_large_table(ms))
		return;
	foreach(lc, ivm_delta_map_list(dirty))
	{
		ivm_fold_requests_put(plan->row->id, all ? 0 : ((IvmDelta *) lfirst(lc))->hash, all);
		if (all)
			break;
	}
	ivm_worker_call_note(IVM_CALL_NOW);
}

/* Compute the dirty keys, by one pass or one by one. */
static void
recompute(IvmMergeScan *ms, IvmDeltaMap *dirty)
{
	IvmPlan    *plan = ms->plan;
	Snapshot	snapshot = ms->css.ss.ps.state->es_snapshot;
	ListCell   *lc;

	if (!ms->holds_all)
	{
		ivm_merge_hold_all(ms);
		if (IsMVCCSnapshot(snapshot) && !plan->deferred && are_changed(ms))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to a concurrent change of a table of view \"%s\"", plan->name),
					 errdetail("It was truncated or rewritten, or got or lost a partition, after the query began, and groups of the view were still to be computed from it."),
					 errhint("The transaction might succeed if retried.")));
	}
	ms->recomputed_keys += ivm_delta_map_count(dirty);
	if (pass_is_cheaper(plan, dirty))
	{
		void	   *arg[2] = {ms, dirty};

		ivm_compute_all(plan, snapshot, add_computed, arg);
		return;
	}
	foreach(lc, ivm_delta_map_list(dirty))
	{
		IvmDelta   *delta = lfirst(lc);
		IvmState   *state = ivm_state_make(plan);

		CHECK_FOR_INTERRUPTS();
		if (ivm_compute_key(plan, snapshot, ivm_delta_keys(plan, delta),
							ivm_delta_key_nulls(plan, delta), state))
			add_merged_state(ms, state);
	}
}

void
ivm_merge_recompute(IvmMergeScan *ms, IvmDeltaMap *dirty)
{
	TimestampTz began = GetCurrentTimestamp();

	recompute(ms, dirty);
	hand_over(ms, dirty, began);
}

/* ---- keys that are looked up ---- */

/*
 * Merge a key's state row (NULL: none) with its delta, to ms->rows, or add the key to *dirty if that is not
 * possible.  The current context is ms->key_cxt, which is reset; state is scratch.
 */
static void
merge_key(IvmMergeScan *ms, TupleTableSlot *row, IvmDelta *delta, IvmState *state, IvmDeltaMap **dirty)
{
	bool		clean;

	if (row)
		ivm_state_from_slot(ms->plan, row, state);
	else
		ivm_state_empty(ms->plan, delta, state);
	clean = ivm_state_apply(ms->plan, state, delta);
	MemoryContextSwitchTo(ms->cxt);
	if (clean)
		add_merged_state(ms, state);
	else
	{
		if (*dirty == NULL)
			*dirty = ivm_delta_map_create(ms->plan, ms->cxt);
		ivm_delta_map_add(*dirty, delta);
	}
	MemoryContextSwitchTo(ms->key_cxt);
	MemoryContextReset(ms->key_cxt);
}

void
ivm_merge_look_up(IvmMergeScan *ms, IvmDelta **deltas, int n)
{
	IvmPlan    *plan = ms->plan;
	IvmKeyLookup *lookup = ivm_merge_get_lookup(ms);
	IvmState   *state = ivm_state_make(plan);
	IvmDeltaMap *dirty = NULL;

	for (int i = 0; i < n; i++)
	{
		IvmDelta   *delta = deltas[i];
		TupleTableSlot *row;
		MemoryContext oldcxt = MemoryContextSwitchTo(ms->key_cxt);

		CHECK_FOR_INTERRUPTS();
		ivm_key_lookup_find(lookup, ms->css.ss.ps.state->es_snapshot, delta->hash,
							ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta), -1);
		row = ivm_key_lookup_next(lookup);
		if (row && ms->match == NULL)
			ivm_merge_skip(ms, &row->tts_tid);
		merge_key(ms, row, delta, state, &dirty);
		MemoryContextSwitchTo(oldcxt);
	}
	ivm_key_lookup_done(lookup);
	ms->looked_up_keys += n;
	if (dirty)
		ivm_merge_recompute(ms, dirty);
}

/* ---- rows that were read beside the child ---- */

/* Look up the keys that are not done: mostly new ones, and those that the quals have left out. */
static void
look_up_rest(IvmMergeScan *ms, IvmDeltaMap *deltas, const bool *done)
{
	IvmDelta  **rest = ivm_delta_map_sort(deltas, ivm_key_lookup_index(ivm_merge_get_lookup(ms)));
	int			n = 0;

	for (int i = 0; i < ivm_delta_map_count(deltas); i++)
		if (!done[rest[i]->number])
			rest[n++] = rest[i];
	ivm_merge_look_up(ms, rest, n);
	ivm_merge_end_lookup(ms);
}

void
ivm_merge_add_rows(IvmMergeScan *ms, List *rows, IvmDeltaSet *deltas)
{
	IvmPlan    *plan = ms->plan;
	IvmState   *state = ivm_state_make(plan);
	IvmDeltaMap *dirty = NULL;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(ms->css.ss.ss_currentRelation),
													&TTSOpsMinimalTuple);
	bool	   *done = palloc0(sizeof(bool) * Max(deltas->n, 1));	/* by number */
	int			merged = 0;
	ListCell   *lc;

	foreach(lc, rows)
	{
		IvmDelta   *delta = NULL;

		CHECK_FOR_INTERRUPTS();
		if (ms->pending_keys > 0)
		{
			Datum	   *keys;
			bool	   *nulls;

			ExecStoreMinimalTuple(lfirst(lc), slot, false);
			slot_getallattrs(slot);
			keys = slot->tts_values + plan->layout.first_key;
			nulls = slot->tts_isnull + plan->layout.first_key;
			delta = ivm_delta_map_find(deltas->map, ivm_key_hash(plan, keys, nulls), keys, nulls);
		}
		if (delta)
		{
			MemoryContext oldcxt = MemoryContextSwitchTo(ms->key_cxt);

			done[delta->number] = true;
			merged++;
			merge_key(ms, slot, delta, state, &dirty);
			MemoryContextSwitchTo(oldcxt);
		}
		else
			ivm_merge_add_tuple(ms, lfirst(lc));
	}
	ExecDropSingleTupleTableSlot(slot);
	if (dirty)
		ivm_merge_recompute(ms, dirty);
	if (merged < ms->pending_keys)
		look_up_rest(ms, deltas->map, done);
}
