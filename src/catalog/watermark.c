/*-------------------------------------------------------------------------
 *
 * watermark.c
 *	  Reading and writing ivm.watermark.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "base/xid_snapshot.h"
#include "catalog/catalog_view.h"
#include "catalog/view_rows.h"
#include "catalog/watermark.h"

/* Columns of ivm.watermark, in order */
enum
{
	Anum_view_id = 1,
	Anum_snapshot,
	Anum_own_xid,
	Anum_cluster,
	Anum_as_of,
	Anum_delta_ms_per_cost,
	Anum_recompute_ms_per_cost,
	Natts_watermark = Anum_recompute_ms_per_cost
};

IvmWatermark *
ivm_watermark_get(int32 view_id, Snapshot snapshot)
{
	Relation	rel = ivm_view_rows_open("watermark", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, snapshot, &key);
	HeapTuple	tup = systable_getnext(scan);
	IvmWatermark *result = NULL;

	if (HeapTupleIsValid(tup))
	{
		Datum		values[Natts_watermark];
		bool		nulls[Natts_watermark];

		heap_deform_tuple(tup, RelationGetDescr(rel), values, nulls);
		result = palloc0(sizeof(IvmWatermark));
		if (!nulls[Anum_snapshot - 1] &&
			strcmp(TextDatumGetCString(values[Anum_cluster - 1]), ivm_view_row_cluster()) == 0)
			result->snapshot = ivm_xid_snapshot_from_datum(values[Anum_snapshot - 1]);
		result->own_xid = nulls[Anum_own_xid - 1] ? InvalidFullTransactionId :
			DatumGetFullTransactionId(values[Anum_own_xid - 1]);
		result->as_of = DatumGetTimestampTz(values[Anum_as_of - 1]);
		result->delta_ms_per_cost = DatumGetFloat8(values[Anum_delta_ms_per_cost - 1]);
		result->recompute_ms_per_cost = DatumGetFloat8(values[Anum_recompute_ms_per_cost - 1]);
		result->xmin = HeapTupleHeaderGetXmin(tup->t_data);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

bool
ivm_watermark_sees(const IvmWatermark *watermark, FullTransactionId xid)
{
	return ivm_xid_snapshot_sees(watermark->snapshot, xid) ||
		(FullTransactionIdIsValid(watermark->own_xid) &&
		 FullTransactionIdEquals(watermark->own_xid, xid));
}

void
ivm_watermark_set(int32 view_id, const IvmWatermark *watermark)
{
	Datum		values[Natts_watermark] = {0};
	bool		nulls[Natts_watermark] = {0};

	values[Anum_view_id - 1] = Int32GetDatum(view_id);
	if (watermark->snapshot)
		values[Anum_snapshot - 1] = ivm_xid_snapshot_to_datum(watermark->snapshot);
	nulls[Anum_snapshot - 1] = watermark->snapshot == NULL;
	values[Anum_own_xid - 1] = FullTransactionIdGetDatum(watermark->own_xid);
	nulls[Anum_own_xid - 1] = !FullTransactionIdIsValid(watermark->own_xid);
	values[Anum_cluster - 1] = CStringGetTextDatum(ivm_view_row_cluster());
	values[Anum_as_of - 1] = TimestampTzGetDatum(watermark->as_of);
	values[Anum_delta_ms_per_cost - 1] = Float8GetDatum(watermark->delta_ms_per_cost);
	values[Anum_recompute_ms_per_cost - 1] = Float8GetDatum(watermark->recompute_ms_per_cost);
	ivm_view_rows_put("watermark", view_id, values, nulls);
}

void
ivm_watermark_forget(int32 view_id)
{
	IvmWatermark *watermark = ivm_watermark_get(view_id, NULL);

	if (watermark == NULL || watermark->snapshot == NULL)
		return;
	watermark->snapshot = NULL;
	ivm_watermark_set(view_id, watermark);
}

void
ivm_watermark_remove(int32 view_id)
{
	ivm_view_rows_remove("watermark", view_id);
}

HeapTuple
ivm_watermark_restored_row(HeapTuple tup, TupleDesc desc)
{
	Datum		values[Natts_watermark] = {0};
	bool		nulls[Natts_watermark] = {0};
	bool		replace[Natts_watermark] = {0};

	nulls[Anum_snapshot - 1] = replace[Anum_snapshot - 1] = true;
	nulls[Anum_own_xid - 1] = replace[Anum_own_xid - 1] = true;
	return heap_modify_tuple(tup, desc, values, nulls, replace);
}

void
ivm_watermark_lock_tag(LOCKTAG *tag, int32 view_id)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, ivm_own_table_relid("watermark"), (Oid) view_id, 0);
}

bool
ivm_watermark_lock(int32 view_id, bool wait)
{
	LOCKTAG		tag;

	ivm_watermark_lock_tag(&tag, view_id);
	return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}
