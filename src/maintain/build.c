/*-------------------------------------------------------------------------
 *
 * build.c
 *	  Filling or repairing an immediate view while its base tables are written.
 *
 * After CREATE INDEX CONCURRENTLY: what writers do from now on is kept beside, those before
 * are waited for, one snapshot parts the two.  See build.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "base/error_context.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "base/subtransaction.h"
#include "catalog/own_command.h"
#include "catalog/watermark.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/sources.h"
#include "maintain/base_tables.h"
#include "maintain/build.h"
#include "maintain/lock_set.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/populate.h"
#include "maintain/recent.h"
#include "maintain/restore.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* How long, in milliseconds, it queues for locks at most that keep writers out, and then pauses for */
#define MIN_QUEUE		10
#define MAX_QUEUE		80
#define PAUSES			10

/* ---- locks ---- */

void
ivm_build_lock(int32 view_id, LOCKTAG *tag)
{
	ivm_watermark_lock_tag(tag, view_id);
	(void) LockAcquire(tag, ExclusiveLock, true, false);
}

void
ivm_build_unlock(const LOCKTAG *tag)
{
	(void) LockRelease(tag, ExclusiveLock, true);
}

/* The base tables of a view and its parts, and what their definitions read now: a view that these read may have been replaced. */
static List *
all_bases_of(List *family)
{
	List	   *result = ivm_restore_bases(family);
	ListCell   *lc;

	foreach(lc, family)
	{
		IvmCore    *core = ivm_plan_cache_require(lfirst(lc))->core;

		result = list_union_oid(result, ivm_sources_relids(core->sources, core->nsources));
	}
	return result;
}

static void
lock_against_writers(void *arg)
{
	ivm_base_tables_lock(arg);
}

/* Tables with their leaf partitions. */
static List *
with_partitions(const List *tables)
{
	List	   *result = list_copy(tables);
	ListCell   *lc;

	foreach(lc, tables)
		result = list_concat_unique_oid(result, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
	return result;
}

/* Is there a lock among these that ShareRowExclusiveLock does not go with? */
#define HOLDS_OFF(mask)	(((mask) & ~(LOCKBIT_ON(AccessShareLock) | LOCKBIT_ON(RowShareLock))) != 0)

/*
 * Does somebody wait for the build, or the refresh, of a view who has locked one of these tables?  Tries
 * that are short, and pauses between them, are no deadlock that the server would find.
 */
static bool
is_deadlocked(int32 view_id, const List *tables)
{
	LockData   *data = GetLockStatusData();
	List	   *waiting = NIL;
	bool		result = false;
	LOCKTAG		tag;

	ivm_watermark_lock_tag(&tag, view_id);
	for (int i = 0; i < data->nelements; i++)
	{
		LockInstanceData *lock = &data->locks[i];

		if (lock->waitLockMode != NoLock && memcmp(&lock->locktag, &tag, sizeof(LOCKTAG)) == 0)
			waiting = lappend_int(waiting, lock->pid);
	}
	for (int i = 0; waiting != NIL && !result && i < data->nelements; i++)
	{
		LockInstanceData *lock = &data->locks[i];

		result = lock->locktag.locktag_type == LOCKTAG_RELATION &&
			lock->locktag.locktag_field1 == MyDatabaseId && HOLDS_OFF(lock->holdMask) &&
			list_member_int(waiting, lock->pid) && list_member_oid(tables, lock->locktag.locktag_field2);
	}
	/* it may be called for hours */
	pfree(data->locks);
	pfree(data);
	list_free(waiting);
	return result;
}

/* Keep the writers of these tables out, after as many tries as that takes, or as patience allows. */
static void
keep_writers_out(const IvmViewRow *row, List *bases, int64 patience)
{
	TimestampTz began = GetCurrentTimestamp();

	for (int queue = MIN_QUEUE;; queue = Min(queue * 2, MAX_QUEUE))
	{
		int			nest = NewGUCNestLevel();
		ErrorData  *error;

		(void) set_config_option("lock_timeout", psprintf("%d", queue), PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
		error = ivm_subtransaction_run(lock_against_writers, bases);
		AtEOXact_GUC(false, nest);
		if (error == NULL)
			return;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE ||
			(patience > 0 && TimestampDifferenceExceeds(began, GetCurrentTimestamp(), patience)))
			ReThrowError(error);
		if (is_deadlocked(row->id, with_partitions(bases)))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_DEADLOCK_DETECTED),
					 errmsg("the build of view \"%s\" was given up", ivm_catalog_view_name(row)),
					 errdetail("A transaction that has locked a table of the view waits for the build."),
					 errhint("Call ivm.rebuild() again.")));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, (long) queue * PAUSES,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

/* ---- start ---- */

/*
 * Why changes of the tables that the definition reads would not be captured, or not find the view, if it
 * were ready; or NULL.
 */
