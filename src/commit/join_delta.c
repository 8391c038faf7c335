/*-------------------------------------------------------------------------
 *
 * join_delta.c
 *	  Deltas of views over several sources.
 *
 * Let a transaction have changed the tables that sources A and B read by the
 * signed bags dA and dB, and let A and B be what a snapshot that sees these
 * changes shows.  If the core's rows are linear in both, then
 *
 *		core(A, B) - core(A - dA, B - dB)
 *			= core(dA, B) + core(A, dB) - core(dA, dB)
 *
 * and the same holds for more sources: a term for each set of changed sources, with
 * the rows changed in the place of these and a sign that alternates with the
 * number of them.  (Blakeley, Larson, Tompa: Efficiently updating materialized
 * views, 1986, in the form of inclusion and exclusion.)  All terms read one
 * snapshot, and none needs the state before the change.  A signed bag is two
 * bags, of rows added and of rows removed, and a term falls into as many parts.
 *
 * A part is the definition's own query with the sources' range table entries
 * replaced, so all that PostgreSQL knows about joins applies.
 *
 * Where the core is not linear in a changed source, what the change can touch
 * is compared with what it was before (region_delta.c, exists_delta.c).  Where it can touch
 * anything, the whole view is reconciled with its definition at the end of the
 * transaction or, while somebody has the state table locked, compared with what it was.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/derived.h"
#include "base/error_context.h"
#include "base/kept_executor.h"
#include "base/signed_rows.h"
#include "capture/changes.h"
#include "capture/pending.h"
#include "capture/row_store.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "commit/apply.h"
#include "commit/compute.h"
#include "commit/delta_query.h"
#include "commit/exists_delta.h"
#include "commit/join_delta.h"
#include "commit/log_old.h"
#include "commit/reconcile.h"
#include "commit/region_delta.h"
#include "commit/source_locks.h"
#include "commit/view_change.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/core.h"
#include "definition/sources.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "plan/table_plan.h"

/* A view's change being computed. */
typedef struct Computation
{
	IvmViewChange change;
	List	   *tables;			/* changed, sorted */
	Snapshot	snapshot;
	IvmChangeMap *map;			/* where it goes; NULL: not made yet */
	bool		applying;		/* that is the pending change itself */
	bool		whole;			/* compare all rows with what they were */
	bool		settled;		/* addends without terms are known to stay
								 * (is_settled()) */
	IvmExistsRows *exists;		/* rows that meet these are no part of terms,
								 * or NULL */
	IvmSignedRows *net;			/* terms are summed up here first, or NULL */
	int			sign;			/* of the term being run */
	bool		limited;		/* the map is to stay small */
	bool		exceeded;		/* it has not */
	uint32		count;			/* rows added, while limited */
	bool		reads_old;		/* logged changes: asks for tables as they
								 * were */
	bool		estimating;		/* only add up planned costs */
	double		cost;
} Computation;

/* ---- where rows go ---- */

/* How often the size of a map is looked at */
#define ROWS_PER_LOOK	1024

static void
add_to_map(Computation *c, TupleTableSlot *slot, int sign)
{
	if (c->exceeded)
		return;
	if (c->map == NULL)
		c->map = ivm_pending_map(c->change.plan);
	ivm_changes_add(c->map, slot->tts_values, slot->tts_isnull, sign);
	if (c->applying && ivm_pending_full(false))
	{
		ivm_apply_write_out();
		c->map = NULL;
	}
	if (c->limited && ++c->count % ROWS_PER_LOOK == 0)
		c->exceeded = ivm_changes_exceed(c->map, maintenance_work_mem);
}

static void
visit_net_row(TupleTableSlot *slot, int64 copies, void *arg)
{
	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	for (; copies > 0; copies--)
		add_to_map(arg, slot, 1);
	for (; copies < 0; copies++)
		add_to_map(arg, slot, -1);
}

static void
visit_row(TupleTableSlot *slot, void *arg)
{
	Computation *c = arg;

	if (c->net)
		ivm_signed_rows_add(c->net, slot, c->sign);
	else
		add_to_map(c, slot, c->sign);
}

/* ---- linear views ---- */

static Query *
build_term_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	Query	   *query = copyObject(change->addend->rows);
	List	   *rtes = ivm_sources_list(query);
	uint64		tested = key->sources & change->addend->tested;
	uint64		sources = key->sources & ~tested;

	if (!ivm_sources_keep_arms(query, sources, true))
		return NULL;
	if (tested != 0)
		ivm_exists_delta_exclude(query, rtes, change, tested, nrows);
	for (int i = 0; i < change->nchanged; i++)
	{
		IvmChangedSource *changed = &change->changed[i];

		if (sources & (UINT64CONST(1) << changed->source))
			ivm_sources_put_rows(list_nth(rtes, changed->source), changed->source, changed->desc, nrows);
	}
	return query;
}

