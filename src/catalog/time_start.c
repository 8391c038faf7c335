/*-------------------------------------------------------------------------
 *
 * time_start.c
 *	  Where the state of a view with a window of time begins: ivm.time_window.
 *
 * Readers look at the table by the query of the view, in their own snapshot
 * (read/finishing_window.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "utils/timestamp.h"

#include "catalog/time_start.h"
#include "catalog/view_rows.h"

enum
{
	Anum_view_id = 1,
	Anum_start,
	Natts_time_window = Anum_start
};

TimestampTz
ivm_time_start_get(int32 view_id)
{
	Relation	rel = ivm_view_rows_open("time_window", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	HeapTuple	tup = systable_getnext(scan);
	TimestampTz result = DT_NOBEGIN;

	if (HeapTupleIsValid(tup))
	{
		bool		isnull;

		result = DatumGetTimestampTz(heap_getattr(tup, Anum_start, RelationGetDescr(rel), &isnull));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

void
ivm_time_start_set(int32 view_id, TimestampTz start)
{
	Datum		values[Natts_time_window];
	bool		nulls[Natts_time_window] = {0};

	values[Anum_view_id - 1] = Int32GetDatum(view_id);
	values[Anum_start - 1] = TimestampTzGetDatum(start);
	ivm_view_rows_put("time_window", view_id, values, nulls);
}

void
ivm_time_start_remove(int32 view_id)
{
	ivm_view_rows_remove("time_window", view_id);
}