static const char *
why_not_captured(const IvmViewRow *row)
{
	IvmViewRow	building = *row;
	const char *reason;

	building.building = true;
	if ((reason = ivm_plan_check_captured(&building)) != NULL)
		return reason;
	if (!ivm_catalog_bases_known(row))
		return "ivm.view_base does not list its base tables";
	return ivm_plan_check_definition(ivm_plan_cache_require(row));
}

/* Do changes of the view's tables have where to go?  Those of immediate views need no log. */
static bool
has_log(IvmViewRow *row)
{
	return row->mode != IVM_MODE_DEFERRED || ivm_log_storage_suffices(ivm_plan_cache_require(row));
}

static void
check_view(IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);

	if (plan->core->refusal != NULL)
		ivm_error_report_refusal(plan->name, plan->core->refusal->message);
	ivm_maintain_check_rights(row, plan);
}

/*
 * Let changes be captured, and note the build.  A view that has missed changes, though its status
 * does not tell, is marked stale: with its triggers repaired, nothing else would keep readers from
 * its rows until it is filled.
 */
static void
start_one(IvmViewRow *row)
{
	const char *reason = why_not_captured(row);

	if (reason != NULL)
	{
		if (row->status == IVM_STATUS_READY)
			ivm_catalog_set_status(row->id, IVM_STATUS_STALE, pstrdup(reason));
		ivm_maintain_restore_capture(row, ivm_plan_cache_require(row));
	}
	if (!has_log(row))
		ivm_log_storage_ensure(ivm_plan_cache_require(row));
	ivm_catalog_set_building(row->id, true);
}

void
ivm_build_start(IvmViewRow *row, int64 patience)
{
	List	   *family = ivm_restore_family(row);
	bool		right = true;
	ListCell   *lc;

	foreach(lc, family)
	{
		check_view(lfirst(lc));
		right = right && why_not_captured(lfirst(lc)) == NULL && has_log(lfirst(lc));
	}
	if (!right && row->mode == IVM_MODE_DEFERRED)
		ivm_log_storage_lock(all_bases_of(family));
	if (!right)
	{
		const char *name = ivm_catalog_view_name(row);

		keep_writers_out(row, all_bases_of(family), patience);
		row = ivm_catalog_get(row->id);
		if (row == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("view \"%s\" was dropped", name)));
		family = ivm_restore_family(row);
	}
	foreach(lc, family)
		start_one(lfirst(lc));
}

/* ---- wait ---- */

List *
ivm_build_tables(IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, with_partitions(ivm_restore_bases(ivm_restore_family(row))))
	{
		LOCKTAG    *tag = palloc(sizeof(LOCKTAG));

		SET_LOCKTAG_RELATION(*tag, MyDatabaseId, lfirst_oid(lc));
		result = lappend(result, tag);
	}
	return result;
}

/*
 * What one of several tables brings a view is computed by who commits, against the others as his
 * snapshot shows them.  Where nothing was captured before, it does not show those who are waited
 * for, and they have no lock that would make him wait; and the build's snapshot may show them,
 * and not him.  So he is waited for, too: he has had his table locked before they were done.
 */
int
ivm_build_rounds(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, ivm_restore_family(row))
	{
		if (row->mode == IVM_MODE_IMMEDIATE && ((IvmViewRow *) lfirst(lc))->status != IVM_STATUS_READY &&
			!ivm_plan_cache_require(lfirst(lc))->core->single)
			return 2;
	}
	return 1;
}

List *
ivm_build_writers(List *tables)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, tables)
	{
		VirtualTransactionId *writers = GetLockConflicts(lfirst(lc), ShareLock, NULL);

		for (; VirtualTransactionIdIsValid(*writers); writers++)
			result = lappend(result, memcpy(palloc(sizeof(VirtualTransactionId)), writers,
											sizeof(VirtualTransactionId)));
	}
	return result;
}

void
ivm_build_wait(List *tables, int rounds)
{
	ivm_progress_phase(IVM_PROGRESS_WRITERS, 0);
	for (int i = 0; i < rounds; i++)
		WaitForLockersMultiple(tables, ShareLock, false);
}

/* ---- finish ---- */

static void
report_ended(const char *name, const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the build of view \"%s\" was ended by another command", name),
			 reason ? errdetail("The reason: %s.", reason) : 0,
			 errhint("Call ivm.rebuild() again.")));
}

/* It may have been paused just before the build was noted. */
IvmViewRow *
ivm_build_require(int32 id, const char *name)
{
	IvmViewRow *row = ivm_catalog_get(id);

	if (row == NULL || !row->building || row->status == IVM_STATUS_PAUSED)
		report_ended(name, row ? row->reason : NULL);
	return row;
}

