/*-------------------------------------------------------------------------
 *
 * time_start.h
 *	  Where the state of a view with a window of time begins: ivm.time_window.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TIME_START_H
#define IVM_TIME_START_H

#include "datatype/timestamp.h"

/* The start of a view's state, or DT_NOBEGIN, as the latest catalogue snapshot has it. */
extern TimestampTz ivm_time_start_get(int32 view_id);

/*
 * Set it.  The caller has a lock that keeps others from doing so, and removes what is
 * before it from the state in the same transaction.
 */
extern void ivm_time_start_set(int32 view_id, TimestampTz start);

/* Forget a view that is dropped. */
extern void ivm_time_start_remove(int32 view_id);

#endif							/* IVM_TIME_START_H */
