/*-------------------------------------------------------------------------
 *
 * log_pending.c
 *	  How much a deferred view has not taken in from the change logs.
 *
 *		pages of a segment:	 taken in, taken in, [both, new, new, ..., new]
 *												  ^ found by bisection
 *
 * Rows are appended to a segment when their transactions commit, so what a view has not
 * taken in is its end.  Where it begins is found by looking at the first row of a page in
 * the middle of what remains, again and again; and so is where the used pages end.  A
 * few pages are counted; of more, the first stands for all but the last.
 *
 * That is an estimate: transactions that were prepared write their rows earlier than they
 * become visible, and writers that extend a table at the same time do not do so in the
 * order of their commits.  A refresh does not rely on it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "base/relation.h"
#include "capture/log_pending.h"
#include "catalog/change_log.h"

typedef struct Segment
{
	Relation	rel;
	const IvmWatermark *watermark;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
} Segment;

/* Is the row in the slot one that the view has not taken in? */
static bool
is_new(Segment *s)
{
	bool		isnull;
	Datum		xid = slot_getattr(s->slot, IVM_LOG_XID, &isnull);

	return !ivm_watermark_sees(s->watermark, DatumGetFullTransactionId(xid));
}

/* Count the new rows of a page. */
static int64
count_page(Segment *s, BlockNumber page)
{
	ItemPointerData first;
	ItemPointerData last;
	int64		result = 0;

	CHECK_FOR_INTERRUPTS();
	ItemPointerSet(&first, page, FirstOffsetNumber);
	ItemPointerSet(&last, page, MaxOffsetNumber);
	table_rescan_tidrange(s->scan, &first, &last);
	while (table_scan_getnextslot_tidrange(s->scan, ForwardScanDirection, s->slot))
		result += is_new(s);
	return result;
}

/* Is there a row at the beginning of a page?  Then it is in the slot. */
static bool
fetch_first(Segment *s, BlockNumber page)
{
	ItemPointerData first;

	ItemPointerSet(&first, page, FirstOffsetNumber);
	return table_tuple_fetch_row_version(s->rel, &first, s->snapshot, s->slot);
}

/* Tables grow by several pages at once. */
static bool
is_unused(Segment *s, BlockNumber page)
{
	return !fetch_first(s, page);
}

static bool
begins_new(Segment *s, BlockNumber page)
{
	return !fetch_first(s, page) || is_new(s);
}

/* The first page for which a condition holds, as it does for all behind it; or npages. */
static BlockNumber
find_first(Segment *s, BlockNumber npages, bool (*holds) (Segment *s, BlockNumber page))
{
	BlockNumber low = 0;
	BlockNumber high = npages;

	/* often it holds for none */
	if (npages == 0 || !holds(s, npages - 1))
		return npages;
	high = npages - 1;
	while (low < high)
	{
		BlockNumber page = low + (high - low) / 2;

		if (holds(s, page))
			high = page;
		else
			low = page + 1;
	}
	return low;
}

static void
estimate_segment(Segment *s, IvmLogPending *result)
{
	BlockNumber npages = RelationGetNumberOfBlocks(s->rel);
	BlockNumber end = find_first(s, npages, is_unused);
	BlockNumber first = find_first(s, end, begins_new);
	BlockNumber pending = end - first;
	int64		rows;

	if (pending > 2)
		rows = count_page(s, first) * (pending - 1) + count_page(s, end - 1);
	else
	{
		/*
		 * The page before may end with new rows; the one behind may have some
		 * after what an aborted transaction has left.
		 */
		rows = first > 0 ? count_page(s, first - 1) : 0;
		pending += rows > 0;
		for (BlockNumber page = first; page < Min(end + 1, npages); page++)
			rows += count_page(s, page);
		pending = Max(pending, rows > 0);
	}
	if (rows == 0)
		return;
	result->rows += rows;
	result->bytes += (int64) pending * BLCKSZ;
	if (OidIsValid(s->rel->rd_rel->reltoastrelid))
		result->bytes += (int64) ((double) ivm_relation_total_size(s->rel->rd_rel->reltoastrelid) *
								  pending / npages);
}

void
ivm_log_pending_estimate(List *bases, const IvmWatermark *watermark, Snapshot snapshot,
						 IvmLogPending *result)
{
	ListCell   *lc;
	ListCell   *lc2;

	memset(result, 0, sizeof(IvmLogPending));
	foreach(lc, bases)
	{
		foreach(lc2, ivm_change_log_segments(lfirst_oid(lc), snapshot))
		{
			IvmLogSegment *segment = lfirst(lc2);
			Segment		s = {.watermark = watermark,.snapshot = snapshot};
			ItemPointerData tid;

			if (ivm_change_log_is_passed(segment, watermark->snapshot->xmin) ||
				!ConditionalLockRelationOid(segment->relid, AccessShareLock))
				continue;
			s.rel = try_relation_open(segment->relid, NoLock);
			if (s.rel == NULL)
			{
				UnlockRelationOid(segment->relid, AccessShareLock);
				continue;
			}
			ItemPointerSet(&tid, 0, FirstOffsetNumber);
			s.slot = table_slot_create(s.rel, NULL);
			s.scan = table_beginscan_tidrange(s.rel, snapshot, &tid, &tid);
			estimate_segment(&s, result);
			table_endscan(s.scan);
			ExecDropSingleTupleTableSlot(s.slot);
			relation_close(s.rel, AccessShareLock);
		}
	}
}
