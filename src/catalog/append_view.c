/*-------------------------------------------------------------------------
 *
 * append_view.c
 *	  Reading and writing ivm.append_view and ivm.append_leaf.
 *
 * Only the refresh of a view writes its rows, under the lock of the refresh
 * (watermark.h).  A restore brings the row of a view without those of its leaves,
 * which would name partitions by OIDs of another database; the cluster's identifier tells
 * that what it says of transactions means nothing any more.
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
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/xid8.h"

#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/view_rows.h"

/* Columns of ivm.append_view, in order */
enum
{
	Anum_view_id = 1,
	Anum_base,
	Anum_watermark,
	Anum_bucket,
	Anum_run,
	Anum_cluster,
	Anum_xmin,
	Anum_xmax,
	Anum_xids,
	Anum_xids_seen,
	Anum_open,
	Anum_closed_before,
	Anum_late_rows,
	Anum_fill_rows,
	Anum_newest_first,
	Natts_view = Anum_newest_first
};

/* Columns of ivm.append_leaf, in order */
enum
{
	Anum_leaf_view_id = 1,
	Anum_leaf_leaf,
	Anum_leaf_storage,
	Anum_leaf_attached,
	Anum_leaf_runs,
	Anum_leaf_floors,
	Anum_leaf_filled,
	Anum_leaf_filled_to,
	Natts_leaf = Anum_leaf_filled_to
};

/* ---- arrays ---- */

