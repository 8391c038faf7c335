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
#include "catalog/view_comment.h"

/* Columns of ivm.view, in order */
enum
{
	Anum_id = 1,
	Anum_view,
	Anum_definition,
	Anum_state,
	Anum_delta,
	Anum_bases,
	Anum_partitions,
	Anum_mode,
	Anum_status,
	Anum_reason,
	Anum_settings,
	Anum_view_versions,
	Anum_trigger_versions,
	Anum_row_types,
	Anum_options,
	Anum_created_at,
	Anum_current_since,
	Anum_part_of,
	Anum_building,
	Natts_view = Anum_building
};

static const char *const status_names[] = {
	[IVM_STATUS_READY] = "ready",
	[IVM_STATUS_UNPOPULATED] = "unpopulated",
	[IVM_STATUS_PAUSED] = "paused",
	[IVM_STATUS_STALE] = "stale",
	[IVM_STATUS_BROKEN] = "broken",
	[IVM_STATUS_ALTERING] = "altering",
};

static const char *const mode_names[] = {
	[IVM_MODE_IMMEDIATE] = "immediate",
	[IVM_MODE_DEFERRED] = "deferred",
	[IVM_MODE_APPEND] = "append",
};

StaticAssertDecl(lengthof(mode_names) == IVM_MODE_APPEND + 1,
				 "a mode has no name");

StaticAssertDecl(lengthof(status_names) == IVM_STATUS_ALTERING + 1,
				 "a status has no name");

/* Columns of ivm.view_base, in order */
enum
{
	Anum_base_base = 1,
	Anum_base_id,
	Natts_view_base = Anum_base_id
};

/*
 * Up to this size a table is read whole: a new session would otherwise spend
 * more on the index's entry in its relation cache.
 */
#define SMALL_TABLE_BLOCKS	8

const char *
ivm_catalog_status_name(IvmStatus status)
{
	return status_names[status];
}

const char *
ivm_catalog_mode_name(IvmMode mode)
{
	return mode_names[mode];
}

bool
ivm_catalog_mode_from_name(const char *name, IvmMode *mode)
{
	for (int i = 0; i < (int) lengthof(mode_names); i++)
	{
		if (strcmp(mode_names[i], name) != 0)
			continue;
		*mode = (IvmMode) i;
		return true;
	}
	return false;
}

static IvmMode
mode_from_name(const char *name)
{
	IvmMode		result;

	if (!ivm_catalog_mode_from_name(name, &result))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("unknown mode \"%s\" in ivm.view", name)));
	return result;
}

static IvmStatus
status_from_name(const char *name)
{
	for (int i = 0; i < (int) lengthof(status_names); i++)
		if (strcmp(status_names[i], name) == 0)
			return (IvmStatus) i;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("unknown status \"%s\" in ivm.view", name)));
}

Oid
ivm_catalog_own_relid(const char *name)
{
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, true);

	return OidIsValid(nsp) ? get_relname_relid(name, nsp) : InvalidOid;
}

Oid
ivm_catalog_relid(void)
{
	return ivm_catalog_own_relid("view");
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

static List *
oid_list_from_array(Datum array)
{
	Datum	   *elems;
	int			n;
	List	   *result = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), REGCLASSOID, sizeof(Oid), true,
					  TYPALIGN_INT, &elems, NULL, &n);
	for (int i = 0; i < n; i++)
		result = lappend_oid(result, DatumGetObjectId(elems[i]));
	return result;
}

