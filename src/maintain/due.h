/*-------------------------------------------------------------------------
 *
 * due.h
 *	  Which deferred views are to be refreshed now, by their option refresh.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DUE_H
#define IVM_DUE_H

#include "datatype/timestamp.h"

#include "catalog/catalog_view.h"
#include "catalog/schedule.h"

/*
 * A view was created, or its options or its mode have changed: give it a row in
 * ivm.schedule, due anew, or take that away.  Takes the lock of the row, which waits.
 */
extern void ivm_due_follow(const IvmViewRow *row);

/*
 * Put ivm.schedule in order: rows for views that lack one, as after a restore, spread
 * over time; no rows for views that are gone.
 */
extern void ivm_due_complete(void);

/*
 * Ids of the views that are due, those that others read after these others.  role: only
 * views that it may refresh; InvalidOid: all.  *next: when the next of the others is due,
 * as far as that is known; 0: never.  *on_change: are there any that wait for a change?
 */
extern List *ivm_due_find(Oid role, TimestampTz now, TimestampTz *next, bool *on_change);

/* Is a view still due, of which ivm_due_find() said so?  row: its row of ivm.schedule */
extern bool ivm_due_is(const IvmScheduleRow *row, TimestampTz now);

/*
 * A due run of a view has begun at a time and ended without an error; or with one.  Sets
 * when it is due again.  The caller has the lock of the view's refresh.  Takes the lock of
 * the row in ivm.schedule: the first waits for it, the second does nothing if somebody else
 * has it, who is changing the schedule.
 */
extern void ivm_due_succeeded(const IvmViewRow *row, TimestampTz started_at);
extern void ivm_due_failed(const IvmViewRow *row, TimestampTz started_at, const char *error);

#endif							/* IVM_DUE_H */
