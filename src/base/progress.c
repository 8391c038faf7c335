/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  How far builds and refreshes of views are.
 *
 * Without memory shared by backends of our own, which would need preloading, this uses
 * what the server has for its own commands: an entry per backend, with the kind of
 * command, the relation that it works on, and twenty numbers.
 *
 * The server must keep true: the kind of a command is stored as it is given, and the
 * server's views look for their own kinds only.  Ours is a number that none of the
 * server's comes near; should another extension have the same idea and number, there
 * is a mark among the numbers, too.  An error ends what is shown, at the end of the
 * (sub)transaction that fails.  An entry can be read from any backend.
 *
 * MyBEEntry, by which a backend finds its own entry, is read here to see whether a
 * command of the server has taken the entry over.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/backend_progress.h"
#include "utils/backend_status.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/progress.h"

/* The kind of command ("ivm"), and the mark */
#define PROGRESS_COMMAND_IVM	((ProgressCommandType) 0x69766D)
#define PROGRESS_MARK			INT64CONST(0x6976702E70726F67)

/* The numbers of an entry */
enum
{
	PARAM_MARK,
	PARAM_OPERATION,
	PARAM_PHASE,
	PARAM_DONE,
	PARAM_TOTAL,
	PARAM_STARTED_AT,
	NUM_PARAMS
};

static const char *const operation_names[] = {"create", "reconcile", "resume", "refresh", "build"};

static const char *const phase_names[] = {
	[IVM_PROGRESS_LOCKS] = "waiting for locks",
	[IVM_PROGRESS_WRITERS] = "waiting for writers",
	[IVM_PROGRESS_LOGS] = "reading change logs",
	[IVM_PROGRESS_DELTA] = "computing changes",
	[IVM_PROGRESS_APPLY] = "applying changes",
	[IVM_PROGRESS_KEYS] = "recomputing keys",
	[IVM_PROGRESS_COMPUTE] = "computing rows",
	[IVM_PROGRESS_WRITE] = "writing rows",
	[IVM_PROGRESS_VALIDATE] = "validating",
	[IVM_PROGRESS_KEEP] = "keeping rows"
};

/* What this backend is at */
typedef struct Running
{
	int			depth;			/* begun and not ended; 0: nothing */
	int			nest_level;		/* of the (sub)transaction that began it */
	Oid			view;
	int64		params[NUM_PARAMS];
} Running;

static Running mine;

/* ---- writing ---- */

static const int param_numbers[NUM_PARAMS] = {0, 1, 2, 3, 4, 5};

StaticAssertDecl(NUM_PARAMS <= PGSTAT_NUM_PROGRESS_PARAM, "an entry has too few numbers");

/* Fill this backend's entry, which is free or ours. */
static void
show(void)
{
	pgstat_progress_start_command(PROGRESS_COMMAND_IVM, mine.view);
	pgstat_progress_update_multi_param(NUM_PARAMS, param_numbers, mine.params);
	Assert(MyBEEntry == NULL || !pgstat_track_activities ||
		   (MyBEEntry->st_progress_command == PROGRESS_COMMAND_IVM &&
			MyBEEntry->st_progress_command_target == mine.view &&
			MyBEEntry->st_progress_param[PARAM_MARK] == PROGRESS_MARK));
}

/* Does the entry show what we are at?  It is filled again if a command that had it is over. */
static inline bool
is_shown(void)
{
	ProgressCommandType command;

	if (mine.depth == 0 || MyBEEntry == NULL)
		return false;
	command = MyBEEntry->st_progress_command;
	if (likely(command == PROGRESS_COMMAND_IVM))
		return true;
	if (command != PROGRESS_COMMAND_INVALID)
		return false;
	show();
	return true;
}

void
ivm_progress_begin(const char *operation, Oid view)
{
	if (mine.depth++ > 0)
		return;
	memset(mine.params, 0, sizeof(mine.params));
	mine.nest_level = GetCurrentTransactionNestLevel();
	mine.view = view;
	mine.params[PARAM_MARK] = PROGRESS_MARK;
	for (int i = 0; i < (int) lengthof(operation_names); i++)
		if (strcmp(operation_names[i], operation) == 0)
			mine.params[PARAM_OPERATION] = i;
	mine.params[PARAM_PHASE] = IVM_PROGRESS_LOCKS;
	mine.params[PARAM_STARTED_AT] = GetCurrentTimestamp();
	(void) is_shown();
}

void
ivm_progress_end(void)
{
	if (mine.depth == 0 || --mine.depth > 0)
		return;
	if (MyBEEntry && MyBEEntry->st_progress_command == PROGRESS_COMMAND_IVM)
		pgstat_progress_end_command();
}

void
ivm_progress_view(Oid view)
{
	if (mine.depth == 0 || mine.view == view)
		return;
	mine.view = view;
	if (is_shown())
		show();
}

void
ivm_progress_phase(IvmProgressPhase phase, int64 total)
{
	if (mine.depth == 0)
		return;
	mine.params[PARAM_PHASE] = phase;
	mine.params[PARAM_DONE] = 0;
	mine.params[PARAM_TOTAL] = total;
	if (is_shown())
		pgstat_progress_update_multi_param(NUM_PARAMS, param_numbers, mine.params);
}

void
ivm_progress_add(int64 n)
{
	if (mine.depth == 0)
		return;
	mine.params[PARAM_DONE] += n;
	if (is_shown())
		pgstat_progress_update_param(PARAM_DONE, mine.params[PARAM_DONE]);
}

/* The server has emptied the entry by then, also if what was begun goes on. */
void
ivm_progress_abort_sub(void)
{
	if (mine.depth > 0 && GetCurrentTransactionNestLevel() <= mine.nest_level)
		mine.depth = 0;
}

void
ivm_progress_reset(void)
{
	mine.depth = 0;
}

/* ---- reading ---- */

List *
ivm_progress_all(void)
{
	int			n = pgstat_fetch_stat_numbackends();
	List	   *result = NIL;

	for (int i = 1; i <= n; i++)
	{
		const PgBackendStatus *entry = ivm_compat_backend_status(i);
		const int64 *params;
		IvmProgress *progress;

		if (entry == NULL || entry->st_databaseid != MyDatabaseId ||
			entry->st_progress_command != PROGRESS_COMMAND_IVM)
			continue;
		params = entry->st_progress_param;
		/* also what another version of the library may have written */
		if (params[PARAM_MARK] != PROGRESS_MARK ||
			params[PARAM_OPERATION] < 0 || params[PARAM_OPERATION] >= (int64) lengthof(operation_names) ||
			params[PARAM_PHASE] < 0 || params[PARAM_PHASE] >= (int64) lengthof(phase_names))
			continue;
		progress = palloc0(sizeof(IvmProgress));
		progress->pid = entry->st_procpid;
		progress->userid = entry->st_userid;
		progress->view = entry->st_progress_command_target;
		progress->operation = operation_names[params[PARAM_OPERATION]];
		progress->phase = phase_names[params[PARAM_PHASE]];
		progress->done = params[PARAM_DONE];
		progress->total = params[PARAM_TOTAL];
		progress->started_at = params[PARAM_STARTED_AT];
		result = lappend(result, progress);
	}
	return result;
}
