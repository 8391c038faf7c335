/*-------------------------------------------------------------------------
 *
 * worker_presence.c
 *	  Who is the worker of a database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lock.h"

#include "base/compat.h"
#include "sql/worker_presence.h"

/* Locks of this extension on a database: nothing else locks these */
#define LOCK_WORKER		0
#define LOCK_TELLING	1

static LOCKTAG
lock_of(Oid database, int which)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, database, DatabaseRelationId, database, which);
	return tag;
}

/*
 * The lock of a session that has told the log is one of those that only the end of the
 * session releases, like advisory locks (so does DISCARD ALL, which does no harm).
 */
static LOCKTAG
lock_of_telling(void)
{
	LOCKTAG		tag = lock_of(MyDatabaseId, LOCK_TELLING);

	tag.locktag_lockmethodid = USER_LOCKMETHOD;
	return tag;
}

/* ---- the worker ---- */

/* The server does not release such locks by itself when a process ends. */
static void
release_at_exit(int code, Datum arg)
{
	(void) code;
	(void) arg;
	ivm_worker_presence_release();
}

/* How often, and how long after each other, a worker tries to become that. */
#define TRIES			3
#define TRY_USECS		5000

bool
ivm_worker_presence_claim(void)
{
	static bool registered = false;
	LOCKTAG		tag = lock_of(MyDatabaseId, LOCK_WORKER);

	if (!registered)
		before_shmem_exit(release_at_exit, 0);
	registered = true;
	if (ivm_compat_lock_held(&tag, ExclusiveLock))
		return true;
	for (int i = 0; i < TRIES; i++)
	{
		if (ivm_compat_trylock_session(&tag, ExclusiveLock))
			return true;
		pg_usleep(TRY_USECS);
	}
	return false;
}

void
ivm_worker_presence_release(void)
{
	LOCKTAG		tag = lock_of(MyDatabaseId, LOCK_WORKER);

	if (ivm_compat_lock_held(&tag, ExclusiveLock))
		LockRelease(&tag, ExclusiveLock, true);
}

bool
ivm_worker_presence_exists(Oid database)
{
	LOCKTAG		tag = lock_of(database, LOCK_WORKER);

	if (!ivm_compat_trylock_session(&tag, ShareLock))
		return true;
	LockRelease(&tag, ShareLock, true);
	return false;
}

bool
ivm_worker_presence_claim_telling(void)
{
	LOCKTAG		tag = lock_of_telling();

	return ivm_compat_trylock_session(&tag, ExclusiveLock);
}

void
ivm_worker_presence_release_telling(void)
{
	LOCKTAG		tag = lock_of_telling();

	if (ivm_compat_lock_held(&tag, ExclusiveLock))
		LockRelease(&tag, ExclusiveLock, true);
}

bool
ivm_worker_presence_is_disturbing(void)
{
	LOCKTAG		tag;

	/* as sessions do that connect: DROP DATABASE and the like keep these out */
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (!ivm_compat_trylock_session(&tag, RowExclusiveLock))
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}
