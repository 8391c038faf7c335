/*-------------------------------------------------------------------------
 *
 * log_reader.c
 *	  Reading from change logs what a deferred view has not taken in.
 *
 * A segment whose writers are all before the watermark's oldest open transaction has
 * nothing new, and is not even opened: so a view that is up to date reads the current
 * segment alone, however far behind another one is.
 *
 * Where rows were both added and removed, equal ones cancel out as they are read, unless
 * there are more than MAX_NET_ROWS.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "base/progress.h"
#include "base/signed_rows.h"
#include "capture/log_reader.h"
#include "capture/pending.h"
#include "capture/row_store.h"
#include "catalog/change_log.h"
#include "catalog/watermark.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

/* Up to this number, rows of different sign are compared with each other in memory. */
#define MAX_NET_ROWS	100000

/* ---- scanning ---- */

/*
 * Show the new rows of a segment.  Why they do not tell all that has changed, or NULL: there
 * is a mark among them, or columns are missing.
 */
static const char *
scan_segment(Relation rel, const IvmLogSegment *segment, const IvmWatermark *watermark,
			 Snapshot snapshot, const Bitmapset *columns, TupleTableSlot *row,
			 IvmLogVisitor visit, void *arg)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	TupleDesc	desc = RelationGetDescr(rel);
	int			natts = Min(desc->natts, IVM_LOG_NCONTROL + segment->ncolumns);
	bool		complete = bms_is_subset(columns, ivm_change_log_columns(segment, desc,
																		 row->tts_tupleDescriptor));
	const char *obstacle = NULL;
	int		   *to = palloc0(sizeof(int) * natts);

	for (int i = IVM_LOG_NCONTROL; i < natts; i++)
		if (bms_is_member(segment->columns[i - IVM_LOG_NCONTROL], columns))
			to[i] = segment->columns[i - IVM_LOG_NCONTROL];
	while (obstacle == NULL && table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		int			sign;

		CHECK_FOR_INTERRUPTS();
		slot_getsomeattrs(slot, IVM_LOG_NCONTROL);
		if (ivm_watermark_sees(watermark, DatumGetFullTransactionId(slot->tts_values[IVM_LOG_XID - 1])))
			continue;
		sign = DatumGetInt16(slot->tts_values[IVM_LOG_SIGN - 1]);
		if (sign == 0)
			obstacle = "a table was truncated, or a partition came or went";
		else if (!complete)
			obstacle = "a column of a table was dropped or altered";
		if (obstacle)
			break;
		ivm_progress_add(1);
		slot_getallattrs(slot);
		for (int i = IVM_LOG_NCONTROL; i < natts; i++)
		{
			if (to[i] == 0)
				continue;
			row->tts_values[to[i] - 1] = slot->tts_values[i];
			row->tts_isnull[to[i] - 1] = slot->tts_isnull[i];
		}
		visit(row, sign, arg);
	}
	table_endscan(scan);
	pfree(to);
	ExecDropSingleTupleTableSlot(slot);
	return obstacle;
}

/* Open a segment; NULL if it is gone, or for a reader not free. */
static Relation
open_segment(Oid relid, bool reader)
{
	if (reader && !ConditionalLockRelationOid(relid, AccessShareLock))
		return NULL;
	return try_relation_open(relid, reader ? NoLock : AccessShareLock);
}

/* ---- keeping ---- */

/* Rows of a table's log, as they are read. */
typedef struct LoggedRows
{
	IvmRowStore *store;
	TupleTableSlot *kept;		/* for rows of it */
	IvmSignedRows *bag;			/* instead, while rows of both signs are
								 * compared; or NULL */
	MemoryContext bag_cxt;
	int64		nrows;			/* all that were read */
	bool		net;
} LoggedRows;

static void
put_net_row(TupleTableSlot *slot, int64 copies, void *arg)
{
	IvmRowStore *store = arg;

	for (; copies > 0; copies--)
		ivm_row_store_put_slot(store, slot, 1);
	for (; copies < 0; copies++)
		ivm_row_store_put_slot(store, slot, -1);
}

/* The first row of the other sign: put the rows so far into a bag. */
static void
begin_bag(LoggedRows *rows)
{
	IvmRowStore *store = rows->store;
	IvmRowScan	scan;

	rows->bag_cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm net logged rows",
										  ALLOCSET_DEFAULT_SIZES);
	rows->bag = ivm_signed_rows_create(rows->bag_cxt);
	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, store, n);
		while (ivm_row_store_next(&scan, rows->kept))
		{
			slot_getallattrs(rows->kept);
			ivm_signed_rows_add(rows->bag, rows->kept, n == 0 ? 1 : -1);
		}
	}
	rows->store = ivm_row_store_create(store->relid, CurrentMemoryContext);
	rows->store->desc = store->desc;
	ivm_row_store_free(store);
}

static void
end_bag(LoggedRows *rows)
{
	if (rows->bag == NULL)
		return;
	ivm_signed_rows_visit(rows->bag, put_net_row, rows->store);
	MemoryContextDelete(rows->bag_cxt);
	rows->bag = NULL;
}

