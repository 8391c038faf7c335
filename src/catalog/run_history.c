/*-------------------------------------------------------------------------
 *
 * run_history.c
 *	  The history of runs, and counts of recomputations.
 *
 * A run is recorded by the transaction that it runs in, so a run that fails leaves
 * no row, unless its caller goes on after the error (ivm.refresh_all).  Counters of
 * writes need no code: the view ivm.stat_views takes them from what the
 * server counts for state and delta tables.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"

/* Columns of ivm.run, in order */
enum
{
	Anum_id = 1,
	Anum_view_id,
	Anum_view_name,
	Anum_operation,
	Anum_role_name,
	Anum_started_at,
	Anum_duration,
	Anum_key_filter,
	Anum_rows_inserted,
	Anum_rows_updated,
	Anum_rows_deleted,
	Anum_error,
	Anum_method,
	Anum_reason,
	Anum_rows_read,
	Anum_predicted_delta_ms,
	Anum_predicted_recompute_ms,
	Natts_run = Anum_predicted_recompute_ms
};

/* Columns of ivm.recomputation, in order */
enum
{
	Anum_recomputation_view_id = 1,
	Anum_recomputation_count,
	Anum_recomputation_last,
	Natts_recomputation = Anum_recomputation_last
};

static void
set_text(Datum *values, bool *nulls, int attnum, const char *text)
{
	nulls[attnum - 1] = text == NULL;

	if (text)
		values[attnum - 1] = CStringGetTextDatum(text);
}

static void
set_prediction(Datum *values, bool *nulls, int attnum, double ms)
{
	nulls[attnum - 1] = ms <= 0;
	values[attnum - 1] = Float8GetDatum(ms);
}

void
ivm_run_history_record(const IvmRun *run)
{
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, false);
	Relation	rel = table_open(get_relname_relid("run", nsp), RowExclusiveLock);
	Datum		values[Natts_run] = {0};
	bool		nulls[Natts_run] = {0};

	values[Anum_id - 1] = Int64GetDatum(nextval_internal(get_relname_relid("run_id", nsp), false));
	values[Anum_view_id - 1] = Int32GetDatum(run->view_id);
	set_text(values, nulls, Anum_view_name, ivm_sql_text_relation_name(run->view));
	set_text(values, nulls, Anum_operation, run->operation);
	set_text(values, nulls, Anum_role_name, GetUserNameFromId(GetUserId(), false));
	values[Anum_started_at - 1] = TimestampTzGetDatum(run->started_at);
	values[Anum_duration - 1] = DirectFunctionCall2(timestamp_mi,
													TimestampTzGetDatum(GetCurrentTimestamp()),
													TimestampTzGetDatum(run->started_at));
	set_text(values, nulls, Anum_key_filter, run->key_filter);
	values[Anum_rows_inserted - 1] = Int64GetDatum(run->rows_inserted);
	values[Anum_rows_updated - 1] = Int64GetDatum(run->rows_updated);
	values[Anum_rows_deleted - 1] = Int64GetDatum(run->rows_deleted);
	set_text(values, nulls, Anum_error, run->error);
	set_text(values, nulls, Anum_method, run->method);
	set_text(values, nulls, Anum_reason, run->reason);
	values[Anum_rows_read - 1] = Int64GetDatum(run->rows_read);
	set_prediction(values, nulls, Anum_predicted_delta_ms, run->predicted_delta_ms);
	set_prediction(values, nulls, Anum_predicted_recompute_ms, run->predicted_recompute_ms);
	CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

void
ivm_run_history_count_recomputation(int32 view_id)
{
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, false);
	Relation	rel = table_open(get_relname_relid("recomputation", nsp), RowExclusiveLock);
	Datum		values[Natts_recomputation] = {0};
	bool		nulls[Natts_recomputation] = {0};
	int64		count = 0;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_recomputation_view_id, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(view_id));
	scan = systable_beginscan(rel, get_relname_relid("recomputation_pkey", nsp), true, NULL, 1, &key);
	tup = systable_getnext(scan);
	if (HeapTupleIsValid(tup))
	{
		bool		isnull;

		count = DatumGetInt64(heap_getattr(tup, Anum_recomputation_count, RelationGetDescr(rel), &isnull));
	}
	values[Anum_recomputation_view_id - 1] = Int32GetDatum(view_id);
	values[Anum_recomputation_count - 1] = Int64GetDatum(count + 1);
	values[Anum_recomputation_last - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	if (HeapTupleIsValid(tup))
	{
		ItemPointerData tid = tup->t_self;

		CatalogTupleUpdate(rel, &tid, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	}
	else
		CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	systable_endscan(scan);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

/* Of how many runs the mean is taken, and how many rows are looked at to find them. */
#define EXPECTED_RUNS	5
#define EXPECTED_ROWS	50

/* How long a run took, if it was a refresh that had something to do; else -1. */
static int64
refresh_duration(HeapTuple tup, TupleDesc desc)
{
	Datum		values[Natts_run];
	bool		nulls[Natts_run];
	char	   *method;

	heap_deform_tuple(tup, desc, values, nulls);
	if (!nulls[Anum_error - 1] || nulls[Anum_method - 1] ||
		strcmp(TextDatumGetCString(values[Anum_operation - 1]), "refresh") != 0)
		return -1;
	method = TextDatumGetCString(values[Anum_method - 1]);
	if (strcmp(method, "delta") != 0 && strcmp(method, "recompute") != 0)
		return -1;
	return DatumGetIntervalP(values[Anum_duration - 1])->time;
}

int64
ivm_run_history_expected(int32 view_id)
{
	Relation	rel = table_open(ivm_catalog_own_relid("run"), AccessShareLock);
	Relation	index = index_open(ivm_catalog_own_relid("run_view"), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;
	int64		sum = 0;
	int			nruns = 0;

	ScanKeyInit(&key, Anum_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(view_id));
	scan = systable_beginscan_ordered(rel, index, NULL, 1, &key);
	for (int rows = 0; rows < EXPECTED_ROWS && nruns < EXPECTED_RUNS; rows++)
	{
		int64		duration;

		tup = systable_getnext_ordered(scan, BackwardScanDirection);
		if (!HeapTupleIsValid(tup))
			break;
		duration = refresh_duration(tup, RelationGetDescr(rel));
		if (duration < 0)
			continue;
		sum += duration;
		nruns++;
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, AccessShareLock);
	return nruns == 0 ? 0 : sum / nruns;
}
