/*-------------------------------------------------------------------------
 *
 * heap_page.c
 *	  What a snapshot sees in a page of a heap, and whether another one still sees that.
 *
 * Whether a snapshot sees a row version depends on what is stored in the page, and, of each
 * of the version's two transactions, on whether the snapshot takes it for over and whether
 * it has committed.  The last cannot change once it is over.  So let S see some rows in a page
 * with LSN L, and let S' see all transactions as over that S does.  If the page's LSN, read after S' was
 * taken, is still L, then whoever is over for S' has changed nothing since: what is logged
 * sets the LSN, and they have done so before they were over.  What is not logged (hint bits,
 * that a page is all visible) changes no version.  What others are changing at this moment S' does
 * not see, whether it is in the page already or not; and nobody removes versions without a
 * new LSN.  S' could only see something else if a transaction in the page were over for S'
 * and not for S: these are in the mark.
 *
 * That the LSN is read without a lock does no harm: nobody puts the old one back.
 *
 * What the server must keep true: all changes of a table that is WAL-logged set the page's LSN,
 * by records of which no two have the same; a snapshot's members are what XidInMVCCSnapshot()
 * makes of them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/heap_page.h"
#include "base/heap_row.h"

bool
ivm_heap_page_is_comparable(Relation rel, Snapshot snapshot)
{
	return ivm_heap_row_is_heap(rel) && RelationNeedsWAL(rel) &&
		snapshot->snapshot_type == SNAPSHOT_MVCC &&
		!IsolationIsSerializable() && !TransactionIdIsValid(GetTopTransactionIdIfAny());
}

Snapshot
ivm_heap_page_copy_snapshot(Snapshot snapshot)
{
	Snapshot	copy = palloc0(sizeof(SnapshotData));

	copy->snapshot_type = SNAPSHOT_MVCC;
	copy->xmin = snapshot->xmin;
	copy->xmax = snapshot->xmax;
	copy->xcnt = snapshot->xcnt;
	copy->subxcnt = snapshot->subxcnt;
	copy->suboverflowed = snapshot->suboverflowed;
	copy->takenDuringRecovery = snapshot->takenDuringRecovery;
	copy->xip = palloc(sizeof(TransactionId) * Max(snapshot->xcnt, 1));
	copy->subxip = palloc(sizeof(TransactionId) * Max(snapshot->subxcnt, 1));
	if (snapshot->xcnt > 0)
		memcpy(copy->xip, snapshot->xip, sizeof(TransactionId) * snapshot->xcnt);
	if (snapshot->subxcnt > 0)
		memcpy(copy->subxip, snapshot->subxip, sizeof(TransactionId) * snapshot->subxcnt);
	return copy;
}

/* Are these transactions, where older could take them for over, not over for it? */
static bool
all_running(const TransactionId *xids, int n, Snapshot older)
{
	for (int i = 0; i < n; i++)
	{
		if (TransactionIdPrecedes(xids[i], older->xmax) && !XidInMVCCSnapshot(xids[i], older))
			return false;
	}
	return true;
}

/*
 * The transactions that are not over for a snapshot are those from its xmax on and those in
 * its lists; if its list of subtransactions has overflowed, they are more, but none before its xmin.
 */
bool
ivm_heap_page_sees_no_less(Snapshot snapshot, Snapshot older)
{
	if (TransactionIdPrecedes(snapshot->xmax, older->xmax))
		return false;
	if (TransactionIdFollowsOrEquals(snapshot->xmin, older->xmax))
		return true;
	if (snapshot->suboverflowed || older->suboverflowed ||
		snapshot->takenDuringRecovery != older->takenDuringRecovery)
		return false;
	return all_running(snapshot->xip, snapshot->xcnt, older) &&
		all_running(snapshot->subxip, snapshot->subxcnt, older);
}

bool
ivm_heap_page_is_as_marked(Relation rel, BlockNumber block, const IvmHeapPageMark *mark,
						   Snapshot snapshot)
{
	Buffer		buffer;
	XLogRecPtr	lsn;

	if (!mark->valid)
		return false;
	for (int i = 0; i < mark->nrunning; i++)
	{
		if (!XidInMVCCSnapshot(mark->running[i], snapshot))
			return false;
	}
	buffer = ReadBuffer(rel, block);
	lsn = BufferGetLSNAtomic(buffer);
	ReleaseBuffer(buffer);
	return lsn == mark->lsn;
}

/* Note a transaction of a row version, if it is not over for the snapshot. */
static void
note_running(IvmHeapPageMark *mark, TransactionId xid, Snapshot snapshot)
{
	if (!TransactionIdIsNormal(xid) || !XidInMVCCSnapshot(xid, snapshot))
		return;
	for (int i = 0; i < mark->nrunning; i++)
	{
		if (mark->running[i] == xid)
			return;
	}
	if (mark->nrunning == IVM_HEAP_PAGE_MAX_RUNNING)
		mark->valid = false;
	else
		mark->running[mark->nrunning++] = xid;
}

/* Note what it rests on whether the snapshot sees a row version. */
static void
note_version(IvmHeapPageMark *mark, HeapTupleHeader header, Snapshot snapshot)
{
	/* nobody locks delta rows, nor has any server since 8.4 moved one */
	if (header->t_infomask & (HEAP_MOVED | HEAP_XMAX_IS_MULTI))
	{
		mark->valid = false;
		return;
	}
	note_running(mark, HeapTupleHeaderGetXmin(header), snapshot);
	if (!(header->t_infomask & HEAP_XMAX_INVALID))
		note_running(mark, HeapTupleHeaderGetRawXmax(header), snapshot);
}

static void
set_tuple(Relation rel, Page page, BlockNumber block, OffsetNumber offset, HeapTuple tuple)
{
	ItemId		item = PageGetItemId(page, offset);

	tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	tuple->t_len = ItemIdGetLength(item);
	tuple->t_tableOid = RelationGetRelid(rel);
	ItemPointerSet(&tuple->t_self, block, offset);
}

void
ivm_heap_page_find_rows(Relation rel, BlockNumber block, Snapshot snapshot,
						IvmHeapPageRows *rows, IvmHeapPageMark *mark)
{
	Page		page;
	OffsetNumber last;

	rows->buffer = ReadBuffer(rel, block);
	rows->block = block;
	rows->n = 0;
	LockBuffer(rows->buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(rows->buffer);
	ivm_compat_test_for_old_snapshot(snapshot, rel, page);
	mark->lsn = BufferGetLSNAtomic(rows->buffer);
	mark->valid = true;
	mark->nrunning = 0;
	last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		HeapTupleData tuple;

		if (!ItemIdIsNormal(PageGetItemId(page, offset)))
			continue;
		set_tuple(rel, page, block, offset, &tuple);
		note_version(mark, tuple.t_data, snapshot);
		if (HeapTupleSatisfiesVisibility(&tuple, snapshot, rows->buffer))
			rows->offsets[rows->n++] = offset;
	}
	LockBuffer(rows->buffer, BUFFER_LOCK_UNLOCK);
}

void
ivm_heap_page_store_row(Relation rel, const IvmHeapPageRows *rows, int i, TupleTableSlot *slot)
{
	HeapTuple	tuple = &((BufferHeapTupleTableSlot *) slot)->base.tupdata;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	ExecClearTuple(slot);
	set_tuple(rel, BufferGetPage(rows->buffer), rows->block, rows->offsets[i], tuple);
	ExecStoreBufferHeapTuple(tuple, slot, rows->buffer);
}

void
ivm_heap_page_done(IvmHeapPageRows *rows)
{
	ReleaseBuffer(rows->buffer);
}
