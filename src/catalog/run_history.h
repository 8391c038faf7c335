/*-------------------------------------------------------------------------
 *
 * run_history.h
 *	  The history of runs: rows of the table ivm.run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RUN_HISTORY_H
#define IVM_RUN_HISTORY_H

#include "datatype/timestamp.h"

typedef struct IvmRun
{
	int32		view_id;
	Oid			view;
	const char *operation;		/* create, reconcile, resume, refresh */
	TimestampTz started_at;
	const char *key_filter;		/* or NULL */
	int64		rows_inserted;
	int64		rows_updated;
	int64		rows_deleted;
	const char *error;			/* or NULL */
	const char *method;			/* of a refresh, or NULL */
	const char *reason;			/* for the method, or NULL */
	int64		rows_read;		/* from change logs, or by watermark */
	int64		late_rows;		/* of these, found in closed buckets */
	double		predicted_delta_ms; /* 0 or less: not known */
	double		predicted_recompute_ms;
} IvmRun;

/*
 * Count in ivm.recomputation that a transaction has computed a view afresh.  The
 * caller must hold a lock on the view that keeps others from counting for it.
 */
extern void ivm_run_history_count_recomputation(int32 view_id);

/*
 * Add a run that ends now to ivm.run, by the current user, and count it in ivm.run_count
 * unless it was skipped.  Like the other count, the rows are visible to the next command,
 * and go with the transaction if that fails.  To count, it takes a lock that it keeps to
 * the end of the transaction and may wait for: that of runs of the view that did not fail,
 * or that of those that did.  The former waits for nobody if the caller has the lock of
 * the view's refresh, or keeps writers of its tables out.
 *
 * Now and then old runs are deleted, as by ivm_run_history_trim().
 */
extern void ivm_run_history_record(const IvmRun *run);

/*
 * Delete the oldest runs of those that began more than ivm.history_days ago, at
 * most max of them; returns how many.  Waits for nobody: deletes nothing while another transaction
 * does so, or in REPEATABLE READ.
 */
extern int	ivm_run_history_trim(int max);

/* Forget what was counted for a view that is being dropped; its runs stay. */
extern void ivm_run_history_forget(int32 view_id);

/*
 * How long a refresh of a view is expected to take, in microseconds: the mean of the last
 * ones that had something to do and did not fail; 0 if there were none.
 */
extern int64 ivm_run_history_expected(int32 view_id);

#endif							/* IVM_RUN_HISTORY_H */
