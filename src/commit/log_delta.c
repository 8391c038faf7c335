/*-------------------------------------------------------------------------
 *
 * log_delta.c
 *	  Bringing the state of a deferred view up to a snapshot by logged changes.
 *
 * The state of a deferred view is written by its refreshes alone, one at a time, so
 * there are no key locks, slots and deltas: a state row is updated in place, and readers
 * get the version that their snapshot shows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/progress.h"
#include "commit/compute.h"
#include "commit/join_delta.h"
#include "commit/log_delta.h"
#include "commit/old_buckets.h"
#include "commit/store.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "plan/owner_scope.h"
#include "plan/row_eval.h"
#include "plan/state.h"

/* ---- computing ---- */

const char *
ivm_log_delta_obstacle(const IvmPlan *plan, const IvmLoggedChanges *changes)
{
	if (changes->obstacle)
		return changes->obstacle;
	if (plan->core->single)
		return NULL;
	return ivm_join_delta_logged_obstacle(plan, changes->relids, changes->net);
}

/* Adding a row to a map and applying that */
#define COST_OF_CHANGE	(cpu_operator_cost * 10 + cpu_index_tuple_cost)

double
ivm_log_delta_cost(IvmPlan *plan, const IvmLoggedChanges *changes, Snapshot snapshot)
{
	if (plan->core->single)
		return ivm_log_delta_cost_of_rows(changes->nrows);
	return ivm_join_delta_logged_cost(plan, changes->relids, changes->stores, snapshot) +
		changes->nrows * COST_OF_CHANGE;
}

/*
 * Rows that are taken from a log and evaluated one by one take about twice as long as what
 * costs the same in a query over the table: so this is, relative to that.
 */
#define ROW_BY_ROW		2.0

double
ivm_log_delta_cost_of_rows(double nrows)
{
	return nrows * (cpu_tuple_cost + COST_OF_CHANGE) * ROW_BY_ROW;
}

/* How often the size of the map is looked at */
#define ROWS_PER_LOOK	1024

/* Where rows are added, evaluated one by one. */
typedef struct RowAdder
{
	IvmPlan    *plan;
	IvmRowEval *eval;
	IvmChangeMap *into;
	IvmLogDeltaFlush flush;
	void	   *arg;
	int64		nrows;
	bool		unlimited;
	bool		failed;			/* there were too many */
} RowAdder;

static void
begin_adding(RowAdder *a)
{
	a->eval = ivm_row_eval_get(a->plan);
	a->eval->busy = true;
}

static void
add_row(TupleTableSlot *slot, int sign, void *arg)
{
	RowAdder   *a = arg;
	TupleTableSlot *row = ivm_row_eval_project(a->eval, slot);
	MemoryContext oldcxt;

	a->nrows++;
	if (row == NULL)
		return;
	oldcxt = MemoryContextSwitchTo(a->eval->econtext->ecxt_per_tuple_memory);
	ivm_changes_add(a->into, row->tts_values, row->tts_isnull, sign);
	MemoryContextSwitchTo(oldcxt);
	if (a->unlimited || a->nrows % ROWS_PER_LOOK != 0 || !ivm_changes_exceed(a->into, maintenance_work_mem))
		return;
	if (a->flush != NULL && !ivm_plan_recomputes(a->plan))
		a->flush(a->into, a->arg);
	else
		a->failed = true;
}

static void
add_rows(RowAdder *a, IvmRowStore *store)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(store->desc, &TTSOpsMinimalTuple);
	IvmRowScan	scan;

	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, store, n);
		while (!a->failed && ivm_row_store_next(&scan, slot))
		{
			CHECK_FOR_INTERRUPTS();
			ivm_progress_add(1);
			add_row(slot, n == 0 ? 1 : -1, a);
		}
	}
	ExecDropSingleTupleTableSlot(slot);
}

bool
ivm_log_delta_compute(IvmPlan *plan, const IvmLoggedChanges *changes, Snapshot snapshot,
					  IvmChangeMap *into, IvmLogDeltaFlush flush, void *arg)
{
	RowAdder	adder = {.plan = plan,.into = into,.flush = flush,.arg = arg,.unlimited = changes->unlimited};
	IvmOwnerScope scope;
	ListCell   *lc;

	ivm_progress_phase(IVM_PROGRESS_DELTA, changes->nrows);
	if (!plan->core->single)
		return ivm_join_delta_logged(plan, changes->relids, changes->stores, snapshot,
									 changes->unlimited, into);
	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(snapshot);
	begin_adding(&adder);
	foreach(lc, changes->stores)
		add_rows(&adder, lfirst(lc));
	adder.eval->busy = false;
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	return !adder.failed;
}

