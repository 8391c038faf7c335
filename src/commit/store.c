/*-------------------------------------------------------------------------
 *
 * store.c
 *	  Writing rows of state and delta tables.
 *
 * A row is found by a hint, without the index, where there is one: see "where rows
 * are" below.  Hints live in the plan's context and are bounded per view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/heap_row.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "commit/key_lookup.h"
#include "commit/store.h"
#include "plan/delta.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"

Relation
ivm_store_try_open(Oid relid, LOCKMODE lockmode)
{
	if (!ConditionalLockRelationOid(relid, lockmode))
		return NULL;
	return try_relation_open(relid, NoLock);
}

/*
 * A transaction that drops the table makes the plan invalid before its lock is released,
 * so with the lock, a plan that is valid says that the table is there.
 */
Relation
ivm_store_try_open_state(IvmPlan *plan, LOCKMODE lockmode)
{
	if (!ConditionalLockRelationOid(plan->row->state, lockmode))
		return NULL;
	if (unlikely(plan->run->derived.invalid))
		return try_relation_open(plan->row->state, NoLock);
	return table_open(plan->row->state, NoLock);
}

IvmStore *
ivm_store_open(IvmPlan *plan, Relation rel, bool is_delta)
{
	IvmStore   *store = palloc0(sizeof(IvmStore));

	store->cxt = CurrentMemoryContext;
	store->plan = plan;
	store->rel = rel;
	store->is_delta = is_delta;
	store->slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	return store;
}

void
ivm_store_close(IvmStore *store)
{
	if (store->lookup)
		ivm_key_lookup_end(store->lookup);
	if (store->found)
		ExecDropSingleTupleTableSlot(store->found);
	if (store->rri)
	{
		ExecCloseIndices(store->rri);
		FreeExecutorState(store->estate);
	}
	ExecDropSingleTupleTableSlot(store->slot);
	pfree(store);
}

IvmKeyLookup *
ivm_store_lookup(IvmStore *store)
{
	if (store->lookup == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

		store->lookup = ivm_key_lookup_begin(store->plan, store->rel, store->is_delta);
		MemoryContextSwitchTo(oldcxt);
	}
	return store->lookup;
}

/* ---- where rows are ---- */

/*
 * The hints of a view: a table of sets, each a cache line.  A hint can be in any place
 * of the set that its hash and slot give.  Sets are doubled when one is full, up to a
 * limit; then a hint takes the place of another.
 */
#define HINT_WAYS		4
#define HINT_SETS_MIN	16
#define HINT_SETS_MAX	2048	/* powers of two */

typedef struct IvmTidHints
{
	int			nsets;
	uint32		ndropped;
	IvmTidHint *hints;
} IvmTidHints;

static IvmTidHint *
hint_set(const IvmTidHints *hints, uint64 hash, int slot)
{
	uint64		set = (hash + slot * 31) & (hints->nsets - 1);

	return &hints->hints[set * HINT_WAYS];
}

IvmTidHint *
ivm_store_hint(const IvmPlan *plan, uint64 hash, int slot)
{
	const IvmTidHints *hints = plan->run->hints;
	IvmTidHint *set;

	if (unlikely(hints == NULL))
		return NULL;
	set = hint_set(hints, hash, slot);
	for (int i = 0; i < HINT_WAYS; i++)
		if (set[i].hash == (uint32) hash && set[i].slot == slot && ItemPointerIsValid(&set[i].root))
			return &set[i];
	return NULL;
}

/* A free place for a hint, or NULL. */
static IvmTidHint *
free_hint(const IvmTidHints *hints, uint64 hash, int slot)
{
	IvmTidHint *set = hint_set(hints, hash, slot);

	for (int i = 0; i < HINT_WAYS; i++)
		if (!ItemPointerIsValid(&set[i].root))
			return &set[i];
	return NULL;
}

