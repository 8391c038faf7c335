/*-------------------------------------------------------------------------
 *
 * catalog_view.c
 *	  Reading and writing ivm.view.
 *
 * The table is an ordinary one, dumped as configuration data; it has no
 * syscache.  Its rows are read only when a backend derives a plan
 * (plan_cache.c keeps those), by index.  Which views read a table is in ivm.view_base, a row per
 * pair, written here together with the column bases.  Each write sends a
 * relcache invalidation for the relations of the view: that is what makes
 * other backends derive their plans again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "catalog/view_base.h"
#include "catalog/view_comment.h"

Oid
ivm_catalog_relid(void)
{
	return ivm_own_table_relid("view");
}

Oid
ivm_catalog_owner(void)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(ivm_catalog_relid()));
	Oid			owner;

	if (!HeapTupleIsValid(tup))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"ivm\" is not installed in this database")));
	owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
	ReleaseSysCache(tup);
	return owner;
}

static int
compare_rows(const ListCell *a, const ListCell *b)
{
	const IvmViewRow *left = lfirst(a);
	const IvmViewRow *right = lfirst(b);

	return left->id < right->id ? -1 : left->id > right->id;
}

/* The index of ivm.view that leads with a column. */
static const char *
index_of_column(AttrNumber attnum)
{
	switch (attnum)
	{
		case Anum_ivm_view_id:
			return "view_pkey";
		case Anum_ivm_view_view:
			return "view_view";
		case Anum_ivm_view_state:
			return "view_state";
		case Anum_ivm_view_part_of:
			return "view_part_of";
		default:
			elog(ERROR, "column %d of ivm.view has no index", attnum);
	}
}

/*
 * Rows, in id order, for which column attnum (an integer or OID column) has this value, or
 * all rows if attnum is 0.
 */
static List *
scan_rows(AttrNumber attnum, Datum value)
{
	Oid			relid = ivm_catalog_relid();
	List	   *result = NIL;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tup;

	if (!OidIsValid(relid))
		return NIL;
	if (attnum != 0)
		ScanKeyInit(&key, attnum, BTEqualStrategyNumber,
					attnum == Anum_ivm_view_id || attnum == Anum_ivm_view_part_of ? F_INT4EQ : F_OIDEQ, value);
	rel = table_open(relid, AccessShareLock);
	scan = ivm_own_table_scan(rel, attnum != 0 ? index_of_column(attnum) : NULL, attnum != 0 ? 1 : 0, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = lappend(result, ivm_view_row_from_tuple(tup, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(result, compare_rows);
	return result;
}

/* ---- ivm.view ---- */

static IvmViewRow *
first_row(List *rows)
{
	return rows == NIL ? NULL : (IvmViewRow *) linitial(rows);
}

IvmViewRow *
ivm_catalog_get(int32 id)
{
	return first_row(scan_rows(Anum_ivm_view_id, Int32GetDatum(id)));
}

IvmViewRow *
ivm_catalog_get_as_of(int32 id, Snapshot snapshot)
{
	Relation	rel = table_open(ivm_catalog_relid(), AccessShareLock);
	IvmViewRow *result = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_ivm_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	scan = systable_beginscan(rel, ivm_own_table_relid(index_of_column(Anum_ivm_view_id)), true, snapshot, 1, &key);
	if (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = ivm_view_row_from_tuple(tup, RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

IvmViewRow *
ivm_catalog_find_view(Oid view)
{
	return first_row(scan_rows(Anum_ivm_view_view, ObjectIdGetDatum(view)));
}

IvmViewRow *
ivm_catalog_find_state(Oid state)
{
	return first_row(scan_rows(Anum_ivm_view_state, ObjectIdGetDatum(state)));
}

List *
ivm_catalog_all(void)
{
	return scan_rows(0, (Datum) 0);
}

List *
ivm_catalog_parts(int32 id)
{
	return scan_rows(Anum_ivm_view_part_of, Int32GetDatum(id));
}

const IvmViewRow *
ivm_catalog_whole(const IvmViewRow *row)
{
	const IvmViewRow *whole = row->part_of != 0 ? ivm_catalog_get(row->part_of) : NULL;

	return whole != NULL ? whole : row;
}

char *
ivm_catalog_view_name(const IvmViewRow *row)
{
	return get_rel_name(ivm_catalog_whole(row)->view);
}

List *
ivm_catalog_of_base(Oid base)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_view_base_ids(list_make1_oid(base)))
	{
		IvmViewRow *row = ivm_catalog_get(lfirst_int(lc));

		if (row != NULL)
			result = lappend(result, row);
	}
	return result;
}

void
ivm_catalog_invalidate(const IvmViewRow *row)
{
	ListCell   *lc;

	if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(row->state)))
		CacheInvalidateRelcacheByRelid(row->state);
	foreach(lc, row->bases)
	{
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(lc))))
			CacheInvalidateRelcacheByRelid(lfirst_oid(lc));
	}
	foreach(lc, row->partitions)
	{
		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lfirst_oid(lc))))
			CacheInvalidateRelcacheByRelid(lfirst_oid(lc));
	}
}

