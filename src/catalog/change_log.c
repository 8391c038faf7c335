/*-------------------------------------------------------------------------
 *
 * change_log.c
 *	  Reading and writing ivm.change_log.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/xid8.h"

#include "catalog/catalog_view.h"
#include "catalog/change_log.h"

/* Columns of ivm.change_log, in order */
enum
{
	Anum_segment = 1,
	Anum_base,
	Anum_columns,
	Anum_current,
	Anum_closed_xid,
	Natts_change_log = Anum_closed_xid
};

static IvmLogSegment *
segment_from_tuple(HeapTuple tup, TupleDesc desc)
{
	IvmLogSegment *result = palloc0(sizeof(IvmLogSegment));
	Datum		values[Natts_change_log];
	bool		nulls[Natts_change_log];
	Datum	   *columns;

	heap_deform_tuple(tup, desc, values, nulls);
	result->relid = DatumGetObjectId(values[Anum_segment - 1]);
	result->base = DatumGetObjectId(values[Anum_base - 1]);
	deconstruct_array(DatumGetArrayTypeP(values[Anum_columns - 1]), INT2OID, sizeof(int16), true,
					  TYPALIGN_SHORT, &columns, NULL, &result->ncolumns);
	result->columns = palloc(sizeof(AttrNumber) * Max(result->ncolumns, 1));
	for (int i = 0; i < result->ncolumns; i++)
		result->columns[i] = DatumGetInt16(columns[i]);
	result->current = DatumGetBool(values[Anum_current - 1]);
	result->closed_xid = nulls[Anum_closed_xid - 1] ? InvalidFullTransactionId :
		DatumGetFullTransactionId(values[Anum_closed_xid - 1]);
	result->xmin = HeapTupleHeaderGetXmin(tup->t_data);
	return result;
}

/* OIDs grow, but for once in four billion: then segments are read in another order. */
static int
compare_segments(const ListCell *a, const ListCell *b)
{
	Oid			x = ((IvmLogSegment *) lfirst(a))->relid;
	Oid			y = ((IvmLogSegment *) lfirst(b))->relid;

	return x < y ? -1 : x > y;
}

