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

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "catalog/catalog_view.h"
#include "catalog/time_start.h"

enum
{
	Anum_view_id = 1,
	Anum_start,
	Natts_time_window = Anum_start
};

static SysScanDesc
begin_scan(Relation rel, int32 view_id, ScanKey key)
{
	ScanKeyInit(key, Anum_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(view_id));
	return systable_beginscan(rel, ivm_catalog_own_relid("time_window_pkey"), true, NULL, 1, key);
}

TimestampTz
ivm_time_start_get(int32 view_id)
{
	Relation	rel = table_open(ivm_catalog_own_relid("time_window"), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = begin_scan(rel, view_id, &key);
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
	Relation	rel = table_open(ivm_catalog_own_relid("time_window"), RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = begin_scan(rel, view_id, &key);
	HeapTuple	old = systable_getnext(scan);
	Datum		values[Natts_time_window];
	bool		nulls[Natts_time_window] = {0};
	HeapTuple	tup;

	values[Anum_view_id - 1] = Int32GetDatum(view_id);
	values[Anum_start - 1] = TimestampTzGetDatum(start);
	tup = heap_form_tuple(RelationGetDescr(rel), values, nulls);
	if (HeapTupleIsValid(old))
		CatalogTupleUpdate(rel, &old->t_self, tup);
	else
		CatalogTupleInsert(rel, tup);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_time_start_remove(int32 view_id)
{
	Relation	rel = table_open(ivm_catalog_own_relid("time_window"), RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = begin_scan(rel, view_id, &key);
	HeapTuple	tup = systable_getnext(scan);

	if (HeapTupleIsValid(tup))
		CatalogTupleDelete(rel, &tup->t_self);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}