int32
ivm_catalog_next_id(void)
{
	Oid			seq = get_relname_relid("view_id",
										get_namespace_oid(IVM_SCHEMA, false));

	return (int32) nextval_internal(seq, false);
}

/* What a dump of the schema alone has of a view. */
static void
write_comment(const IvmViewRow *row)
{
	IvmViewComment comment = {row->id, row->part_of, ivm_view_row_mode_name(row->mode), row->options, row->settings};

	ivm_view_comment_write(row->state, &comment);
}

void
ivm_catalog_insert(const IvmViewRow *row)
{
	ivm_catalog_insert_alone(row);
	ivm_view_base_replace(row->id, NIL, row->bases);
	CommandCounterIncrement();
}

void
ivm_catalog_insert_alone(const IvmViewRow *row)
{
	Relation	rel = table_open(ivm_catalog_relid(), RowExclusiveLock);
	HeapTuple	tup = ivm_view_row_form(row, RelationGetDescr(rel));

	CatalogTupleInsert(rel, tup);
	table_close(rel, RowExclusiveLock);
	write_comment(row);
	ivm_catalog_invalidate(row);
	CommandCounterIncrement();
}

void
ivm_catalog_lock(int32 id)
{
	LockDatabaseObject(ivm_catalog_relid(), (Oid) id, 0, ExclusiveLock);
}

/* New values of some columns of a row; to be zeroed at first. */
typedef struct RowUpdate
{
	Datum		values[Natts_ivm_view];
	bool		nulls[Natts_ivm_view];
	bool		repl[Natts_ivm_view];
} RowUpdate;

static void
set_column(RowUpdate *update, AttrNumber attnum, Datum value)
{
	update->values[attnum - 1] = value;
	update->repl[attnum - 1] = true;
}

static void
set_null(RowUpdate *update, AttrNumber attnum)
{
	update->nulls[attnum - 1] = true;
	update->repl[attnum - 1] = true;
}

static void
set_status(RowUpdate *update, IvmStatus status, const char *reason)
{
	set_column(update, Anum_ivm_view_status, CStringGetTextDatum(ivm_view_row_status_name(status)));
	if (reason)
		set_column(update, Anum_ivm_view_reason, CStringGetTextDatum(reason));
	else
		set_null(update, Anum_ivm_view_reason);
}

