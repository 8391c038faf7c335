/*-------------------------------------------------------------------------
 *
 * view_base.c
 *	  Which views read a table: rows of the table ivm.view_base.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "catalog/own_table.h"
#include "catalog/view_base.h"

/* Columns of ivm.view_base, in order */
enum
{
	Anum_base_base = 1,
	Anum_base_id,
	Natts_view_base = Anum_base_id
};

/* Begin a scan for a table and, unless it is 0, a view that reads it. */
static SysScanDesc
begin_base_scan(Relation rel, ScanKeyData keys[2], Oid base, int32 id)
{
	ScanKeyInit(&keys[0], Anum_base_base, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(base));
	ScanKeyInit(&keys[1], Anum_base_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	return ivm_own_table_scan(rel, "view_base_pkey", id != 0 ? 2 : 1, keys);
}

List *
ivm_view_base_ids(List *bases)
{
	Oid			relid = ivm_own_table_relid("view_base");
	List	   *ids = NIL;
	List	   *result = NIL;
	Relation	rel;
	ListCell   *lc;

	if (!OidIsValid(relid))
		return NIL;
	rel = table_open(relid, AccessShareLock);
	foreach(lc, bases)
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_base_scan(rel, keys, lfirst_oid(lc), 0);
		HeapTuple	tup;

		while (HeapTupleIsValid(tup = systable_getnext(scan)))
		{
			bool		isnull;

			ids = lappend_int(ids, DatumGetInt32(heap_getattr(tup, Anum_base_id,
															  RelationGetDescr(rel), &isnull)));
		}
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	list_sort(ids, list_int_cmp);
	foreach(lc, ids)
	{
		if (result == NIL || llast_int(result) != lfirst_int(lc))
			result = lappend_int(result, lfirst_int(lc));
	}
	return result;
}

bool
ivm_view_base_has(int32 id, List *bases)
{
	Oid			relid = ivm_own_table_relid("view_base");
	bool		known = OidIsValid(relid);
	Relation	rel;
	ListCell   *lc;

	if (!known)
		return false;
	rel = table_open(relid, AccessShareLock);
	foreach(lc, bases)
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_base_scan(rel, keys, lfirst_oid(lc), id);

		known = known && HeapTupleIsValid(systable_getnext(scan));
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return known;
}

void
ivm_view_base_replace(int32 id, List *before, List *bases)
{
	Relation	rel = table_open(ivm_own_table_relid("view_base"), RowExclusiveLock);
	ListCell   *lc;

	foreach(lc, list_concat_unique_oid(list_copy(before), bases))
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_base_scan(rel, keys, lfirst_oid(lc), id);
		HeapTuple	tup;

		while (HeapTupleIsValid(tup = systable_getnext(scan)))
			CatalogTupleDelete(rel, &tup->t_self);
		systable_endscan(scan);
	}
	foreach(lc, bases)
	{
		Datum		values[Natts_view_base] = {ObjectIdGetDatum(lfirst_oid(lc)), Int32GetDatum(id)};
		bool		nulls[Natts_view_base] = {0};

		CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	}
	table_close(rel, RowExclusiveLock);
}