static Datum
array_from_oid_list(List *oids)
{
	Datum	   *elems = palloc(sizeof(Datum) * Max(list_length(oids), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, oids)
		elems[n++] = ObjectIdGetDatum(lfirst_oid(lc));
	return PointerGetDatum(construct_array(elems, n, REGCLASSOID, sizeof(Oid),
										   true, TYPALIGN_INT));
}

char *
ivm_catalog_cluster(void)
{
	return psprintf(UINT64_FORMAT, GetSystemIdentifier());
}

/*
 * Versions of rows in catalogues, which are transactions that wrote these, as
 * an array with the identifier of the cluster before them.  Of another cluster
 * they say nothing: NULL, as if they were not known.
 */
static ArrayType *
versions_of_this_cluster(Datum array)
{
	ArrayType  *result = DatumGetArrayTypePCopy(array);
	int			first = 1;
	bool		isnull;
	Datum		cluster = array_get_element(PointerGetDatum(result), 1, &first, -1, -1, false,
											TYPALIGN_INT, &isnull);

	if (isnull || strcmp(TextDatumGetCString(cluster), ivm_catalog_cluster()) != 0)
		return NULL;
	return result;
}

IvmViewRow *
ivm_catalog_row(HeapTuple tup, TupleDesc desc)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	Datum		values[Natts_view];
	bool		nulls[Natts_view];

	heap_deform_tuple(tup, desc, values, nulls);
#define FIELD(name) values[Anum_##name - 1]
	row->id = DatumGetInt32(FIELD(id));
	row->view = DatumGetObjectId(FIELD(view));
	row->definition = DatumGetObjectId(FIELD(definition));
	row->state = DatumGetObjectId(FIELD(state));
	row->delta = DatumGetObjectId(FIELD(delta));
	row->bases = oid_list_from_array(FIELD(bases));
	row->partitions = oid_list_from_array(FIELD(partitions));
	list_sort(row->bases, list_oid_cmp);	/* a restore gives new OIDs */
	list_sort(row->partitions, list_oid_cmp);
	row->mode = mode_from_name(TextDatumGetCString(FIELD(mode)));
	row->status = status_from_name(TextDatumGetCString(FIELD(status)));
	if (!nulls[Anum_reason - 1])
		row->reason = TextDatumGetCString(FIELD(reason));
	row->settings = DatumGetArrayTypePCopy(FIELD(settings));
	if (!nulls[Anum_view_versions - 1])
		row->view_versions = versions_of_this_cluster(FIELD(view_versions));
	if (!nulls[Anum_trigger_versions - 1])
		row->trigger_versions = versions_of_this_cluster(FIELD(trigger_versions));
	row->row_types = DatumGetArrayTypePCopy(FIELD(row_types));
	row->options = DatumGetJsonbPCopy(FIELD(options));
	if (!nulls[Anum_part_of - 1])
		row->part_of = DatumGetInt32(FIELD(part_of));
	row->building = DatumGetBool(FIELD(building));
	row->xmin = HeapTupleHeaderGetXmin(tup->t_data);
#undef FIELD
	return row;
}

static ArrayType *
copy_array(const ArrayType *array)
{
	return array ? DatumGetArrayTypePCopy(PointerGetDatum(array)) : NULL;
}

IvmViewRow *
ivm_catalog_row_copy(const IvmViewRow *row)
{
	IvmViewRow *copy = palloc(sizeof(IvmViewRow));

	*copy = *row;
	copy->bases = list_copy(row->bases);
	copy->partitions = list_copy(row->partitions);
	copy->reason = row->reason ? pstrdup(row->reason) : NULL;
	copy->settings = copy_array(row->settings);
	copy->view_versions = copy_array(row->view_versions);
	copy->trigger_versions = copy_array(row->trigger_versions);
	copy->row_types = copy_array(row->row_types);
	copy->options = DatumGetJsonbPCopy(PointerGetDatum(row->options));
	return copy;
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
		case Anum_id:
			return "view_pkey";
		case Anum_view:
			return "view_view";
		case Anum_state:
			return "view_state";
		case Anum_part_of:
			return "view_part_of";
		default:
			elog(ERROR, "column %d of ivm.view has no index", attnum);
	}
}

/*
 * Begin a scan of a table of the extension, with keys on the leading columns of
 * an index.  The newest committed rows are seen.
 */
static SysScanDesc
begin_scan(Relation rel, const char *index, int nkeys, ScanKey keys)
{
	Oid			indexid = InvalidOid;

	if (nkeys > 0 && RelationGetNumberOfBlocks(rel) > SMALL_TABLE_BLOCKS)
		indexid = ivm_catalog_own_relid(index);
	return systable_beginscan(rel, indexid, OidIsValid(indexid), NULL, nkeys, keys);
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
					attnum == Anum_id || attnum == Anum_part_of ? F_INT4EQ : F_OIDEQ, value);
	rel = table_open(relid, AccessShareLock);
	scan = begin_scan(rel, attnum != 0 ? index_of_column(attnum) : NULL, attnum != 0 ? 1 : 0, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
		result = lappend(result, ivm_catalog_row(tup, RelationGetDescr(rel)));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(result, compare_rows);
	return result;
}

