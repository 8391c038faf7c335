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
 * Runs are many and deleted after a time, so what is counted of them is kept apart, in
 * a row of ivm.run_count for each view and kind of run.  A row is written under a lock of
 * its own.  Runs that fail have rows of their own, because who records them has not the
 * lock of the view's refresh, and is not to wait for one that runs.
 *
 * Ids of runs grow with the time at which they end, so the oldest are the first in the
 * index on id, and deleting them reads no others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/guc.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "catalog/view_rows.h"

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
	Anum_late_rows,
	Natts_run = Anum_late_rows
};

/* Columns of ivm.recomputation, in order */
enum
{
	Anum_recomputation_view_id = 1,
	Anum_recomputation_count,
	Anum_recomputation_last,
	Natts_recomputation = Anum_recomputation_last
};

/* Columns of ivm.run_count, in order */
enum
{
	Anum_run_count_view_id = 1,
	Anum_run_count_kind,
	Anum_run_count_runs,
	Anum_run_count_rows_read,
	Anum_run_count_rows_written,
	Anum_run_count_total_ms,
	Anum_run_count_last,
	Natts_run_count = Anum_run_count_last
};

/* Each run with a multiple of the first number as its id deletes old ones, at most the second. */
#define TRIM_EVERY		64
#define TRIM_BATCH		256

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

/* ---- counting runs ---- */

/* Kinds of runs that are counted apart: ivm.run_count.kind */
#define KIND_REFRESH	'r'
#define KIND_FAILURE	'f'		/* of a refresh */
#define KIND_REPAIR		'c'		/* correcting what was wrong */

static const char kinds[] = {KIND_REFRESH, KIND_FAILURE, KIND_REPAIR};

/* What a run is counted as; 0: it is not counted. */
static char
kind_of(const IvmRun *run)
{
	if (strcmp(run->operation, "refresh") == 0)
	{
		if (run->error)
			return KIND_FAILURE;
		return run->method && strcmp(run->method, "skipped") == 0 ? 0 : KIND_REFRESH;
	}
	/* with a reason, the view was known not to be current */
	if (strcmp(run->operation, "reconcile") == 0 && run->error == NULL && run->reason == NULL)
		return KIND_REPAIR;
	return 0;
}

/* The lock of a row of ivm.run_count, to the end of the transaction. */
static void
lock_count(Oid run_count, int32 view_id, char kind)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, run_count, (Oid) view_id, kind);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

