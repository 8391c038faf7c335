/*-------------------------------------------------------------------------
 *
 * joindelta.c
 *	  Deltas of views over several sources.
 *
 * Let a transaction have changed the tables that sources A and B read by the
 * signed bags dA and dB, and let A and B be what a snapshot that sees these
 * changes shows.  If the core's rows are linear in both, then
 *
 *		core(A, B) - core(A - dA, B - dB)
 *			= core(dA, B) + core(A, dB) - core(dA, dB)
 *
 * and likewise for more sources: a term for each set of changed sources, with
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
 * is compared with what it was before (regiondelta.c).  Where it can touch
 * anything, the whole view is reconciled with its definition at the end of the
 * transaction.
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
#include "utils/snapmgr.h"

#include "apply.h"
#include "changes.h"
#include "compat.h"
#include "compute.h"
#include "deltaquery.h"
#include "joindelta.h"
#include "netrows.h"
#include "pending.h"
#include "reconcile.h"
#include "regiondelta.h"
#include "settings.h"
#include "stats.h"
#include "store.h"

/* A view's change being computed. */
typedef struct Computation
{
	IvmViewChange change;
	List	   *tables;			/* changed, sorted */
	Snapshot	snapshot;
	IvmChangeMap *map;			/* where it goes */
	bool		applying;		/* that is the pending change itself */
	bool		settled;		/* branches without terms are known to stay (is_settled()) */
	IvmNetRows *net;			/* terms are summed up here first, or NULL */
	int			sign;			/* of the term being run */
	bool		estimating;		/* only add up planned costs */
	double		cost;
} Computation;

/* ---- where rows go ---- */

static void
add_to_map(Computation *c, TupleTableSlot *slot, int sign)
{
	ivm_changes_add(c->map, slot->tts_values, slot->tts_isnull, sign);
	if (c->applying && ivm_pending_full(false))
	{
		ivm_apply_write_out();
		c->map = ivm_pending_map(c->change.plan);
	}
}

static void
visit_net_row(TupleTableSlot *slot, int64 copies, void *arg)
{
	CHECK_FOR_INTERRUPTS();
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
		ivm_netrows_add(c->net, slot, c->sign);
	else
		add_to_map(c, slot, c->sign);
}

/* ---- linear views ---- */

static Query *
build_term_query(const IvmViewChange *change, const IvmDeltaQueryKey *key, double nrows)
{
	Query	   *query = copyObject(change->branch->rows);
	List	   *rtes = ivm_sources_list(query);

	if (!ivm_sources_keep_branches(query, key->sources, true))
		return NULL;
	for (int i = 0; i < change->nchanged; i++)
	{
		IvmChangedSource *changed = &change->changed[i];

		if (key->sources & (UINT64CONST(1) << changed->source))
			ivm_sources_put_rows(list_nth(rtes, changed->source), changed->source, changed->desc, nrows);
	}
	return query;
}

/* Run the part of a term that reads, of each source in it, rows of one sign. */
static void
run_part(Computation *c, uint64 sources, const int *signs, int sign)
{
	QueryEnvironment *env = create_queryEnv();
	IvmDeltaQueryKey key;
	double		nrows = 1;
	IvmDeltaQuery *query;

	for (int i = 0; i < c->change.nchanged; i++)
	{
		IvmChangedSource *changed = &c->change.changed[i];
		IvmRowStore *rows = changed->rows;

		if ((sources & (UINT64CONST(1) << changed->source)) == 0)
			continue;
		ivm_deltaquery_name(env, ivm_sources_rows_name(changed->source), changed->desc,
							rows->rows[signs[i]], rows->nrows[signs[i]]);
		rows->readers++;
		nrows = Max(nrows, rows->nrows[signs[i]]);
	}
	memset(&key, 0, sizeof(key));
	key.branch = c->change.branch;
	key.sources = sources;
	query = ivm_deltaquery_plan(&c->change, &key, nrows, build_term_query);
	c->sign = sign;
	if (query && c->estimating)
		c->cost += query->stmt->planTree->total_cost;
	else if (query)
		ivm_deltaquery_run(&c->change, query, c->snapshot, env, visit_row, c);
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
		c->net = ivm_netrows_create(CurrentMemoryContext);
	run_terms(c, 0, 0, signs, 1);
	if (c->net)
		ivm_netrows_visit(c->net, visit_net_row, c);
}