/* Run the part of a term that reads, of each source in it, rows of one sign. */
static void
run_part(Computation *c, uint64 sources, const int *signs, int sign)
{
	List	   *named = NIL;
	IvmDeltaQueryKey key;
	double		nrows = 1;
	IvmDeltaQuery *query;

	for (int i = 0; i < c->change.nchanged; i++)
	{
		IvmChangedSource *changed = &c->change.changed[i];
		IvmRowStore *rows = changed->rows;

		if ((sources & (UINT64CONST(1) << changed->source)) == 0)
			continue;
		named = ivm_delta_query_name_rows(named, ivm_sources_rows_name(changed->source),
										  changed->desc, rows, signs[i]);
		nrows = Max(nrows, rows->nrows[signs[i]]);
	}
	memset(&key, 0, sizeof(key));
	key.addend = c->change.addend;
	key.sources = sources;
	if (c->exists)
	{
		key.sources |= ivm_exists_delta_sources(c->exists);
		named = ivm_exists_delta_name(c->exists, named);
	}
	query = ivm_delta_query_plan(&c->change, &key, nrows, build_term_query);
	c->sign = sign;
	if (query && c->estimating)
		c->cost += query->stmt->planTree->total_cost;
	else if (query)
		ivm_delta_query_run(&c->change, query, c->snapshot, named, visit_row, c);
}

/* All parts of all terms that have, before source n, what is given. */
static void
run_terms(Computation *c, int n, uint64 sources, int *signs, int sign)
{
	IvmChangedSource *changed = &c->change.changed[n];

	if (n == c->change.nchanged)
	{
		if (sources != 0)
			run_part(c, sources, signs, -sign);
		return;
	}
	run_terms(c, n + 1, sources, signs, sign);
	if (!c->change.addend->sources[changed->source].linear)
		return;					/* c->exists accounts for it */
	for (int i = 0; i < 2; i++)
	{
		if (changed->rows->nrows[i] == 0)
			continue;
		signs[n] = i;
		/* each source in a term changes its sign, and so do removed rows */
		run_terms(c, n + 1, sources | (UINT64CONST(1) << changed->source), signs,
				  i == 0 ? -sign : sign);
	}
}

static void
compute_linear(Computation *c)
{
	int			signs[IVM_MAX_SOURCES];

	if (!c->estimating && ivm_plan_recomputes(c->change.plan) &&
		(c->change.nchanged > 1 ||
		 (c->change.changed[0].rows->nrows[0] > 0 && c->change.changed[0].rows->nrows[1] > 0)))
		c->net = ivm_signed_rows_create(CurrentMemoryContext);
	run_terms(c, 0, 0, signs, 1);
	if (c->net)
		ivm_signed_rows_visit(c->net, visit_net_row, c);
}

/* ---- other addends ---- */

static void
compute_region(Computation *c, const IvmRegion *region)
{
	IvmRegionValues *values = ivm_region_delta_values(&c->change, region, c->snapshot);

	if (c->estimating)
		c->cost += ivm_region_delta_cost(&c->change, values);
	else
		ivm_region_delta_compute(&c->change, values, c->snapshot, visit_net_row, c);
}

static void
compute_exists(Computation *c)
{
	c->exists = ivm_exists_delta_rows(&c->change);
	if (c->estimating)
		c->cost += ivm_exists_delta_cost(&c->change, c->exists);
	else
		ivm_exists_delta_compute(&c->change, c->exists, c->snapshot, visit_net_row, c);
	compute_linear(c);
	ivm_exists_delta_free(c->exists);
	c->exists = NULL;
}

/* ---- how to compute ---- */

static void
compute_addend(Computation *c, const IvmAddend *addend)
{
	uint64		changed = ivm_view_change_sources(addend, c->tables);

	if (changed == 0)
		return;
	c->change.addend = addend;
	c->net = NULL;
	ivm_view_change_find(&c->change, c->tables);
	if (c->whole)
		ivm_region_delta_compute_all(&c->change, c->snapshot, visit_net_row, c);
	else if (ivm_view_change_is_linear(addend, changed))
		compute_linear(c);
	else if (!c->settled && !ivm_view_change_is_idle(&c->change))
	{
		const IvmRegion *region = ivm_region_delta_choose(addend, changed);

		if (region)
			compute_region(c, region);
		else
			compute_exists(c);
	}
	ivm_view_change_forget(&c->change);
}

