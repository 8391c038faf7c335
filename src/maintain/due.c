/*-------------------------------------------------------------------------
 *
 * due.c
 *	  Which views are to be refreshed, or reconciled, now: by their options refresh and
 *	  reconcile.
 *
 *						refresh									reconcile
 *		interval	data_as_of + interval - what a run is	start of the last run
 *					expected to take - some jitter			+ interval - some jitter
 *		cron line	the next time that matches, after now	the same
 *		on change	once the change logs have something
 *					new, but not too often
 *
 * When a view is due is stored, so it does not depend on when the server was started.
 * What was missed meanwhile is done once.
 *
 * A view that fails is tried again after ten seconds, then twice that, and so on up to
 * an hour.  The two operations of a view have rows of their own, so neither hides that the
 * other one fails.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/pg_prng.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/options.h"
#include "base/settings.h"
#include "capture/log_reader.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "catalog/schedule.h"
#include "catalog/watermark.h"
#include "maintain/build.h"
#include "maintain/due.h"

/* Between two runs of a view that is refreshed on change, at least. */
#define MIN_PAUSE	(USECS_PER_SEC / 2)

/* Delay of the next run after a failure: the first, and the longest */
#define FIRST_DELAY	(10 * USECS_PER_SEC)
#define MAX_DELAY	USECS_PER_HOUR

/* The share of an interval that runs are spread over */
#define JITTER		0.1

/* A random part of a time. */
static int64
some_of(double usecs)
{
	return (int64) (usecs * pg_prng_double(&pg_global_prng_state));
}

/* ---- when ---- */

/*
 * When a refresh is due after one that ended now, or (as_of 0) after none.  A run should
 * end before what it replaces is older than the interval; but runs that take longer than
 * that are not to follow each other without a pause.
 */
static TimestampTz
next_refresh(const IvmViewRow *row, TimestampTz as_of, TimestampTz now)
{
	IvmRefreshOption option;

	/* the next batch */
	if (row->mode == IVM_MODE_APPEND && ivm_append_view_is_filling(row->id))
		return now;
	ivm_options_refresh(row->options, &option);
	switch (option.when)
	{
		case IVM_REFRESH_ON_DEMAND:
		case IVM_REFRESH_ON_CHANGE:
			break;
		case IVM_REFRESH_BY_LAG:
			{
				int64		expected = ivm_run_history_expected(row->id);
				TimestampTz due = (as_of != 0 ? as_of : now) + option.lag - expected -
					some_of(option.lag * JITTER);

				return Max(due, now + Max(expected, USECS_PER_SEC / 10));
			}
		case IVM_REFRESH_BY_CRON:
			return ivm_cron_next(&option.cron, now, ivm_settings_timezone(row->settings));
	}
	return 0;
}

/* When a view is to be reconciled: an interval after a time, but not before another one. */
static TimestampTz
next_reconcile(const IvmViewRow *row, TimestampTz after, TimestampTz earliest)
{
	IvmRefreshOption option;

	if (!ivm_options_reconcile(row->options, &option))
		return 0;
	if (option.when == IVM_REFRESH_BY_CRON)
		return ivm_cron_next(&option.cron, GetCurrentTimestamp(), ivm_settings_timezone(row->settings));
	return Max(after + option.lag - some_of(option.lag * JITTER), earliest);
}

/* The delay after a number of failures in a row. */
static int64
delay_after(int failures)
{
	int64		delay = FIRST_DELAY;

	for (int i = 1; i < failures && delay < MAX_DELAY; i++)
		delay *= 2;
	delay = Min(delay, MAX_DELAY);
	return delay - some_of(delay * JITTER);
}

static TimestampTz
data_as_of(const IvmViewRow *row)
{
	IvmWatermark *watermark = ivm_watermark_get(row->id, NULL);

	return watermark ? watermark->as_of : 0;
}

/* Has a view a schedule for an operation? */
static bool
is_scheduled(const IvmViewRow *row, IvmDueOperation operation)
{
	if (row->part_of != 0)
		return false;
	if (operation == IVM_DUE_RECONCILE)
		return ivm_options_reconciles(row->options);
	if (operation == IVM_DUE_BUILD)
		return row->status == IVM_STATUS_UNPOPULATED && ivm_options_builds_online(row->options);
	/* who fills it by a refresh would hold back writers */
	if (row->status == IVM_STATUS_UNPOPULATED && ivm_options_builds_online(row->options))
		return false;
	return row->mode != IVM_MODE_IMMEDIATE &&
		ivm_options_refresh_when(row->options) != IVM_REFRESH_ON_DEMAND;
}

