/*-------------------------------------------------------------------------
 *
 * progress.h
 *	  How far builds and refreshes of views are, for ivm.progress.
 *
 *		begin --> phase, add, add, ... --> phase, add, ... --> end
 *
 * A backend shows one operation at a time: the outermost.  What is begun inside of it
 * adds to it, and what adds without a beginning, such as the recomputing of a view by a
 * commit, shows nothing.  A command of the server that shows its own progress is left
 * alone: within it nothing is shown, and what is shown is shown again after it.
 *
 * None of these functions raises errors, waits, or allocates memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PROGRESS_H
#define IVM_PROGRESS_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* What an operation is at, and what it counts meanwhile */
typedef enum IvmProgressPhase
{
	IVM_PROGRESS_LOCKS,
	IVM_PROGRESS_WRITERS,		/* counts transactions */
	IVM_PROGRESS_LOGS,			/* counts changed rows */
	IVM_PROGRESS_DELTA,			/* counts changed rows */
	IVM_PROGRESS_APPLY,			/* counts keys */
	IVM_PROGRESS_KEYS,			/* counts keys */
	IVM_PROGRESS_COMPUTE,		/* counts rows of the core */
	IVM_PROGRESS_WRITE,			/* counts rows of the core */
	IVM_PROGRESS_VALIDATE,
	IVM_PROGRESS_KEEP			/* counts rows of the state */
} IvmProgressPhase;

/*
 * Begin an operation: create, reconcile, resume, refresh or build of a view; it waits for locks
 * at first.  Each call needs one of ivm_progress_end(), except after an error.
 */
extern void ivm_progress_begin(const char *operation, Oid view);
extern void ivm_progress_end(void);

/* The operation goes on with another view. */
extern void ivm_progress_view(Oid view);

/* A phase begins.  total: the number of rows or keys that it goes through; 0: not known. */
extern void ivm_progress_phase(IvmProgressPhase phase, int64 total);

/* So many more are done. */
extern void ivm_progress_add(int64 n);

/*
 * To be called when a subtransaction is rolled back, and when a transaction ends: what was
 * begun in it is over.
 */
extern void ivm_progress_abort_sub(void);
extern void ivm_progress_reset(void);

/* An operation of some backend of this database */
typedef struct IvmProgress
{
	int			pid;
	Oid			userid;			/* of the session */
	Oid			view;
	const char *operation;
	const char *phase;
	int64		done;
	int64		total;			/* 0: not known */
	TimestampTz started_at;
} IvmProgress;

/*
 * All that backends of this database show, IvmProgress * in CurrentMemoryContext.  Like
 * pg_stat_activity, it does not change any more in a transaction that has looked once.
 */
extern List *ivm_progress_all(void);

#endif							/* IVM_PROGRESS_H */
