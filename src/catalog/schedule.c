/*-------------------------------------------------------------------------
 *
 * schedule.c
 *	  Reading and writing ivm.schedule.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "catalog/schedule.h"
#include "catalog/view_rows.h"

/* Columns of ivm.schedule, in order */
enum
{
	Anum_view_id = 1,
	Anum_operation,
	Anum_due_at,
	Anum_failures,
	Anum_last_error,
	Anum_last_attempt_at,
	Anum_last_success_at,
	Anum_corrections,
	Natts_schedule = Anum_corrections
};

static const char *const operation_names[] = {
	[IVM_DUE_REFRESH] = "refresh",
	[IVM_DUE_RECONCILE] = "reconcile",
	[IVM_DUE_BUILD] = "build"
};

StaticAssertDecl(lengthof(operation_names) == IVM_DUE_OPERATIONS, "each operation has a name");

const char *
ivm_schedule_operation_name(IvmDueOperation operation)
{
	return operation_names[operation];
}

static IvmDueOperation
operation_named(const char *name)
{
	for (int i = 0; i < IVM_DUE_OPERATIONS; i++)
	{
		if (strcmp(name, operation_names[i]) == 0)
			return (IvmDueOperation) i;
	}
	elog(ERROR, "unrecognized operation \"%s\" in ivm.schedule", name);
}

static IvmScheduleRow *
make_row(HeapTuple tup, TupleDesc desc)
{
	IvmScheduleRow *result = palloc0(sizeof(IvmScheduleRow));
	Datum		values[Natts_schedule];
	bool		nulls[Natts_schedule];

	heap_deform_tuple(tup, desc, values, nulls);
	result->view_id = DatumGetInt32(values[Anum_view_id - 1]);
	result->operation = operation_named(TextDatumGetCString(values[Anum_operation - 1]));
	if (!nulls[Anum_due_at - 1])
		result->due_at = DatumGetTimestampTz(values[Anum_due_at - 1]);
	result->failures = DatumGetInt32(values[Anum_failures - 1]);
	if (!nulls[Anum_last_error - 1])
		result->last_error = TextDatumGetCString(values[Anum_last_error - 1]);
	if (!nulls[Anum_last_attempt_at - 1])
		result->last_attempt_at = DatumGetTimestampTz(values[Anum_last_attempt_at - 1]);
	if (!nulls[Anum_last_success_at - 1])
		result->last_success_at = DatumGetTimestampTz(values[Anum_last_success_at - 1]);
	result->corrections = nulls[Anum_corrections - 1] ? -1 : DatumGetInt64(values[Anum_corrections - 1]);
	return result;
}

/* The next row of a scan that is for this operation, or NULL. */
static HeapTuple
next_of(SysScanDesc scan, Relation rel, IvmDueOperation operation)
{
	HeapTuple	tup;

	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		name = heap_getattr(tup, Anum_operation, RelationGetDescr(rel), &isnull);

		if (operation_named(TextDatumGetCString(name)) == operation)
			break;
	}
	return tup;
}

IvmScheduleRow *
ivm_schedule_get(int32 view_id, IvmDueOperation operation)
{
	Relation	rel = ivm_view_rows_open("schedule", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	HeapTuple	tup = next_of(scan, rel, operation);
	IvmScheduleRow *result = HeapTupleIsValid(tup) ? make_row(tup, RelationGetDescr(rel)) : NULL;

	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

static int
compare_rows(const ListCell *a, const ListCell *b)
{
	const IvmScheduleRow *x = lfirst(a);
	const IvmScheduleRow *y = lfirst(b);

	if (x->view_id != y->view_id)
		return x->view_id < y->view_id ? -1 : 1;
	return (int) x->operation - (int) y->operation;
}

List *
ivm_schedule_all(void)
{
	Relation	rel = ivm_view_rows_open("schedule", AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *result = NIL;
	HeapTuple	tup;

	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = lappend(result, make_row(tup, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(result, compare_rows);
	return result;
}

bool
ivm_schedule_first(TimestampTz *due_at, bool *any)
{
	Relation	rel = ivm_view_rows_open("schedule", AccessShareLock);
	Relation	index = index_open(ivm_own_table_relid("schedule_due_at"), AccessShareLock);
	SysScanDesc scan = systable_beginscan_ordered(rel, index, NULL, 0, NULL);
	HeapTuple	tup = systable_getnext_ordered(scan, ForwardScanDirection);
	IvmScheduleRow *row = HeapTupleIsValid(tup) ? make_row(tup, RelationGetDescr(rel)) : NULL;

	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	*any = row != NULL;
	*due_at = row ? row->due_at : 0;
	return *due_at != 0;
}

static LOCKTAG
lock_of(int32 view_id)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ivm_own_table_relid("schedule"), (Oid) view_id, 0);
	return tag;
}

void
ivm_schedule_lock(int32 view_id)
{
	LOCKTAG		tag = lock_of(view_id);

	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

bool
ivm_schedule_try_lock(int32 view_id)
{
	LOCKTAG		tag = lock_of(view_id);

	return ivm_compat_trylock(&tag, ExclusiveLock);
}

bool
ivm_schedule_is_locked(int32 view_id)
{
	LOCKTAG		tag = lock_of(view_id);

	if (!ivm_compat_trylock(&tag, ShareLock))
		return true;
	LockRelease(&tag, ShareLock, false);
	return false;
}

static void
set_time(Datum *values, bool *nulls, int attnum, TimestampTz t)
{
	values[attnum - 1] = TimestampTzGetDatum(t);
	nulls[attnum - 1] = t == 0;
}

void
ivm_schedule_set(const IvmScheduleRow *row)
{
	Datum		values[Natts_schedule] = {0};
	bool		nulls[Natts_schedule] = {0};
	Relation	rel = ivm_view_rows_open("schedule", RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, row->view_id, NULL, &key);
	HeapTuple	old = next_of(scan, rel, row->operation);

	values[Anum_view_id - 1] = Int32GetDatum(row->view_id);
	values[Anum_operation - 1] = CStringGetTextDatum(operation_names[row->operation]);
	set_time(values, nulls, Anum_due_at, row->due_at);
	values[Anum_failures - 1] = Int32GetDatum(row->failures);
	nulls[Anum_last_error - 1] = row->last_error == NULL;
	if (row->last_error)
		values[Anum_last_error - 1] = CStringGetTextDatum(row->last_error);
	set_time(values, nulls, Anum_last_attempt_at, row->last_attempt_at);
	set_time(values, nulls, Anum_last_success_at, row->last_success_at);
	values[Anum_corrections - 1] = Int64GetDatum(row->corrections);
	nulls[Anum_corrections - 1] = row->corrections < 0;
	ivm_view_rows_write(rel, old, values, nulls);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_schedule_remove(int32 view_id, IvmDueOperation operation)
{
	Relation	rel = ivm_view_rows_open("schedule", RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	HeapTuple	tup = next_of(scan, rel, operation);

	if (HeapTupleIsValid(tup))
		CatalogTupleDelete(rel, &tup->t_self);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_schedule_remove_all(int32 view_id)
{
	ivm_view_rows_remove("schedule", view_id);
}
