/*-------------------------------------------------------------------------
 *
 * lock_set.c
 *	  Several locks, of which none is held, or not for long, while another one is waited for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "base/subtransaction.h"
#include "maintain/lock_set.h"

/*
 * How long a lock is queued for while others are held, in milliseconds: shorter than the default of
 * deadlock_timeout, so that no deadlock is reported.  After MAX_TRIES tries the time goes on growing, since a
 * lock that is always taken by somebody is only had by who stays in its queue.
 */
#define MIN_QUEUE	50
#define MAX_QUEUE	800
#define MAX_TRIES	25

typedef struct WantedLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
	void	   *owner;			/* or NULL */
} WantedLock;

void
ivm_lock_set_add(IvmLockSet *set, const LOCKTAG *tag, LOCKMODE mode, void *owner)
{
	WantedLock *lock = palloc(sizeof(WantedLock));

	lock->tag = *tag;
	lock->mode = mode;
	lock->owner = owner;
	set->locks = lappend(set->locks, lock);
}

void
ivm_lock_set_add_tables(IvmLockSet *set, List *relids, LOCKMODE mode, bool partitions)
{
	List	   *sorted = list_copy(relids);
	ListCell   *lc;
	ListCell   *lc2;

	list_sort(sorted, list_oid_cmp);
	foreach(lc, sorted)
	{
		List	   *tables = partitions && get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE ?
			find_all_inheritors(lfirst_oid(lc), NoLock, NULL) : list_make1_oid(lfirst_oid(lc));

		foreach(lc2, tables)
		{
			LOCKTAG		tag;

			SET_LOCKTAG_RELATION(tag, MyDatabaseId, lfirst_oid(lc2));
			ivm_lock_set_add(set, &tag, mode, NULL);
		}
	}
}

/*
 * Try for all locks but one, which is held already (or NULL).  If one is not free, let all go and
 * return it.
 */
static WantedLock *
try_all(List *locks, WantedLock *held)
{
	WantedLock *refused = NULL;
	List	   *taken = held ? list_make1(held) : NIL;
	ListCell   *lc;

	foreach(lc, locks)
	{
		WantedLock *lock = lfirst(lc);

		if (lock == held)
			continue;
		if (LockAcquire(&lock->tag, lock->mode, false, true) == LOCKACQUIRE_NOT_AVAIL)
		{
			refused = lock;
			break;
		}
		taken = lappend(taken, lock);
	}
	if (refused == NULL)
		return NULL;
	foreach(lc, taken)
	{
		WantedLock *lock = lfirst(lc);

		(void) LockRelease(&lock->tag, lock->mode, false);
	}
	return refused;
}

void *
ivm_lock_set_take(IvmLockSet *set, bool wait)
{
	WantedLock *held = NULL;
	WantedLock *refused;

	while ((refused = try_all(set->locks, held)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (refused->owner && !wait)
			return refused->owner;
		(void) LockAcquire(&refused->tag, refused->mode, false, false);
		held = refused;
	}
	AcceptInvalidationMessages();
	return NULL;
}

/* IvmSubtransactionWork: take the locks of a set, waiting for each */
static void
queue_for_all(void *arg)
{
	ListCell   *lc;

	foreach(lc, ((IvmLockSet *) arg)->locks)
		(void) LockAcquire(&((WantedLock *) lfirst(lc))->tag, ((WantedLock *) lfirst(lc))->mode, false, false);
}

/* Take the locks, waiting for each for a time at most.  Returns the error that ended that, or NULL. */
static ErrorData *
queue_for(IvmLockSet *set, int milliseconds)
{
	int			nest = NewGUCNestLevel();
	ErrorData  *result;

	(void) set_config_option("lock_timeout", psprintf("%d", milliseconds), PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	result = ivm_subtransaction_run(queue_for_all, set);
	AtEOXact_GUC(false, nest);
	return result;
}

void
ivm_lock_set_take_in_turn(IvmLockSet *set)
{
	TimestampTz began = GetCurrentTimestamp();
	int			patience = LockTimeout;
	int			queue = MIN_QUEUE;

	for (int tries = 1;; tries++)
	{
		ErrorData  *error = queue_for(set, patience > 0 ? Min(queue, patience) : queue);

		if (error == NULL)
			break;
		/* one that lasts is by locks that this transaction had before */
		if ((error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE &&
			 (error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED || tries > MAX_TRIES)) ||
			(patience > 0 && TimestampDifferenceExceeds(began, GetCurrentTimestamp(), patience)))
			ReThrowError(error);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 (long) Min(queue, MAX_QUEUE), PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (queue < MAX_QUEUE || (tries > MAX_TRIES && queue < INT_MAX / 2))
			queue *= 2;
	}
	AcceptInvalidationMessages();
}

void
ivm_lock_set_release(IvmLockSet *set)
{
	ListCell   *lc;

	foreach(lc, set->locks)
	{
		WantedLock *lock = lfirst(lc);

		(void) LockRelease(&lock->tag, lock->mode, false);
	}
}
