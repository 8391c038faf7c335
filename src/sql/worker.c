/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  The background worker of a database: refreshes and reconciles views that are due, folds, also
 *	  what readers ask for, and removes what has left windows of time.
 *
 *		start --> claim the presence --> look: what is due? --> run it, one by one
 *											^						 |
 *											+--- wait, no transaction <+
 *											|
 *		leave <-- look for 3 s more <-- release the presence, when idle
 *
 * *While it waits* it has no transaction open and looks at nothing but the counter of
 * transaction ids: unless that has moved, or a time has come, nothing can be due.
 *
 * *Leaving.*  Worker processes are few, so one without work for a while leaves; the next
 * backend that finds work starts another one.  Backends do not look at each commit
 * whether it is there (worker_start.c).  So it gives up its presence first, which
 * backends see, and then looks for work for as long as some of them may still
 * rely on it.  Where there is a launcher, it stays as long as there are schedules.
 *
 * *Keys that readers have computed*, or found with many deltas (base/fold_requests.h), are folded as soon as they are asked for; but in a
 * quarter of the time, and a key that is dirty again each time in less and less.
 *
 * *Who wants the database for himself* - DROP DATABASE, CREATE DATABASE ... TEMPLATE -
 * waits five seconds for sessions to end.  The worker leaves when it sees that.
 *
 * *Rights.*  The session is a superuser's, as that of autovacuum is.  It reads tables of
 * the extension and system catalogues; all that comes of definitions is done as the
 * view's owner (maintain/run_due.c).
 *
 * An error of one view is caught there.  Any other error is logged once, and the worker
 * goes on after a delay, which doubles.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "storage/sinval.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "base/fold_requests.h"
#include "base/guc.h"
#include "catalog/catalog_view.h"
#include "catalog/schedule.h"
#include "maintain/due.h"
#include "maintain/run_due.h"
#include "sql/launcher.h"
#include "sql/worker_presence.h"
#include "sql/worker_start.h"

extern PGDLLEXPORT void ivm_worker_main(Datum arg);

/* All in milliseconds */
#define IDLE_MS			10000	/* without work, then it leaves */
#define SOON_MS			60000	/* unless something is due so soon */
#define CLOSING_MS		(IVM_WORKER_LOOK_MS + 500)	/* goes on looking then */
#define WAIT_MS			1000	/* between looks at who wants the database */
#define CHANGE_WAIT_MS	200		/* where views are refreshed on change */
#define FOLD_MS			10000	/* between looks for deltas */
#define MAX_ERROR_MS	300000	/* delay after errors, at most */

/*
 * Folding keys that readers ask for takes one part in REQUEST_SHARE of the worker's time.
 * REQUEST_CREDIT is how much of that may be used at once, in microseconds.
 */
#define REQUEST_SHARE	4
#define REQUEST_CREDIT	(2 * USECS_PER_SEC)

/*
 * KEYS_KNOWN is the number of keys folded lately whose next turns are remembered.  A key that is asked
 * for again soon is given FREE_TURNS turns at once, and then longer and longer pauses, up to
 * MAX_KEY_PAUSE times what its fold takes.
 */
#define KEYS_KNOWN		64
#define FREE_TURNS		3
#define MAX_KEY_PAUSE	16

/* The least pause in milliseconds after a fold that had to leave all as it is, since a prepared transaction has the keys, say. */
#define VAIN_PAUSE_MS	1000

/* The pause after a look that has found nothing, as a multiple of the look's duration. */
#define LOOK_PAUSE		30
#define MAX_PAUSE_MS	2000

/* A key, or a view of which all was asked for, that was folded because readers asked for it. */
typedef struct FoldedKey
{
	int32		view_id;		/* 0: a free place */
	uint64		hash;
	int			turns;			/* in a row */
	TimestampTz folded_at;
	TimestampTz next;			/* its turn */
} FoldedKey;