/* ---- rows of ivm.schedule ---- */

/* When an operation that has not run just now is due; old: its row, or NULL. */
static TimestampTz
first_due(const IvmViewRow *row, IvmDueOperation operation, const IvmScheduleRow *old)
{
	TimestampTz now = GetCurrentTimestamp();

	if (operation == IVM_DUE_REFRESH)
		return next_refresh(row, data_as_of(row), now);
	if (operation == IVM_DUE_BUILD)
		return now;
	return next_reconcile(row, old && old->last_success_at != 0 ? old->last_success_at : now, 0);
}

static void
follow(const IvmViewRow *row, IvmDueOperation operation)
{
	IvmScheduleRow *old = ivm_schedule_get(row->id, operation);
	IvmScheduleRow new = {.view_id = row->id,.operation = operation,.corrections = -1};

	if (old == NULL && !is_scheduled(row, operation))
		return;
	ivm_schedule_lock(row->id);
	if (!is_scheduled(row, operation))
	{
		ivm_schedule_remove(row->id, operation);
		return;
	}
	if ((old = ivm_schedule_get(row->id, operation)) != NULL)
		new = *old;
	new.due_at = first_due(row, operation, old);
	ivm_schedule_set(&new);
}

void
ivm_due_follow(const IvmViewRow *row)
{
	for (int i = 0; i < IVM_DUE_OPERATIONS && row->part_of == 0; i++)
		follow(row, (IvmDueOperation) i);
}

/* The same for one operation of all views. */
static void
complete(IvmDueOperation operation)
{
	List	   *known = NIL;
	List	   *ids = NIL;
	ListCell   *lc;

	foreach(lc, ivm_schedule_all())
	{
		if (((IvmScheduleRow *) lfirst(lc))->operation == operation)
			known = lappend_int(known, ((IvmScheduleRow *) lfirst(lc))->view_id);
	}
	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (operation == IVM_DUE_BUILD)
			ivm_build_clean_up(row);
		if (!is_scheduled(row, operation))
			continue;
		ids = lappend_int(ids, row->id);
		if (!list_member_int(known, row->id))
			follow(row, operation);
	}
	foreach(lc, known)
	{
		if (list_member_int(ids, lfirst_int(lc)))
			continue;
		ivm_schedule_lock(lfirst_int(lc));
		if (ivm_catalog_get(lfirst_int(lc)) == NULL)
			ivm_schedule_remove(lfirst_int(lc), operation);
	}
}

void
ivm_due_complete(void)
{
	for (int i = 0; i < IVM_DUE_OPERATIONS; i++)
		complete((IvmDueOperation) i);
}

/* ---- what is due ---- */

/* Has a view that is refreshed on change something to take in? */
static bool
has_changed(const IvmViewRow *row)
{
	IvmWatermark *watermark = ivm_watermark_get(row->id, NULL);
	ListCell   *lc;

	if (ivm_view_row_is_paused(row))
		return false;
	if (row->status != IVM_STATUS_READY || watermark == NULL || watermark->snapshot == NULL)
		return true;
	foreach(lc, ivm_catalog_with_parts(list_make1(unconstify(IvmViewRow *, row))))
	{
		if (ivm_log_reader_has_new(((IvmViewRow *) lfirst(lc))->bases, watermark))
			return true;
	}
	return false;
}

/* When a view may be refreshed because of a change at the earliest. */
static TimestampTz
earliest(const IvmScheduleRow *row)
{
	return row->last_attempt_at == 0 ? 0 :
		row->last_attempt_at + 2 * Max(ivm_run_history_expected(row->view_id), MIN_PAUSE / 2);
}

/* The row of a view, if it is there and this role may refresh it (InvalidOid: all). */
static IvmViewRow *
find_view(int32 id, Oid role)
{
	IvmViewRow *row = ivm_catalog_get(id);

	if (row == NULL || get_rel_name(row->view) == NULL ||
		(OidIsValid(role) && !ivm_compat_is_owner(row->view, role) &&
		 !ivm_compat_may_maintain(row->view, role)))
		return NULL;
	return row;
}

