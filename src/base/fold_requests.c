/*-------------------------------------------------------------------------
 *
 * fold_requests.c
 *	  Keys that a reader has computed, or found with many deltas, and that the worker is asked to fold.
 *
 * A spinlock guards all of it; what is done under it takes a look at each place.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/spin.h"
#include "utils/timestamp.h"

#include "base/fold_requests.h"
#include "base/shared_memory.h"

#define PLACES		32
#define WORKERS		16

/* A process that is woken for a database. */
typedef struct Attendant
{
	Oid			database;		/* InvalidOid: a free place */
	Latch	   *latch;			/* of its PGPROC, which stays when it ends */
} Attendant;

typedef struct Requests
{
	slock_t		mutex;
	IvmFoldRequest places[PLACES];
	Attendant	attendants[WORKERS];
} Requests;

static Requests *requests = NULL;
static bool unavailable = false;

static void
init_requests(void *memory)
{
	Requests   *r = memory;

	memset(r, 0, sizeof(Requests));
	SpinLockInit(&r->mutex);
}

/* Find the memory, or do without from now on. */
static bool
is_available(void)
{
	if (likely(requests != NULL))
		return true;
	if (unavailable || !IsUnderPostmaster)
		return false;
	requests = ivm_shared_memory_attach("ivm fold requests", sizeof(Requests), init_requests);
	unavailable = requests == NULL;
	return !unavailable;
}

/* The place of this request or, if it has none, one that is free or that of the oldest. */
static IvmFoldRequest *
find_place(int32 view_id, uint64 hash, bool all)
{
	IvmFoldRequest *result = &requests->places[0];

	for (int i = 0; i < PLACES; i++)
	{
		IvmFoldRequest *place = &requests->places[i];

		if (place->database == MyDatabaseId && place->view_id == view_id &&
			(place->all || (!all && place->hash == hash)))
			return place;
		if (OidIsValid(result->database) &&
			(!OidIsValid(place->database) || place->asked_at < result->asked_at))
			result = place;
	}
	return result;
}

void
ivm_fold_requests_put(int32 view_id, uint64 hash, bool all)
{
	IvmFoldRequest request = {MyDatabaseId, view_id, all, hash, 0};
	Latch	   *latch = NULL;

	if (RecoveryInProgress() || !is_available())
		return;
	request.asked_at = GetCurrentTimestamp();
	SpinLockAcquire(&requests->mutex);
	{
		IvmFoldRequest *place = find_place(view_id, hash, all);

		if (place->database == MyDatabaseId && place->view_id == view_id && place->all)
			request.all = true;
		*place = request;
		for (int i = 0; i < WORKERS; i++)
			if (requests->attendants[i].database == MyDatabaseId)
				latch = requests->attendants[i].latch;
	}
	SpinLockRelease(&requests->mutex);
	if (latch != NULL)
		SetLatch(latch);
}

bool
ivm_fold_requests_exist(void)
{
	bool		result = false;

	if (!is_available())
		return false;
	SpinLockAcquire(&requests->mutex);
	for (int i = 0; i < PLACES; i++)
		result |= requests->places[i].database == MyDatabaseId;
	SpinLockRelease(&requests->mutex);
	return result;
}

int
ivm_fold_requests_take(IvmFoldRequest *result, int max)
{
	int			n = 0;

	if (!is_available())
		return 0;
	SpinLockAcquire(&requests->mutex);
	for (int i = 0; i < PLACES && n < max; i++)
	{
		if (requests->places[i].database != MyDatabaseId)
			continue;
		result[n++] = requests->places[i];
		requests->places[i].database = InvalidOid;
	}
	SpinLockRelease(&requests->mutex);
	return n;
}

void
ivm_fold_requests_attend(bool attend)
{
	if (!is_available())
		return;
	SpinLockAcquire(&requests->mutex);
	for (int i = 0; i < WORKERS; i++)
	{
		Attendant  *a = &requests->attendants[i];

		if (a->latch == MyLatch)
			a->database = InvalidOid;
	}
	for (int i = 0; i < WORKERS && attend; i++)
	{
		Attendant  *a = &requests->attendants[i];

		if (OidIsValid(a->database))
			continue;
		a->database = MyDatabaseId;
		a->latch = MyLatch;
		break;
	}
	SpinLockRelease(&requests->mutex);
}
