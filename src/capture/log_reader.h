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

#include "executor/tuptable.h"

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
	bool		unlimited;		/* their change may take any memory */
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

/* Receives a row of a base table, in a virtual slot, which has come (sign 1) or gone (-1). */
typedef void (*IvmLogVisitor) (TupleTableSlot *row, int sign, void *arg);

/*
 * Show what ivm_log_reader_read() reads of the log of a view over one table, row by row as it
 * is logged, whatever cancels out.  Returns an obstacle, before which rows may have been
 * shown, or NULL.
 */
extern const char *ivm_log_reader_scan(const IvmPlan *plan, const IvmWatermark *watermark,
									   Snapshot snapshot, IvmLogVisitor visit, void *arg);

/* What would be read for a watermark, before it is: about how many rows, of how many pages. */
typedef struct IvmLogSize
{
	double		pages;
	double		rows;			/* that are new */
} IvmLogSize;

/*
 * Look at the segments of some base tables' logs; rows are estimated from a few pages.  Needs an
 * active snapshot.
 */
extern void ivm_log_reader_size(List *bases, const IvmWatermark *watermark, IvmLogSize *result);

/*
 * Is there anything in the logs of these base tables that the newest snapshot sees and the
 * watermark does not?  Stops at the first such row, beginning with the newest.  Segments
 * that cannot be locked at once count as changed.
 */
extern bool ivm_log_reader_has_new(List *bases, const IvmWatermark *watermark);

#endif							/* IVM_LOG_READER_H */
