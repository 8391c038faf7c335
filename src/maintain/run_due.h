/*-------------------------------------------------------------------------
 *
 * run_due.h
 *	  Doing what is due, view by view: refreshes, comparisons with the definition, and folds.
 *
 * Nobody watches these runs, and the session may be a superuser's.  So each is done as the
 * view's owner, in a security-restricted operation with a search_path of pg_catalog, and
 * leaves no setting behind.  The caller has a transaction for each, with nothing else in
 * it, and commits it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RUN_DUE_H
#define IVM_RUN_DUE_H

#include "datatype/timestamp.h"

#include "maintain/due.h"

typedef enum IvmRunOutcome
{
	IVM_RUN_DONE,
	IVM_RUN_AGAIN,				/* the same, and its second part is due now */
	IVM_RUN_FAILED,				/* recorded, reported by a warning */
	IVM_RUN_BUSY,				/* another run is at the view, or its schedule
								 * is being changed */
	IVM_RUN_NOT_DUE				/* not any more, or it is gone or paused */
} IvmRunOutcome;

/*
 * Do what ivm_due_find() has found: refresh a view, together with the deferred views that it
 * reads, to one snapshot; or reconcile it.  And set when that is due again.  An error is
 * caught, and recorded in ivm.run and ivm.schedule; with cancel, not one by which the user
 * has cancelled the command.  once: the caller is the worker, which reports the same error of a view once
 * only, and goes on with a build where it has stopped waiting for writers.
 *
 * Locks as ivm_refresh_views(), ivm_refresh_reconcile() (deferred views),
 * ivm_append_refresh_reconcile(); of immediate views ivm_build_start() and
 * ivm_build_finish(), a transaction each.  Without waiting for other runs; in addition those of rows in ivm.schedule.
 */
extern IvmRunOutcome ivm_run_due_one(const IvmDueRun *due, bool cancel, bool once);

/*
 * Record that the transaction of such a run could not be committed, in another one: what
 * functions of a definition have written, against all custom, may fail only then.
 */
extern void ivm_run_due_failed(const IvmDueRun *due, TimestampTz started_at, const ErrorData *error,
							   bool once);

/*
 * Ids of the views and parts with many deltas, or with rows that have left a window of time, and
 * that this role may maintain (InvalidOid: all); and fold or remove some of these, in small
 * batches: how many, 0 also if that failed, which is reported by a warning; with cancel, not
 * if the user has cancelled the command, which raises that error.
 */
extern List *ivm_run_due_find_folds(Oid role);
extern int64 ivm_run_due_fold(int32 id, bool cancel);

/*
 * Fold the keys of an immediate view with these hashes, which readers have computed; n 0: all, up to
 * some hundreds.  What cannot be had at once, or fails, is left as it is.  Returns how many were folded.
 */
extern int64 ivm_run_due_fold_keys(int32 id, const uint64 *hashes, int n);

/* When rows that have left a window of time are to be removed for the first time; false: never. */
extern bool ivm_run_due_first_removal(TimestampTz *due_at);

/* How many batches of a view are done one after the other. */
#define IVM_RUN_DUE_FOLD_BATCHES	20

#endif							/* IVM_RUN_DUE_H */