typedef struct Worker
{
	bool		gone;			/* it has nothing to do here any more */
	bool		on_change;		/* some view waits for a change */
	bool		completed;		/* ivm.schedule was put in order */
	TimestampTz next;			/* when the next view is due, or 0 */
	TimestampTz last_work;
	TimestampTz next_fold;
	TimestampTz closing;		/* since when without presence, or 0 */
	TimestampTz last_request;	/* when such was done, or 0 */
	int64		credit;			/* time that it may take, in microseconds */
	TimestampTz credited_at;	/* when that was reckoned */
	TimestampTz next_request;	/* what readers ask for is not done before */
	IvmFoldRequest requests[KEYS_KNOWN];	/* that wait for their turn */
	int			nrequests;
	FoldedKey	folded[KEYS_KNOWN];
	TimestampTz quiet_until;	/* no look before, but for next */
	FullTransactionId seen;		/* the next transaction id at the last look;
								 * invalid: look again */
	IvmDueRun	running;		/* what is being done; view_id 0: nothing */
	TimestampTz started_at;		/* since when */
	int			errors;			/* in a row */
	char	   *last_error;
	MemoryContext cxt;			/* of one round */
} Worker;

/* ---- transactions ---- */

static void
begin(const char *activity)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, activity);

	/* as for statements of users, for whoever has set it for the database */
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

static void
commit(void)
{
	disable_timeout(STATEMENT_TIMEOUT, false);

	/*
	 * functions of a definition can leave types and functions in pg_temp,
	 * where those of another owner might find them
	 */
	ResetTempTableNamespace();
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);

	/* what functions of the definitions have locked */
	LockReleaseSession(USER_LOCKMETHOD);
}

/* Is it time to stop in the middle of the work?  Raises no error. */
static bool
must_stop(void)
{
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	return !ivm_guc_worker || ivm_worker_presence_is_disturbing();
}

/* ---- one round ---- */

/*
 * Find what is due: IvmDueRun *, which stay until the end of the round, as the rest does that
 * the look has allocated.  Notes the next transaction id before that, if no transaction is
 * running that may commit later.
 */
static List *
look(Worker *w)
{
	MemoryContext cxt = CurrentMemoryContext;
	FullTransactionId next_xid = ReadNextFullTransactionId();
	Snapshot	snapshot;
	List	   *result = NIL;
	TimestampTz first;
	TimestampTz removal;
	bool		any;

	begin("ivm: looking for views that are due");
	if (!OidIsValid(ivm_own_table_relid("schedule")) || XactReadOnly)
		w->gone = true;
	else
	{
		snapshot = GetLatestSnapshot();
		w->seen = snapshot->xmin == snapshot->xmax &&
			snapshot->xmax == XidFromFullTransactionId(next_xid) ? next_xid : InvalidFullTransactionId;
		if (!w->completed)
			ivm_due_complete();
		MemoryContextSwitchTo(w->cxt);
		result = ivm_due_find(InvalidOid, GetCurrentTimestamp(), &w->next, &w->on_change);
		(void) ivm_schedule_first(&first, &any);
		/* removing is a kind of fold, and these have their pauses */
		if (ivm_run_due_first_removal(&removal))
		{
			any = true;
			removal = Max(removal, w->next_fold);
			w->next = w->next == 0 ? removal : Min(w->next, removal);
		}
		w->gone = !any && w->nrequests == 0 && !ivm_fold_requests_exist() &&
			TimestampDifferenceExceeds(w->last_request, GetCurrentTimestamp(), IDLE_MS);
	}
	commit();
	w->completed = true;
	MemoryContextSwitchTo(cxt);
	return result;
}

/* Do these runs; false if others are at all of the views. */
static bool
do_runs(Worker *w, List *runs)
{
	bool		result = false;
	ListCell   *lc;

	foreach(lc, runs)
	{
		const IvmDueRun *due = lfirst(lc);

		if (must_stop())
			break;
		begin(psprintf(due->operation == IVM_DUE_REFRESH ? "ivm: refreshing view with id %d" :
					   due->operation == IVM_DUE_BUILD ? "ivm: building view with id %d" :
					   "ivm: reconciling view with id %d", due->view_id));
		w->running = *due;
		w->started_at = GetCurrentTimestamp();
		switch (ivm_run_due_one(due, false, true))
		{
			case IVM_RUN_DONE:
			case IVM_RUN_AGAIN:
			case IVM_RUN_FAILED:
				w->last_work = GetCurrentTimestamp();
				result = true;
				break;
			case IVM_RUN_NOT_DUE:
				result = true;
				break;
			case IVM_RUN_BUSY:
				break;
		}
		commit();
		w->running.view_id = 0;
		MemoryContextSwitchTo(w->cxt);
	}
	return result;
}