/* The hints of a plan, with room for some. */
static IvmTidHints *
make_hints(const IvmPlan *plan)
{
	IvmTidHints *hints = MemoryContextAllocZero(plan->cxt, sizeof(IvmTidHints));

	hints->hints = MemoryContextAllocZero(plan->cxt,
										  sizeof(IvmTidHint) * HINT_SETS_MIN * HINT_WAYS);
	hints->nsets = HINT_SETS_MIN;
	return plan->run->hints = hints;
}

/* Make room for more hints; some of them may be lost. */
static void
grow_hints(const IvmPlan *plan, IvmTidHints *hints)
{
	IvmTidHint *old = hints->hints;
	int			nold = hints->nsets * HINT_WAYS;

	hints->hints = MemoryContextAllocZero(plan->cxt, sizeof(IvmTidHint) * nold * 2);
	hints->nsets *= 2;
	for (int i = 0; i < nold; i++)
	{
		IvmTidHint *to;

		if (!ItemPointerIsValid(&old[i].root))
			continue;
		to = free_hint(hints, old[i].hash, old[i].slot);
		if (to)
			*to = old[i];
	}
	pfree(old);
}

static void
set_hint(IvmTidHint *hint, ItemPointer root)
{
	hint->root = *root;
	hint->before.offset = InvalidOffsetNumber;
}

/* Remember where a row is, maybe in the place of another hint. */
static IvmTidHint *
make_hint(const IvmPlan *plan, uint64 hash, int slot, ItemPointer root)
{
	IvmTidHint *hint = ivm_store_hint(plan, hash, slot);

	if (hint == NULL)
	{
		IvmTidHints *hints = plan->run->hints ? plan->run->hints : make_hints(plan);

		hint = free_hint(hints, hash, slot);
		while (hint == NULL && hints->nsets < HINT_SETS_MAX)
		{
			grow_hints(plan, hints);
			hint = free_hint(hints, hash, slot);
		}
		if (hint == NULL)
			hint = hint_set(hints, hash, slot) + hints->ndropped++ % HINT_WAYS;
		hint->hash = (uint32) hash;
		hint->slot = slot;
		hint->contended = hint->spread = 0;
	}
	set_hint(hint, root);
	return hint;
}

/* Follow the chain to the row; false if it does not lead there. */
static bool
follow_hint(IvmStore *store, IvmTidHint *hint, const IvmRowVersion *from, const IvmDelta *delta, int slot)
{
	IvmPlan    *plan = store->plan;
	ItemPointerData root = hint->root;

	if (!ivm_heap_row_newest(store->rel, &root, from, store->found, NULL) ||
		!ivm_key_lookup_matches(plan, store->is_delta, store->found, ivm_delta_keys(plan, delta),
								ivm_delta_key_nulls(plan, delta), slot))
		return false;
	if (!ItemPointerEquals(&root, &hint->root))
		set_hint(hint, &root);
	return true;
}

/*
 * A row by its hint, without the index, or NULL.  Whatever the hint points to
 * by now: a visible row with this key and slot is the row.
 *
 * Until a page is pruned a chain may have a hundred versions, so the look-up begins with the
 * version before the one seen last time; if that was pruned, with the start of the chain.
 */
static TupleTableSlot *
find_by_hint(IvmStore *store, const IvmDelta *delta, int slot)
{
	IvmTidHint *hint = ivm_store_hint(store->plan, delta->hash, slot);
	bool		knows_version;

	if (hint == NULL || !ivm_heap_row_is_heap(store->rel))
		return NULL;
	if (store->found == NULL)
	{
		MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);

		store->found = table_slot_create(store->rel, NULL);
		MemoryContextSwitchTo(oldcxt);
	}
	knows_version = hint->before.offset != InvalidOffsetNumber;
	if (!follow_hint(store, hint, knows_version ? &hint->before : NULL, delta, slot) &&
		!(knows_version && follow_hint(store, hint, NULL, delta, slot)))
		return NULL;
	store->hint = hint;
	store->version = ivm_heap_row_version(store->found);
	return store->found;
}

