/*-------------------------------------------------------------------------
 *
 * populate.c
 *	  Filling an empty state table from the base tables.
 *
 *		groups	core query ------------------------------------> state rows
 *		bags	core query --> sort by key_hash --> count equal --> state rows
 *
 * Groups come one row each from the core query.  A bag's rows come one by
 * one, and equal ones as often as they are in the base tables: they are sorted
 * by their hash, so that equal rows are neighbours.  Memory: the sort has
 * maintenance_work_mem; beside it, the different rows of one hash are kept at a
 * time.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_operator.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/progress.h"
#include "base/sql_text.h"
#include "catalog/own_command.h"
#include "commit/compute.h"
#include "commit/shared_hash.h"
#include "commit/store.h"
#include "definition/core.h"
#include "maintain/populate.h"
#include "maintain/storage.h"
#include "plan/ahead.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/state.h"

/* A state table being filled */
typedef struct Population
{
	IvmPlan    *plan;
	Relation	rel;
	TupleTableSlot *slot;
	BulkInsertState bistate;
	IvmStore   *store;			/* NULL: without its indexes */
	Tuplesortstate *sort;		/* bags only */
	int64		rows;			/* inserted so far */
} Population;

static void
put_in_slot(Population *p, const IvmState *state)
{
	int			natts = p->plan->layout.state_natts;

	ExecClearTuple(p->slot);
	memcpy(p->slot->tts_values, state->values, sizeof(Datum) * natts);
	memcpy(p->slot->tts_isnull, state->nulls, sizeof(bool) * natts);
	ExecStoreVirtualTuple(p->slot);
}

/* Take a computed state: insert it at once. */
static void
insert_state(IvmPlan *plan, const IvmState *state, void *arg)
{
	Population *p = arg;

	if (p->store)
		ivm_store_insert(p->store, state->values, state->nulls);
	else
	{
		put_in_slot(p, state);
		table_tuple_insert(p->rel, p->slot, GetCurrentCommandId(true), 0, p->bistate);
	}
	p->rows++;
	ivm_progress_add(1);
}

/* Take a computed row of a bag: let it be sorted. */
static void
sort_state(IvmPlan *plan, const IvmState *state, void *arg)
{
	Population *p = arg;

	put_in_slot(p, state);
	tuplesort_puttupleslot(p->sort, p->slot);
	ivm_progress_add(1);
}

/* Insert the rows of one hash, each with its number of copies. */
static void
insert_deltas(Population *p, IvmDeltaMap *rows)
{
	ListCell   *lc;

	foreach(lc, ivm_delta_map_list(rows))
	{
		IvmDelta   *delta = lfirst(lc);
		IvmState   *state = ivm_state_make(p->plan);

		ivm_state_empty(p->plan, delta, state);
		if (!ivm_state_apply(p->plan, state, delta))
			elog(ERROR, "a bag has no accumulators");
		insert_state(p->plan, state, p);
	}
}

/* Read the sorted rows of a bag, count equal ones, and insert them. */
static void
count_sorted_rows(Population *p)
{
	IvmPlan    *plan = p->plan;
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(p->rel), &TTSOpsMinimalTuple);
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm equal hashes",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmDeltaMap *rows = NULL;
	uint64		hash = 0;

	tuplesort_performsort(p->sort);
	ivm_progress_phase(IVM_PROGRESS_WRITE, 0);
	while (tuplesort_gettupleslot(p->sort, true, false, slot, NULL))
	{
		IvmDelta   *delta;

		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		if (rows != NULL && DatumGetUInt64(slot->tts_values[0]) != hash)
		{
			insert_deltas(p, rows);
			MemoryContextReset(cxt);
			rows = NULL;
		}
		if (rows == NULL)
			rows = ivm_delta_map_create(plan, cxt);
		hash = DatumGetUInt64(slot->tts_values[0]);
		delta = ivm_delta_make(plan);
		delta->hash = hash;
		memcpy(delta->values, slot->tts_values, sizeof(Datum) * (1 + plan->nkeys));
		memcpy(delta->nulls, slot->tts_isnull, sizeof(bool) * (1 + plan->nkeys));
		delta->values[plan->layout.delta_row_count] = Int64GetDatum(1);
		ivm_delta_map_add(rows, delta);
	}
	if (rows != NULL)
		insert_deltas(p, rows);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
	ExecDropSingleTupleTableSlot(slot);
}

int64
ivm_populate_state(IvmPlan *plan, Snapshot snapshot)
{
	Population	p = {.plan = plan};
	ErrorContextCallback callback;
	bool		indexed = snapshot != NULL;

	ivm_error_enter_view(&callback, plan->name);
	if (snapshot == NULL)
		ivm_ahead_note(plan->row->id);
	snapshot = RegisterSnapshot(snapshot ? snapshot : GetLatestSnapshot());
	/* a parallel query does not let its receiver assign one */
	(void) GetCurrentTransactionId();
	ivm_progress_begin("create", plan->row->view);
	ivm_progress_phase(IVM_PROGRESS_COMPUTE, 0);
	p.rel = table_open(plan->row->state, RowExclusiveLock);
	p.slot = MakeSingleTupleTableSlot(RelationGetDescr(p.rel), &TTSOpsVirtual);
	p.bistate = GetBulkInsertState();
	if (indexed)
		p.store = ivm_store_open(plan, p.rel, false);
	if (plan->core->kind == IVM_CORE_BAG)
	{
		AttrNumber	attno = 1;
		Oid			op = Int8LessOperator;
		Oid			coll = InvalidOid;
		bool		nulls_first = false;

		Assert(plan->layout.hashed);
		p.sort = tuplesort_begin_heap(RelationGetDescr(p.rel), 1, &attno, &op, &coll,
									  &nulls_first, maintenance_work_mem, NULL, TUPLESORT_NONE);
		ivm_compute_all(plan, snapshot, sort_state, &p);
		count_sorted_rows(&p);
		tuplesort_end(p.sort);
	}
	else
		ivm_compute_all(plan, snapshot, insert_state, &p);
	if (p.store)
		ivm_store_close(p.store);
	FreeBulkInsertState(p.bistate);
	table_finish_bulk_insert(p.rel, 0);
	ExecDropSingleTupleTableSlot(p.slot);
	UnregisterSnapshot(snapshot);
	table_close(p.rel, NoLock);
	CommandCounterIncrement();
	ivm_shared_hash_note_all(plan);
	ivm_progress_end();
	ivm_error_leave_view(&callback);
	return p.rows;
}

bool
ivm_populate_is_new(const IvmPlan *plan)
{
	Relation	rel = table_open(plan->row->state, AccessShareLock);
	bool		result = RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, AccessShareLock);
	return result;
}

/*
 * The indexes are filled with the table: to make them afterwards would need a lock that who has read the
 * view holds back, and then all its readers.
 */
int64
ivm_populate_new(IvmPlan *plan, Snapshot snapshot)
{
	bool		before;
	IvmOwnerScope scope;
	int64		result;

	LockRelationOid(plan->row->state, ShareRowExclusiveLock);
	PushActiveSnapshot(snapshot);
	result = ivm_populate_state(plan, snapshot);
	PopActiveSnapshot();
	before = ivm_own_command_enter();
	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		ivm_own_command_run(ivm_storage_analyze_text(ivm_sql_text_relation_name(plan->row->state)));
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
	return result;
}
