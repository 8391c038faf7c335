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
 * replaced, so all that PostgreSQL knows about joins applies.  Its plan is kept
 * with the view's, one for each magnitude of the number of changed rows.
 *
 * A view that is not linear in a changed source is reconciled with its
 * definition at the end of the transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "apply.h"
#include "changes.h"
#include "compat.h"
#include "joindelta.h"
#include "pending.h"
#include "reconcile.h"
#include "settings.h"
#include "sqlgen.h"
#include "store.h"

/* The plan of a term, for about so many changed rows. */
typedef struct TermPlan
{
	uint64		sources;		/* whose changed rows it reads */
	int			magnitude;
	PlannedStmt *stmt;			/* NULL: it has no rows */
	BlockNumber blocks;			/* of the tables when it was planned */
} TermPlan;

/* The changed rows of a source. */
typedef struct ChangedSource
{
	int			source;
	IvmRowStore *rows;
	TupleDesc	desc;
} ChangedSource;

/* A view's change being computed. */
typedef struct Computation
{
	IvmPlan    *plan;
	Snapshot	snapshot;
	IvmChangeMap *map;			/* where it goes */
	bool		applying;		/* that is the pending change itself */
	int			nchanged;
	ChangedSource *changed;
	List	   *temporary;		/* IvmRowStore * to be freed */
} Computation;

/* ---- execution ---- */

typedef struct RowReceiver
{
	DestReceiver pub;
	Computation *c;
	int			sign;
	MemoryContext cxt;			/* reset after each row */
} RowReceiver;

static void
receive_startup(DestReceiver *self, int operation, TupleDesc typeinfo)
{
}

static void
receive_noop(DestReceiver *self)
{
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *r = (RowReceiver *) self;
	MemoryContext oldcxt = MemoryContextSwitchTo(r->cxt);

	slot_getallattrs(slot);
	ivm_changes_add(r->c->map, slot->tts_values, slot->tts_isnull, r->sign);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextReset(r->cxt);
	if (r->c->applying && ivm_pending_full(false))
	{
		ivm_apply_write_out();
		r->c->map = ivm_pending_map(r->c->plan);
	}
	return true;
}

static void
add_rows(QueryEnvironment *env, ChangedSource *changed, int n)
{
	EphemeralNamedRelation enr = palloc0(sizeof(EphemeralNamedRelationData));

	enr->md.name = ivm_sources_rows_name(changed->source);
	enr->md.reliddesc = InvalidOid;
	enr->md.tupdesc = changed->desc;
	enr->md.enrtype = ENR_NAMED_TUPLESTORE;
	enr->md.enrtuples = changed->rows->nrows[n];
	enr->reldata = changed->rows->rows[n];
	register_ENR(env, enr);
	changed->rows->readers++;
}

static void
execute(Computation *c, PlannedStmt *stmt, QueryEnvironment *env, int sign)
{
	RowReceiver receiver;
	QueryDesc  *qd;

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.receiveSlot = receive_row;
	receiver.pub.rStartup = receive_startup;
	receiver.pub.rShutdown = receive_noop;
	receiver.pub.rDestroy = receive_noop;
	receiver.pub.mydest = DestNone;
	receiver.c = c;
	receiver.sign = sign;
	receiver.cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm changed row",
										 ALLOCSET_SMALL_SIZES);
	qd = CreateQueryDesc(stmt, "", c->snapshot, InvalidSnapshot, (DestReceiver *) &receiver,
						 NULL, env, 0);
	ExecutorStart(qd, 0);
	ivm_compat_executor_run(qd);
	ExecutorFinish(qd);
	ExecutorEnd(qd);
	FreeQueryDesc(qd);
	MemoryContextDelete(receiver.cxt);
}

/* ---- plans of terms ---- */

/* 1, 2 .. 31, 32 .. 1023, ... rows */
static int
magnitude_of(int64 nrows)
{
	int			result = 0;

	for (; nrows > 1; nrows /= 32)
		result++;
	return result;
}

/* Pages of the tables read: a plan made for small ones is no good for large ones. */
static BlockNumber
lock_and_measure(PlannedStmt *stmt)
{
	BlockNumber result = 0;
	ListCell   *lc;

	foreach(lc, stmt->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);
		Relation	rel;

		if (rte->rtekind != RTE_RELATION)
			continue;
		LockRelationOid(rte->relid, rte->rellockmode);
		rel = RelationIdGetRelation(rte->relid);
		if (rel == NULL)
			continue;			/* the executor has something to say about it */
		if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
			result += RelationGetNumberOfBlocks(rel);
		RelationClose(rel);
	}
	return result;
}

static ChangedSource *
find_changed(Computation *c, int source)
{
	for (int i = 0; i < c->nchanged; i++)
		if (c->changed[i].source == source)
			return &c->changed[i];
	return NULL;
}