TupleTableSlot *
ivm_store_find(IvmStore *store, const IvmDelta *delta, int slot)
{
	IvmPlan    *plan = store->plan;
	TupleTableSlot *row = find_by_hint(store, delta, slot);
	IvmKeyLookup *lookup;

	if (row)
		return row;
	lookup = ivm_store_lookup(store);
	ivm_key_lookup_find(lookup, SnapshotSelf, delta->hash, ivm_delta_keys(plan, delta),
						ivm_delta_key_nulls(plan, delta), store->is_delta ? slot : -1);
	row = ivm_key_lookup_next(lookup);
	if (row)
	{
		store->hint = make_hint(plan, delta->hash, slot, ivm_key_lookup_root(lookup));
		if (ivm_heap_row_is_heap(store->rel))
			store->version = ivm_heap_row_version(row);
	}
	return row;
}

void
ivm_store_found_done(IvmStore *store)
{
	store->hint = NULL;
	if (store->found)
		ExecClearTuple(store->found);
	if (store->lookup)
		ivm_key_lookup_done(store->lookup);
}

static void
put_row(IvmStore *store, const Datum *values, const bool *nulls)
{
	int			natts = RelationGetDescr(store->rel)->natts;

	ExecClearTuple(store->slot);
	memcpy(store->slot->tts_values, values, sizeof(Datum) * natts);
	memcpy(store->slot->tts_isnull, nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(store->slot);
	store->slot->tts_tableOid = RelationGetRelid(store->rel);
}

/* Make the key index the last one, so that insert_index_entries() can leave it out. */
static void
move_key_index(IvmStore *store)
{
	ResultRelInfo *rri = store->rri;
	Oid			key_index = store->is_delta ? store->plan->delta_index : store->plan->state_index;
	int			last = rri->ri_NumIndices - 1;

	for (int i = 0; i <= last; i++)
	{
		Relation	index = rri->ri_IndexRelationDescs[i];
		IndexInfo  *info = rri->ri_IndexRelationInfo[i];

		if (RelationGetRelid(index) != key_index)
			continue;
		rri->ri_IndexRelationDescs[i] = rri->ri_IndexRelationDescs[last];
		rri->ri_IndexRelationInfo[i] = rri->ri_IndexRelationInfo[last];
		rri->ri_IndexRelationDescs[last] = index;
		rri->ri_IndexRelationInfo[last] = info;
		store->key_index_last = info->ii_ReadyForInserts;
		break;
	}
}

/* Has an index, other than that of the key, an expression or a condition? */
static bool
has_expressions(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	bool		result = false;
	ListCell   *lc;

	if (list_length(indexes) < 2)
		return false;
	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), RowExclusiveLock);

		result = result || !heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, NULL) ||
			!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
		index_close(index, NoLock);
	}
	return result;
}

static bool
is_users_function(Oid funcid, void *context)
{
	return funcid >= FirstNormalObjectId;
}

/* May evaluating an expression run functions that users have made? */
static bool
users_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, CoerceToDomain) || check_functions_in_node(node, is_users_function, NULL) ||
		expression_tree_walker(node, users_walker, context);
}

static bool
calls_users(const ResultRelInfo *rri)
{
	for (int i = 0; i < rri->ri_NumIndices; i++)
		if (users_walker((Node *) rri->ri_IndexRelationInfo[i]->ii_Expressions, NULL) ||
			users_walker((Node *) rri->ri_IndexRelationInfo[i]->ii_Predicate, NULL))
			return true;
	return false;
}

/*
 * Functions in an index are the view's, and not the writer's: they run as its owner, who alone may
 * have the right to call them.  The search_path is not the writer's then, or these could lead them
 * to functions of his own.
 */