/* ---- what has changed ---- */

static TupleDesc
table_desc(Oid relid)
{
	IvmBase    *base = ivm_plan_base(relid);

	for (int i = 0; i < base->ntargets; i++)
		if (base->targets[i].relid == relid)
			return base->targets[i].desc;
	return NULL;
}

/* The sources of a view whose tables this transaction has changed. */
static void
find_changed_sources(IvmViewChange *change, List *tables)
{
	const IvmBranch *branch = change->branch;
	ListCell   *lc;

	change->changed = palloc0(sizeof(IvmChangedSource) * branch->nsources);
	foreach(lc, tables)
	{
		Oid			relid = lfirst_oid(lc);
		IvmRowStore *rows = NULL;

		for (int i = 0; i < branch->nsources; i++)
		{
			IvmChangedSource *changed = &change->changed[change->nchanged];
			bool		temporary;

			if (branch->sources[i].relid != relid)
				continue;
			if (rows == NULL)
			{
				rows = ivm_pending_rows(relid, &temporary);
				if (temporary)
					change->temporary = lappend(change->temporary, rows);
			}
			changed->source = i;
			changed->rows = rows;
			changed->desc = table_desc(relid);
			change->nchanged++;
		}
	}
}

/* ---- how to compute ---- */

/* Sources with terms of their own: their number is 3 to the power of this. */
#define MAX_TERM_SOURCES	4

/*
 * Can the delta be made of terms, from the sources changed?  It should not where
 * the terms would compute a subquery as a whole, of which a region needs little.
 */
static bool
is_linear_change(const IvmBranch *branch, uint64 changed)
{
	const IvmRegion *region = branch->regions ? linitial(branch->regions) : NULL;
	int			n = 0;

	if (region && region->fenced != NIL &&
		ivm_regiondelta_is_direct(region, changed, branch->nsources))
		return false;

	for (int i = 0; i < branch->nsources; i++)
	{
		if ((changed & (UINT64CONST(1) << i)) == 0)
			continue;
		if (!branch->sources[i].linear)
			return false;
		n++;
	}
	return n <= MAX_TERM_SOURCES;
}

static uint64
changed_sources(const IvmBranch *branch, List *tables)
{
	uint64		result = 0;

	for (int i = 0; i < branch->nsources; i++)
		if (list_member_oid(tables, branch->sources[i].relid))
			result |= UINT64CONST(1) << i;
	return result;
}

/* Changed rows that are looked at one by one. */
#define MAX_VALUE_ROWS		1000

static void
visit_left(TupleTableSlot *slot, int64 copies, void *arg)
{
	*(bool *) arg = false;
}

/* Are a source's rows the same as before, in the columns that a branch reads? */
static bool
is_unchanged(const IvmBranch *branch, const IvmChangedSource *changed)
{
	const Bitmapset *attrs = branch->sources[changed->source].attrs;
	IvmNetRows *net;
	TupleTableSlot *row;
	TupleTableSlot *part;
	bool		result = true;

	if (changed->rows->nrows[0] != changed->rows->nrows[1] ||
		changed->rows->nrows[0] == 0 || changed->rows->nrows[0] > MAX_VALUE_ROWS)
		return false;
	net = ivm_netrows_create(CurrentMemoryContext);
	row = MakeSingleTupleTableSlot(changed->desc, &TTSOpsMinimalTuple);
	part = MakeSingleTupleTableSlot(changed->desc, &TTSOpsVirtual);
	for (int i = 0; i < 2; i++)
	{
		tuplestore_select_read_pointer(changed->rows->rows[i], 0);
		tuplestore_rescan(changed->rows->rows[i]);
		while (tuplestore_gettupleslot(changed->rows->rows[i], true, false, row))
		{
			slot_getallattrs(row);
			ExecStoreAllNullTuple(part);
			for (int a = -1; (a = bms_next_member(attrs, a)) >= 0;)
			{
				int			n = a + FirstLowInvalidHeapAttributeNumber - 1;

				part->tts_values[n] = row->tts_values[n];
				part->tts_isnull[n] = row->tts_isnull[n];
			}
			ivm_netrows_add(net, part, i == 0 ? 1 : -1);
		}
	}
	ivm_netrows_visit(net, visit_left, &result);
	ExecDropSingleTupleTableSlot(row);
	ExecDropSingleTupleTableSlot(part);
	return result;
}

