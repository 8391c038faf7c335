/*-------------------------------------------------------------------------
 *
 * time_start.h
 *	  Where the state of a view with a window of time begins: ivm.time_window.
 *
 * A view has a row if rows of its state can leave the window as time goes by.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TIME_START_H
#define IVM_TIME_START_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"

typedef struct IvmTimeStart
{
	int32		view_id;
	TimestampTz start;			/* DT_NOBEGIN: nothing was removed yet */
	TimestampTz due_at;			/* when more is to be removed */
} IvmTimeStart;

/*
 * The row of a view as the snapshot sees it, or (NULL) the latest catalogue snapshot; false
 * if it has none: *result says then that nothing was removed, nor ever will be.
 */
extern bool ivm_time_start_get(int32 view_id, Snapshot snapshot, IvmTimeStart *result);

/*
 * Set it.  The caller has a lock that keeps others from doing so, and removes what is
 * before the start from the state in this transaction or in later ones.
 */
extern void ivm_time_start_set(const IvmTimeStart *row);

/* Forget a view that is dropped. */
extern void ivm_time_start_remove(int32 view_id);

/* All rows, IvmTimeStart *, the earliest to be due first. */
extern List *ivm_time_start_all(void);

#endif							/* IVM_TIME_START_H */