static void
keep_row(TupleTableSlot *row, int sign, void *arg)
{
	LoggedRows *rows = arg;

	if (++rows->nrows > MAX_NET_ROWS)
	{
		if (rows->bag != NULL)
			rows->net = false;
		end_bag(rows);
		if (rows->store->nrows[sign > 0 ? 1 : 0] > 0)
			rows->net = false;
	}
	else if (rows->bag == NULL && rows->store->nrows[sign > 0 ? 1 : 0] > 0)
		begin_bag(rows);
	if (rows->bag)
		ivm_signed_rows_add(rows->bag, row, sign);
	else
		ivm_row_store_put(rows->store, rows->store->desc, row->tts_values, row->tts_isnull, sign);
}

static TupleDesc
copy_desc(Oid relid)
{
	Relation	rel = table_open(relid, NoLock);
	TupleDesc	result = CreateTupleDescCopy(RelationGetDescr(rel));

	table_close(rel, NoLock);
	return result;
}

/* Add the rows of a table that this transaction has changed, as it will log them. */
static void
add_own(Oid base, const Bitmapset *columns, TupleTableSlot *row, LoggedRows *rows,
		IvmLoggedChanges *result)
{
	TupleTableSlot *slot;
	bool		temporary;
	IvmRowStore *own;
	IvmRowScan	scan;

	if (!ivm_pending_exists())
		return;
	if (list_member_oid(ivm_pending_marked_tables(), base))
		result->obstacle = "this transaction has emptied or exchanged a table or partition";
	own = ivm_pending_rows(base, &temporary);
	if (own == NULL)
		return;
	slot = MakeSingleTupleTableSlot(rows->store->desc, &TTSOpsMinimalTuple);
	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, own, n);
		while (ivm_row_store_next(&scan, slot))
		{
			int			attno = -1;

			while ((attno = bms_next_member(columns, attno)) >= 0)
				row->tts_values[attno - 1] = slot_getattr(slot, attno, &row->tts_isnull[attno - 1]);
			keep_row(row, n == 0 ? 1 : -1, rows);
		}
	}
	ExecDropSingleTupleTableSlot(slot);
	if (temporary)
		ivm_row_store_free(own);
}

/*
 * Show all new rows of the log of one table; a reason as scan_segment() gives it, or because
 * a segment is not to be had.
 */
static const char *
scan_log(Oid base, const Bitmapset *columns, const IvmWatermark *watermark, Snapshot snapshot,
		 bool reader, TupleTableSlot *row, IvmLogVisitor visit, void *arg)
{
	const char *obstacle = NULL;
	ListCell   *lc;

	foreach(lc, ivm_change_log_segments(base, reader ? snapshot : NULL))
	{
		IvmLogSegment *segment = lfirst(lc);
		Relation	rel;

		if (ivm_change_log_is_passed(segment, watermark->snapshot->xmin))
			continue;
		rel = open_segment(segment->relid, reader);
		if (rel == NULL)
			return reader ? "a segment of a change log was dropped after the snapshot" :
				"a segment of a change log is missing";
		PredicateLockRelation(rel, snapshot);
		obstacle = scan_segment(rel, segment, watermark, snapshot, columns, row, visit, arg);
		table_close(rel, NoLock);
		if (obstacle)
			break;
	}
	return obstacle;
}

/* A slot for rows of a base table, all columns NULL. */
static TupleTableSlot *
make_row(TupleDesc desc)
{
	TupleTableSlot *row = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);

	return ExecStoreAllNullTuple(row);
}

const char *
ivm_log_reader_scan(const IvmPlan *plan, const IvmWatermark *watermark, Snapshot snapshot,
					IvmLogVisitor visit, void *arg)
{
	Oid			base = plan->core->base;
	TupleTableSlot *row = make_row(copy_desc(base));
	const char *obstacle;

	Assert(plan->core->single);
	obstacle = scan_log(base, ivm_table_plan_read_columns(plan, base), watermark, snapshot, false, row,
						visit, arg);
	ExecDropSingleTupleTableSlot(row);
	return obstacle;
}

/* Read the log of one table; NULL if nothing in it is new. */
static IvmRowStore *
read_log(const IvmPlan *plan, Oid base, const IvmWatermark *watermark, Snapshot snapshot,
		 bool reader, IvmLoggedChanges *result)
{
	Bitmapset  *columns = ivm_table_plan_read_columns(plan, base);
	LoggedRows	rows = {.store = ivm_row_store_create(base, CurrentMemoryContext),.net = true};
	TupleDesc	desc = copy_desc(base);
	TupleTableSlot *row = make_row(desc);

	rows.store->desc = desc;
	rows.kept = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	result->obstacle = scan_log(base, columns, watermark, snapshot, reader, row, keep_row, &rows);
	if (reader && result->obstacle == NULL)
		add_own(base, columns, row, &rows, result);
	end_bag(&rows);
	ExecDropSingleTupleTableSlot(row);
	ExecDropSingleTupleTableSlot(rows.kept);
	result->net &= rows.net;
	if (result->obstacle == NULL && rows.store->nrows[0] + rows.store->nrows[1] > 0)
		return rows.store;
	ivm_row_store_free(rows.store);
	return NULL;
}