/* ---- ivm.view_base ---- */

/* Begin a scan for a table and, unless it is 0, a view that reads it. */
static SysScanDesc
begin_base_scan(Relation rel, ScanKeyData keys[2], Oid base, int32 id)
{
	ScanKeyInit(&keys[0], Anum_base_base, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(base));
	ScanKeyInit(&keys[1], Anum_base_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	return begin_scan(rel, "view_base_pkey", id != 0 ? 2 : 1, keys);
}

List *
ivm_catalog_ids_of_bases(List *bases)
{
	Oid			relid = ivm_catalog_own_relid("view_base");
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
ivm_catalog_bases_known(const IvmViewRow *row)
{
	Oid			relid = ivm_catalog_own_relid("view_base");
	bool		known = OidIsValid(relid);
	Relation	rel;
	ListCell   *lc;

	if (!known)
		return false;
	rel = table_open(relid, AccessShareLock);
	foreach(lc, row->bases)
	{
		ScanKeyData keys[2];
		SysScanDesc scan = begin_base_scan(rel, keys, lfirst_oid(lc), row->id);

		known = known && HeapTupleIsValid(systable_getnext(scan));
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return known;
}

/* Make the rows of ivm.view_base for a view those of the base tables that it has now. */
static void
replace_bases(int32 id, List *before, List *bases)
{
	Relation	rel = table_open(ivm_catalog_own_relid("view_base"), RowExclusiveLock);
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

void
ivm_catalog_list_bases(const IvmViewRow *row)
{
	if (ivm_catalog_bases_known(row))
		return;
	replace_bases(row->id, row->bases, row->bases);
	CommandCounterIncrement();
	ivm_catalog_invalidate(row);
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
	return first_row(scan_rows(Anum_id, Int32GetDatum(id)));
}

IvmViewRow *
ivm_catalog_find_view(Oid view)
{
	return first_row(scan_rows(Anum_view, ObjectIdGetDatum(view)));
}

IvmViewRow *
ivm_catalog_find_state(Oid state)
{
	return first_row(scan_rows(Anum_state, ObjectIdGetDatum(state)));
}

List *
ivm_catalog_all(void)
{
	return scan_rows(0, (Datum) 0);
}

List *
ivm_catalog_parts(int32 id)
{
	return scan_rows(Anum_part_of, Int32GetDatum(id));
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

	foreach(lc, ivm_catalog_ids_of_bases(list_make1_oid(base)))
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
	IvmViewComment comment = {row->id, row->part_of, mode_names[row->mode], row->options, row->settings};

	ivm_view_comment_write(row->state, &comment);
}

void
ivm_catalog_insert(const IvmViewRow *row)
{
	ivm_catalog_insert_alone(row);
	replace_bases(row->id, NIL, row->bases);
	CommandCounterIncrement();
}

void
ivm_catalog_insert_alone(const IvmViewRow *row)
{
	Relation	rel = table_open(ivm_catalog_relid(), RowExclusiveLock);
	Datum		values[Natts_view];
	bool		nulls[Natts_view] = {0};
	HeapTuple	tup;

#define FIELD(name) values[Anum_##name - 1]
	FIELD(id) = Int32GetDatum(row->id);
	FIELD(view) = ObjectIdGetDatum(row->view);
	FIELD(definition) = ObjectIdGetDatum(row->definition);
	FIELD(state) = ObjectIdGetDatum(row->state);
	FIELD(delta) = ObjectIdGetDatum(row->delta);
	FIELD(bases) = array_from_oid_list(row->bases);
	FIELD(partitions) = array_from_oid_list(row->partitions);
	FIELD(mode) = CStringGetTextDatum(mode_names[row->mode]);
	FIELD(status) = CStringGetTextDatum(status_names[row->status]);
	if (row->reason)
		FIELD(reason) = CStringGetTextDatum(row->reason);
	else
		nulls[Anum_reason - 1] = true;
	FIELD(settings) = PointerGetDatum(row->settings);
	if (row->view_versions)
		FIELD(view_versions) = PointerGetDatum(row->view_versions);
	else
		nulls[Anum_view_versions - 1] = true;
	if (row->trigger_versions)
		FIELD(trigger_versions) = PointerGetDatum(row->trigger_versions);
	else
		nulls[Anum_trigger_versions - 1] = true;
	FIELD(row_types) = PointerGetDatum(row->row_types);
	FIELD(options) = JsonbPGetDatum(row->options);
	FIELD(created_at) = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	FIELD(current_since) = FIELD(created_at);
	FIELD(part_of) = Int32GetDatum(row->part_of);
	nulls[Anum_part_of - 1] = row->part_of == 0;
	FIELD(building) = BoolGetDatum(row->building);
#undef FIELD
	tup = heap_form_tuple(RelationGetDescr(rel), values, nulls);
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
	Datum		values[Natts_view];
	bool		nulls[Natts_view];
	bool		repl[Natts_view];
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
	set_column(update, Anum_status, CStringGetTextDatum(status_names[status]));
	if (reason)
		set_column(update, Anum_reason, CStringGetTextDatum(reason));
	else
		set_null(update, Anum_reason);
}

/* Readers with an older snapshot than this transaction are to run the definition. */
static void
set_current_since(RowUpdate *update)
{
	set_column(update, Anum_current_since,
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
	ScanKeyInit(&key, Anum_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	scan = begin_scan(rel, index_of_column(Anum_id), 1, &key);
	tup = systable_getnext(scan);
	if (HeapTupleIsValid(tup))
	{
		HeapTuple	newtup = heap_modify_tuple(tup, RelationGetDescr(rel), update->values,
											   update->nulls, update->repl);
		IvmViewRow *row = ivm_catalog_row(newtup, RelationGetDescr(rel));
		List	   *before = ivm_catalog_row(tup, RelationGetDescr(rel))->bases;

		CatalogTupleUpdate(rel, &tup->t_self, newtup);

		/*
		 * only then: in the middle of a restore, rows of ivm.view_base may be
		 * still to come
		 */
		if (!equal(before, row->bases))
			replace_bases(id, before, row->bases);
		if ((update->repl[Anum_mode - 1] || update->repl[Anum_options - 1]) &&
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
	set_column(&update, Anum_building, BoolGetDatum(false));
	set_current_since(&update);
	update_row(id, &update);
}

void
ivm_catalog_set_building(int32 id, bool building)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_building, BoolGetDatum(building));
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

	set_null(&update, Anum_view_versions);
	set_null(&update, Anum_trigger_versions);
	row_types = heap_getattr(tup, Anum_row_types, desc, &isnull);
	if (!isnull)
		set_column(&update, Anum_row_types, without_numbers(row_types));
	set_column(&update, Anum_building, BoolGetDatum(false));
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

	set_column(&update, Anum_partitions, array_from_oid_list(partitions));
	update_row(id, &update);
}

void
ivm_catalog_set_sources(int32 id, List *bases, ArrayType *view_versions, ArrayType *row_types)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_bases, array_from_oid_list(bases));
	set_column(&update, Anum_view_versions, PointerGetDatum(view_versions));
	set_column(&update, Anum_row_types, PointerGetDatum(row_types));
	update_row(id, &update);
}

void
ivm_catalog_set_trigger_versions(int32 id, ArrayType *versions)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_trigger_versions, PointerGetDatum(versions));
	update_row(id, &update);
}

/* As with a status, readers with an older snapshot run the definition. */
void
ivm_catalog_set_mode(int32 id, IvmMode mode)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_mode, CStringGetTextDatum(mode_names[mode]));
	set_current_since(&update);
	update_row(id, &update);
}

void
ivm_catalog_set_options(int32 id, Jsonb *options)
{
	RowUpdate	update = {0};

	set_column(&update, Anum_options, JsonbPGetDatum(options));
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
	ScanKeyInit(&key, Anum_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(id));
	scan = begin_scan(rel, index_of_column(Anum_id), 1, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		IvmViewRow *row = ivm_catalog_row(tup, RelationGetDescr(rel));

		ivm_catalog_invalidate(row);
		CatalogTupleDelete(rel, &tup->t_self);
		if (with_bases)
			replace_bases(id, row->bases, NIL);
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

List *
ivm_catalog_with_parts(List *rows)
{
	List	   *result = list_copy(rows);
	ListCell   *lc;

	foreach(lc, rows)
		result = list_concat(result, ivm_catalog_parts(((IvmViewRow *) lfirst(lc))->id));
	return result;
}
