/*-------------------------------------------------------------------------
 *
 * lock_set.c
 *	  Locks that are taken all at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/inval.h"

#include "maintain/lock_set.h"

typedef struct WantedLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
} WantedLock;

List *
ivm_lock_set_add(List *set, const LOCKTAG *tag, LOCKMODE mode)
{
	WantedLock *lock = palloc(sizeof(WantedLock));

	lock->tag = *tag;
	lock->mode = mode;
	return lappend(set, lock);
}

List *
ivm_lock_set_add_relation(List *set, Oid relid, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relid);
	return ivm_lock_set_add(set, &tag, mode);
}

static void
release(const WantedLock *lock)
{
	(void) LockRelease(&lock->tag, lock->mode, false);
}

/* Try for all but one, which is held already (or NULL); the first that is not free, or NULL. */
static WantedLock *
try_all(List *set, const WantedLock *held)
{
	ListCell   *lc;

	foreach(lc, set)
	{
		WantedLock *lock = lfirst(lc);

		if (lock == held || LockAcquire(&lock->tag, lock->mode, false, true) != LOCKACQUIRE_NOT_AVAIL)
			continue;
		for (int i = 0; i < foreach_current_index(lc); i++)
		{
			if (list_nth(set, i) != held)
				release(list_nth(set, i));
		}
		if (held)
			release(held);
		return lock;
	}
	return NULL;
}

bool
ivm_lock_set_take(List *set, bool wait)
{
	WantedLock *held = NULL;
	WantedLock *refused;

	while ((refused = try_all(set, held)) != NULL)
	{
		if (!wait)
			return false;
		held = refused;
		(void) LockAcquire(&held->tag, held->mode, false, false);
	}
	AcceptInvalidationMessages();
	return true;
}

void
ivm_lock_set_release(List *set)
{
	ListCell   *lc;

	foreach(lc, set)
		release(lfirst(lc));
}
