/*-------------------------------------------------------------------------
 *
 * log_reader.h
 *	  Reading from change logs what a deferred view has not taken in.
 *
 *		segments of the log --rows that the snapshot sees--> not seen by the watermark?
 *						 --> changed rows per base table, by sign
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_READER_H
#define IVM_LOG_READER_H

#include "capture/row_store.h"
#include "catalog/watermark.h"
#include "plan/plan.h"

/* What has changed of some base tables since a watermark. */
typedef struct IvmLoggedChanges
{
	List	   *relids;			/* tables with changed rows, sorted */
	List	   *stores;			/* IvmRowStore * of these */
	int64		nrows;			/* in all stores */
	bool		net;			/* no store has equal rows of both signs */
	const char *obstacle;		/* why the rows do not tell all that has
								 * changed, a clause; or NULL */
} IvmLoggedChanges;

/*
 * Read what a snapshot sees of the logs of a view's base tables and the watermark does not:
 * of each row the columns that the view is refreshed from, the others are NULL.
 * With reader, rows that this transaction has changed itself count, too.
 * The stores are in CurrentMemoryContext and files; free them after use.  With reader,
 * nobody is waited for, and there is an obstacle where a segment cannot be had at once or
 * has been dropped since the snapshot.  Without, the caller has the lock of the view's
 * refresh, which keeps the segments that it needs.  Segments are locked (AccessShareLock) until the end of the transaction.  The
 * base tables must be locked.
 */
extern void ivm_log_reader_read(const IvmPlan *plan, const IvmWatermark *watermark, Snapshot snapshot,
								bool reader, IvmLoggedChanges *result);
extern void ivm_log_reader_free(IvmLoggedChanges *changes);

/* Pages of the segments that would be read for a watermark. */
extern double ivm_log_reader_pages(List *bases, const IvmWatermark *watermark);

/*
 * Is there anything in the logs of these base tables that the newest snapshot sees and the
 * watermark does not?  Stops at the first such row, beginning with the newest.  Segments
 * that cannot be locked at once count as changed.
 */
extern bool ivm_log_reader_has_new(List *bases, const IvmWatermark *watermark);

#endif							/* IVM_LOG_READER_H */
