/*-------------------------------------------------------------------------
 *
 * worker_start.h
 *	  Starting the worker of this database when a transaction has met work for it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WORKER_START_H
#define IVM_WORKER_START_H

#include "postmaster/bgworker.h"

/*
 * A backend looks this often at most, in milliseconds, whether there is a worker.  So one
 * that is about to leave goes on looking for that long after it has ceased to be seen.
 */
#define IVM_WORKER_LOOK_MS	3000

/*
 * Called before and after each commit; nothing is done unless the transaction has noted a
 * call (worker_call.h).  The first may look into ivm.schedule; the second raises no error.
 */
extern void ivm_worker_start_before_commit(void);
extern void ivm_worker_start_after_commit(void);

/* The process is a worker itself and starts none. */
extern void ivm_worker_start_disable(void);

/*
 * Have a worker of a database started; false if there is no slot for it.  handle: of the
 * process, in CurrentMemoryContext, whose end is told to this process; or NULL.
 */
extern bool ivm_worker_start_process(Oid database, BackgroundWorkerHandle **handle);

#endif							/* IVM_WORKER_START_H */