/* Do only columns change that a branch does not read? */
static bool
is_idle(const IvmViewChange *change)
{
	for (int i = 0; i < change->nchanged; i++)
		if (!is_unchanged(change->branch, &change->changed[i]))
			return false;
	return true;
}

static void
forget_changed_sources(IvmViewChange *change)
{
	ListCell   *lc;

	foreach(lc, change->temporary)
		ivm_rowstore_free(lfirst(lc));
	change->temporary = NIL;
	change->nchanged = 0;
}

/* The whole core, as if it were a branch. */
static IvmBranch
whole_core(const IvmCore *core)
{
	IvmBranch	result = {.nsources = core->nsources,.sources = core->sources,
	.linear = core->linear,.regions = core->regions};

	return result;
}

static void
compute_branch(Computation *c, const IvmBranch *branch)
{
	uint64		changed = changed_sources(branch, c->tables);

	if (changed == 0)
		return;
	c->change.branch = branch;
	c->net = NULL;
	find_changed_sources(&c->change, c->tables);
	if (is_linear_change(branch, changed))
		compute_linear(c);
	else if (!c->settled && !is_idle(&c->change))
	{
		const IvmRegion *region = ivm_regiondelta_choose(branch, changed);
		IvmRegionValues *values = ivm_regiondelta_values(&c->change, region, c->snapshot);

		if (c->estimating)
			c->cost += ivm_regiondelta_cost(&c->change, values);
		else
			ivm_regiondelta_compute(&c->change, values, c->snapshot, visit_net_row, c);
	}
	forget_changed_sources(&c->change);
}

static void
error_context(void *arg)
{
	errcontext("maintaining view \"%s\"", ((IvmPlan *) arg)->name);
}

/* What is in force while expressions of a view are evaluated. */
typedef struct Scope
{
	Oid			user;
	int			security;
	int			nest;
	ErrorContextCallback callback;
} Scope;

/* Be the view's owner, under its settings. */
static void
enter_view(IvmPlan *plan, Scope *scope)
{
	scope->callback.callback = error_context;
	scope->callback.arg = plan;
	scope->callback.previous = error_context_stack;
	error_context_stack = &scope->callback;
	GetUserIdAndSecContext(&scope->user, &scope->security);
	SetUserIdAndSecContext(plan->owner, scope->security | SECURITY_RESTRICTED_OPERATION);
	scope->nest = ivm_settings_push(plan->settings);
}

static void
leave_view(Scope *scope)
{
	ivm_settings_pop(scope->nest);
	SetUserIdAndSecContext(scope->user, scope->security);
	error_context_stack = scope->callback.previous;
}

/* Compute all branches, as the view's owner and under its settings. */
static void
compute_branches(Computation *c)
{
	IvmPlan    *plan = c->change.plan;
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm join delta",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	Scope		scope;
	ListCell   *lc;

	enter_view(plan, &scope);
	PushActiveSnapshot(c->snapshot);
	foreach(lc, plan->core->branches)
		compute_branch(c, lfirst(lc));
	PopActiveSnapshot();
	leave_view(&scope);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/* Compute a view's change and add it to a map, or (NULL) to the pending change. */
static void
compute(IvmPlan *plan, List *tables, Snapshot snapshot, bool settled, IvmChangeMap *map)
{
	Computation c = {.change.plan = plan,.tables = tables,.snapshot = snapshot,.settled = settled,
	.map = map,.applying = map == NULL};

	c.change.at_commit = c.applying;
	if (c.applying)
		c.map = ivm_pending_map(plan);
	compute_branches(&c);
}

/* Changed rows of a table from which on it is asked what they cost. */
#define MANY_ROWS		100

/* How much dearer than computing the whole view its change may be. */
#define COST_LIMIT		1.5

/* Does the planner expect a view's change to cost more than the view? */
static bool
is_too_costly(IvmPlan *plan, List *tables)
{
	Computation c = {.change.plan = plan,.tables = tables,.estimating = true};
	int64		most = 0;
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
			ivm_rowstore_free(rows);
	}
	if (most < MANY_ROWS)
		return false;
	c.snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(c.snapshot);
	compute_branches(&c);
	result = c.cost > COST_LIMIT * ivm_compute_all_cost(plan);
	PopActiveSnapshot();
	UnregisterSnapshot(c.snapshot);
	return result;
}