bool
ivm_log_delta_can_stream(const IvmPlan *plan)
{
	return plan->core->single && !ivm_plan_recomputes(plan);
}

const char *
ivm_log_delta_stream(IvmPlan *plan, const IvmWatermark *watermark, Snapshot snapshot,
					 IvmChangeMap *into, IvmLogDeltaFlush flush, void *arg, int64 *nrows)
{
	RowAdder	adder = {.plan = plan,.into = into,.flush = flush,.arg = arg};
	IvmOwnerScope scope;
	const char *obstacle;

	Assert(ivm_log_delta_can_stream(plan));
	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(snapshot);
	begin_adding(&adder);
	obstacle = ivm_log_reader_scan(plan, watermark, snapshot, add_row, &adder);
	adder.eval->busy = false;
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	*nrows = adder.nrows;
	return obstacle;
}

/* ---- applying ---- */

typedef struct Applier
{
	IvmPlan    *plan;
	Snapshot	snapshot;
	IvmStore   *store;
	IvmCorrections *result;
	IvmDeltaMap *dirty;			/* keys to be computed */
	bool		computes;		/* all of them */
	int64		start;			/* of the state; DT_NOBEGIN: it has all */
	IvmDeltaFilter filter;		/* or NULL */
	void	   *filter_arg;
} Applier;

/* Write what a key's state is to be, in the place of the row found, if any. */
static void
put_state(Applier *a, TupleTableSlot *row, const IvmState *state, const IvmDelta *delta)
{
	IvmPlan    *plan = a->plan;

	if (!ivm_key_is_permanent(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta)) &&
		ivm_state_is_empty(plan, state))
	{
		if (row == NULL)
			return;
		ivm_store_delete(a->store, &row->tts_tid);
		a->result->deleted++;
	}
	else if (row)
	{
		ivm_store_update(a->store, &row->tts_tid, state->values, state->nulls);
		a->result->updated++;
	}
	else
	{
		ivm_store_insert(a->store, state->values, state->nulls);
		a->result->inserted++;
	}
}

/* The stored state of a delta's key in *state, and the row that has it, or NULL. */
static TupleTableSlot *
find_state(Applier *a, const IvmDelta *delta, IvmState *state)
{
	TupleTableSlot *row = ivm_store_find(a->store, delta, 0);

	if (row)
		ivm_state_from_slot(a->plan, row, state);
	else
		ivm_state_empty(a->plan, delta, state);
	return row;
}

static void
apply_delta(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	Applier    *a = arg;
	IvmState   *state = ivm_state_make(plan);
	TupleTableSlot *row;

	CHECK_FOR_INTERRUPTS();
	ivm_progress_add(1);
	if (a->filter && !a->filter(plan, delta, a->filter_arg))
		return;
	/* the row that it would be added to was removed, and nobody asks for it */
	if (a->start != DT_NOBEGIN &&
		ivm_old_buckets_is_before(plan, ivm_delta_keys(plan, delta), ivm_delta_key_nulls(plan, delta), a->start))
		return;
	if (a->computes)
	{
		ivm_delta_map_add(a->dirty, delta);
		return;
	}
	row = find_state(a, delta, state);
	if (!ivm_delta_is_dirty(plan, delta) && ivm_state_apply(plan, state, delta))
		put_state(a, row, state, delta);
	else
		ivm_delta_map_add(a->dirty, delta);
	ivm_store_found_done(a->store);
}

/* Write the computed state of a key, or (NULL) that it has no rows any more. */
static void
put_computed(Applier *a, const IvmDelta *delta, const IvmState *computed)
{
	IvmState   *state = ivm_state_make(a->plan);
	TupleTableSlot *row = find_state(a, delta, state);

	if (computed == NULL)
		ivm_state_empty(a->plan, delta, state);
	put_state(a, row, computed ? computed : state, delta);
	ivm_store_found_done(a->store);
	ivm_progress_add(1);
}

/* A computed state of the whole view: keep it if its key is dirty. */
typedef struct ComputedKeys
{
	Applier    *applier;
	MemoryContext cxt;
	List	   *deltas;			/* IvmDelta *, of dirty */
	List	   *states;			/* IvmState * of these */
} ComputedKeys;

/* A bag's rows come one by one: here is one more of a key that is kept already. */
static void
count_equal_row(IvmPlan *plan, ComputedKeys *c, const IvmDelta *delta)
{
	ListCell   *lc;
	ListCell   *lc2;

	Assert(plan->core->kind == IVM_CORE_BAG);
	forboth(lc, c->deltas, lc2, c->states)
	{
		IvmState   *state = lfirst(lc2);

		if (lfirst(lc) == delta)
			state->values[plan->layout.state_row_count] =
				Int64GetDatum(ivm_state_row_count(plan, state) + 1);
	}
}