/*
 * Kept from transaction to transaction, not to ask for memory in each: for all views, and for the
 * one that is computed.
 */
static MemoryContext commit_cxt = NULL;
static MemoryContext view_cxt = NULL;

/* Compute all addends, as the view's owner and under its settings. */
static void
compute_addends(Computation *c)
{
	IvmPlan    *plan = c->change.plan;
	MemoryContext cxt = c->change.at_commit ? view_cxt :
		AllocSetContextCreate(CurrentMemoryContext, "ivm join delta", ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmOwnerScope scope;
	ListCell   *lc;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(c->snapshot);
	if (c->reads_old)
		ivm_log_old_prepare(plan, c->change.logged, c->snapshot);
	foreach(lc, plan->core->addends)
		compute_addend(c, lfirst(lc));
	if (c->reads_old)
		ivm_log_old_free(c->change.logged);
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	MemoryContextSwitchTo(oldcxt);
	if (c->change.at_commit)
		MemoryContextReset(cxt);
	else
		MemoryContextDelete(cxt);
}

/* Compute a view's change and add it to a map, or (NULL) to the pending change. */
static void
compute(IvmPlan *plan, List *tables, Snapshot snapshot, bool settled, IvmChangeMap *map)
{
	Computation c = {.change.plan = plan,.tables = tables,.snapshot = snapshot,.settled = settled,
	.map = map,.applying = map == NULL};

	c.change.at_commit = c.applying;
	compute_addends(&c);
}

/* What the planner expects a view's change to cost. */
static double
estimate(IvmPlan *plan, List *tables, List *logged, Snapshot snapshot)
{
	Computation c = {.change.plan = plan,.change.logged = logged,.tables = tables,
	.snapshot = snapshot,.estimating = true};

	c.reads_old = logged != NIL && ivm_join_delta_way(plan->core, tables) != IVM_WAY_TERMS;
	compute_addends(&c);
	return c.cost;
}

/* Changed rows of a table from which on it is asked what they cost. */
#define MANY_ROWS		100

/* How much dearer than computing the whole view its change may be. */
#define COST_LIMIT		1.5

/*
 * Does the planner expect a view's change to cost more than the view?  A view whose owner may not
 * read what it reads is given up later, under its locks; no query of it can be planned for him.
 */
static bool
is_too_costly(IvmPlan *plan, List *tables)
{
	int64		most = 0;
	Snapshot	snapshot;
	bool		result;
	ListCell   *lc;

	foreach(lc, tables)
	{
		bool		temporary;
		IvmRowStore *rows;

		if (!list_member_oid(plan->row->bases, lfirst_oid(lc)))
			continue;
		rows = ivm_pending_rows(lfirst_oid(lc), &temporary);
		most = Max(most, rows->nrows[0] + rows->nrows[1]);
		if (temporary)
			ivm_row_store_free(rows);
	}
	if (most < MANY_ROWS || ivm_plan_check_reader(plan) != NULL)
		return false;
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(snapshot);
	result = estimate(plan, tables, NIL, snapshot) > COST_LIMIT * ivm_compute_all_cost(plan);
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
	return result;
}

/* ---- which views, and how ---- */

static bool
is_changed(IvmPlan *plan, List *tables)
{
	ListCell   *lc;

	foreach(lc, plan->row->bases)
	{
		if (list_member_oid(tables, lfirst_oid(lc)))
			return true;
	}
	return false;
}

static IvmDeltaWay
addend_way(const IvmAddend *addend, uint64 changed)
{
	if (ivm_view_change_is_linear(addend, changed))
		return IVM_WAY_TERMS;
	if (ivm_region_delta_choose(addend, changed))
		return IVM_WAY_REGION;
	return ivm_exists_delta_is_possible(addend, changed) ? IVM_WAY_EXISTS : IVM_WAY_RECOMPUTE;
}

IvmDeltaWay
ivm_join_delta_way(const IvmCore *core, List *tables)
{
	IvmDeltaWay result = IVM_WAY_TERMS;
	ListCell   *lc;

	foreach(lc, core->addends)
	{
		const IvmAddend *addend = lfirst(lc);
		IvmDeltaWay way = addend_way(addend, ivm_view_change_sources(addend, tables));

		result = Max(result, way);
	}
	return result;
}

/*
 * Has this transaction given a table or partition that a view reads new storage?
 * ALTER TABLE writes all rows anew in its own name, and only those that are left,
 * so what there was before the transaction is not to be seen any more.
 */
static bool
is_rewritten(const IvmPlan *plan)
{
	uint64		position = ivm_derived_position() + 1;
	ListCell   *lc;

	if (plan->run->old_storage_at == position)
		return false;			/* a message would have come */

	foreach(lc, plan->locked)
	{
		Relation	rel = RelationIdGetRelation(lfirst_oid(lc));
		bool		result = rel != NULL && ivm_compat_has_new_storage(rel);

		if (rel != NULL)
			RelationClose(rel);
		if (result)
			return true;
	}
	plan->run->old_storage_at = position;
	return false;
}

/*
 * Why a view's change cannot be computed from the changed rows, or NULL.  Its
 * state may have been made by this transaction, from some of them.
 */
static const char *
obstacle(IvmPlan *plan, List *tables)
{
	IvmDeltaWay way;

	if (ivm_pending_rebuilds(plan->row->id))
		return "this transaction has emptied or exchanged a table or partition";
	if (!is_changed(plan, tables))
		return NULL;
	if (TransactionIdIsCurrentTransactionId(plan->row->xmin))
		return "the view was made or changed by this transaction";
	way = ivm_join_delta_way(plan->core, tables);
	if (way == IVM_WAY_RECOMPUTE)
		return "what this transaction has changed can touch any row of the view";
	if (way != IVM_WAY_TERMS && is_rewritten(plan))
		return "this transaction has rewritten a table or partition";
	return NULL;
}

const char *
ivm_join_delta_obstacle(IvmPlan *plan)
{
	return obstacle(plan, ivm_pending_row_tables());
}

static void
add_to_overlay(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	ivm_delta_map_add(arg, delta);
}

void
ivm_join_delta_overlay(IvmPlan *plan, Snapshot snapshot, IvmDeltaMap *into)
{
	List	   *tables = ivm_pending_row_tables();
	IvmChangeMap map;

	if (!is_changed(plan, tables))
		return;
	ivm_changes_init(&map, plan, CurrentMemoryContext);
	compute(plan, tables, snapshot, false, &map);
	ivm_changes_visit(&map, add_to_overlay, into);
}

/* ---- changes that others have logged ---- */

const char *
ivm_join_delta_logged_obstacle(const IvmPlan *plan, List *tables, bool net)
{
	IvmDeltaWay way = ivm_join_delta_way(plan->core, tables);

	if (way == IVM_WAY_RECOMPUTE)
		return "what has changed can touch any row of the view";
	if (way == IVM_WAY_EXISTS)
		return "rows that a condition EXISTS without an equation meets are not followed from change logs";
	if (way != IVM_WAY_TERMS && !net)
		return "too many rows have changed for finding out what they were";
	return NULL;
}

double
ivm_join_delta_logged_cost(IvmPlan *plan, List *tables, List *logged, Snapshot snapshot)
{
	return estimate(plan, tables, logged, snapshot);
}

bool
ivm_join_delta_logged(IvmPlan *plan, List *tables, List *logged, Snapshot snapshot,
					  bool unlimited, IvmChangeMap *into)
{
	Computation c = {.change.plan = plan,.change.logged = logged,.tables = tables,
	.snapshot = snapshot,.map = into};

	c.reads_old = ivm_join_delta_way(plan->core, tables) != IVM_WAY_TERMS;
	c.limited = !unlimited;
	compute_addends(&c);
	return !c.exceeded;
}

/* ---- at the end of the transaction ---- */

/* Plans of the views over several sources that this transaction has changed. */
static List *
changed_plans(List *tables)
{
	List	   *result = NIL;
	List	   *ids = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, tables)
	{
		foreach(lc2, ivm_table_plan_get(lfirst_oid(lc))->joins)
			ids = list_append_unique_int(ids, ((IvmPlan *) lfirst(lc2))->row->id);
	}
	foreach(lc, ivm_pending_rebuilt_views())
		ids = list_append_unique_int(ids, lfirst_int(lc));
	list_sort(ids, list_int_cmp);
	foreach(lc, ids)
	{
		IvmPlan    *plan = ivm_plan_cache_get(lfirst_int(lc));

		/* the view may have been dropped or paused in this transaction */
		if (plan != NULL && plan->capturing && !plan->core->single)
			result = lappend(result, plan);
	}
	return result;
}