static void
fold(Worker *w)
{
	List	   *ids;
	ListCell   *lc;

	begin("ivm: looking for deltas");
	MemoryContextSwitchTo(w->cxt);
	ids = ivm_run_due_find_folds(InvalidOid);
	commit();
	MemoryContextSwitchTo(w->cxt);
	foreach(lc, ids)
	{
		for (int i = 0; i < IVM_RUN_DUE_FOLD_BATCHES; i++)
		{
			int64		folded;

			if (must_stop())
				return;
			begin(psprintf("ivm: folding deltas of view with id %d", lfirst_int(lc)));
			folded = ivm_run_due_fold(lfirst_int(lc), false);
			commit();
			MemoryContextSwitchTo(w->cxt);
			if (folded == 0)
				break;
			w->last_work = GetCurrentTimestamp();
		}
	}
}

/* ---- what readers ask for ---- */

static FoldedKey *
find_folded(Worker *w, const IvmFoldRequest *request)
{
	FoldedKey  *oldest = &w->folded[0];

	for (int i = 0; i < KEYS_KNOWN; i++)
	{
		FoldedKey  *key = &w->folded[i];

		if (key->view_id == request->view_id && key->hash == request->hash)
			return key;
		if (key->folded_at < oldest->folded_at)
			oldest = key;
	}
	memset(oldest, 0, sizeof(FoldedKey));
	oldest->view_id = request->view_id;
	oldest->hash = request->hash;
	return oldest;
}

/* Note that a key was folded: the sooner it is asked for again, the longer the next pause. */
static void
note_folded(Worker *w, const IvmFoldRequest *request, TimestampTz began, TimestampTz ended, bool vain)
{
	FoldedKey  *key = find_folded(w, request);
	int64		duration = ended - began;
	int64		pause = 0;

	if (key->folded_at != 0 && began - key->folded_at < duration * MAX_KEY_PAUSE * 2)
		key->turns++;
	else
		key->turns = 1;
	if (key->turns > FREE_TURNS)
		pause = Min(INT64CONST(1) << Min(key->turns - FREE_TURNS - 1, 10), MAX_KEY_PAUSE);
	key->folded_at = ended;
	key->next = ended + duration * pause;
	if (vain)
		key->next = Max(key->next, TimestampTzPlusMilliseconds(ended, VAIN_PAUSE_MS));
}

/* Note that time was spent; if it was too much, there is a pause. */
static void
spend(Worker *w, TimestampTz began, TimestampTz ended)
{
	w->credit = Min(w->credit + (began - w->credited_at) / REQUEST_SHARE, REQUEST_CREDIT) - (ended - began);
	w->credited_at = ended;
	w->next_request = w->credit >= 0 ? 0 : ended - w->credit * REQUEST_SHARE;
}

/* Is there something that readers have asked for, whose turn has come?  *next: when, or 0. */
static bool
is_asked(Worker *w, TimestampTz now, TimestampTz *next)
{
	*next = 0;
	w->nrequests += ivm_fold_requests_take(w->requests + w->nrequests, KEYS_KNOWN - w->nrequests);
	for (int i = 0; i < w->nrequests; i++)
	{
		TimestampTz turn = Max(find_folded(w, &w->requests[i])->next, w->next_request);

		if (turn <= now)
			turn = now;
		*next = *next == 0 ? turn : Min(*next, turn);
	}
	return *next == now;
}

/* Take the requests of one view whose turn has come; returns the number of hashes, 0 if all keys are asked for. */
static int
take_requests(Worker *w, TimestampTz now, IvmFoldRequest *taken, int *ntaken, uint64 *hashes)
{
	int			n = 0;
	int			left = 0;
	bool		all = false;

	*ntaken = 0;
	for (int i = 0; i < w->nrequests; i++)
	{
		IvmFoldRequest *request = &w->requests[i];

		if (find_folded(w, request)->next > now ||
			(*ntaken > 0 && taken[0].view_id != request->view_id))
		{
			w->requests[left++] = *request;
			continue;
		}
		all |= request->all;
		hashes[n++] = request->hash;
		taken[(*ntaken)++] = *request;
	}
	w->nrequests = left;
	return all ? 0 : n;
}