/* ---- which views, and how ---- */

static bool
is_changed(IvmPlan *plan, List *tables)
{
	ListCell   *lc;

	foreach(lc, plan->row->bases)
		if (list_member_oid(tables, lfirst_oid(lc)))
			return true;
	return false;
}

/* How a view follows a transaction that changes these tables. */
IvmDeltaWay
ivm_joindelta_way(const IvmCore *core, List *tables)
{
	IvmDeltaWay result = IVM_WAY_TERMS;
	ListCell   *lc;

	foreach(lc, core->branches)
	{
		const IvmBranch *branch = lfirst(lc);
		uint64		changed = changed_sources(branch, tables);

		if (is_linear_change(branch, changed))
			continue;
		result = Max(result, ivm_regiondelta_choose(branch, changed) ?
					 IVM_WAY_REGION : IVM_WAY_RECOMPUTE);
	}
	return result;
}

/*
 * Why a view's change cannot be computed from the changed rows, or NULL.  Its
 * state may have been made by this transaction, from some of them.
 */
static const char *
obstacle(IvmPlan *plan, List *tables)
{
	if (ivm_pending_rebuilds(plan->row->id))
		return "this transaction has emptied or exchanged a table or partition";
	if (!is_changed(plan, tables))
		return NULL;
	if (TransactionIdIsCurrentTransactionId(plan->row->xmin))
		return "the view was made or changed by this transaction";
	if (ivm_joindelta_way(plan->core, tables) == IVM_WAY_RECOMPUTE)
		return "what this transaction has changed can touch any row of the view";
	return NULL;
}

/*
 * Why state, deltas and the rows changed by this transaction do not give the
 * view, or NULL if they do.
 */
const char *
ivm_joindelta_obstacle(IvmPlan *plan)
{
	return obstacle(plan, ivm_pending_row_tables());
}

static void
add_to_overlay(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	ivm_deltas_add(arg, delta);
}

/* Add the change that this transaction has made, as a snapshot sees it. */
void
ivm_joindelta_overlay(IvmPlan *plan, Snapshot snapshot, IvmDeltaMap *into)
{
	List	   *tables = ivm_pending_row_tables();
	IvmChangeMap map;

	if (!is_changed(plan, tables))
		return;
	ivm_changes_init(&map, plan, CurrentMemoryContext);
	compute(plan, tables, snapshot, false, &map);
	ivm_changes_visit(&map, add_to_overlay, into);
}

/* ---- a set of locks ---- */

typedef struct SideLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
} SideLock;

/* A view whose values a transaction shares with others. */
typedef struct SharedView
{
	IvmPlan    *plan;
	uint32	   *hashes;			/* of the values */
	int			n;
	bool		settled;
} SharedView;

typedef struct SideLocks
{
	int			n;
	int			max;
	SideLock   *locks;
	List	   *shared;			/* SharedView * */
} SideLocks;

static int
compare_locks(const void *a, const void *b)
{
	return memcmp(&((const SideLock *) a)->tag, &((const SideLock *) b)->tag, sizeof(LOCKTAG));
}

static SideLock *
add_lock(SideLocks *s, LOCKMODE mode)
{
	SideLock   *lock;

	if (s->n == s->max)
	{
		s->max = Max(16, s->max * 2);
		s->locks = s->locks ? repalloc(s->locks, sizeof(SideLock) * s->max) :
			palloc(sizeof(SideLock) * s->max);
	}
	lock = &s->locks[s->n++];
	memset(lock, 0, sizeof(SideLock));
	lock->mode = mode;
	return lock;
}

static void
want_side_lock(SideLocks *s, Oid a, Oid b, int stripe, LOCKMODE mode)
{
	ivm_side_lock_tag(&add_lock(s, mode)->tag, a, b, stripe);
}

/* ---- values that a change touches ---- */