/*
 * Give up maintaining a view whose owner would not be shown the rows that
 * the state is to stand for: a right was lost, or row security came into force.
 * No writer's commit fails for that, and what the state misses is not forgotten
 * when the right is back.
 */
static bool
give_up(IvmPlan *plan)
{
	const char *reason = ivm_plan_check_reader(plan);

	if (reason == NULL)
		return false;
	ivm_pending_discard(plan);
	ivm_catalog_set_status(plan->row->id, IVM_STATUS_STALE, reason);
	return true;
}

/*
 * Can it be computed what a view was before this transaction?  Whoever has the state
 * table's lock knows that this transaction has not made the state.
 */
static bool
is_before_known(IvmPlan *plan)
{
	return !ivm_pending_rebuilds(plan->row->id) && !is_rewritten(plan);
}

/*
 * Is a view better compared with what it was than computed, since an aggregate of another group may
 * fail?  Comparing looks at the rows that are aggregated, and makes the keys dirty whose rows have
 * changed.  It takes a state that is not of this transaction.
 */
static bool
is_better_compared(IvmPlan *plan)
{
	return ivm_plan_may_raise(plan) && is_before_known(plan) &&
		!TransactionIdIsCurrentTransactionId(plan->row->xmin);
}

/*
 * Bring a view up to date by computing all of it; its locks keep other writers out.
 *
 * Whoever has the state table locked is not waited for: it may be a transaction that has
 * called ivm.fold() and goes on, to a row that this one has changed.  Then the difference
 * to what the view was goes the way of all deltas.  What cannot be computed so has taken
 * the table away from everybody else, folds as well, but for partitions attached.
 */