static void
enter_index_scope(IvmStore *store, IvmOwnerScope *scope)
{
	const IvmPlan *plan = store->plan;

	ivm_owner_scope_enter(scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
	if (plan->settings == NULL || !ivm_settings_have_strings(plan->row->settings))
		(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

static void
open_indexes(IvmStore *store)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(store->cxt);
	IvmOwnerScope scope;

	/* constants in an expression are computed when it is opened */
	store->calls_users = has_expressions(store->rel);
	if (store->calls_users)
		enter_index_scope(store, &scope);
	store->estate = CreateExecutorState();
	MemoryContextSwitchTo(store->estate->es_query_cxt);
	store->rri = makeNode(ResultRelInfo);
	InitResultRelInfo(store->rri, store->rel, 0, NULL, 0);
	ExecOpenIndices(store->rri, false);
	move_key_index(store);
	MemoryContextSwitchTo(oldcxt);
	if (!store->calls_users)
		return;
	ivm_owner_scope_leave(&scope);
	store->calls_users = calls_users(store->rri);
}

/*
 * An entry of the key index for a new version of a row.  The key is the same as before,
 * and its lock is held, so nothing is checked: that would fetch all versions which an
 * old snapshot keeps in the table.
 */
static void
insert_key_entry(IvmStore *store)
{
	int			last = store->rri->ri_NumIndices - 1;
	IndexInfo  *info = store->rri->ri_IndexRelationInfo[last];
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	FormIndexDatum(info, store->slot, store->estate, values, nulls);
	(void) index_insert(store->rri->ri_IndexRelationDescs[last], values, nulls,
						&store->slot->tts_tid, store->rel, UNIQUE_CHECK_NO, true, info);
}

static void
insert_index_entries(IvmStore *store, bool update, int index_mode)
{
	bool		key_apart;
	IvmOwnerScope scope;

	if (store->rri == NULL)
		open_indexes(store);
	key_apart = update && index_mode == 1 && store->key_index_last;
	if (key_apart)
		insert_key_entry(store);
	store->rri->ri_NumIndices -= key_apart;
	if (unlikely(store->calls_users))
		enter_index_scope(store, &scope);
	if (store->rri->ri_NumIndices > 0)
		ivm_compat_insert_indexes(store->rri, store->slot, store->estate, update, index_mode);
	if (unlikely(store->calls_users))
		ivm_owner_scope_leave(&scope);
	store->rri->ri_NumIndices += key_apart;
	ResetPerTupleExprContext(store->estate);
}

void
ivm_store_insert(IvmStore *store, const Datum *values, const bool *nulls)
{
	put_row(store, values, nulls);
	table_tuple_insert(store->rel, store->slot, GetCurrentCommandId(true), 0, NULL);
	insert_index_entries(store, false, 1);
	ExecClearTuple(store->slot);
}

static void
report_interference(IvmStore *store)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("storage of view \"%s\" was changed by another command",
					ivm_catalog_view_name(store->plan->row)),
			 errdetail("Table \"%s\" is maintained by ivm alone.",
					   RelationGetRelationName(store->rel)),
			 errhint("Leave the table alone, and run ivm.reconcile() on the view.")));
}

void
ivm_store_update(IvmStore *store, ItemPointer tid, const Datum *values, const bool *nulls)
{
	TM_FailureData failure;
	LockTupleMode lockmode;
	int			index_mode;

	put_row(store, values, nulls);
	if (ivm_compat_tuple_update(store->rel, tid, store->slot, GetCurrentCommandId(true),
								InvalidSnapshot, true, &failure, &lockmode,
								&index_mode) != TM_Ok)
		report_interference(store);
	if (index_mode != 0)
		insert_index_entries(store, true, index_mode);
	if (store->hint && index_mode == 1)
		set_hint(store->hint, &store->slot->tts_tid);	/* a new chain */
	else if (store->hint)
		store->hint->before = store->version;
	ExecClearTuple(store->slot);
}

void
ivm_store_delete(IvmStore *store, ItemPointer tid)
{
	TM_FailureData failure;

	if (table_tuple_delete(store->rel, tid, GetCurrentCommandId(true), InvalidSnapshot,
						   InvalidSnapshot, true, &failure, false) != TM_Ok)
		report_interference(store);
}

void
ivm_store_delete_all(IvmPlan *plan, Oid relid)
{
	Relation	rel = table_open(relid, RowExclusiveLock);
	IvmStore   *store = ivm_store_open(plan, rel, relid == plan->row->delta);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ivm_store_delete(store, &slot->tts_tid);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	ivm_store_close(store);
	table_close(rel, NoLock);
}