/* The rows of a base table, or (InvalidOid) all. */
static List *
scan_segments(Oid base, Snapshot snapshot)
{
	Oid			relid = ivm_own_table_relid("change_log");
	List	   *result = NIL;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tup;

	if (!OidIsValid(relid))
		return NIL;
	ScanKeyInit(&key, Anum_base, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(base));
	rel = table_open(relid, AccessShareLock);
	scan = systable_beginscan(rel, ivm_own_table_relid("change_log_base"), OidIsValid(base), snapshot,
							  OidIsValid(base) ? 1 : 0, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = lappend(result, segment_from_tuple(tup, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(result, compare_segments);
	return result;
}

List *
ivm_change_log_segments(Oid base, Snapshot snapshot)
{
	return scan_segments(base, snapshot);
}

Bitmapset *
ivm_change_log_columns(const IvmLogSegment *segment, TupleDesc desc, TupleDesc base)
{
	Bitmapset  *result = NULL;

	for (int i = 0; i < segment->ncolumns && IVM_LOG_NCONTROL + i < desc->natts; i++)
	{
		int			attno = segment->columns[i];
		Form_pg_attribute logged = TupleDescAttr(desc, IVM_LOG_NCONTROL + i);

		if (attno <= base->natts && !logged->attisdropped &&
			!TupleDescAttr(base, attno - 1)->attisdropped &&
			TupleDescAttr(base, attno - 1)->atttypid == logged->atttypid)
			result = bms_add_member(result, attno);
	}
	return result;
}

IvmLogSegment *
ivm_change_log_current(Oid base)
{
	ListCell   *lc;

	foreach(lc, scan_segments(base, NULL))
	{
		IvmLogSegment *segment = lfirst(lc);

		if (segment->current)
			return segment;
	}
	return NULL;
}

List *
ivm_change_log_bases(void)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, scan_segments(InvalidOid, NULL))
		result = list_append_unique_oid(result, ((IvmLogSegment *) lfirst(lc))->base);
	return result;
}

/* ---- writing ---- */

/* Call for the row of a segment: give it a new tuple, or (NULL) delete it. */
typedef HeapTuple (*RowChange) (HeapTuple tup, TupleDesc desc, void *arg);

static void
change_row(Oid segment, RowChange change, void *arg)
{
	Relation	rel = table_open(ivm_own_table_relid("change_log"), RowExclusiveLock);
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_segment, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(segment));
	scan = systable_beginscan(rel, ivm_own_table_relid("change_log_pkey"), true, NULL, 1, &key);
	tup = systable_getnext(scan);
	if (HeapTupleIsValid(tup))
	{
		HeapTuple	newtup = change(tup, RelationGetDescr(rel), arg);

		if (newtup)
			CatalogTupleUpdate(rel, &tup->t_self, newtup);
		else
			CatalogTupleDelete(rel, &tup->t_self);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

static HeapTuple
make_past(HeapTuple tup, TupleDesc desc, void *arg)
{
	Datum		values[Natts_change_log] = {0};
	bool		nulls[Natts_change_log] = {0};
	bool		replace[Natts_change_log] = {0};

	values[Anum_current - 1] = BoolGetDatum(false);
	replace[Anum_current - 1] = true;
	return heap_modify_tuple(tup, desc, values, nulls, replace);
}

static HeapTuple
set_closed(HeapTuple tup, TupleDesc desc, void *arg)
{
	Datum		values[Natts_change_log] = {0};
	bool		nulls[Natts_change_log] = {0};
	bool		replace[Natts_change_log] = {0};

	values[Anum_closed_xid - 1] = FullTransactionIdGetDatum(*(FullTransactionId *) arg);
	replace[Anum_closed_xid - 1] = true;
	return heap_modify_tuple(tup, desc, values, nulls, replace);
}

static HeapTuple
make_nothing(HeapTuple tup, TupleDesc desc, void *arg)
{
	return NULL;
}

/*
 * Plans of writers depend on the segment that they write to, or, before there is one, on
 * the base table.
 */
void
ivm_change_log_add(const IvmLogSegment *segment)
{
	IvmLogSegment *before = ivm_change_log_current(segment->base);
	bool		before_exists = false;	/* not if it was dropped by hand */
	Relation	rel;
	Datum		values[Natts_change_log] = {0};
	bool		nulls[Natts_change_log] = {0};
	Datum	   *columns = palloc(sizeof(Datum) * Max(segment->ncolumns, 1));

	if (before)
	{
		change_row(before->relid, make_past, NULL);
		before_exists = SearchSysCacheExists1(RELOID, ObjectIdGetDatum(before->relid));
	}
	CacheInvalidateRelcacheByRelid(before_exists ? before->relid : segment->base);
	for (int i = 0; i < segment->ncolumns; i++)
		columns[i] = Int16GetDatum(segment->columns[i]);
	values[Anum_segment - 1] = ObjectIdGetDatum(segment->relid);
	values[Anum_base - 1] = ObjectIdGetDatum(segment->base);
	values[Anum_columns - 1] = PointerGetDatum(construct_array(columns, segment->ncolumns, INT2OID,
															   sizeof(int16), true, TYPALIGN_SHORT));
	values[Anum_current - 1] = BoolGetDatum(true);
	nulls[Anum_closed_xid - 1] = true;
	rel = table_open(ivm_own_table_relid("change_log"), RowExclusiveLock);
	CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_change_log_close(Oid segment, FullTransactionId xid)
{
	change_row(segment, set_closed, &xid);
}

void
ivm_change_log_remove(Oid segment)
{
	change_row(segment, make_nothing, NULL);
}

void
ivm_change_log_lock_tag(LOCKTAG *tag, Oid base)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, ivm_own_table_relid("change_log"), base, 0);
}

bool
ivm_change_log_lock(Oid base, LOCKMODE lockmode, bool wait)
{
	LOCKTAG		tag;

	ivm_change_log_lock_tag(&tag, base);
	return LockAcquire(&tag, lockmode, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}
