/*-------------------------------------------------------------------------
 *
 * view_rows.c
 *	  Rows about a view in tables of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "utils/fmgroids.h"

#include "catalog/catalog_view.h"
#include "catalog/view_rows.h"

#define Anum_view_id	1

Relation
ivm_view_rows_open(const char *table, LOCKMODE lockmode)
{
	return table_open(ivm_own_table_relid(table), lockmode);
}

SysScanDesc
ivm_view_rows_scan(Relation rel, int32 view_id, Snapshot snapshot, ScanKey key)
{
	char		index[NAMEDATALEN];

	snprintf(index, sizeof(index), "%s_pkey", RelationGetRelationName(rel));
	ScanKeyInit(key, Anum_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(view_id));
	return systable_beginscan(rel, ivm_own_table_relid(index), true, snapshot, 1, key);
}

void
ivm_view_rows_write(Relation rel, HeapTuple old, Datum *values, bool *nulls)
{
	HeapTuple	tup = heap_form_tuple(RelationGetDescr(rel), values, nulls);

	if (HeapTupleIsValid(old))
		CatalogTupleUpdate(rel, &old->t_self, tup);
	else
		CatalogTupleInsert(rel, tup);
}

void
ivm_view_rows_put(const char *table, int32 view_id, Datum *values, bool *nulls)
{
	Relation	rel = ivm_view_rows_open(table, RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, NULL, &key);

	ivm_view_rows_write(rel, systable_getnext(scan), values, nulls);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_view_rows_remove(const char *table, int32 view_id)
{
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	if (!OidIsValid(ivm_own_table_relid(table)))
		return;					/* goes with the extension */
	rel = ivm_view_rows_open(table, RowExclusiveLock);
	scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		CatalogTupleDelete(rel, &tup->t_self);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_view_rows_copy(const char *from, const char *to, int32 view_id)
{
	Relation	source;
	Relation	target;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ivm_view_rows_remove(to, view_id);
	source = ivm_view_rows_open(from, AccessShareLock);
	target = ivm_view_rows_open(to, RowExclusiveLock);
	scan = ivm_view_rows_scan(source, view_id, NULL, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		CatalogTupleInsert(target, heap_copytuple(tup));
	systable_endscan(scan);
	table_close(target, RowExclusiveLock);
	table_close(source, AccessShareLock);
	CommandCounterIncrement();
}