/* Plan a term, or return NULL if it has no rows; the view's owner, settings and a snapshot are in force. */
static PlannedStmt *
plan_term(Computation *c, uint64 sources, int64 nrows)
{
	Query	   *query = ivm_sql_row_query(c->plan);
	List	   *rtes = ivm_sources_list(query);

	if (!ivm_sources_keep_branches(query, sources))
		return NULL;
	for (int i = 0; i < c->plan->core->nsources; i++)
		if (sources & (UINT64CONST(1) << i))
			ivm_sources_put_rows(list_nth(rtes, i), i, find_changed(c, i)->desc, nrows);
	AcquireRewriteLocks(query, true, false);
	query = linitial_node(Query, QueryRewrite(query));
	return pg_plan_query(query, "", 0, NULL);
}

/*
 * The plan of a term, with its tables locked.  It lives as long as the view's
 * plan.
 */
static PlannedStmt *
get_term_plan(Computation *c, uint64 sources, int64 nrows)
{
	IvmPlan    *plan = c->plan;
	int			magnitude = magnitude_of(nrows);
	TermPlan   *term = NULL;
	ListCell   *lc;
	MemoryContext oldcxt;
	PlannedStmt *stmt;

	foreach(lc, plan->terms)
	{
		term = lfirst(lc);
		if (term->sources == sources && term->magnitude == magnitude)
		{
			BlockNumber blocks = term->stmt ? lock_and_measure(term->stmt) : 0;

			if (blocks <= term->blocks * 2 + 8)
				return term->stmt;
			break;
		}
	}
	stmt = plan_term(c, sources, nrows);
	oldcxt = MemoryContextSwitchTo(plan->cxt);
	if (lc == NULL)
	{
		term = palloc0(sizeof(TermPlan));
		term->sources = sources;
		term->magnitude = magnitude;
		plan->terms = lappend(plan->terms, term);
	}
	term->stmt = copyObject(stmt);
	term->blocks = stmt ? lock_and_measure(term->stmt) : 0;
	MemoryContextSwitchTo(oldcxt);
	return term->stmt;
}

/* ---- linear views ---- */

/* Run the part of a term that reads, of each source in it, rows of one sign. */
static void
run_part(Computation *c, uint64 sources, const int *signs, int sign)
{
	QueryEnvironment *env = create_queryEnv();
	int64		nrows = 1;
	PlannedStmt *stmt;

	for (int i = 0; i < c->nchanged; i++)
		if (sources & (UINT64CONST(1) << c->changed[i].source))
		{
			add_rows(env, &c->changed[i], signs[i]);
			nrows = Max(nrows, c->changed[i].rows->nrows[signs[i]]);
		}
	stmt = get_term_plan(c, sources, nrows);
	if (stmt)
		execute(c, stmt, env, sign);
}

/* All parts of all terms that have, before source n, what is given. */
static void
run_terms(Computation *c, int n, uint64 sources, int *signs, int sign)
{
	if (n == c->nchanged)
	{
		if (sources != 0)
			run_part(c, sources, signs, -sign);
		return;
	}
	run_terms(c, n + 1, sources, signs, sign);
	for (int i = 0; i < 2; i++)
	{
		if (c->changed[n].rows->nrows[i] == 0)
			continue;
		signs[n] = i;
		/* each source in a term changes its sign, and so do removed rows */
		run_terms(c, n + 1, sources | (UINT64CONST(1) << c->changed[n].source), signs,
				  i == 0 ? -sign : sign);
	}
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
find_changed_sources(Computation *c)
{
	IvmCore    *core = c->plan->core;
	ListCell   *lc;

	c->changed = palloc0(sizeof(ChangedSource) * core->nsources);
	c->nchanged = 0;
	foreach(lc, ivm_pending_row_tables())
	{
		Oid			relid = lfirst_oid(lc);
		IvmRowStore *rows = NULL;

		for (int i = 0; i < core->nsources; i++)
		{
			bool		temporary;

			if (core->sources[i].relid != relid)
				continue;
			if (rows == NULL)
			{
				rows = ivm_pending_rows(relid, &temporary);
				if (temporary)
					c->temporary = lappend(c->temporary, rows);
			}
			c->changed[c->nchanged].source = i;
			c->changed[c->nchanged].rows = rows;
			c->changed[c->nchanged].desc = table_desc(relid);
			c->nchanged++;
		}
	}
}

/* Compute a view's change and add it to a map, or (NULL) to the pending change. */
static void
compute(IvmPlan *plan, Snapshot snapshot, IvmChangeMap *map)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm join delta",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	Computation c = {.plan = plan,.snapshot = snapshot,.map = map,.applying = map == NULL};
	int			signs[IVM_MAX_SOURCES];
	Oid			save_user;
	int			save_sec;
	int			nest;
	ListCell   *lc;

	if (c.applying)
		c.map = ivm_pending_map(plan);
	find_changed_sources(&c);
	GetUserIdAndSecContext(&save_user, &save_sec);
	SetUserIdAndSecContext(plan->owner, save_sec | SECURITY_RESTRICTED_OPERATION);
	nest = ivm_settings_push(plan->settings);
	PushActiveSnapshot(snapshot);
	run_terms(&c, 0, 0, signs, 1);
	PopActiveSnapshot();
	ivm_settings_pop(nest);
	SetUserIdAndSecContext(save_user, save_sec);
	foreach(lc, c.temporary)
		ivm_rowstore_free(lfirst(lc));
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/* ---- which views, and how ---- */

static bool
reads_any(const IvmCore *core, List *tables, bool nonlinear)
{
	for (int i = 0; i < core->nsources; i++)
		if (list_member_oid(tables, core->sources[i].relid) &&
			!(nonlinear && core->sources[i].linear))
			return true;
	return false;
}

/* Number of sources that the transaction has changed */
static int
count_changed(const IvmCore *core, List *tables)
{
	int			n = 0;

	for (int i = 0; i < core->nsources; i++)
		if (list_member_oid(tables, core->sources[i].relid))
			n++;
	return n;
}

/* Sources that one term each may have before reconciling is better. */
#define MAX_CHANGED		4

/*
 * Why a view's change cannot be computed from the changed rows, or NULL.  Its
 * state may have been made by this transaction, from some of them.
 */
static const char *
obstacle(IvmPlan *plan, List *tables)
{
	if (ivm_pending_rebuilds(plan->row->id))
		return "this transaction has emptied or exchanged a table or partition";
	if (!reads_any(plan->core, tables, false))
		return NULL;
	if (TransactionIdIsCurrentTransactionId(plan->row->xmin))
		return "the view was made or changed by this transaction";
	if (reads_any(plan->core, tables, true))
		return "this transaction has changed a table that the view is not linear in";
	if (count_changed(plan->core, tables) > MAX_CHANGED)
		return "this transaction has changed too many tables of the view";
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
	IvmChangeMap map;

	if (!reads_any(plan->core, ivm_pending_row_tables(), false))
		return;
	ivm_changes_init(&map, plan, CurrentMemoryContext);
	compute(plan, snapshot, &map);
	ivm_changes_visit(&map, add_to_overlay, into);
}

/* ---- locks ---- */

typedef struct SideLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
} SideLock;

