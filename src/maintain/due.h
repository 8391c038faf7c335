/*-------------------------------------------------------------------------
 *
 * due.h
 *	  Which views are to be refreshed, or reconciled, now: by their options refresh and
 *	  reconcile.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DUE_H
#define IVM_DUE_H

#include "datatype/timestamp.h"

#include "catalog/catalog_view.h"
#include "catalog/schedule.h"

/* Something that is due */
typedef struct IvmDueRun
{
	int32		view_id;
	IvmDueOperation operation;
} IvmDueRun;

/*
 * A view was created, or its options or its mode have changed: give it its rows in
 * ivm.schedule, due anew, or take them away.  Takes the lock of the rows, which waits.
 */
extern void ivm_due_follow(const IvmViewRow *row);

/*
 * Put ivm.schedule in order: rows for views that lack one, as after a restore, spread
 * over time; no rows for views that are gone.
 */
extern void ivm_due_complete(void);

/*
 * What is due, IvmDueRun * in CurrentMemoryContext: first refreshes, of views that others read
 * after these others; then the comparisons, which take longer.  role: only views that it may
 * refresh; InvalidOid: all.  *next: when the next of the others is due, as far as that is
 * known; 0: never.  *on_change: are there any that wait for a change?
 */
extern List *ivm_due_find(Oid role, TimestampTz now, TimestampTz *next, bool *on_change);

/* Is something still due, of which ivm_due_find() said so?  row: its row of ivm.schedule */
extern bool ivm_due_is(const IvmScheduleRow *row, TimestampTz now);

/*
 * Note that a view which was to be built online is ready; and that an operation is due again after a
 * number of microseconds.
 */
extern void ivm_due_built(const IvmViewRow *row);
extern void ivm_due_wait(const IvmViewRow *row, IvmDueOperation operation, int64 usecs);

/*
 * A due run of a view has begun at a time and ended without an error: a refresh, or a
 * comparison, with the number of its corrections; or with an error; or it was left out, since
 * there is nothing to do for a view as it is.  Sets when it is due again.  The caller has the
 * lock of the view's refresh.  They take the lock of the rows in ivm.schedule, and wait for it;
 * but after an error nothing is done if somebody else has it, who is changing the schedule.
 */
extern void ivm_due_refreshed(const IvmViewRow *row, TimestampTz started_at);
extern void ivm_due_reconciled(const IvmViewRow *row, TimestampTz started_at, int64 corrections);
extern void ivm_due_failed(const IvmViewRow *row, IvmDueOperation operation, TimestampTz started_at,
						   const char *error);
extern void ivm_due_left_out(const IvmViewRow *row, IvmDueOperation operation);

#endif							/* IVM_DUE_H */
