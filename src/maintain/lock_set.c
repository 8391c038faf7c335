/*-------------------------------------------------------------------------
 *
 * lock_set.c
 *	  Several locks, of which none is held while another one is waited for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "maintain/lock_set.h"

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
