/*-------------------------------------------------------------------------
 *
 * source_locks.c
 *	  The locks that views over several sources take at the end of a transaction.
 *
 * What they are and why they suffice: commit/README.md, "Their locks".  They are
 * heavyweight locks, waited for, in one order, and kept until the commit is
 * visible.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "capture/capture.h"
#include "commit/delta_query.h"
#include "commit/key_lock.h"
#include "commit/region_delta.h"
#include "commit/source_locks.h"
#include "commit/view_change.h"
#include "definition/addends.h"
#include "definition/affected_region.h"
#include "definition/core.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"

/* A view whose values a transaction shares with others. */
typedef struct SharedView
{
	IvmPlan    *plan;
	uint32	   *hashes;			/* of the values */
	int			n;
	bool		settled;		/* terms are the whole change: is_settled() */
} SharedView;

/* ---- waiting ---- */

/* What a transaction waits for at its end, because another one has it. */
typedef struct Wait
{
	ErrorContextCallback callback;
	const IvmSourceLock *lock;	/* the view's lock that is waited for; NULL: a
								 * table is */
	Oid			table;			/* the table that is waited for */
	List	   *plans;			/* views; one of them reads it */
} Wait;

/*
 * The context of errors that end a wait.  It looks nothing up in catalogues, since the
 * transaction is failing.
 */
static void
wait_context(void *arg)
{
	const Wait *wait = arg;
	ListCell   *lc;

	if (wait->lock != NULL)
	{
		errcontext("waiting for another transaction that changes view \"%s\"", wait->lock->plan->name);
		return;
	}
	foreach(lc, wait->plans)
	{
		const IvmPlan *plan = lfirst(lc);

		if (!list_member_oid(plan->locked, wait->table))
			continue;
		errcontext("waiting for a table that view \"%s\" reads", plan->name);
		return;
	}
}

/* Errors from here on tell what was waited for, which the caller keeps in *wait. */
static void
start_waits(Wait *wait)
{
	wait->callback.callback = wait_context;
	wait->callback.arg = wait;
	wait->callback.previous = error_context_stack;
	error_context_stack = &wait->callback;
}

static void
end_waits(Wait *wait)
{
	error_context_stack = wait->callback.previous;
}

/* ---- a set of locks ---- */

static int
compare_locks(const void *a, const void *b)
{
	return memcmp(&((const IvmSourceLock *) a)->tag, &((const IvmSourceLock *) b)->tag, sizeof(LOCKTAG));
}

static IvmSourceLock *
add_lock(IvmSourceLocks *s, const IvmPlan *plan, LOCKMODE mode)
{
	IvmSourceLock *lock;

	if (s->n == s->max)
	{
		s->max = Max(16, s->max * 2);
		s->locks = s->locks ? repalloc(s->locks, sizeof(IvmSourceLock) * s->max) :
			palloc(sizeof(IvmSourceLock) * s->max);
	}
	lock = &s->locks[s->n++];
	memset(lock, 0, sizeof(IvmSourceLock));
	lock->mode = mode;
	lock->plan = plan;
	return lock;
}

static void
want_lock(IvmSourceLocks *s, const IvmPlan *plan, Oid a, Oid b, int stripe, LOCKMODE mode)
{
	ivm_key_lock_pair_tag(&add_lock(s, plan, mode)->tag, a, b, stripe);
}

void
ivm_source_locks_add(IvmSourceLocks *s, const IvmPlan *plan, const LOCKTAG *tag, LOCKMODE mode)
{
	add_lock(s, plan, mode)->tag = *tag;
}

/* ---- values that a change touches ---- */

/* Values that a transaction locks one by one before it wants all of a view. */
#define MAX_VALUE_LOCKS		64

/* The hashes of a region's values that a change touches (ivm_region_delta_hashes()). */
static uint32 *
hash_values(IvmViewChange *change, const IvmRegion *region, int max, int *n)
{
	/* functions of a user's type may run queries, which need a snapshot */
	bool		is_foreign = region->type >= FirstNormalObjectId;
	uint32	   *result;
	IvmOwnerScope scope;

	ivm_owner_scope_enter(&scope, change->plan,
						  is_foreign || ivm_region_delta_is_evaluated(change, region) ?
						  IVM_SCOPE_COMMIT : IVM_SCOPE_NAMED);
	if (is_foreign)
		PushActiveSnapshot(GetTransactionSnapshot());
	result = ivm_region_delta_hashes(ivm_region_delta_values(change, region, InvalidSnapshot),
									 max, n);
	if (is_foreign)
		PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	return result;
}

/*
 * The hashes of the values of a region that a change of these tables touches, or NULL
 * if these are too many.  The rows of the tables must have the values themselves.
 */