/* Values that a transaction locks one by one before it wants all of a view. */
#define MAX_VALUE_LOCKS		64

/* The hashes of a region's values that a change touches (ivm_regiondelta_hashes()). */
static uint32 *
hash_values(IvmViewChange *change, const IvmRegion *region, int max, int *n)
{
	/* functions of such a type may be written in any language */
	bool		is_foreign = region->type >= FirstNormalObjectId;
	uint32	   *result;
	Scope		scope;

	enter_view(change->plan, &scope);
	if (is_foreign)
		PushActiveSnapshot(GetTransactionSnapshot());
	result = ivm_regiondelta_hashes(ivm_regiondelta_values(change, region, InvalidSnapshot),
									max, n);
	if (is_foreign)
		PopActiveSnapshot();
	leave_view(&scope);
	return result;
}

/*
 * The hashes of what a change of these tables touches of a region, which their
 * rows have themselves, or NULL if these are too many.
 */
static uint32 *
touched_hashes(IvmPlan *plan, const IvmRegion *region, List *tables, int max, int *n)
{
	IvmBranch	whole = whole_core(plan->core);
	IvmViewChange change = {.plan = plan,.branch = &whole};
	int64		nrows = 0;
	uint32	   *result = NULL;

	find_changed_sources(&change, tables);
	for (int i = 0; i < change.nchanged; i++)
		nrows += change.changed[i].rows->nrows[0] + change.changed[i].rows->nrows[1];
	if (nrows <= MAX_VALUE_ROWS)
		result = hash_values(&change, region, max, n);
	forget_changed_sources(&change);
	return result;
}

/* ---- locks of linear views ---- */

/* Stripes of a lock between two tables, numbered from 1 */
#define SIDE_STRIPES	32
#define ALL_STRIPES		PG_UINT32_MAX

/*
 * The stripes that a change of a table locks: those of the values that it touches.
 * There is always one, for whoever wants all.
 */
static uint32
touched_stripes(IvmPlan *plan, const IvmRegion *region, Oid table)
{
	uint32		result = 0;
	int			n = 0;
	uint32	   *hashes = touched_hashes(plan, region, list_make1_oid(table), INT_MAX, &n);

	if (hashes == NULL)
		return ALL_STRIPES;
	for (int i = 0; i < n; i++)
		result |= (uint32) 1 << hashes[i] % SIDE_STRIPES;
	return result == 0 ? 1 : result;
}

/* Lock a pair of tables for changes of one of them, or (InvalidOid) of both. */
static void
want_pair_lock(SideLocks *s, IvmPlan *plan, const IvmMeeting *pair, Oid table, LOCKMODE mode)
{
	uint32		stripes;

	if (pair->region == NULL)
	{
		want_side_lock(s, pair->a, pair->b, 0, mode);
		return;
	}
	stripes = OidIsValid(table) ? touched_stripes(plan, pair->region, table) : ALL_STRIPES;
	for (int i = 0; i < SIDE_STRIPES; i++)
		if (stripes & ((uint32) 1 << i))
			want_side_lock(s, pair->a, pair->b, i + 1, mode);
}

/*
 * The locks of a view that is linear.  Changes of one table commute with each
 * other, those of two do not: per pair of tables, writers of the one share a
 * lock that excludes writers of the other.  Where rows of both have the value
 * by which they meet, the lock has stripes, and those of different values
 * do not exclude each other.  Tables whose rows never meet, in different branches of
 * UNION ALL, need none.
 */
static void
want_side_locks(SideLocks *s, IvmPlan *plan, List *tables, bool all)
{
	ListCell   *lc;

	foreach(lc, plan->meeting)
	{
		const IvmMeeting *pair = lfirst(lc);

		if (all)
			want_pair_lock(s, plan, pair, InvalidOid, ShareRowExclusiveLock);
		else if (pair->a == pair->b)
		{
			if (list_member_oid(tables, pair->a))
				want_pair_lock(s, plan, pair, pair->a, ShareRowExclusiveLock);
		}
		else
		{
			if (list_member_oid(tables, pair->a))
				want_pair_lock(s, plan, pair, pair->a, RowExclusiveLock);
			if (list_member_oid(tables, pair->b))
				want_pair_lock(s, plan, pair, pair->b, ShareLock);
		}
	}
	/* who computes the view afresh excludes writers that hold none of these */
	if (!plan->all_meet || plan->meeting == NIL)
		want_side_lock(s, plan->row->state, InvalidOid, 0,
					   all ? ShareRowExclusiveLock : RowExclusiveLock);
}