static void
do_requests(Worker *w)
{
	TimestampTz began = GetCurrentTimestamp();
	TimestampTz ended;
	IvmFoldRequest taken[KEYS_KNOWN];
	uint64		hashes[KEYS_KNOWN];
	int64		folded = 0;
	int			ntaken;
	int			n = take_requests(w, began, taken, &ntaken, hashes);

	if (ntaken == 0)
		return;
	/* if this fails, it is not at once tried again */
	w->next_request = TimestampTzPlusMilliseconds(began, WAIT_MS);
	begin(psprintf("ivm: folding what was read of view with id %d", taken[0].view_id));
	if (OidIsValid(ivm_own_table_relid("schedule")) && !XactReadOnly)
		folded = ivm_run_due_fold_keys(taken[0].view_id, hashes, n);
	commit();
	MemoryContextSwitchTo(w->cxt);
	ended = w->last_work = w->last_request = GetCurrentTimestamp();
	for (int i = 0; i < ntaken; i++)
		note_folded(w, &taken[i], began, ended, folded == 0);
	spend(w, began, ended);
}

/* After a look that began at a time and has found nothing: not too much of that. */
static void
pause_looks(Worker *w, TimestampTz began)
{
	TimestampTz now = GetCurrentTimestamp();

	w->quiet_until = now + Min((now - began) * LOOK_PAUSE, MAX_PAUSE_MS * INT64CONST(1000));
}

/* Do what is to be done now. */
static void
do_round(Worker *w)
{
	TimestampTz began = GetCurrentTimestamp();
	List	   *runs = look(w);

	if (w->gone)
		return;
	if (runs == NIL)
		pause_looks(w, began);
	else
	{
		/* another worker may have come while this one was leaving */
		if (w->closing != 0 && !ivm_worker_presence_claim())
		{
			w->gone = true;
			return;
		}
		w->closing = 0;

		/* there may be more now, but others' runs are to be waited for */
		if (do_runs(w, runs))
			w->next = GetCurrentTimestamp();
		w->seen = InvalidFullTransactionId;
	}
	if (GetCurrentTimestamp() >= w->next_fold && !must_stop())
	{
		fold(w);
		w->next_fold = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), FOLD_MS);
	}
	w->errors = 0;
}

/* ---- errors ---- */

/* Is the extension there?  In a transaction of its own. */
static bool
extension_exists(void)
{
	bool		result;

	StartTransactionCommand();
	result = OidIsValid(ivm_own_table_relid("schedule"));
	CommitTransactionCommand();
	return result;
}

/*
 * The run of a view has failed when it was committed.  It is the view's failure, so that the
 * next ones have their turn; unless that cannot be recorded either.
 */
static void
blame_view(Worker *w, const ErrorData *error)
{
	IvmDueRun	due = w->running;

	w->running.view_id = 0;
	begin("ivm: recording a failure");
	ivm_run_due_failed(&due, w->started_at, error, true);
	commit();
}

/* After an error outside of a view's run: clean up, say so, and wait. */
static void
recover(Worker *w)
{
	ErrorData  *error;
	char	   *message;
	int64		delay = WAIT_MS;

	MemoryContextSwitchTo(w->cxt);
	error = CopyErrorData();
	HOLD_INTERRUPTS();
	disable_all_timeouts(false);
	QueryCancelPending = false;
	AbortCurrentTransaction();
	FlushErrorState();
	pgstat_report_activity(STATE_IDLE, NULL);
	RESUME_INTERRUPTS();
	LockReleaseSession(USER_LOCKMETHOD);

	/*
	 * the extension may have been dropped meanwhile, which is no error; and
	 * the presence has gone with the transaction
	 */
	if (!extension_exists() || (w->closing == 0 && !ivm_worker_presence_claim()))
	{
		w->gone = true;
		return;
	}
	if (w->running.view_id != 0)
	{
		blame_view(w, error);
		return;
	}
	if (w->last_error == NULL || strcmp(w->last_error, error->message) != 0)
	{
		ereport(LOG,
				(errcode(error->sqlerrcode),
				 errmsg("background worker of ivm: %s", error->message),
				 error->detail ? errdetail_internal("%s", error->detail) : 0,
				 errhint("This is tried again, and not logged again.")));
		message = MemoryContextStrdup(TopMemoryContext, error->message);
		if (w->last_error)
			pfree(w->last_error);
		w->last_error = message;
	}
	for (int i = 0; i < w->errors && delay < MAX_ERROR_MS; i++)
		delay *= 2;
	w->errors++;
	w->next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), Min(delay, MAX_ERROR_MS));
}