static void
count_run(const IvmRun *run, double ms)
{
	Oid			run_count = ivm_own_table_relid("run_count");
	char		kind = kind_of(run);
	Relation	rel;
	Datum		values[Natts_run_count] = {0};
	bool		nulls[Natts_run_count] = {0};
	int64		runs = 1;
	int64		rows_read = run->rows_read;
	int64		rows_written = run->rows_inserted + run->rows_updated + run->rows_deleted;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	old;

	if (kind == 0)
		return;
	lock_count(run_count, run->view_id, kind);
	ScanKeyInit(&keys[0], Anum_run_count_view_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(run->view_id));
	ScanKeyInit(&keys[1], Anum_run_count_kind, BTEqualStrategyNumber, F_CHAREQ, CharGetDatum(kind));
	rel = table_open(run_count, RowExclusiveLock);
	scan = systable_beginscan(rel, ivm_own_table_relid("run_count_pkey"), true, NULL, 2, keys);
	old = systable_getnext(scan);
	if (HeapTupleIsValid(old))
	{
		heap_deform_tuple(old, RelationGetDescr(rel), values, nulls);
		runs += DatumGetInt64(values[Anum_run_count_runs - 1]);
		rows_read += DatumGetInt64(values[Anum_run_count_rows_read - 1]);
		rows_written += DatumGetInt64(values[Anum_run_count_rows_written - 1]);
		ms += DatumGetFloat8(values[Anum_run_count_total_ms - 1]);
	}
	values[Anum_run_count_view_id - 1] = Int32GetDatum(run->view_id);
	values[Anum_run_count_kind - 1] = CharGetDatum(kind);
	values[Anum_run_count_runs - 1] = Int64GetDatum(runs);
	values[Anum_run_count_rows_read - 1] = Int64GetDatum(rows_read);
	values[Anum_run_count_rows_written - 1] = Int64GetDatum(rows_written);
	values[Anum_run_count_total_ms - 1] = Float8GetDatum(ms);
	values[Anum_run_count_last - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	ivm_view_rows_write(rel, old, values, nulls);
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

void
ivm_run_history_forget(int32 view_id)
{
	Oid			run_count = ivm_own_table_relid("run_count");

	if (!OidIsValid(run_count))
		return;					/* goes with the extension */
	for (int i = 0; i < (int) lengthof(kinds); i++)
		lock_count(run_count, view_id, kinds[i]);
	ivm_view_rows_remove("run_count", view_id);
	ivm_view_rows_remove("recomputation", view_id);
}

/* ---- deleting old runs ---- */

/*
 * Rows are deleted only if that can be done at once: a row that somebody else deletes or
 * changes by hand is left to him.
 */
int
ivm_run_history_trim(int max)
{
	TimestampTz oldest = GetCurrentTimestamp() - (int64) ivm_guc_history_days * USECS_PER_DAY;
	LOCKTAG		tag;
	Relation	rel;
	Relation	index;
	SysScanDesc scan;
	HeapTuple	tup;
	int			n = 0;

	if (ivm_guc_history_days < 0 || IsolationUsesXactSnapshot())
		return 0;
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ivm_own_table_relid("run"), 0, 0);
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return 0;
	PushActiveSnapshot(GetLatestSnapshot());	/* for values out of line */
	rel = table_open(ivm_own_table_relid("run"), RowExclusiveLock);
	index = index_open(ivm_own_table_relid("run_pkey"), AccessShareLock);
	scan = systable_beginscan_ordered(rel, index, NULL, 0, NULL);
	while (n < max && HeapTupleIsValid(tup = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		TM_FailureData failure;
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		if (DatumGetTimestampTz(heap_getattr(tup, Anum_started_at, RelationGetDescr(rel), &isnull)) >= oldest)
			break;
		if (table_tuple_delete(rel, &tup->t_self, GetCurrentCommandId(true), InvalidSnapshot,
							   InvalidSnapshot, false, &failure, false) == TM_Ok)
			n++;
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(rel, RowExclusiveLock);
	PopActiveSnapshot();
	if (n > 0)
		CommandCounterIncrement();
	return n;
}

/* ---- recording ---- */

void
ivm_run_history_record(const IvmRun *run)
{
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, false);
	Relation	rel = table_open(get_relname_relid("run", nsp), RowExclusiveLock);
	Datum		values[Natts_run] = {0};
	bool		nulls[Natts_run] = {0};
	TimestampTz now = GetCurrentTimestamp();
	int64		id = nextval_internal(get_relname_relid("run_id", nsp), false);

	values[Anum_id - 1] = Int64GetDatum(id);
	values[Anum_view_id - 1] = Int32GetDatum(run->view_id);
	set_text(values, nulls, Anum_view_name, ivm_sql_text_relation_name(run->view));
	set_text(values, nulls, Anum_operation, run->operation);
	set_text(values, nulls, Anum_role_name, GetUserNameFromId(GetUserId(), false));
	values[Anum_started_at - 1] = TimestampTzGetDatum(run->started_at);
	values[Anum_duration - 1] = DirectFunctionCall2(timestamp_mi,
													TimestampTzGetDatum(now),
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
	values[Anum_late_rows - 1] = Int64GetDatum(run->late_rows);
	CatalogTupleInsert(rel, heap_form_tuple(RelationGetDescr(rel), values, nulls));
	table_close(rel, NoLock);
	count_run(run, (now - run->started_at) / 1000.0);
	CommandCounterIncrement();
	if (id % TRIM_EVERY == 0)
		(void) ivm_run_history_trim(TRIM_BATCH);
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
	Relation	rel = table_open(ivm_own_table_relid("run"), AccessShareLock);
	Relation	index = index_open(ivm_own_table_relid("run_view"), AccessShareLock);
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