/* ---- values that are shared ---- */

/*
 * May a table gain rows in one value by several writers at the same time?  Each
 * branch must be linear in it, or can only lose rows by that.
 */
static bool
can_be_shared(const IvmCore *core, Oid relid)
{
	ListCell   *lc;
	int			n = 0;

	for (int i = 0; i < core->nsources; i++)
		n += core->sources[i].relid == relid;
	if (n != 1)
		return false;
	foreach(lc, core->branches)
	{
		const IvmBranch *branch = lfirst(lc);

		for (int i = 0; i < branch->nsources; i++)
			if (branch->sources[i].relid == relid && !branch->sources[i].linear &&
				(branch->shrinks & (UINT64CONST(1) << i)) == 0)
				return false;
	}
	return true;
}

/*
 * The mode in which writers of one table share a region's values.  There are two
 * that exclude each other; writers of further tables exclude all.
 */
static LOCKMODE
sharing_mode(const IvmCore *core, Oid relid)
{
	static const LOCKMODE modes[] = {RowExclusiveLock, ShareLock};
	int			n = 0;

	if (!can_be_shared(core, relid))
		return ExclusiveLock;
	for (int i = 0; i < core->nsources; i++)
	{
		if (core->sources[i].relid == relid)
			return n < lengthof(modes) ? modes[n] : ExclusiveLock;
		n += can_be_shared(core, core->sources[i].relid);
	}
	return ExclusiveLock;
}

/* Has no source lost rows? */
static bool
is_gain(const IvmViewChange *change)
{
	for (int i = 0; i < change->nchanged; i++)
		if (change->changed[i].rows->nrows[1] > 0)
			return false;
	return true;
}

/* Is a branch one that the change cannot touch, or can only take rows from? */
static bool
commutes(IvmViewChange *change, List *tables)
{
	uint64		changed = changed_sources(change->branch, tables);
	bool		result;

	if (is_linear_change(change->branch, changed))
		return true;
	find_changed_sources(change, tables);
	result = is_idle(change) ||
		((changed & ~change->branch->shrinks) == 0 && is_gain(change));
	forget_changed_sources(change);
	return result;
}

/* The mode in which a transaction locks the values that it touches. */
static LOCKMODE
value_mode(IvmPlan *plan, List *tables)
{
	IvmViewChange change = {.plan = plan};
	Oid			relid = InvalidOid;
	LOCKMODE	mode;
	ListCell   *lc;

	foreach(lc, plan->row->bases)
	{
		if (!list_member_oid(tables, lfirst_oid(lc)))
			continue;
		if (OidIsValid(relid))
			return ExclusiveLock;
		relid = lfirst_oid(lc);
	}
	mode = sharing_mode(plan->core, relid);
	if (mode == ExclusiveLock)
		return mode;
	foreach(lc, plan->core->branches)
	{
		change.branch = lfirst(lc);
		if (!commutes(&change, tables))
			return ExclusiveLock;
	}
	return mode;
}

/*
 * Is the change of a view whose values are shared the sum of terms?  Branches that
 * it can take rows from must have had none, of these values.  (They get none as
 * long as the values are locked.)
 */
static bool
is_settled(IvmPlan *plan, List *tables, Snapshot snapshot)
{
	IvmViewChange change = {.plan = plan,.at_commit = true};
	bool		result = true;
	Scope		scope;
	ListCell   *lc;

	enter_view(plan, &scope);
	PushActiveSnapshot(snapshot);
	foreach(lc, plan->core->branches)
	{
		uint64		changed;

		change.branch = lfirst(lc);
		changed = changed_sources(change.branch, tables);
		if (!result || is_linear_change(change.branch, changed))
			continue;
		find_changed_sources(&change, tables);
		if (!is_idle(&change))
			result = ivm_regiondelta_was_empty(&change,
											   ivm_regiondelta_values(&change, ivm_regiondelta_choose(change.branch, changed),
																	  snapshot),
											   snapshot);
		forget_changed_sources(&change);
	}
	PopActiveSnapshot();
	leave_view(&scope);
	return result;
}

