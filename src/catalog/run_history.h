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
	int64		rows_read;		/* from change logs */
	double		predicted_delta_ms; /* 0 or less: not known */
	double		predicted_recompute_ms;
} IvmRun;

/*
 * Count in ivm.recomputation that a transaction has computed a view afresh.  The
 * caller must hold a lock on the view that keeps others from counting for it.
 */
extern void ivm_run_history_count_recomputation(int32 view_id);

/*
 * Add a run that ends now to ivm.run, by the current user.  Like the count, the row is
 * visible to the next command, and goes with the transaction if that fails.
 */
extern void ivm_run_history_record(const IvmRun *run);

/*
 * How long a refresh of a view is expected to take, in microseconds: the mean of the last
 * ones that had something to do and did not fail; 0 if there were none.
 */
extern int64 ivm_run_history_expected(int32 view_id);

#endif							/* IVM_RUN_HISTORY_H */