static int64 *
int64s_from_array(Datum array, Oid type, int *n)
{
	Datum	   *elems;
	int64	   *result;

	deconstruct_array(DatumGetArrayTypeP(array), type, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &elems, NULL, n);
	result = palloc(sizeof(int64) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		result[i] = DatumGetInt64(elems[i]);
	return result;
}

static Datum
array_from_int64s(const int64 *values, Oid type, int n)
{
	Datum	   *elems = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		elems[i] = Int64GetDatum(values[i]);
	return PointerGetDatum(construct_array(elems, n, type, sizeof(int64), FLOAT8PASSBYVAL,
										   TYPALIGN_DOUBLE));
}

/* ---- leaves ---- */

static IvmAppendLeaf *
read_leaf(HeapTuple tup, TupleDesc desc)
{
	Datum		values[Natts_leaf];
	bool		nulls[Natts_leaf];
	IvmAppendLeaf *leaf = palloc0(sizeof(IvmAppendLeaf));
	int64	   *runs;
	Datum	   *floors;
	int			nruns;
	int			nfloors;

	heap_deform_tuple(tup, desc, values, nulls);
	leaf->relid = DatumGetObjectId(values[Anum_leaf_leaf - 1]);
	leaf->storage = DatumGetObjectId(values[Anum_leaf_storage - 1]);
	leaf->attached = DatumGetBool(values[Anum_leaf_attached - 1]);
	runs = int64s_from_array(values[Anum_leaf_runs - 1], INT8OID, &nruns);
	deconstruct_array(DatumGetArrayTypeP(values[Anum_leaf_floors - 1]), TEXTOID, -1, false,
					  TYPALIGN_INT, &floors, NULL, &nfloors);
	for (int i = 0; i < Min(nruns, nfloors); i++)
	{
		IvmAppendFloor *floor = palloc(sizeof(IvmAppendFloor));

		floor->run = runs[i];
		floor->value = TextDatumGetCString(floors[i]);
		leaf->floors = lappend(leaf->floors, floor);
	}
	leaf->filled = DatumGetBool(values[Anum_leaf_filled - 1]);
	if (!nulls[Anum_leaf_filled_to - 1])
		leaf->filled_to = TextDatumGetCString(values[Anum_leaf_filled_to - 1]);
	return leaf;
}

static List *
read_leaves(int32 view_id, Snapshot snapshot)
{
	Relation	rel = ivm_view_rows_open("append_leaf", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, snapshot, &key);
	List	   *result = NIL;
	HeapTuple	tup;

	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = lappend(result, read_leaf(tup, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

static HeapTuple
form_leaf(Relation rel, int32 view_id, const IvmAppendLeaf *leaf)
{
	int			n = list_length(leaf->floors);
	int64	   *runs = palloc(sizeof(int64) * Max(n, 1));
	Datum	   *floors = palloc(sizeof(Datum) * Max(n, 1));
	Datum		values[Natts_leaf] = {0};
	bool		nulls[Natts_leaf] = {false};
	ListCell   *lc;

	foreach(lc, leaf->floors)
	{
		const IvmAppendFloor *floor = lfirst(lc);

		runs[foreach_current_index(lc)] = floor->run;
		floors[foreach_current_index(lc)] = CStringGetTextDatum(floor->value);
	}
	values[Anum_leaf_view_id - 1] = Int32GetDatum(view_id);
	values[Anum_leaf_leaf - 1] = ObjectIdGetDatum(leaf->relid);
	values[Anum_leaf_storage - 1] = ObjectIdGetDatum(leaf->storage);
	values[Anum_leaf_attached - 1] = BoolGetDatum(leaf->attached);
	values[Anum_leaf_runs - 1] = array_from_int64s(runs, INT8OID, n);
	values[Anum_leaf_floors - 1] = PointerGetDatum(construct_array(floors, n, TEXTOID, -1, false,
																   TYPALIGN_INT));
	values[Anum_leaf_filled - 1] = BoolGetDatum(leaf->filled);
	nulls[Anum_leaf_filled_to - 1] = leaf->filled_to == NULL;
	if (leaf->filled_to)
		values[Anum_leaf_filled_to - 1] = CStringGetTextDatum(leaf->filled_to);
	return heap_form_tuple(RelationGetDescr(rel), values, nulls);
}

static void
put_leaf(Relation rel, int32 view_id, const IvmAppendLeaf *leaf)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	old;
	HeapTuple	tup = form_leaf(rel, view_id, leaf);

	ScanKeyInit(&keys[0], Anum_leaf_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(view_id));
	ScanKeyInit(&keys[1], Anum_leaf_leaf, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(leaf->relid));
	scan = systable_beginscan(rel, ivm_own_table_relid("append_leaf_pkey"), true, NULL, 2, keys);
	old = systable_getnext(scan);
	if (HeapTupleIsValid(old) && leaf->gone)
		CatalogTupleDelete(rel, &old->t_self);
	else if (HeapTupleIsValid(old))
		CatalogTupleUpdate(rel, &old->t_self, tup);
	else
		CatalogTupleInsert(rel, tup);
	systable_endscan(scan);
}

IvmAppendLeaf *
ivm_append_view_leaf(const IvmAppendView *view, Oid relid)
{
	ListCell   *lc;

	foreach(lc, view->leaves)
	{
		if (((IvmAppendLeaf *) lfirst(lc))->relid == relid)
			return lfirst(lc);
	}
	return NULL;
}

/* ---- the view ---- */

static void
read_seen(IvmAppendView *view, const Datum *values)
{
	int64	   *xids;
	int64	   *open;
	int			n;

	view->xmin = DatumGetFullTransactionId(values[Anum_xmin - 1]);
	view->xmax = DatumGetFullTransactionId(values[Anum_xmax - 1]);
	xids = int64s_from_array(values[Anum_xids - 1], XID8OID, &view->nxids);
	view->xids = palloc(sizeof(FullTransactionId) * Max(view->nxids, 1));
	for (int i = 0; i < view->nxids; i++)
		view->xids[i] = FullTransactionIdFromU64((uint64) xids[i]);
	view->xids_seen = DatumGetBool(values[Anum_xids_seen - 1]);
	open = int64s_from_array(values[Anum_open - 1], INT8OID, &n);
	view->nopen = n / 3;
	view->open = palloc(sizeof(IvmAppendOpen) * Max(view->nopen, 1));
	for (int i = 0; i < view->nopen; i++)
	{
		view->open[i].backend = (int) open[3 * i];
		view->open[i].lxid = (uint32) open[3 * i + 1];
		view->open[i].run = open[3 * i + 2];
	}
}

IvmAppendView *
ivm_append_view_get(int32 view_id, Snapshot snapshot)
{
	Relation	rel = ivm_view_rows_open("append_view", AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, snapshot, &key);
	HeapTuple	tup = systable_getnext(scan);
	IvmAppendView *result = NULL;

	if (HeapTupleIsValid(tup))
	{
		Datum		values[Natts_view];
		bool		nulls[Natts_view];

		heap_deform_tuple(tup, RelationGetDescr(rel), values, nulls);
		result = palloc0(sizeof(IvmAppendView));
		result->view_id = view_id;
		result->base = DatumGetObjectId(values[Anum_base - 1]);
		result->watermark = DatumGetInt16(values[Anum_watermark - 1]);
		result->bucket = nulls[Anum_bucket - 1] ? -1 : DatumGetInt16(values[Anum_bucket - 1]) - 1;
		result->run = DatumGetInt64(values[Anum_run - 1]);
		result->stored = !nulls[Anum_cluster - 1];
		result->filled = !nulls[Anum_cluster - 1] &&
			strcmp(TextDatumGetCString(values[Anum_cluster - 1]), ivm_view_row_cluster()) == 0;
		if (result->filled)
			read_seen(result, values);
		if (!nulls[Anum_closed_before - 1])
			result->closed_before = TextDatumGetCString(values[Anum_closed_before - 1]);
		result->late_rows = DatumGetInt64(values[Anum_late_rows - 1]);
		result->filling = !nulls[Anum_fill_rows - 1];
		if (result->filling)
			result->fill_rows = DatumGetInt64(values[Anum_fill_rows - 1]);
		result->newest_first = DatumGetBool(values[Anum_newest_first - 1]);
		result->written_by = HeapTupleHeaderGetXmin(tup->t_data);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (result && result->filled)
		result->leaves = read_leaves(view_id, snapshot);
	/* restored into another database of this cluster, from a dump */
	if (result && result->leaves == NIL)
		result->filled = false;
	return result;
}

bool
ivm_append_view_is_filling(int32 view_id)
{
	IvmAppendView *view = ivm_append_view_get(view_id, NULL);

	return view != NULL && view->filling;
}

static int
compare_xids(const void *a, const void *b)
{
	FullTransactionId x = *(const FullTransactionId *) a;
	FullTransactionId y = *(const FullTransactionId *) b;

	return FullTransactionIdPrecedes(x, y) ? -1 : FullTransactionIdPrecedes(y, x);
}

void
ivm_append_view_sort(IvmAppendView *view)
{
	qsort(view->xids, view->nxids, sizeof(FullTransactionId), compare_xids);
}

bool
ivm_append_view_sees(const IvmAppendView *view, FullTransactionId xid)
{
	if (FullTransactionIdPrecedes(xid, view->xmin))
		return true;
	if (!FullTransactionIdPrecedes(xid, view->xmax))
		return false;
	return (bsearch(&xid, view->xids, view->nxids, sizeof(FullTransactionId), compare_xids) != NULL) ==
		view->xids_seen;
}

static void
put_view(const IvmAppendView *view)
{
	Datum		values[Natts_view] = {0};
	bool		nulls[Natts_view] = {false};
	int64	   *numbers = palloc(sizeof(int64) * Max(Max(view->nxids, 3 * view->nopen), 1));

	values[Anum_view_id - 1] = Int32GetDatum(view->view_id);
	values[Anum_base - 1] = ObjectIdGetDatum(view->base);
	values[Anum_watermark - 1] = Int16GetDatum(view->watermark);
	values[Anum_bucket - 1] = Int16GetDatum(view->bucket + 1);
	nulls[Anum_bucket - 1] = view->bucket < 0;
	values[Anum_run - 1] = Int64GetDatum(view->run);
	if (view->filled)
	{
		values[Anum_cluster - 1] = CStringGetTextDatum(ivm_view_row_cluster());
		values[Anum_xmin - 1] = FullTransactionIdGetDatum(view->xmin);
		values[Anum_xmax - 1] = FullTransactionIdGetDatum(view->xmax);
		for (int i = 0; i < view->nxids; i++)
			numbers[i] = (int64) U64FromFullTransactionId(view->xids[i]);
		values[Anum_xids - 1] = array_from_int64s(numbers, XID8OID, view->nxids);
	}
	nulls[Anum_cluster - 1] = nulls[Anum_xmin - 1] = nulls[Anum_xmax - 1] = nulls[Anum_xids - 1] = !view->filled;
	values[Anum_xids_seen - 1] = BoolGetDatum(view->xids_seen);
	for (int i = 0; i < view->nopen; i++)
	{
		numbers[3 * i] = view->open[i].backend;
		numbers[3 * i + 1] = view->open[i].lxid;
		numbers[3 * i + 2] = view->open[i].run;
	}
	values[Anum_open - 1] = array_from_int64s(numbers, INT8OID, 3 * view->nopen);
	if (view->closed_before)
		values[Anum_closed_before - 1] = CStringGetTextDatum(view->closed_before);
	nulls[Anum_closed_before - 1] = view->closed_before == NULL;
	values[Anum_late_rows - 1] = Int64GetDatum(view->late_rows);
	values[Anum_fill_rows - 1] = Int64GetDatum(view->fill_rows);
	nulls[Anum_fill_rows - 1] = !view->filling;
	values[Anum_newest_first - 1] = BoolGetDatum(view->newest_first);
	ivm_view_rows_put("append_view", view->view_id, values, nulls);
}

void
ivm_append_view_put(const IvmAppendView *view)
{
	Relation	rel;
	ListCell   *lc;

	put_view(view);
	if (view->forgets_leaves)
		ivm_view_rows_remove("append_leaf", view->view_id);
	rel = ivm_view_rows_open("append_leaf", RowExclusiveLock);
	foreach(lc, view->leaves)
	{
		if (((IvmAppendLeaf *) lfirst(lc))->changed || view->forgets_leaves)
			put_leaf(rel, view->view_id, lfirst(lc));
	}
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/* As if it had been filled in a cluster that has no name. */
/* Forget what was taken in by a view, in a table like ivm.append_view. */
static void
forget_in(const char *table, int32 view_id)
{
	Relation	rel = ivm_view_rows_open(table, RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan = ivm_view_rows_scan(rel, view_id, NULL, &key);
	HeapTuple	tup = systable_getnext(scan);

	if (HeapTupleIsValid(tup) && !heap_attisnull(tup, Anum_cluster, RelationGetDescr(rel)))
	{
		Datum		values[Natts_view] = {0};
		bool		nulls[Natts_view] = {false};
		bool		repl[Natts_view] = {false};

		values[Anum_cluster - 1] = CStringGetTextDatum("");
		repl[Anum_cluster - 1] = true;
		CatalogTupleUpdate(rel, &tup->t_self, heap_modify_tuple(tup, RelationGetDescr(rel), values,
																nulls, repl));
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_append_view_forget(int32 view_id)
{
	forget_in("append_view", view_id);
}

void
ivm_append_view_forget_kept(int32 view_id)
{
	forget_in("generation_append_view", view_id);
}

void
ivm_append_view_remove(int32 view_id)
{
	ivm_view_rows_remove("append_view", view_id);
	ivm_view_rows_remove("append_leaf", view_id);
}

void
ivm_append_view_keep(int32 view_id)
{
	ivm_view_rows_copy("append_view", "generation_append_view", view_id);
	ivm_view_rows_copy("append_leaf", "generation_append_leaf", view_id);
}

void
ivm_append_view_put_back(int32 view_id)
{
	ivm_view_rows_copy("generation_append_view", "append_view", view_id);
	ivm_view_rows_copy("generation_append_leaf", "append_leaf", view_id);
}

void
ivm_append_view_remove_kept(int32 view_id)
{
	ivm_view_rows_remove("generation_append_view", view_id);
	ivm_view_rows_remove("generation_append_leaf", view_id);
}
