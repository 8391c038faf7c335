/*-------------------------------------------------------------------------
 *
 * xid_snapshot.h
 *	  What a snapshot sees, by transaction ids that do not wrap around.
 *
 * A deferred view stores which transactions it has taken in as a value of the type
 * pg_snapshot.  The server has functions for that type, but they work on the calling
 * transaction's own snapshot or parse the value anew for each question.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_XID_SNAPSHOT_H
#define IVM_XID_SNAPSHOT_H

#include "access/transam.h"
#include "utils/snapshot.h"

/* The transactions whose changes a snapshot shows, subtransactions not told apart. */
typedef struct IvmXidSnapshot
{
	FullTransactionId xmin;		/* all before it are over */
	FullTransactionId xmax;		/* none from it on is seen */
	int			nxip;
	FullTransactionId *xip;		/* not seen although before xmax, sorted */
} IvmXidSnapshot;

/*
 * What an MVCC snapshot shows of other transactions, in CurrentMemoryContext.  The
 * transaction that calls this is not seen, even if the snapshot shows its changes.  Not
 * on a standby, whose snapshots do not list transactions in this way.
 */
extern IvmXidSnapshot *ivm_xid_snapshot_make(Snapshot snapshot);

/* From a value of type pg_snapshot, and to one; in CurrentMemoryContext. */
extern IvmXidSnapshot *ivm_xid_snapshot_from_datum(Datum value);
extern Datum ivm_xid_snapshot_to_datum(const IvmXidSnapshot *snapshot);

/*
 * A transaction id of the last 2^32, before next, with its epoch.  Of one that is older, which only
 * frozen rows still have, the result is too new.
 */
extern FullTransactionId ivm_xid_snapshot_widen(TransactionId xid, FullTransactionId next);

/* Does the snapshot see the changes of a top-level transaction? */
extern bool ivm_xid_snapshot_sees(const IvmXidSnapshot *snapshot, FullTransactionId xid);

#endif							/* IVM_XID_SNAPSHOT_H */