void
ivm_log_reader_read(const IvmPlan *plan, const IvmWatermark *watermark, Snapshot snapshot,
					bool reader, IvmLoggedChanges *result)
{
	List	   *sorted = list_copy(plan->row->bases);
	ListCell   *lc;

	memset(result, 0, sizeof(IvmLoggedChanges));
	result->net = true;
	list_sort(sorted, list_oid_cmp);
	foreach(lc, sorted)
	{
		IvmRowStore *store = read_log(plan, lfirst_oid(lc), watermark, snapshot, reader, result);

		if (result->obstacle)
			break;
		if (store == NULL)
			continue;
		result->relids = lappend_oid(result->relids, lfirst_oid(lc));
		result->stores = lappend(result->stores, store);
		result->nrows += store->nrows[0] + store->nrows[1];
	}
	if (result->obstacle)
		ivm_log_reader_free(result);
}

void
ivm_log_reader_free(IvmLoggedChanges *changes)
{
	ListCell   *lc;

	foreach(lc, changes->stores)
		ivm_row_store_free(lfirst(lc));
	changes->relids = changes->stores = NIL;
	changes->nrows = 0;
}

/* ---- estimating ---- */

/* Pages of a segment that are looked at */
#define SAMPLE_PAGES	16

/* Rows on a page that is not looked at, about */
#define ROWS_PER_PAGE	100

/* Rows on a page of a segment that are new. */
static int
count_new_rows(TableScanDesc scan, BlockNumber block, const IvmWatermark *watermark,
			   TupleTableSlot *slot)
{
	ItemPointerData first;
	ItemPointerData last;
	int			result = 0;

	ItemPointerSet(&first, block, 1);
	ItemPointerSet(&last, block, MaxOffsetNumber);
	table_rescan_tidrange(scan, &first, &last);
	while (table_scan_getnextslot_tidrange(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		xid = slot_getattr(slot, IVM_LOG_XID, &isnull);

		if (!ivm_watermark_sees(watermark, DatumGetFullTransactionId(xid)))
			result++;
	}
	return result;
}

static void
add_segment_size(Relation rel, const IvmWatermark *watermark, IvmLogSize *result)
{
	BlockNumber pages = RelationGetNumberOfBlocks(rel);
	BlockNumber step = pages / SAMPLE_PAGES + 1;
	TupleTableSlot *slot;
	ItemPointerData first;
	TableScanDesc scan;
	double		rows = 0;
	int			sampled = 0;

	/* few pages are read soon anyway */
	if (pages <= SAMPLE_PAGES || rel->rd_tableam->scan_set_tidrange == NULL)
	{
		result->pages += pages;
		result->rows += (double) pages * ROWS_PER_PAGE;
		return;
	}
	slot = table_slot_create(rel, NULL);
	ItemPointerSet(&first, 0, 1);
	scan = table_beginscan_tidrange(rel, GetActiveSnapshot(), &first, &first);
	for (BlockNumber block = step / 2; block < pages; block += step)
	{
		rows += count_new_rows(scan, block, watermark, slot);
		sampled++;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	result->pages += pages;
	result->rows += rows * pages / sampled;
}

void
ivm_log_reader_size(List *bases, const IvmWatermark *watermark, IvmLogSize *result)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bases)
	{
		foreach(lc2, ivm_change_log_segments(lfirst_oid(lc), NULL))
		{
			IvmLogSegment *segment = lfirst(lc2);
			Relation	rel;

			if (ivm_change_log_is_passed(segment, watermark->snapshot->xmin) ||
				(rel = try_relation_open(segment->relid, AccessShareLock)) == NULL)
				continue;
			add_segment_size(rel, watermark, result);
			relation_close(rel, NoLock);
		}
	}
}

/* Does a segment have a row that the snapshot sees and the watermark does not? */
static bool
segment_has_new(Relation rel, const IvmWatermark *watermark, Snapshot snapshot)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	bool		result = false;

	/* new rows are at the end, if anywhere */
	while (!result && table_scan_getnextslot(scan, BackwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getsomeattrs(slot, IVM_LOG_XID);
		result = !ivm_watermark_sees(watermark,
									 DatumGetFullTransactionId(slot->tts_values[IVM_LOG_XID - 1]));
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return result;
}

bool
ivm_log_reader_has_new(List *bases, const IvmWatermark *watermark)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		result = false;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bases)
	{
		foreach(lc2, ivm_change_log_segments(lfirst_oid(lc), NULL))
		{
			IvmLogSegment *segment = lfirst(lc2);
			Relation	rel;

			if (result || ivm_change_log_is_passed(segment, watermark->snapshot->xmin))
				continue;
			rel = open_segment(segment->relid, true);
			result = rel == NULL || segment_has_new(rel, watermark, snapshot);
			if (rel)
				table_close(rel, AccessShareLock);
		}
	}
	UnregisterSnapshot(snapshot);
	return result;
}
