/*-------------------------------------------------------------------------
 *
 * time_start.c
 *	  Where the state of a view with a window of time begins: ivm.time_window.
 *
 * Readers of views with buckets look at the table by the query of the view, in their own
 * snapshot (read/finishing_window.c), those of other views in DeltaApply.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "utils/timestamp.h"

#include "catalog/catalog_view.h"
#include "catalog/time_start.h"
#include "catalog/view_rows.h"

/* Columns of ivm.time_window, in order */
enum
{
	Anum_view_id = 1,
	Anum_start,
	Anum_due_at,
	Natts_time_window = Anum_due_at
};

static void
read_row(HeapTuple tup, TupleDesc desc, IvmTimeStart *row)
{
	Datum		values[Natts_time_window];
	bool		nulls[Natts_time_window];

	heap_deform_tuple(tup, desc, values, nulls);
	row->view_id = DatumGetInt32(values[Anum_view_id - 1]);
	row->start = DatumGetTimestampTz(values[Anum_start - 1]);
	row->due_at = DatumGetTimestampTz(values[Anum_due_at - 1]);
}

bool
ivm_time_start_get(int32 view_id, Snapshot snapshot, IvmTimeStart *result)
{
	Relation	rel = ivm_view_rows_open("time_window", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, snapshot, &key);
	HeapTuple	tup = systable_getnext(scan);
	bool		found = HeapTupleIsValid(tup);

	result->view_id = view_id;
	result->start = DT_NOBEGIN;
	result->due_at = DT_NOEND;
	if (found)
		read_row(tup, RelationGetDescr(rel), result);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

void
ivm_time_start_set(const IvmTimeStart *row)
{
	Datum		values[Natts_time_window];
	bool		nulls[Natts_time_window] = {0};

	values[Anum_view_id - 1] = Int32GetDatum(row->view_id);
	values[Anum_start - 1] = TimestampTzGetDatum(row->start);
	values[Anum_due_at - 1] = TimestampTzGetDatum(row->due_at);
	ivm_view_rows_put("time_window", row->view_id, values, nulls);
}

void
ivm_time_start_remove(int32 view_id)
{
	ivm_view_rows_remove("time_window", view_id);
}

List *
ivm_time_start_all(void)
{
	Relation	rel = ivm_view_rows_open("time_window", AccessShareLock);
	Relation	index = index_open(ivm_own_table_relid("time_window_due_at"), AccessShareLock);
	SysScanDesc scan = systable_beginscan_ordered(rel, index, NULL, 0, NULL);
	List	   *result = NIL;
	HeapTuple	tup;

	while (HeapTupleIsValid(tup = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		IvmTimeStart *row = palloc(sizeof(IvmTimeStart));

		read_row(tup, RelationGetDescr(rel), row);
		result = lappend(result, row);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return result;
}