static void
keep_computed(IvmPlan *plan, const IvmState *state, void *arg)
{
	ComputedKeys *c = arg;
	const Datum *keys = state->values + plan->layout.first_key;
	const bool *nulls = state->nulls + plan->layout.first_key;
	IvmDelta   *delta = ivm_delta_map_find(c->applier->dirty, ivm_key_hash(plan, keys, nulls),
										   keys, nulls);
	MemoryContext oldcxt;
	IvmState   *copy;

	if (delta == NULL)
		return;
	if (delta->done)
	{
		count_equal_row(plan, c, delta);
		return;
	}
	delta->done = true;
	oldcxt = MemoryContextSwitchTo(c->cxt);
	copy = ivm_state_make(plan);
	ivm_state_copy(plan, copy, state);
	c->deltas = lappend(c->deltas, delta);
	c->states = lappend(c->states, copy);
	MemoryContextSwitchTo(oldcxt);
}

/* Compute all dirty keys in one pass over the base tables. */
static void
compute_in_one_pass(Applier *a)
{
	ComputedKeys c = {.applier = a,.cxt = CurrentMemoryContext};
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_delta_map_list(a->dirty))
		((IvmDelta *) lfirst(lc))->done = false;
	ivm_compute_all(a->plan, a->snapshot, keep_computed, &c);
	forboth(lc, c.deltas, lc2, c.states)
	{
		put_computed(a, lfirst(lc), lfirst(lc2));
		((IvmDelta *) lfirst(lc))->done = true;
	}
	foreach(lc, ivm_delta_map_list(a->dirty))
	{
		if (!((IvmDelta *) lfirst(lc))->done)
			put_computed(a, lfirst(lc), NULL);
	}
}

/* Compute the keys whose state does not follow from the change: each by itself, or all at once. */
static void
compute_dirty(Applier *a)
{
	IvmPlan    *plan = a->plan;
	List	   *deltas = ivm_delta_map_list(a->dirty);
	double		cost = 0;
	MemoryContext cxt;
	MemoryContext oldcxt;
	ListCell   *lc;

	ivm_progress_phase(IVM_PROGRESS_KEYS, list_length(deltas));
	foreach(lc, deltas)
		cost += ivm_compute_key_cost(plan, ivm_delta_keys(plan, lfirst(lc)),
									 ivm_delta_key_nulls(plan, lfirst(lc)));
	if (cost > ivm_compute_all_cost(plan))
	{
		compute_in_one_pass(a);
		return;
	}
	cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm computed key", ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(cxt);
	foreach(lc, deltas)
	{
		IvmDelta   *delta = lfirst(lc);
		IvmState   *state = ivm_state_make(plan);
		bool		found = ivm_compute_key(plan, a->snapshot, ivm_delta_keys(plan, delta),
											ivm_delta_key_nulls(plan, delta), state);

		CHECK_FOR_INTERRUPTS();
		put_computed(a, delta, found ? state : NULL);
		MemoryContextReset(cxt);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

static void
apply_map(Applier *a, IvmChangeMap *map)
{
	IvmPlan    *plan = a->plan;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm log delta",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	Relation	rel = table_open(plan->row->state, RowExclusiveLock);
	IvmOwnerScope scope;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_NAMED);
	PushActiveSnapshot(a->snapshot);
	ivm_progress_phase(IVM_PROGRESS_APPLY, ivm_changes_count(map));
	a->store = ivm_store_open(plan, rel, false);
	a->dirty = ivm_delta_map_create(plan, cxt);
	a->start = ivm_old_buckets_start(plan);
	ivm_changes_visit(map, apply_delta, a);
	if (ivm_delta_map_count(a->dirty) > 0)
		compute_dirty(a);
	ivm_store_close(a->store);
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	table_close(rel, NoLock);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
	CommandCounterIncrement();
}

void
ivm_log_delta_apply(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot, IvmCorrections *result)
{
	ivm_log_delta_apply_some(plan, map, snapshot, NULL, NULL, result);
}

void
ivm_log_delta_apply_some(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot,
						 IvmDeltaFilter filter, void *arg, IvmCorrections *result)
{
	Applier		a = {.plan = plan,.snapshot = snapshot,.result = result};

	a.filter = filter;
	a.filter_arg = arg;
	apply_map(&a, map);
}

void
ivm_log_delta_compute_keys(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot,
						   IvmDeltaFilter filter, void *arg, IvmCorrections *result)
{
	Applier		a = {.plan = plan,.snapshot = snapshot,.result = result,.computes = true};

	a.filter = filter;
	a.filter_arg = arg;
	apply_map(&a, map);
}