/* That may fail, too, but then no view's run is to blame any more. */
static void
try_recover(Worker *w)
{
	PG_TRY();
	{
		recover(w);
	}
	PG_CATCH();
	{
		recover(w);
	}
	PG_END_TRY();
}

static void
try_to(Worker *w, void (*work) (Worker *))
{
	MemoryContextSwitchTo(w->cxt);
	PG_TRY();
	{
		work(w);
	}
	PG_CATCH();
	{
		try_recover(w);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(w->cxt);
	MemoryContextReset(w->cxt);
}

/* ---- the loop ---- */

/* Can anything be due? */
static bool
is_time(const Worker *w, TimestampTz now)
{
	if (w->errors > 0)
		return now >= w->next;
	if (w->next != 0 && now >= w->next)
		return true;
	return now >= w->quiet_until &&
		(!FullTransactionIdIsValid(w->seen) ||
		 !FullTransactionIdEquals(w->seen, ReadNextFullTransactionId()));
}

static bool
is_idle(const Worker *w, TimestampTz now)
{
	return !ivm_launcher_is_there() && w->errors == 0 && w->nrequests == 0 &&
		TimestampDifferenceExceeds(w->last_work, now, IDLE_MS) &&
		(w->next == 0 || !TimestampDifferenceExceeds(w->next, now, -SOON_MS));
}

static void
wait_for(Worker *w)
{
	TimestampTz now = GetCurrentTimestamp();
	long		ms = w->on_change ? CHANGE_WAIT_MS : WAIT_MS;
	TimestampTz next_request;

	(void) is_asked(w, now, &next_request);
	if (next_request != 0)
		ms = Min(ms, Max(TimestampDifferenceMilliseconds(now, next_request), 1));
	if (w->next != 0)
		ms = Min(ms, Max(TimestampDifferenceMilliseconds(now, w->next), 1));
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	if (catchupInterruptPending)
		ProcessCatchupInterrupt();
}

static void
work(Worker *w)
{
	while (!must_stop())
	{
		TimestampTz now = GetCurrentTimestamp();
		TimestampTz next_request;

		if (is_asked(w, now, &next_request))
		{
			try_to(w, do_requests);
			now = GetCurrentTimestamp();
		}
		if (is_time(w, now))
			try_to(w, do_round);
		/* the last look before leaving */
		if (!w->gone && w->closing != 0 && TimestampDifferenceExceeds(w->closing, now, CLOSING_MS))
		{
			try_to(w, do_round);
			/* what is asked for, but has to wait for its turn, would be lost */
			if (w->closing != 0 && w->nrequests > 0 && ivm_worker_presence_claim())
				w->closing = 0;
			w->gone |= w->closing != 0;
		}
		if (w->gone)
			break;
		if (w->closing == 0 && is_idle(w, now))
		{
			ivm_worker_presence_release();
			w->closing = now;
			w->seen = InvalidFullTransactionId;
		}
		wait_for(w);

		/* nobody can mean this by it while nothing runs */
		QueryCancelPending = false;
	}
}

/* What holds in this session, whatever is set for the database or the server. */
static void
settle(void)
{
	ivm_worker_start_disable();
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_deferrable", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("row_security", "on", PGC_SUSET, PGC_S_OVERRIDE);

	/*
	 * a lost refresh is done again; who holds a lock for long holds up one
	 * view
	 */
	SetConfigOption("synchronous_commit", "off", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("lock_timeout", "5s", PGC_SUSET, PGC_S_OVERRIDE);
}

static void
stop_attending(int code, Datum arg)
{
	ivm_fold_requests_attend(false);
}

void
ivm_worker_main(Datum arg)
{
	static Worker w;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(arg), InvalidOid, 0);
	if (!ivm_worker_presence_claim())
		return;
	settle();
	pgstat_report_activity(STATE_IDLE, NULL);
	w.cxt = AllocSetContextCreate(TopMemoryContext, "ivm worker", ALLOCSET_DEFAULT_SIZES);
	w.last_work = GetCurrentTimestamp();
	w.next_fold = w.last_work;
	before_shmem_exit(stop_attending, 0);
	ivm_fold_requests_attend(true);
	work(&w);
}