List *
ivm_due_find(Oid role, TimestampTz now, TimestampTz *next, bool *on_change)
{
	List	   *refreshes = NIL;
	List	   *comparisons = NIL;
	ListCell   *lc;

	*next = 0;
	*on_change = false;
	foreach(lc, ivm_schedule_all())
	{
		IvmScheduleRow *row = lfirst(lc);
		TimestampTz due_at = row->due_at;
		IvmViewRow *view;

		if (due_at == 0)
		{
			due_at = earliest(row);
			*on_change = true;
		}
		if (due_at > now)
		{
			if (*next == 0 || due_at < *next)
				*next = due_at;
			continue;
		}
		view = find_view(row->view_id, role);
		if (view && (row->due_at != 0 || has_changed(view)))
		{
			IvmDueRun  *run = palloc(sizeof(IvmDueRun));

			run->view_id = row->view_id;
			run->operation = row->operation;
			/* views that read others were created after these */
			if (run->operation == IVM_DUE_REFRESH)
				refreshes = lcons(run, refreshes);
			else
				comparisons = lappend(comparisons, run);
		}
	}
	return list_concat(refreshes, comparisons);
}

bool
ivm_due_is(const IvmScheduleRow *row, TimestampTz now)
{
	return row->due_at != 0 ? row->due_at <= now : earliest(row) <= now;
}

/* ---- what became of it ---- */

/* The row of an operation, locked; NULL if there is none. */
static IvmScheduleRow *
lock_row(int32 view_id, IvmDueOperation operation)
{
	if (ivm_schedule_get(view_id, operation) == NULL)
		return NULL;
	ivm_schedule_lock(view_id);
	return ivm_schedule_get(view_id, operation);
}

static void
succeeded(IvmScheduleRow *schedule, TimestampTz started_at, TimestampTz due_at)
{
	schedule->due_at = due_at;
	schedule->failures = 0;
	schedule->last_error = NULL;
	schedule->last_attempt_at = schedule->last_success_at = started_at;
	ivm_schedule_set(schedule);
}

void
ivm_due_refreshed(const IvmViewRow *row, TimestampTz started_at)
{
	IvmScheduleRow *schedule = lock_row(row->id, IVM_DUE_REFRESH);

	if (schedule != NULL)
		succeeded(schedule, started_at, next_refresh(row, data_as_of(row), GetCurrentTimestamp()));
}

void
ivm_due_reconciled(const IvmViewRow *row, TimestampTz started_at, int64 corrections)
{
	IvmScheduleRow *schedule = lock_row(row->id, IVM_DUE_RECONCILE);
	TimestampTz now = GetCurrentTimestamp();

	if (schedule == NULL)
		return;
	schedule->corrections = corrections;
	/* not without a pause as long as a run */
	succeeded(schedule, started_at, next_reconcile(row, started_at, now + (now - started_at)));
}

void
ivm_due_built(const IvmViewRow *row)
{
	if (lock_row(row->id, IVM_DUE_BUILD) != NULL)
		ivm_schedule_remove(row->id, IVM_DUE_BUILD);
	/* a deferred view is refreshed from now on */
	follow(ivm_catalog_get(row->id), IVM_DUE_REFRESH);
}

void
ivm_due_wait(const IvmViewRow *row, IvmDueOperation operation, int64 usecs)
{
	IvmScheduleRow *schedule = lock_row(row->id, operation);

	if (schedule == NULL)
		return;
	schedule->due_at = GetCurrentTimestamp() + usecs;
	ivm_schedule_set(schedule);
}

void
ivm_due_left_out(const IvmViewRow *row, IvmDueOperation operation)
{
	IvmScheduleRow *schedule = lock_row(row->id, operation);
	TimestampTz now = GetCurrentTimestamp();

	if (schedule == NULL)
		return;
	if (operation == IVM_DUE_BUILD)
	{
		ivm_schedule_remove(row->id, operation);
		return;
	}

	/*
	 * its rows grow old meanwhile, or wait for a batch, which does not make
	 * that more urgent
	 */
	schedule->due_at = operation == IVM_DUE_REFRESH ? next_refresh(row, now, now) :
		next_reconcile(row, now, 0);
	if (schedule->due_at != 0)
		schedule->due_at = Max(schedule->due_at, now + FIRST_DELAY);
	ivm_schedule_set(schedule);
}

void
ivm_due_failed(const IvmViewRow *row, IvmDueOperation operation, TimestampTz started_at,
			   const char *error)
{
	IvmScheduleRow *schedule;

	if (!ivm_schedule_try_lock(row->id))
		return;
	schedule = ivm_schedule_get(row->id, operation);
	if (schedule == NULL)
		return;
	schedule->failures++;
	schedule->due_at = GetCurrentTimestamp() + delay_after(schedule->failures);
	schedule->last_error = pstrdup(error);
	schedule->last_attempt_at = started_at;
	ivm_schedule_set(schedule);
}
