/*-------------------------------------------------------------------------
 *
 * generation_row.c
 *	  Reading and writing ivm.generation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "catalog/generation_row.h"
#include "catalog/own_table.h"
#include "catalog/view_rows.h"

/* Columns of ivm.generation, in order */
enum
{
	Anum_view_id = 1,
	Anum_rows,
	Anum_as_of,
	Anum_window_start,
	Anum_kept_at,
	Natts_generation = Anum_kept_at
};

bool
ivm_generation_row_get(int32 view_id, IvmGenerationRow *result)
{
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;
	bool		found;

	if (!OidIsValid(ivm_own_table_relid("generation")))
		return false;			/* goes with the extension */
	rel = ivm_view_rows_open("generation", AccessShareLock);
	scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	tup = systable_getnext(scan);
	found = HeapTupleIsValid(tup);
	if (found)
	{
		Datum		values[Natts_generation];
		bool		nulls[Natts_generation];

		heap_deform_tuple(tup, RelationGetDescr(rel), values, nulls);
		result->view_id = view_id;
		result->rows = DatumGetObjectId(values[Anum_rows - 1]);
		result->as_of = DatumGetTimestampTz(values[Anum_as_of - 1]);
		result->window_start = nulls[Anum_window_start - 1] ? DT_NOBEGIN :
			DatumGetTimestampTz(values[Anum_window_start - 1]);
		result->kept_at = DatumGetTimestampTz(values[Anum_kept_at - 1]);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

void
ivm_generation_row_set(const IvmGenerationRow *row)
{
	Datum		values[Natts_generation] = {0};
	bool		nulls[Natts_generation] = {0};

	values[Anum_view_id - 1] = Int32GetDatum(row->view_id);
	values[Anum_rows - 1] = ObjectIdGetDatum(row->rows);
	values[Anum_as_of - 1] = TimestampTzGetDatum(row->as_of);
	values[Anum_window_start - 1] = TimestampTzGetDatum(row->window_start);
	nulls[Anum_window_start - 1] = row->window_start == DT_NOBEGIN;
	values[Anum_kept_at - 1] = TimestampTzGetDatum(row->kept_at);
	ivm_view_rows_put("generation", row->view_id, values, nulls);
}

void
ivm_generation_row_remove(int32 view_id)
{
	ivm_view_rows_remove("generation", view_id);
}
