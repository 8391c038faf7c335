/*-------------------------------------------------------------------------
 *
 * worker_start.c
 *	  Starting the worker of this database when a transaction has met work for it.
 *
 *		log_writer.c, merge_log.c:	this view has a schedule		note
 *		apply.c:					this view has a window of time	note
 *		before commit:				is any view due?				at most once in 3 s
 *		after commit:				is there a worker?				at most once in 3 s
 *									start one
 *
 * A transaction that has changed the tables of a view that is refreshed on change must
 * not be overlooked.  If the backend has looked for the worker less than 3 s ago, it
 * does not look again: a worker that was there then looks at the change logs
 * for at least 3 s more, even if it leaves (worker.c).  The change is visible before
 * that is decided.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xlog.h"
#include "common/pg_prng.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "base/guc.h"
#include "base/worker_call.h"
#include "catalog/catalog_view.h"
#include "catalog/schedule.h"
#include "maintain/run_due.h"
#include "sql/worker_presence.h"
#include "sql/worker_start.h"

/* Tries without a slot after which the log is told: others may just be starting one. */
#define PATIENCE	2

static bool disabled = false;
static bool wanted = false;		/* by the transaction that commits */
static TimestampTz next_look = 0;	/* for a worker */
static TimestampTz next_look_due = 0;	/* for views that are due */
static int	refused = 0;		/* tries in a row without a slot */
static bool told = false;		/* the log knows, from us or another session */
static bool telling = false;	/* from us */

void
ivm_worker_start_disable(void)
{
	disabled = true;
}

/* When to look again; not all backends at once. */
static TimestampTz
after_a_while(TimestampTz now)
{
	return now + IVM_WORKER_LOOK_MS * INT64CONST(1000) / 3 * 2 +
		(int64) (pg_prng_double(&pg_global_prng_state) * IVM_WORKER_LOOK_MS * 1000 / 3);
}

bool
ivm_worker_start_process(Oid database, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker = {
		.bgw_name = "ivm worker",
		.bgw_type = "ivm worker",
		.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
		.bgw_start_time = BgWorkerStart_RecoveryFinished,
		.bgw_restart_time = BGW_NEVER_RESTART,
		.bgw_library_name = "$libdir/ivm",
		.bgw_function_name = "ivm_worker_main",
		.bgw_main_arg = ObjectIdGetDatum(database),
		.bgw_notify_pid = handle ? MyProcPid : 0
	};

	return RegisterDynamicBackgroundWorker(&worker, handle);
}

/* Is something of that due?  Restored views have no rows in ivm.schedule yet; the worker makes them. */
static bool
is_any_due(IvmWorkerCall call, TimestampTz now)
{
	TimestampTz due_at;
	bool		any;

	if (!OidIsValid(ivm_own_table_relid("schedule")))
		return false;
	if (ivm_run_due_first_removal(&due_at) && due_at <= now)
		return true;
	if (call == IVM_CALL_TO_REMOVE)
		return false;
	if (ivm_schedule_first(&due_at, &any))
		return due_at <= now;
	return !any;
}

static void
tell_lack(void)
{
	told = true;
	telling = ivm_worker_presence_claim_telling();
	if (telling)
		ereport(LOG,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("no free slot for a background worker of ivm in database \"%s\"",
						get_database_name(MyDatabaseId)),
				 errdetail("Views that are due are not refreshed until one is free; this is tried again."),
				 errhint("Increase max_worker_processes, or call ivm.run_due() regularly.")));
}

void
ivm_worker_start_before_commit(void)
{
	IvmWorkerCall call = ivm_worker_call_take();
	TimestampTz now;

	wanted = false;
	if (call == IVM_CALL_NONE || disabled || !ivm_guc_worker || !IsUnderPostmaster ||
		IsBinaryUpgrade || RecoveryInProgress())
		return;
	if (refused >= PATIENCE && !told)
		tell_lack();
	wanted = call >= IVM_CALL_NOW;
	if (call == IVM_CALL_EACH)
		next_look = 0;
	if (wanted)
		return;
	now = GetCurrentTimestamp();
	if (now < next_look_due)
		return;
	next_look_due = after_a_while(now);
	wanted = is_any_due(call, now);
}

/* Start a worker if there is none; the transaction has committed. */
static void
start_if_absent(void)
{
	if (!ivm_worker_presence_exists(MyDatabaseId) && !ivm_worker_start_process(MyDatabaseId, NULL))
	{
		refused++;
		return;
	}
	refused = 0;
	if (telling)
		ivm_worker_presence_release_telling();
	told = telling = false;
}

/*
 * An error, which only a lack of memory can be, would make the server restart: what has committed
 * cannot be aborted.  So it is forgotten, and the next look starts the worker.  It has let interrupts in,
 * which the server holds off here.
 */
void
ivm_worker_start_after_commit(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	uint32		holdoff = InterruptHoldoffCount;
	TimestampTz now;

	if (!wanted)
		return;
	wanted = false;
	now = GetCurrentTimestamp();
	if (now < next_look)
		return;
	next_look = after_a_while(now);
	PG_TRY();
	{
		start_if_absent();
	}
	PG_CATCH();
	{
		InterruptHoldoffCount = holdoff;
		MemoryContextSwitchTo(cxt);
		FlushErrorState();
	}
	PG_END_TRY();
}