/* ---- locks of other views ---- */

/*
 * The locks of a view that is not linear.  Changes that touch different values of
 * a region commute, and some that touch the same; whose cannot be told excludes
 * all other writers.
 */
static void
want_region_locks(SideLocks *s, IvmPlan *plan, List *tables, bool all)
{
	IvmBranch	whole = whole_core(plan->core);
	const IvmRegion *region = whole.regions ? linitial(whole.regions) : NULL;
	int			n = 0;
	uint32	   *hashes = NULL;
	LOCKMODE	mode;

	if (!all && region &&
		ivm_regiondelta_is_direct(region, changed_sources(&whole, tables), whole.nsources))
		hashes = touched_hashes(plan, region, tables, MAX_VALUE_LOCKS, &n);
	mode = hashes ? value_mode(plan, tables) : ExclusiveLock;
	want_side_lock(s, plan->row->state, InvalidOid, 0,
				   hashes ? RowExclusiveLock : ShareRowExclusiveLock);
	for (int i = 0; i < n; i++)
		ivm_region_lock_tag(&add_lock(s, mode)->tag, plan->row->state, hashes[i]);
	if (mode != ExclusiveLock)
	{
		SharedView *view = palloc0(sizeof(SharedView));

		view->plan = plan;
		view->hashes = hashes;
		view->n = n;
		s->shared = lappend(s->shared, view);
	}
}

/* ---- all locks ---- */

static void
want_locks(SideLocks *s, IvmPlan *plan, List *tables, bool recompute)
{
	if (plan->core->linear)
		want_side_locks(s, plan, tables, recompute);
	else
		want_region_locks(s, plan, tables, recompute);
}

/*
 * Take all locks in one order; two modes of one lock become one that covers
 * both.  (A view's own lock comes before those of its region's values.)
 */
static void
take_locks(SideLocks *s)
{
	qsort(s->locks, s->n, sizeof(SideLock), compare_locks);
	for (int i = 0; i < s->n; i++)
	{
		LOCKMODE	mode = s->locks[i].mode;

		for (; i + 1 < s->n && compare_locks(&s->locks[i], &s->locks[i + 1]) == 0; i++)
			if (s->locks[i + 1].mode != mode)
				mode = ShareRowExclusiveLock;
		(void) LockAcquire(&s->locks[i].tag, mode, false, false);
	}
}

/*
 * Lock what the views read, before any lock of their own: who empties a table
 * holds it when he comes to the views' locks.
 */
static void
lock_tables(List *plans)
{
	List	   *relids = ((IvmPlan *) linitial(plans))->locked;
	ListCell   *lc;

	if (list_length(plans) > 1)
	{
		foreach(lc, plans)
			relids = list_union_oid(relids, ((IvmPlan *) lfirst(lc))->locked);
		list_sort(relids, list_oid_cmp);
	}
	foreach(lc, relids)
		LockRelationOid(lfirst_oid(lc), AccessShareLock);
}

/* ---- at the end of the transaction ---- */

/* Kept from transaction to transaction, not to ask for memory in each. */
static MemoryContext commit_cxt = NULL;

/* Plans of the views over several sources that this transaction has changed. */
static List *
changed_plans(List *tables)
{
	List	   *result = NIL;
	List	   *ids = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, tables)
		foreach(lc2, ivm_plan_base(lfirst_oid(lc))->joins)
			ids = list_append_unique_int(ids, ((IvmPlan *) lfirst(lc2))->row->id);
	foreach(lc, ivm_pending_rebuilt_views())
		ids = list_append_unique_int(ids, lfirst_int(lc));
	list_sort(ids, list_int_cmp);
	foreach(lc, ids)
	{
		IvmPlan    *plan = ivm_plan_get(lfirst_int(lc));

		/* the view may have been dropped or paused in this transaction */
		if (plan != NULL && plan->capturing && !plan->core->single)
			result = lappend(result, plan);
	}
	return result;
}