/* Readers with an older snapshot than this transaction are to run the definition. */
static void
set_current_since(RowUpdate *update)
{
	set_column(update, Anum_ivm_view_current_since,
			   TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
}

static void
update_row(int32 id, RowUpdate *update)
{
	Relation	rel = table_open(ivm_catalog_relid(), RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ivm_catalog_lock(id);
	ScanKeyInit(&key, Anum_ivm_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	scan = ivm_own_table_scan(rel, index_of_column(Anum_ivm_view_id), 1, &key);
	tup = systable_getnext(scan);
	if (HeapTupleIsValid(tup))
	{
		HeapTuple	newtup = heap_modify_tuple(tup, RelationGetDescr(rel), update->values,
											   update->nulls, update->repl);
		IvmViewRow *row = ivm_view_row_from_tuple(newtup, RelationGetDescr(rel));
		List	   *before = ivm_view_row_from_tuple(tup, RelationGetDescr(rel))->bases;

		CatalogTupleUpdate(rel, &tup->t_self, newtup);

		/*
		 * only then: in the middle of a restore, rows of ivm.view_base may be
		 * still to come
		 */
		if (!equal(before, row->bases))
			ivm_view_base_replace(id, before, row->bases);
		if ((update->repl[Anum_ivm_view_mode - 1] || update->repl[Anum_ivm_view_options - 1]) &&
			SearchSysCacheExists1(RELOID, ObjectIdGetDatum(row->state)))
			write_comment(row);
		ivm_catalog_invalidate(row);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

/* A reader finds out whether its snapshot is older by the row's xmin (merge_exec.c). */
void
ivm_catalog_set_status(int32 id, IvmStatus status, const char *reason)
{
	RowUpdate	update = {0};

	set_status(&update, status, reason);
	set_column(&update, Anum_ivm_view_building, BoolGetDatum(false));
	set_current_since(&update);
	update_row(id, &update);
}

void
ivm_catalog_set_building(int32 id, bool building)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_building, BoolGetDatum(building));
	update_row(id, &update);
}

bool
ivm_catalog_is_captured(const IvmViewRow *row)
{
	return row->status == IVM_STATUS_READY || row->building;
}

bool
ivm_catalog_wants_triggers(const IvmViewRow *row)
{
	return row->status != IVM_STATUS_UNPOPULATED || row->building;
}

/* Items of row_types, each without the numbers of columns before its colon. */
static Datum
without_numbers(Datum row_types)
{
	Datum	   *items;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(row_types), TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *columns = strchr(TextDatumGetCString(items[i]), ':');

		if (columns)
			items[i] = CStringGetTextDatum(columns);
	}
	return PointerGetDatum(construct_array(items, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * The versions of views and triggers were those of other catalogue rows, and
 * columns that had been dropped are not there after a restore.
 */
HeapTuple
ivm_catalog_restored_row(HeapTuple tup, TupleDesc desc, const char *reason)
{
	RowUpdate	update = {0};
	Datum		row_types;
	bool		isnull;

	set_null(&update, Anum_ivm_view_view_versions);
	set_null(&update, Anum_ivm_view_trigger_versions);
	row_types = heap_getattr(tup, Anum_ivm_view_row_types, desc, &isnull);
	if (!isnull)
		set_column(&update, Anum_ivm_view_row_types, without_numbers(row_types));
	set_column(&update, Anum_ivm_view_building, BoolGetDatum(false));
	if (reason)
		set_status(&update, IVM_STATUS_STALE, reason);
	return heap_modify_tuple(tup, desc, update.values, update.nulls, update.repl);
}

static bool
try_lock_row(int32 id, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ivm_catalog_relid(), (Oid) id, 0);
	return LockAcquire(&tag, ExclusiveLock, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

bool
ivm_catalog_try_set_status(int32 id, IvmStatus status, const char *reason)
{
	if (!try_lock_row(id, false))
		return false;
	ivm_catalog_set_status(id, status, reason);
	return true;
}

void
ivm_catalog_touch(int32 id, bool wait)
{
	RowUpdate	update = {0};

	if (!try_lock_row(id, wait))
		return;
	set_current_since(&update);
	update_row(id, &update);
}

void
ivm_catalog_set_partitions(int32 id, List *partitions)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_partitions, ivm_view_row_oids(partitions));
	update_row(id, &update);
}

void
ivm_catalog_set_sources(int32 id, List *bases, ArrayType *view_versions, ArrayType *row_types)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_bases, ivm_view_row_oids(bases));
	set_column(&update, Anum_ivm_view_view_versions, PointerGetDatum(view_versions));
	set_column(&update, Anum_ivm_view_row_types, PointerGetDatum(row_types));
	update_row(id, &update);
}

void
ivm_catalog_set_trigger_versions(int32 id, ArrayType *versions)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_trigger_versions, PointerGetDatum(versions));
	update_row(id, &update);
}

/* As with a status, readers with an older snapshot run the definition. */
void
ivm_catalog_set_mode(int32 id, IvmMode mode)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_mode, CStringGetTextDatum(ivm_view_row_mode_name(mode)));
	set_current_since(&update);
	update_row(id, &update);
}

void
ivm_catalog_set_options(int32 id, Jsonb *options)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_ivm_view_options, JsonbPGetDatum(options));
	update_row(id, &update);
}

static void
delete_row(int32 id, bool with_bases)
{
	Relation	rel = table_open(ivm_catalog_relid(), RowExclusiveLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ivm_catalog_lock(id);
	ScanKeyInit(&key, Anum_ivm_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	scan = ivm_own_table_scan(rel, index_of_column(Anum_ivm_view_id), 1, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		IvmViewRow *row = ivm_view_row_from_tuple(tup, RelationGetDescr(rel));

		ivm_catalog_invalidate(row);
		CatalogTupleDelete(rel, &tup->t_self);
		if (with_bases)
			ivm_view_base_replace(id, row->bases, NIL);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}

void
ivm_catalog_delete(int32 id)
{
	delete_row(id, true);
}

void
ivm_catalog_delete_alone(int32 id)
{
	delete_row(id, false);
}

bool
ivm_catalog_bases_known(const IvmViewRow *row)
{
	return ivm_view_base_has(row->id, row->bases);
}

void
ivm_catalog_list_bases(const IvmViewRow *row)
{
	if (ivm_catalog_bases_known(row))
		return;
	ivm_view_base_replace(row->id, row->bases, row->bases);
	CommandCounterIncrement();
	ivm_catalog_invalidate(row);
}

List *
ivm_catalog_with_parts(List *rows)
{
	List	   *result = list_copy(rows);
	ListCell   *lc;

	foreach(lc, rows)
		result = list_concat(result, ivm_catalog_parts(((IvmViewRow *) lfirst(lc))->id));
	return result;
}
