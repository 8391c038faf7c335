/*-------------------------------------------------------------------------
 *
 * watermark.h
 *	  What deferred views have taken in: rows of the table ivm.watermark.
 *
 * A watermark is a snapshot.  A refresh takes in the changes of the transactions that
 * its own snapshot sees and the watermark does not, in whatever order they committed.
 * (PgQ's ticks are the same idea.)
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WATERMARK_H
#define IVM_WATERMARK_H

#include "access/htup.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "datatype/timestamp.h"
#include "storage/lock.h"
#include "utils/snapshot.h"

#include "base/xid_snapshot.h"

typedef struct IvmWatermark
{
	IvmXidSnapshot *snapshot;	/* NULL: not known, or another cluster's */
	FullTransactionId own_xid;	/* seen although snapshot does not show it, or
								 * invalid */
	TimestampTz as_of;
	double		delta_ms_per_cost;	/* how long past refreshes took by what
									 * the planner expected; 0: not known */
	double		recompute_ms_per_cost;
	TransactionId xmin;			/* transaction that wrote the row */
} IvmWatermark;

/*
 * The watermark of a view (not of a part), as a snapshot sees it; NULL: the newest one,
 * committed or own.  NULL if there is none.  In CurrentMemoryContext.
 */
extern IvmWatermark *ivm_watermark_get(int32 view_id, Snapshot snapshot);

/* Has a view taken in the changes of a transaction? */
extern bool ivm_watermark_sees(const IvmWatermark *watermark, FullTransactionId xid);

/* Set the watermark of a view.  The caller holds the lock of its refresh. */
extern void ivm_watermark_set(int32 view_id, const IvmWatermark *watermark);

/* Let the next refresh recompute the view; remove the watermark of one that is gone. */
extern void ivm_watermark_forget(int32 view_id);
extern void ivm_watermark_remove(int32 view_id);

/* A row as a restore is to write it, in CurrentMemoryContext: what was taken in is not known. */
extern HeapTuple ivm_watermark_restored_row(HeapTuple tup, TupleDesc desc);

/*
 * The lock of a view's refresh, until the end of the transaction: one at a time.  False if
 * it is not free at once and wait is not set.
 */
extern bool ivm_watermark_lock(int32 view_id, bool wait);
extern void ivm_watermark_lock_tag(LOCKTAG *tag, int32 view_id);

#endif							/* IVM_WATERMARK_H */
