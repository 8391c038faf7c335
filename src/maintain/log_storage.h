/*-------------------------------------------------------------------------
 *
 * log_storage.h
 *	  The tables that hold change logs: making, rotating and dropping them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_STORAGE_H
#define IVM_LOG_STORAGE_H

#include "plan/plan.h"

/* Do the logs of all base tables of a deferred view have what its refreshes need? */
extern bool ivm_log_storage_suffices(const IvmPlan *plan);

/*
 * Take the locks of the logs of these base tables (Share) to the end of the transaction; waits.
 * To be taken before any other lock: a transaction that has trimmed a log may go on to wait for
 * what the caller locks next.
 */
extern void ivm_log_storage_lock(List *bases);

/*
 * Make sure of that: writers that begin once this transaction has committed log it.  The
 * caller keeps writers of the base tables out until then, and takes its snapshot after this
 * call; it has the locks of the logs.
 */
extern void ivm_log_storage_ensure(const IvmPlan *plan);

/*
 * A deferred view has been filled from its base tables, which the caller keeps writers out
 * of, after ivm_log_storage_ensure(): set its watermark.  rows: the view and its parts.
 */
extern void ivm_log_storage_filled(List *rows);

/*
 * Close and drop segments of these tables' logs that all views have taken in, as far as the
 * refreshes that have committed tell, and begin new ones where the current ones have grown.
 * Takes the logs' locks, and those of segments, only if they are free at once, and until the
 * end of the transaction.
 */
extern void ivm_log_storage_trim(List *bases);

/*
 * The same of tables that a deferred view reads.  Does not look at the other views if each
 * log is one segment that has not grown, as it is nearly always.
 */
extern void ivm_log_storage_trim_read(List *bases);

/* Drop the logs of tables that no view reads any more, or that are gone, if they are free at once. */
extern void ivm_log_storage_drop_remains(void);

#endif							/* IVM_LOG_STORAGE_H */