/* Delete the delta rows that a snapshot sees; nobody changes rows meanwhile. */
static void
delete_deltas(IvmPlan *plan, Snapshot snapshot)
{
	Relation	rel = table_open(plan->row->delta, RowExclusiveLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		simple_table_tuple_delete(rel, &slot->tts_tid, snapshot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

static void
fill_new(IvmPlan *plan, IvmCorrections *c)
{
	Snapshot	snapshot;

	memset(c, 0, sizeof(IvmCorrections));
	LockRelationOid(plan->row->state, ShareRowExclusiveLock);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	c->inserted = ivm_populate_new(plan, snapshot);
	PushActiveSnapshot(snapshot);
	delete_deltas(plan, snapshot);
	PopActiveSnapshot();
	UnregisterSnapshot(snapshot);
}

void
ivm_build_check(IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	const char *name = pstrdup(plan->name);
	const char *reason;

	if (plan->core->refusal != NULL)
		ivm_error_report_refusal(name, plan->core->refusal->message);
	ivm_maintain_check_rights(row, plan);

	/*
	 * what no event trigger has told, or a repair of its tables does not
	 * change
	 */
	reason = why_not_captured(row);
	if (reason == NULL && !has_log(row))
		reason = "not all changes of its tables are logged";
	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" cannot be built now", name),
				 errdetail("It would not be read from its stored rows: %s.", reason)));
}

void
ivm_build_complete(const IvmViewRow *row, const List *partitions, bool live)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	const char *name = pstrdup(plan->name);

	ivm_storage_ensure_indexes(plan);
	/* who changes the row now is waited for */
	ivm_catalog_lock(row->id);
	row = ivm_build_require(row->id, name);

	/*
	 * The planner does not go by the snapshot: the rows of a partition
	 * attached since may have been counted, and are in a delta row or in the
	 * log besides.
	 */
	if (!equal(row->partitions, partitions))
		report_ended(name, "a partition was attached while the view was computed");
	if (live)
		ivm_catalog_set_building(row->id, false);
	else
		ivm_catalog_set_status(row->id, IVM_STATUS_READY, NULL);
}

static void
fill(IvmViewRow *row, bool recent, const char **key_filter, IvmCorrections *sum)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	bool		live = row->status == IVM_STATUS_READY && plan->unusable == NULL;
	List	   *partitions = row->partitions;
	IvmCorrections c;

	ivm_build_check(row);
	if (!live && ivm_populate_is_new(plan))
		fill_new(plan, &c);
	else
		ivm_reconcile_state(plan, live && recent && row->part_of == 0 ?
							ivm_recent_filter(plan, GetCurrentTimestamp(), key_filter) : NULL,
							live, NULL, &c);
	sum->inserted += c.inserted;
	sum->updated += c.updated;
	sum->deleted += c.deleted;
	ivm_build_complete(row, partitions, live);
}

static void
record(const IvmViewRow *row, bool recent, const char *key_filter, const char *reason,
	   TimestampTz started_at, const IvmCorrections *c)
{
	IvmRun		run = {.started_at = started_at,.key_filter = key_filter,.reason = reason};

	run.operation = recent ? "reconcile" : "build";
	ivm_maintain_record(&run, row, c);
}

void
ivm_build_finish(IvmViewRow *row, bool recent, IvmCorrections *result)
{
	TimestampTz started_at = GetCurrentTimestamp();
	const char *name = ivm_catalog_view_name(row);
	const char *key_filter = NULL;
	const char *reason;
	IvmLockSet	set = {NIL};
	ListCell   *lc;

	memset(result, 0, sizeof(IvmCorrections));
	ivm_lock_set_add_tables(&set, ivm_restore_bases(ivm_restore_family(row)), AccessShareLock, true);
	(void) ivm_lock_set_take(&set, true);
	row = ivm_build_require(row->id, name);
	reason = ivm_plan_cache_require(row)->unusable;
	reason = reason ? pstrdup(reason) : NULL;
	foreach(lc, ivm_restore_family(row))
		fill(ivm_build_require(((IvmViewRow *) lfirst(lc))->id, name), recent, &key_filter, result);
	record(row, recent, key_filter, reason, started_at, result);
}

void
ivm_build_clean_up(IvmViewRow *row)
{
	if (row->building && row->part_of == 0 && ivm_watermark_lock(row->id, false))
		ivm_build_give_up(row->id);
}

void
ivm_build_give_up(int32 view_id)
{
	IvmViewRow *row = ivm_catalog_get(view_id);
	ListCell   *lc;

	if (row == NULL)
		return;
	foreach(lc, ivm_restore_family(row))
	{
		if (((IvmViewRow *) lfirst(lc))->building)
			ivm_catalog_set_building(((IvmViewRow *) lfirst(lc))->id, false);
	}
	/* what was logged for nobody else, and goes on being logged for nobody */
	if (row->building && row->mode == IVM_MODE_DEFERRED)
		ivm_log_storage_trim(ivm_restore_bases(ivm_restore_family(row)));
}
