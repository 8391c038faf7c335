/*-------------------------------------------------------------------------
 *
 * view_row.c
 *	  A row of the table ivm.view, and what its words mean.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "catalog/view_row.h"

static const char *const status_names[] = {
	[IVM_STATUS_READY] = "ready",
	[IVM_STATUS_UNPOPULATED] = "unpopulated",
	[IVM_STATUS_PAUSED] = "paused",
	[IVM_STATUS_STALE] = "stale",
	[IVM_STATUS_BROKEN] = "broken",
	[IVM_STATUS_ALTERING] = "altering",
	[IVM_STATUS_ROLLED_BACK] = "rolled back",
};

static const char *const mode_names[] = {
	[IVM_MODE_IMMEDIATE] = "immediate",
	[IVM_MODE_DEFERRED] = "deferred",
	[IVM_MODE_APPEND] = "append",
};

StaticAssertDecl(lengthof(mode_names) == IVM_MODE_APPEND + 1,
				 "a mode has no name");

StaticAssertDecl(lengthof(status_names) == IVM_STATUS_ROLLED_BACK + 1,
				 "a status has no name");

const char *
ivm_view_row_status_name(IvmStatus status)
{
	return status_names[status];
}

const char *
ivm_view_row_status_shown(IvmStatus status)
{
	return status_names[status == IVM_STATUS_ROLLED_BACK ? IVM_STATUS_PAUSED : status];
}

bool
ivm_view_row_is_paused(const IvmViewRow *row)
{
	return row->status == IVM_STATUS_PAUSED || row->status == IVM_STATUS_ROLLED_BACK;
}

const char *
ivm_view_row_mode_name(IvmMode mode)
{
	return mode_names[mode];
}

bool
ivm_view_row_mode_from_name(const char *name, IvmMode *mode)
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

	if (!ivm_view_row_mode_from_name(name, &result))
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

Datum
ivm_view_row_oids(List *oids)
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
ivm_view_row_cluster(void)
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

	if (isnull || strcmp(TextDatumGetCString(cluster), ivm_view_row_cluster()) != 0)
		return NULL;
	return result;
}

IvmViewRow *
ivm_view_row_from_tuple(HeapTuple tup, TupleDesc desc)
{
	IvmViewRow *row = palloc0(sizeof(IvmViewRow));
	Datum		values[Natts_ivm_view];
	bool		nulls[Natts_ivm_view];

	heap_deform_tuple(tup, desc, values, nulls);
#define FIELD(name) values[Anum_ivm_view_##name - 1]
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
	if (!nulls[Anum_ivm_view_reason - 1])
		row->reason = TextDatumGetCString(FIELD(reason));
	row->settings = DatumGetArrayTypePCopy(FIELD(settings));
	if (!nulls[Anum_ivm_view_view_versions - 1])
		row->view_versions = versions_of_this_cluster(FIELD(view_versions));
	if (!nulls[Anum_ivm_view_trigger_versions - 1])
		row->trigger_versions = versions_of_this_cluster(FIELD(trigger_versions));
	row->row_types = DatumGetArrayTypePCopy(FIELD(row_types));
	row->options = DatumGetJsonbPCopy(FIELD(options));
	if (!nulls[Anum_ivm_view_part_of - 1])
		row->part_of = DatumGetInt32(FIELD(part_of));
	row->building = DatumGetBool(FIELD(building));
	row->xmin = HeapTupleHeaderGetXmin(tup->t_data);
	row->cmin = HeapTupleHeaderGetRawCommandId(tup->t_data);
#undef FIELD
	return row;
}

static ArrayType *
copy_array(const ArrayType *array)
{
	return array ? DatumGetArrayTypePCopy(PointerGetDatum(array)) : NULL;
}

IvmViewRow *
ivm_view_row_copy(const IvmViewRow *row)
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

HeapTuple
ivm_view_row_form(const IvmViewRow *row, TupleDesc desc)
{
	Datum		values[Natts_ivm_view];
	bool		nulls[Natts_ivm_view] = {0};

#define FIELD(name) values[Anum_ivm_view_##name - 1]
	FIELD(id) = Int32GetDatum(row->id);
	FIELD(view) = ObjectIdGetDatum(row->view);
	FIELD(definition) = ObjectIdGetDatum(row->definition);
	FIELD(state) = ObjectIdGetDatum(row->state);
	FIELD(delta) = ObjectIdGetDatum(row->delta);
	FIELD(bases) = ivm_view_row_oids(row->bases);
	FIELD(partitions) = ivm_view_row_oids(row->partitions);
	FIELD(mode) = CStringGetTextDatum(mode_names[row->mode]);
	FIELD(status) = CStringGetTextDatum(status_names[row->status]);
	if (row->reason)
		FIELD(reason) = CStringGetTextDatum(row->reason);
	else
		nulls[Anum_ivm_view_reason - 1] = true;
	FIELD(settings) = PointerGetDatum(row->settings);
	if (row->view_versions)
		FIELD(view_versions) = PointerGetDatum(row->view_versions);
	else
		nulls[Anum_ivm_view_view_versions - 1] = true;
	if (row->trigger_versions)
		FIELD(trigger_versions) = PointerGetDatum(row->trigger_versions);
	else
		nulls[Anum_ivm_view_trigger_versions - 1] = true;
	FIELD(row_types) = PointerGetDatum(row->row_types);
	FIELD(options) = JsonbPGetDatum(row->options);
	FIELD(created_at) = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	FIELD(current_since) = FIELD(created_at);
	FIELD(part_of) = Int32GetDatum(row->part_of);
	nulls[Anum_ivm_view_part_of - 1] = row->part_of == 0;
	FIELD(building) = BoolGetDatum(row->building);
#undef FIELD
	return heap_form_tuple(desc, values, nulls);
}
