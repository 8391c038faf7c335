/*-------------------------------------------------------------------------
 *
 * log_reader.c
 *	  Reading from change logs what a deferred view has not taken in.
 *
 * A segment whose writers are all before the watermark's oldest open transaction has
 * nothing new, and is not even opened: so a view that is up to date reads the current
 * segment alone, however far behind another one is.
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

/*
 * Put the new rows of a segment into a store.  Why they do not tell all that has changed, or
 * NULL: there is a mark among them, or columns are missing.
 */
static const char *
read_segment(Relation rel, const IvmLogSegment *segment, const IvmWatermark *watermark,
			 Snapshot snapshot, const Bitmapset *columns, TupleTableSlot *row, IvmRowStore *store)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	TupleDesc	desc = RelationGetDescr(rel);
	int			natts = Min(desc->natts, IVM_LOG_NCONTROL + segment->ncolumns);
	bool		complete = bms_is_subset(columns, ivm_change_log_columns(segment, desc,
																		  row->tts_tupleDescriptor));
	const char *obstacle = NULL;

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
			int			n = segment->columns[i - IVM_LOG_NCONTROL] - 1;

			if (!bms_is_member(n + 1, columns))
				continue;
			row->tts_values[n] = slot->tts_values[i];
			row->tts_isnull[n] = slot->tts_isnull[i];
		}
		ivm_row_store_put(store, row->tts_tupleDescriptor, row->tts_values, row->tts_isnull, sign);
	}
	table_endscan(scan);
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

typedef struct NetRows
{
	IvmRowStore *store;
	TupleDesc	desc;
} NetRows;

static void
put_net_row(TupleTableSlot *slot, int64 copies, void *arg)
{
	NetRows    *net = arg;

	for (; copies > 0; copies--)
		ivm_row_store_put(net->store, net->desc, slot->tts_values, slot->tts_isnull, 1);
	for (; copies < 0; copies++)
		ivm_row_store_put(net->store, net->desc, slot->tts_values, slot->tts_isnull, -1);
}

/* The rows of a store after equal ones of different sign have cancelled out. */
static IvmRowStore *
cancel_out(IvmRowStore *store)
{
	IvmSignedRows *bag = ivm_signed_rows_create(CurrentMemoryContext);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(store->desc, &TTSOpsMinimalTuple);
	NetRows		net = {ivm_row_store_create(store->relid, CurrentMemoryContext), store->desc};
	IvmRowScan	scan;

	net.store->desc = store->desc;
	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, store, n);
		while (ivm_row_store_next(&scan, slot))
		{
			CHECK_FOR_INTERRUPTS();
			slot_getallattrs(slot);
			ivm_signed_rows_add(bag, slot, n == 0 ? 1 : -1);
		}
	}
	ivm_signed_rows_visit(bag, put_net_row, &net);
	ExecDropSingleTupleTableSlot(slot);
	ivm_row_store_free(store);
	return net.store;
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
add_own(Oid base, const Bitmapset *columns, TupleTableSlot *row, IvmRowStore *store,
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
	slot = MakeSingleTupleTableSlot(store->desc, &TTSOpsMinimalTuple);
	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, own, n);
		while (ivm_row_store_next(&scan, slot))
		{
			int			attno = -1;

			while ((attno = bms_next_member(columns, attno)) >= 0)
				row->tts_values[attno - 1] = slot_getattr(slot, attno, &row->tts_isnull[attno - 1]);
			ivm_row_store_put(store, store->desc, row->tts_values, row->tts_isnull, n == 0 ? 1 : -1);
		}
	}
	ExecDropSingleTupleTableSlot(slot);
	if (temporary)
		ivm_row_store_free(own);
}

/* Read the log of one table; NULL if nothing in it is new. */
static IvmRowStore *
read_log(const IvmPlan *plan, Oid base, const IvmWatermark *watermark, Snapshot snapshot,
		 bool reader, IvmLoggedChanges *result)
{
	Bitmapset  *columns = ivm_table_plan_read_columns(plan, base);
	IvmRowStore *store = ivm_row_store_create(base, CurrentMemoryContext);
	TupleTableSlot *row;
	ListCell   *lc;

	store->desc = copy_desc(base);
	row = MakeSingleTupleTableSlot(store->desc, &TTSOpsVirtual);
	ExecStoreAllNullTuple(row);
	foreach(lc, ivm_change_log_segments(base, reader ? snapshot : NULL))
	{
		IvmLogSegment *segment = lfirst(lc);
		Relation	rel;

		if (ivm_change_log_is_passed(segment, watermark->snapshot->xmin))
			continue;
		rel = open_segment(segment->relid, reader);
		if (rel == NULL)
		{
			result->obstacle = reader ? "a segment of a change log was dropped after the snapshot" :
				"a segment of a change log is missing";
			break;
		}
		PredicateLockRelation(rel, snapshot);
		result->obstacle = read_segment(rel, segment, watermark, snapshot, columns, row, store);
		table_close(rel, NoLock);
		if (result->obstacle)
			break;
	}
	if (reader && result->obstacle == NULL)
		add_own(base, columns, row, store, result);
	ExecDropSingleTupleTableSlot(row);
	if (result->obstacle == NULL && store->nrows[0] > 0 && store->nrows[1] > 0)
	{
		if (store->nrows[0] + store->nrows[1] <= MAX_NET_ROWS)
			store = cancel_out(store);
		else
			result->net = false;
	}
	if (result->obstacle == NULL && store->nrows[0] + store->nrows[1] > 0)
		return store;
	ivm_row_store_free(store);
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

double
ivm_log_reader_pages(List *bases, const IvmWatermark *watermark)
{
	double		result = 0;
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
			result += RelationGetNumberOfBlocks(rel);
			relation_close(rel, NoLock);
		}
	}
	return result;
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
