/*-------------------------------------------------------------------------
 *
 * log_pending.c
 *	  How much a deferred view has not taken in from the change logs.
 *
 *		pages of a segment:	 taken in, taken in, [both, new, new, ..., new]
 *												  ^ found by bisection
 *
 * Rows are appended to a segment when their transactions commit, so what a view has not
 * taken in is its end.  Where it begins is found by looking at a page in the middle of
 * what remains, again and again.  A few pages at each end are counted; those between
 * them are as full as the fullest of these.
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

/* Pages that are counted at each end of what is new */
#define COUNTED_PAGES	4

typedef struct Segment
{
	Relation	rel;
	const IvmWatermark *watermark;
	TableScanDesc scan;
	TupleTableSlot *slot;
} Segment;

/* Count the rows of a page, and those of them that are new. */
static void
count_page(Segment *s, BlockNumber page, int64 *all, int64 *new)
{
	ItemPointerData first;
	ItemPointerData last;

	CHECK_FOR_INTERRUPTS();
	ItemPointerSet(&first, page, FirstOffsetNumber);
	ItemPointerSet(&last, page, MaxOffsetNumber);
	table_rescan_tidrange(s->scan, &first, &last);
	while (table_scan_getnextslot_tidrange(s->scan, ForwardScanDirection, s->slot))
	{
		bool		isnull;
		Datum		xid = slot_getattr(s->slot, IVM_LOG_XID, &isnull);

		(*all)++;
		if (!ivm_watermark_sees(s->watermark, DatumGetFullTransactionId(xid)))
			(*new)++;
	}
}

/* The first page with new rows, or the number of pages.  Empty ones are new: tables grow by several at once. */
static BlockNumber
find_first(Segment *s, BlockNumber npages)
{
	BlockNumber low = 0;
	BlockNumber high = npages;

	while (low < high)
	{
		/* most views have taken in nearly all */
		BlockNumber page = high == npages && low == 0 ? high - 1 : low + (high - low) / 2;
		int64		all = 0;
		int64		new = 0;

		count_page(s, page, &all, &new);
		if (all > 0 && new == 0)
			low = page + 1;
		else
			high = page;
	}
	return low;
}

static void
estimate_segment(Segment *s, IvmLogPending *result)
{
	BlockNumber npages = RelationGetNumberOfBlocks(s->rel);
	BlockNumber first = find_first(s, npages);
	BlockNumber pending = npages - first;
	BlockNumber counted = Min(pending, 2 * COUNTED_PAGES);
	int64		rows = 0;
	int64		fullest = 0;

	for (BlockNumber i = 0; i < counted; i++)
	{
		int64		all = 0;
		int64		new = 0;

		count_page(s, i < COUNTED_PAGES || pending == counted ? first + i : npages - counted + i,
				   &all, &new);
		rows += new;
		fullest = Max(fullest, new);
	}
	if (rows == 0)
		return;
	result->rows += rows + fullest * (pending - counted);
	result->bytes += (int64) ((double) ivm_relation_total_size(RelationGetRelid(s->rel)) *
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
			Segment		s = {.watermark = watermark};
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
