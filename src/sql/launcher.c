/*-------------------------------------------------------------------------
 *
 * launcher.c
 *	  The process that starts workers with the server, if the library is preloaded.
 *
 * It is connected to no database.  When the server has started, or was promoted, it has a
 * worker started in each database, one after the other; a worker that finds no
 * schedules ends at once.  Those that stay are started again if they end by
 * an error.  Where views get their first schedule later, that starts the worker.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/guc.h"
#include "sql/launcher.h"
#include "sql/worker_presence.h"
#include "sql/worker_start.h"

extern PGDLLEXPORT void ivm_launcher_main(Datum arg);

/* How long a worker is watched after its start, and how often; milliseconds */
#define WATCH_MS	1000
#define WATCH_STEP	20

/* After this time workers that have ended are started again; milliseconds */
#define ROUND_MS	60000

/* A database whose worker is to be there. */
typedef struct Watched
{
	Oid			database;
	BackgroundWorkerHandle *handle; /* NULL: could not be started yet */
} Watched;

static bool registered = false;

void
ivm_launcher_register(void)
{
	BackgroundWorker worker = {
		.bgw_name = "ivm launcher",
		.bgw_type = "ivm launcher",
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = 10,
		.bgw_library_name = "$libdir/ivm",
		.bgw_function_name = "ivm_launcher_main"
	};

	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	RegisterBackgroundWorker(&worker);
	registered = true;
}

bool
ivm_launcher_is_there(void)
{
	return registered;
}

/* Databases that users connect to, in CurrentMemoryContext. */
static List *
find_databases(void)
{
	MemoryContext oldcxt = CurrentMemoryContext;
	List	   *result = NIL;
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tup;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while ((tup = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tup);

		/* a limit of -2: DROP DATABASE was interrupted */
		if (database->datallowconn && !database->datistemplate && database->datconnlimit >= -1)
		{
			MemoryContext cxt = MemoryContextSwitchTo(oldcxt);

			result = lappend_oid(result, database->oid);
			MemoryContextSwitchTo(cxt);
		}
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(oldcxt);
	return result;
}

/* Wait, and do what signals ask for. */
static void
wait_for(long ms)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

static bool
has_ended(Watched *w)
{
	pid_t		pid;

	return GetBackgroundWorkerPid(w->handle, &pid) == BGWH_STOPPED;
}

/*
 * Start a worker and see whether it stays: not if there is no work for it.  One that somebody else has
 * started meanwhile is as good.
 */
static bool
start(Watched *w)
{
	static bool told = false;

	if (!ivm_worker_start_process(w->database, &w->handle))
	{
		w->handle = NULL;
		if (!told)
			ereport(LOG,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("no free slot for a background worker of ivm"),
					 errdetail("This is tried again every %d seconds.", ROUND_MS / 1000),
					 errhint("Increase max_worker_processes.")));
		told = true;
		return true;
	}
	told = false;
	for (int ms = 0; ms < WATCH_MS; ms += WATCH_STEP)
	{
		if (has_ended(w))
			return ivm_worker_presence_exists(w->database);
		wait_for(WATCH_STEP);
	}
	return true;
}

/*
 * Start what is not there; returns the databases to be watched from now on.  A worker may be there that a
 * session has started, or the launcher before it ended by an error.
 */
static List *
start_missing(List *watched)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, watched)
	{
		Watched    *w = lfirst(lc);

		if (!ivm_guc_worker)
			break;
		if ((w->handle != NULL && !has_ended(w)) || ivm_worker_presence_exists(w->database) || start(w))
			result = lappend(result, w);
	}
	return result;
}

void
ivm_launcher_main(Datum arg)
{
	(void) arg;
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	(void) MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "ivm launcher",
													   ALLOCSET_DEFAULT_SIZES));
	for (;;)
	{
		List	   *watched = NIL;
		ListCell   *lc;

		while (!ivm_guc_worker)
			wait_for(ROUND_MS);
		foreach(lc, find_databases())
		{
			Watched    *w = palloc0(sizeof(Watched));

			w->database = lfirst_oid(lc);
			watched = lappend(watched, w);
		}
		while (ivm_guc_worker)
		{
			TimestampTz end;

			watched = start_missing(watched);
			end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ROUND_MS);
			while (ivm_guc_worker && GetCurrentTimestamp() < end)
				wait_for(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end));
		}
		MemoryContextReset(CurrentMemoryContext);
	}
}