typedef struct SideLocks
{
	int			n;
	int			max;
	SideLock   *locks;
} SideLocks;

static int
compare_locks(const void *a, const void *b)
{
	return memcmp(&((const SideLock *) a)->tag, &((const SideLock *) b)->tag, sizeof(LOCKTAG));
}

static void
want_lock(SideLocks *s, Oid a, Oid b, LOCKMODE mode)
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
	ivm_side_lock_tag(&lock->tag, a, b);
	lock->mode = mode;
}

/*
 * The locks of one view.  Changes of one table commute with each other, those
 * of two do not: per pair of tables, writers of the one share a lock that
 * excludes writers of the other.
 */
static void
want_locks(SideLocks *s, IvmPlan *plan, List *tables)
{
	List	   *relids = ivm_sources_relids(plan->core->sources, plan->core->nsources);
	bool		all = obstacle(plan, tables) != NULL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, relids)
	{
		Oid			a = lfirst_oid(lc);
		bool		a_changed = list_member_oid(tables, a);
		int			places = 0;

		for (int i = 0; i < plan->core->nsources; i++)
			if (plan->core->sources[i].relid == a)
				places++;
		if (places > 1 && (a_changed || all))
			want_lock(s, a, a, ShareRowExclusiveLock);
		for_each_cell(lc2, relids, lnext(relids, lc))
		{
			Oid			b = lfirst_oid(lc2);
			bool		b_changed = list_member_oid(tables, b);

			if (all || (a_changed && b_changed))
				want_lock(s, a, b, ShareRowExclusiveLock);
			else if (a_changed)
				want_lock(s, a, b, RowExclusiveLock);
			else if (b_changed)
				want_lock(s, a, b, ShareLock);
		}
	}
	if (!plan->core->linear)
		want_lock(s, plan->row->state, InvalidOid, ShareRowExclusiveLock);
}

/* Take all locks in one order; two modes of one lock become one that covers both. */
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
		foreach(lc2, ivm_plan_base(lfirst_oid(lc))->joins)
			ids = list_append_unique_int(ids, ((IvmPlan *) lfirst(lc2))->row->id);
	foreach(lc, ivm_pending_views())
		if (ivm_pending_rebuilds(lfirst_int(lc)))
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
 * Compute the changes of all views over several sources, for ivm_apply_all()
 * to apply, or bring the views up to date otherwise.  Called when the
 * transaction is about to commit: its locks come first, then the snapshot.
 */
void
ivm_joindelta_compute_all(void)
{
	List	   *tables = ivm_pending_row_tables();
	List	   *plans = changed_plans(tables);
	SideLocks	locks = {0};
	Snapshot	snapshot;
	ListCell   *lc;

	if (plans == NIL)
		return;
	foreach(lc, plans)
		want_locks(&locks, lfirst(lc), tables);
	take_locks(&locks);
	CommandCounterIncrement();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		if (obstacle(plan, tables) == NULL)
			compute(plan, snapshot, NULL);
		else
		{
			IvmCorrections corrections;

			ivm_pending_discard(plan);
			ivm_reconcile(plan, NULL, true, &corrections);
		}
	}
	UnregisterSnapshot(snapshot);
}
