/*-------------------------------------------------------------------------
 *
 * worker_call.h
 *	  Whether this transaction has met work for the background worker.
 *
 * Whoever meets a view with a schedule, or with a window of time, notes it; when the transaction has committed, a
 * worker is started if that is wanted and none is there (sql/worker_start.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WORKER_CALL_H
#define IVM_WORKER_CALL_H

#include "base/options.h"

typedef enum IvmWorkerCall
{
	IVM_CALL_NONE,
	IVM_CALL_TO_REMOVE,			/* if rows that have left a window of time are
								 * to be removed by now */
	IVM_CALL_IF_DUE,			/* if a view is due by now */
	IVM_CALL_NOW,				/* in any case, now and then */
	IVM_CALL_EACH				/* in any case, each time: rare events */
} IvmWorkerCall;

/* What a change of a table of a view with this schedule means. */
extern IvmWorkerCall ivm_worker_call_for(IvmRefreshWhen when);

/* Note one; the strongest counts. */
extern void ivm_worker_call_note(IvmWorkerCall call);

/* What was noted since the last call of this function, which forgets it. */
extern IvmWorkerCall ivm_worker_call_take(void);

#endif							/* IVM_WORKER_CALL_H */