/*
 * Give up maintaining a view whose owner would not be shown the rows that
 * the state is to stand for: he lost a right, or row security came into force.
 * No writer's commit fails for that, and what the state misses is not forgotten
 * when the right is back.
 */
static bool
give_up(IvmPlan *plan)
{
	const char *reason = ivm_plan_check_row_security(plan);

	if (reason == NULL && !ivm_plan_owner_may_read(plan))
		reason = "its owner may not read all that it reads";
	if (reason == NULL)
		return false;
	ivm_pending_discard(plan);
	ivm_catalog_set_status(plan->row->id, IVM_STATUS_STALE, reason);
	return true;
}

/* Bring a view up to date without deltas; its lock keeps other writers out. */
static void
recompute(IvmPlan *plan)
{
	IvmCorrections corrections;

	ivm_pending_discard(plan);
	ivm_reconcile(plan, NULL, true, &corrections);
	ivm_stats_count_recomputation(plan->row->id);
}

/*
 * Of those who share a value, only one at a time may add what may be its first
 * row.  Returns the snapshot in which all see what they must.
 */
static Snapshot
lock_first_rows(const SideLocks *s, List *plans, List *tables, Snapshot snapshot)
{
	SideLocks	more = {0};
	ListCell   *lc;

	foreach(lc, s->shared)
	{
		SharedView *view = lfirst(lc);

		if (!list_member_ptr(plans, view->plan))
			continue;
		view->settled = is_settled(view->plan, tables, snapshot);
		for (int i = 0; i < view->n && !view->settled; i++)
			ivm_first_lock_tag(&add_lock(&more, ExclusiveLock)->tag, view->plan->row->state, view->hashes[i]);
	}
	if (more.n == 0)
		return snapshot;
	take_locks(&more);
	UnregisterSnapshot(snapshot);
	return RegisterSnapshot(GetLatestSnapshot());
}

static bool
is_view_settled(const SideLocks *s, IvmPlan *plan)
{
	ListCell   *lc;

	foreach(lc, s->shared)
		if (((SharedView *) lfirst(lc))->plan == plan)
			return ((SharedView *) lfirst(lc))->settled;
	return false;
}

static void
compute_changes(List *tables, List *plans)
{
	List	   *recomputed = NIL;
	List	   *kept = NIL;
	SideLocks	locks = {0};
	Snapshot	snapshot;
	ListCell   *lc;

	lock_tables(plans);
	CommandCounterIncrement();
	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		if (obstacle(plan, tables) != NULL || is_too_costly(plan, tables))
			recomputed = lappend(recomputed, plan);
		want_locks(&locks, plan, tables, list_member_ptr(recomputed, plan));
	}
	take_locks(&locks);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	foreach(lc, plans)
		if (!give_up(lfirst(lc)))
			kept = lappend(kept, lfirst(lc));
	snapshot = lock_first_rows(&locks, kept, tables, snapshot);
	foreach(lc, kept)
	{
		IvmPlan    *plan = lfirst(lc);

		if (list_member_ptr(recomputed, plan))
			recompute(plan);
		else
			compute(plan, tables, snapshot, is_view_settled(&locks, plan), NULL);
	}
	UnregisterSnapshot(snapshot);
}

/*
 * Compute the changes of all views over several sources, for ivm_apply_all()
 * to apply, or bring the views up to date otherwise.  Called when the
 * transaction is about to commit: its locks come first, then the snapshot.
 */
void
ivm_joindelta_compute_all(void)
{
	MemoryContext oldcxt;
	List	   *tables;
	List	   *plans;

	if (commit_cxt == NULL)
		commit_cxt = AllocSetContextCreate(TopMemoryContext, "ivm joins at commit", 16 * 1024,
										   16 * 1024, ALLOCSET_DEFAULT_MAXSIZE);
	oldcxt = MemoryContextSwitchTo(commit_cxt);
	tables = ivm_pending_row_tables();
	plans = changed_plans(tables);
	if (plans != NIL)
		compute_changes(tables, plans);
	MemoryContextSwitchTo(oldcxt);
	ivm_joindelta_reset();
}

/* The transaction has ended, or its changes have been computed. */
void
ivm_joindelta_reset(void)
{
	ivm_kept_reset();
	if (commit_cxt)
		MemoryContextReset(commit_cxt);
}
