/*-------------------------------------------------------------------------
 *
 * shared_memory.c
 *	  Memory that all backends of the server share, without having been preloaded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "base/shared_memory.h"

static void *
find_or_make(const char *name, Size size, void (*init) (void *memory))
{
	bool		found;
	void	   *result;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	result = ShmemInitStruct(name, size, &found);
	if (!found)
		init(result);
	LWLockRelease(AddinShmemInitLock);
	return result;
}

void *
ivm_shared_memory_attach(const char *name, Size size, void (*init) (void *memory))
{
	MemoryContext cxt = CurrentMemoryContext;
	void	   *volatile result = NULL;

	PG_TRY();
	{
		result = find_or_make(name, size, init);
	}
	PG_CATCH();
	{
		/*
		 * Nothing but the lock was taken: there is not enough shared memory.
		 * The error has let interrupts in, which the release of a lock
		 * expects to be held off.
		 */
		if (LWLockHeldByMe(AddinShmemInitLock))
		{
			HOLD_INTERRUPTS();
			LWLockRelease(AddinShmemInitLock);
		}
		MemoryContextSwitchTo(cxt);
		FlushErrorState();
		result = NULL;
	}
	PG_END_TRY();
	return result;
}