static void
recompute(IvmPlan *plan, List *tables, Snapshot snapshot)
{
	ErrorContextCallback callback;

	ivm_error_enter_view(&callback, plan->name);
	if (plan->appends && !is_before_known(plan))
	{
		ivm_pending_discard(plan);
		ivm_catalog_set_status(plan->row->id,
							   plan->row->status == IVM_STATUS_READY ? IVM_STATUS_STALE : plan->row->status,
							   "a table was emptied, exchanged or rewritten while the view was being built");
	}
	else if (!plan->appends && !is_better_compared(plan) &&
			 (ConditionalLockRelationOid(plan->row->state, ShareRowExclusiveLock) ||
			  !is_before_known(plan)))
	{
		IvmCorrections corrections;

		ivm_pending_discard(plan);
		ivm_reconcile_state(plan, NULL, true, NULL, &corrections);
	}
	else
	{
		Computation c = {.change.plan = plan,.change.at_commit = true,.tables = tables,
		.snapshot = snapshot,.applying = true,.whole = true};

		compute_addends(&c);
	}
	ivm_run_history_count_recomputation(plan->row->id);
	ivm_error_leave_view(&callback);
}

static void
compute_changes(List *tables, List *plans)
{
	List	   *recomputed = NIL;
	List	   *kept = NIL;
	IvmSourceLocks locks = {0};
	Snapshot	snapshot;
	ListCell   *lc;

	ivm_source_locks_lock_tables(plans, tables);
	CommandCounterIncrement();
	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		if (obstacle(plan, tables) != NULL || is_too_costly(plan, tables))
			recomputed = lappend(recomputed, plan);
		ivm_source_locks_want(&locks, plan, tables, list_member_ptr(recomputed, plan));
	}
	ivm_source_locks_take(&locks);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	foreach(lc, plans)
	{
		if (!give_up(lfirst(lc)))
			kept = lappend(kept, lfirst(lc));
	}
	snapshot = ivm_source_locks_first_rows(&locks, kept, tables, snapshot);
	foreach(lc, kept)
	{
		IvmPlan    *plan = lfirst(lc);

		if (list_member_ptr(recomputed, plan))
			recompute(plan, tables, snapshot);
		else
			compute(plan, tables, snapshot, ivm_source_locks_settled(&locks, plan), NULL);
	}
	UnregisterSnapshot(snapshot);
}

void
ivm_join_delta_compute_all(List *tables)
{
	MemoryContext oldcxt;
	List	   *plans;

	if (commit_cxt == NULL)
		commit_cxt = AllocSetContextCreate(TopMemoryContext, "ivm joins at commit", 16 * 1024,
										   16 * 1024, ALLOCSET_DEFAULT_MAXSIZE);
	if (view_cxt == NULL)
		view_cxt = AllocSetContextCreate(TopMemoryContext, "ivm join delta", ALLOCSET_DEFAULT_SIZES);
	oldcxt = MemoryContextSwitchTo(commit_cxt);
	plans = changed_plans(tables);
	if (plans != NIL)
		compute_changes(tables, plans);
	MemoryContextSwitchTo(oldcxt);
	ivm_join_delta_reset();
}

void
ivm_join_delta_reset(void)
{
	ivm_kept_executor_reset();
	if (commit_cxt)
		MemoryContextReset(commit_cxt);
	if (view_cxt)
		MemoryContextReset(view_cxt);
}