static uint32 *
touched_hashes(IvmPlan *plan, const IvmRegion *region, List *tables, int max, int *n)
{
	IvmAddend	whole = ivm_view_change_whole(plan->core);
	IvmViewChange change = {.plan = plan,.addend = &whole};
	int64		nrows = 0;
	uint32	   *result = NULL;

	ivm_view_change_find(&change, tables);
	for (int i = 0; i < change.nchanged; i++)
		nrows += change.changed[i].rows->nrows[0] + change.changed[i].rows->nrows[1];
	if (nrows <= IVM_MAX_CHANGED_ROWS)
		result = hash_values(&change, region, max, n);
	ivm_view_change_forget(&change);
	return result;
}

/* ---- locks of linear views ---- */

/* Stripes of a lock between two tables, numbered from 1 */
#define PAIR_STRIPES	32
#define ALL_STRIPES		PG_UINT32_MAX

/*
 * The stripes that a change of a table locks: those of the values that it touches.
 * There is always at least one, so that it conflicts with a transaction that wants all.
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
		result |= (uint32) 1 << hashes[i] % PAIR_STRIPES;
	return result == 0 ? 1 : result;
}

/* Lock a pair of tables for changes of one of them, or (InvalidOid) of both. */
static void
want_pair_lock(IvmSourceLocks *s, IvmPlan *plan, const IvmMeeting *pair, Oid table, LOCKMODE mode)
{
	uint32		stripes;

	if (pair->region == NULL)
	{
		want_lock(s, plan, pair->a, pair->b, 0, mode);
		return;
	}
	stripes = OidIsValid(table) ? touched_stripes(plan, pair->region, table) : ALL_STRIPES;
	for (int i = 0; i < PAIR_STRIPES; i++)
		if (stripes & ((uint32) 1 << i))
			want_lock(s, plan, pair->a, pair->b, i + 1, mode);
}

/*
 * The locks of a view that is linear.  Changes of one table commute with each
 * other, those of two do not: per pair of tables, writers of the one share a
 * lock that excludes writers of the other.  Where rows of both have the value
 * by which they meet, the lock has stripes, and those of different values
 * do not exclude each other.  Tables whose rows never meet, in different addends of
 * UNION ALL, need none.
 */
static void
want_pair_locks(IvmSourceLocks *s, IvmPlan *plan, List *tables, bool all)
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

	/*
	 * a transaction that computes the view afresh excludes writers that hold
	 * none of these
	 */
	if (!plan->all_meet || plan->meeting == NIL)
		want_lock(s, plan, plan->row->state, InvalidOid, 0,
				  all ? ShareRowExclusiveLock : RowExclusiveLock);
}

/* ---- values that are shared ---- */

/*
 * May a table gain rows in one value by several writers at the same time?  Each
 * addend must be linear in it, or can only lose rows by that.
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
	foreach(lc, core->addends)
	{
		const IvmAddend *addend = lfirst(lc);

		for (int i = 0; i < addend->nsources; i++)
			if (addend->sources[i].relid == relid && !addend->sources[i].linear &&
				(addend->shrinks & (UINT64CONST(1) << i)) == 0)
				return false;
	}
	return true;
}

/*
 * The mode in which writers of one table share a region's values.  Two tables have a
 * mode of their own, RowExclusive and Share, which exclude each other; writers of
 * further tables share with nobody.
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

/* Is an addend one that the change cannot touch, or can only take rows from? */
static bool
commutes(IvmViewChange *change, List *tables)
{
	uint64		changed = ivm_view_change_sources(change->addend, tables);
	bool		result;

	if (ivm_view_change_is_linear(change->addend, changed))
		return true;
	ivm_view_change_find(change, tables);
	result = ivm_view_change_is_idle(change) ||
		((changed & ~change->addend->shrinks) == 0 && is_gain(change));
	ivm_view_change_forget(change);
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
	foreach(lc, plan->core->addends)
	{
		change.addend = lfirst(lc);
		if (!commutes(&change, tables))
			return ExclusiveLock;
	}
	return mode;
}

/*
 * Is the change of a view whose values are shared the sum of terms alone?  It is if
 * the addends that it could take rows from have no row of these values.  (They get
 * none as long as the values are locked.)
 */
static bool
is_settled(IvmPlan *plan, List *tables, Snapshot snapshot)
{
	IvmViewChange change = {.plan = plan,.at_commit = true};
	bool		result = true;
	IvmOwnerScope scope;
	ListCell   *lc;

	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(snapshot);
	foreach(lc, plan->core->addends)
	{
		uint64		changed;

		change.addend = lfirst(lc);
		changed = ivm_view_change_sources(change.addend, tables);
		if (!result || ivm_view_change_is_linear(change.addend, changed))
			continue;
		ivm_view_change_find(&change, tables);
		if (!ivm_view_change_is_idle(&change))
		{
			const IvmRegion *region = ivm_region_delta_choose(change.addend, changed);

			result = region != NULL &&
				ivm_region_delta_was_empty(&change,
										   ivm_region_delta_values(&change, region, snapshot), snapshot);
		}
		ivm_view_change_forget(&change);
	}
	PopActiveSnapshot();
	ivm_owner_scope_leave(&scope);
	return result;
}

/* ---- locks of other views ---- */

/*
 * The locks of a view that is not linear.  Changes that touch different values of
 * a region commute, and some that touch the same; a change whose values cannot be
 * told excludes all other writers.
 */
static void
want_region_locks(IvmSourceLocks *s, IvmPlan *plan, List *tables, bool all)
{
	IvmAddend	whole = ivm_view_change_whole(plan->core);
	const IvmRegion *region = whole.regions ? linitial(whole.regions) : NULL;
	int			n = 0;
	uint32	   *hashes = NULL;
	LOCKMODE	mode;

	if (!all && region &&
		ivm_region_delta_is_direct(region, ivm_view_change_sources(&whole, tables), whole.nsources))
		hashes = touched_hashes(plan, region, tables, MAX_VALUE_LOCKS, &n);
	mode = hashes ? value_mode(plan, tables) : ExclusiveLock;
	want_lock(s, plan, plan->row->state, InvalidOid, 0,
			  hashes ? RowExclusiveLock : ShareRowExclusiveLock);
	for (int i = 0; i < n; i++)
		ivm_key_lock_value_tag(&add_lock(s, plan, mode)->tag, plan->row->state, hashes[i]);
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

void
ivm_source_locks_want(IvmSourceLocks *s, IvmPlan *plan, List *tables, bool recompute)
{
	if (plan->core->linear)
		want_pair_locks(s, plan, tables, recompute);
	else
		want_region_locks(s, plan, tables, recompute);
}

/*
 * The order of the tags is the same in all transactions.  A lock that is wanted in two
 * modes is taken once, in one that covers both.
 */
void
ivm_source_locks_take(IvmSourceLocks *s)
{
	Wait		wait = {.lock = NULL};

	qsort(s->locks, s->n, sizeof(IvmSourceLock), compare_locks);
	start_waits(&wait);
	for (int i = 0; i < s->n; i++)
	{
		LOCKMODE	mode = s->locks[i].mode;

		for (; i + 1 < s->n && compare_locks(&s->locks[i], &s->locks[i + 1]) == 0; i++)
			if (s->locks[i + 1].mode != mode)
				mode = ShareRowExclusiveLock;
		wait.lock = &s->locks[i];
		(void) LockAcquire(&s->locks[i].tag, mode, false, false);
	}
	end_waits(&wait);
}

/* Is a table locked as those who write it do? */
static bool
is_written(Oid relid)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relid);
	return ivm_compat_lock_held(&tag, RowExclusiveLock);
}

void
ivm_source_locks_lock_tables(List *plans, List *changed)
{
	List	   *relids = NIL;
	Wait		wait = {.plans = plans};
	ListCell   *lc;

	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);

		if (!ivm_capture_has_locked(plan))
			relids = list_concat_unique_oid(relids, plan->locked);
	}
	list_sort(relids, list_oid_cmp);
	start_waits(&wait);
	foreach(lc, relids)
	{
		wait.table = lfirst_oid(lc);
		if (list_member_oid(changed, wait.table) && is_written(wait.table))
			continue;
		LockRelationOid(wait.table, AccessShareLock);
	}
	end_waits(&wait);
}

Snapshot
ivm_source_locks_first_rows(const IvmSourceLocks *s, List *plans, List *tables, Snapshot snapshot)
{
	IvmSourceLocks more = {0};
	ListCell   *lc;

	foreach(lc, s->shared)
	{
		SharedView *view = lfirst(lc);

		if (!list_member_ptr(plans, view->plan))
			continue;
		view->settled = is_settled(view->plan, tables, snapshot);
		for (int i = 0; i < view->n && !view->settled; i++)
			ivm_key_lock_first_tag(&add_lock(&more, view->plan, ExclusiveLock)->tag,
								   view->plan->row->state, view->hashes[i]);
	}
	if (more.n == 0)
		return snapshot;
	ivm_source_locks_take(&more);
	UnregisterSnapshot(snapshot);
	return RegisterSnapshot(GetLatestSnapshot());
}

bool
ivm_source_locks_settled(const IvmSourceLocks *s, IvmPlan *plan)
{
	ListCell   *lc;

	foreach(lc, s->shared)
	{
		if (((SharedView *) lfirst(lc))->plan == plan)
			return ((SharedView *) lfirst(lc))->settled;
	}
	return false;
}
