/*-------------------------------------------------------------------------
 *
 * generation.c
 *	  The rows of a view before a rebuild, kept to go back to them.
 *
 *		state tables --keep--> tables in ivm_data	--put back, as a difference--> state tables
 *		watermark, append_view, append_leaf, time_window --> ivm.generation... --> the same
 *
 * It is a copy of the whole, made in the transaction of the rebuild, and not the difference that this writes: refreshes
 * go on afterwards, and each of them would have to add to a difference what it changes.  The copy is written once,
 * without indexes, and sent to no subscriber.  It is logged even of a view whose tables are not: a crash must not make
 * it the empty one.
 *
 * Going back is a difference again, so readers get the one or the other by their snapshots, and the indexes, statistics and
 * dependents of the view stay.  What a deferred view has not taken in then may be gone from its logs, and is not logged
 * while it is paused; so its next refresh computes it.  An append view finds the rows by what it has noted of them, which is put back,
 * too: it goes on as if it had not been refreshed since.
 *
 * A table of kept rows is a member of the extension: dumps leave it out, as they do ivm.generation, and users cannot
 * drop it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/error_context.h"
#include "base/progress.h"
#include "base/relation.h"
#include "catalog/append_view.h"
#include "catalog/generation_row.h"
#include "catalog/own_command.h"
#include "catalog/run_history.h"
#include "catalog/time_start.h"
#include "catalog/watermark.h"
#include "maintain/generation.h"
#include "maintain/maintain.h"
#include "maintain/restore.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan_cache.h"

/* ---- keeping ---- */

/* Why readers do not get the stored rows of a view, a clause; or NULL. */
static const char *
why_not_shown(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, ivm_restore_family(row))
	{
		IvmPlan    *plan = ivm_plan_cache_require(lfirst(lc));

		if (plan->unusable)
			return plan->unusable;
	}
	if (row->mode == IVM_MODE_APPEND && ivm_append_view_is_filling(row->id))
		return "it is being filled";
	return NULL;
}

void
ivm_generation_check(IvmViewRow *row)
{
	const char *name = get_rel_name(row->view);
	const char *reason;

	if (row->mode == IVM_MODE_IMMEDIATE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the rows of view \"%s\" cannot be kept", name),
				 errdetail("It is immediate: it always shows what its query gives, so rows of before could only be wrong."),
				 errhint("Leave \"keep\" out, or let \"validate\" refuse what must not be.")));
	if ((reason = why_not_shown(row)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" has no rows to keep", name),
				 errdetail("Its stored rows are not what it shows: %s.", reason),
				 errhint("Leave \"keep\" out.")));
}

/* Make the table for the rows of a state table, as the owner of the extension, which it becomes a member of. */
static Oid
create_table(const IvmViewRow *row)
{
	/* state tables have names that leave room for more than this */
	char	   *name = psprintf("%s_kept", get_rel_name(row->state));
	bool		before = ivm_own_command_enter();
	ObjectAddress address;
	ObjectAddress extension;
	IvmOwnerScope scope;
	Oid			result = InvalidOid;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		ivm_own_command_run(psprintf("%s WITH (autovacuum_enabled = off)", ivm_storage_like_text(row->state, name)));
		result = get_relname_relid(name, get_namespace_oid(IVM_DATA_SCHEMA, false));
		ObjectAddressSet(address, RelationRelationId, result);
		ObjectAddressSet(extension, ExtensionRelationId, get_extension_oid("ivm", false));
		recordDependencyOn(&address, &extension, DEPENDENCY_EXTENSION);
		CommandCounterIncrement();
		ivm_storage_guard(result);
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
	return result;
}

/* Copy the newest rows of a table to a new one, which no subscriber gets. */
static void
copy_rows(Oid from, Oid to)
{
	Relation	source = table_open(from, AccessShareLock);
	Relation	target = table_open(to, RowExclusiveLock);
	int			options = TABLE_INSERT_SKIP_FSM | TABLE_INSERT_NO_LOGICAL;
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *slot = table_slot_create(source, NULL);
	TupleTableSlot *copy = MakeSingleTupleTableSlot(RelationGetDescr(target), &TTSOpsVirtual);
	BulkInsertState bistate = GetBulkInsertState();
	TableScanDesc scan = table_beginscan(source, snapshot, 0, NULL);
	CommandId	cid = GetCurrentCommandId(true);
	int			natts = RelationGetDescr(target)->natts;

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		slot_getallattrs(slot);
		ExecClearTuple(copy);
		memcpy(copy->tts_values, slot->tts_values, sizeof(Datum) * natts);
		memcpy(copy->tts_isnull, slot->tts_isnull, sizeof(bool) * natts);
		ExecStoreVirtualTuple(copy);
		table_tuple_insert(target, copy, cid, options, bistate);
		ivm_progress_add(1);
	}
	table_endscan(scan);
	FreeBulkInsertState(bistate);
	table_finish_bulk_insert(target, options);
	ExecDropSingleTupleTableSlot(copy);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(target, NoLock);
	table_close(source, NoLock);
	CommandCounterIncrement();
}

void
ivm_generation_keep(IvmViewRow *row)
{
	IvmGenerationRow kept = {.kept_at = GetCurrentTransactionStartTimestamp()};
	ListCell   *lc;

	ivm_generation_check(row);
	ivm_generation_drop(row);
	ivm_progress_phase(IVM_PROGRESS_KEEP, 0);
	kept.as_of = ivm_watermark_get(row->id, NULL)->as_of;
	foreach(lc, ivm_restore_family(row))
	{
		IvmViewRow *part = lfirst(lc);
		IvmTimeStart start;

		(void) ivm_time_start_get(part->id, NULL, &start);
		kept.view_id = part->id;
		kept.window_start = start.start;
		kept.rows = create_table(part);
		copy_rows(part->state, kept.rows);
		ivm_generation_row_set(&kept);
	}
	if (row->mode == IVM_MODE_APPEND)
		ivm_append_view_keep(row->id);
}

/* ---- forgetting ---- */

void
ivm_generation_drop_one(int32 view_id)
{
	IvmGenerationRow kept;
	ObjectAddress address;

	if (!ivm_generation_row_get(view_id, &kept))
		return;
	ivm_generation_row_remove(view_id);
	ivm_append_view_remove_kept(view_id);
	LockRelationOid(kept.rows, AccessExclusiveLock);
	if (!ivm_relation_exists(kept.rows))
		return;
	ObjectAddressSet(address, RelationRelationId, kept.rows);
	performDeletion(&address, DROP_RESTRICT,
					PERFORM_DELETION_INTERNAL | PERFORM_DELETION_SKIP_EXTENSIONS);
	CommandCounterIncrement();
}

void
ivm_generation_drop(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, ivm_restore_family(row))
		ivm_generation_drop_one(((IvmViewRow *) lfirst(lc))->id);
}

/* ---- going back ---- */

static void
report_nothing_kept(const IvmViewRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("nothing is kept of view \"%s\"", get_rel_name(row->view)),
			 row->mode == IVM_MODE_IMMEDIATE ?
			 errdetail("It is immediate: it always shows what its query gives.") :
			 errhint("CALL ivm.rebuild(..., keep => true) keeps what the view shows before.")));
}

/* Has a table these columns? */
static bool
has_columns_of(Oid relid, Oid of)
{
	Relation	rel = try_table_open(relid, AccessShareLock);
	Relation	other = rel ? try_table_open(of, AccessShareLock) : NULL;
	bool		result = other != NULL &&
		RelationGetDescr(rel)->natts == RelationGetDescr(other)->natts;

	for (int i = 0; result && i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(RelationGetDescr(rel), i);
		Form_pg_attribute b = TupleDescAttr(RelationGetDescr(other), i);

		result = a->atttypid == b->atttypid && a->atttypmod == b->atttypmod &&
			a->attisdropped == b->attisdropped;
	}
	if (other)
		table_close(other, NoLock);
	if (rel)
		table_close(rel, NoLock);
	return result;
}

/* What is kept of a view or a part whose storage it fits. */
static IvmGenerationRow
require_kept(const IvmViewRow *row, const IvmViewRow *part)
{
	IvmGenerationRow result;

	if (!ivm_generation_row_get(part->id, &result) || !has_columns_of(result.rows, part->state))
		report_nothing_kept(row);
	return result;
}

/*
 * In REPEATABLE READ, raise an error if rows that this transaction is about to change are newer than those that it sees: it
 * would see a mixture.
 */
static void
check_xact_snapshot(const IvmViewRow *row, const IvmWatermark *watermark)
{
	TransactionId xids[] = {row->xmin, watermark ? watermark->xmin : InvalidTransactionId};

	for (int i = 0; IsolationUsesXactSnapshot() && i < (int) lengthof(xids); i++)
	{
		if (TransactionIdIsNormal(xids[i]) && !TransactionIdIsCurrentTransactionId(xids[i]) &&
			XidInMVCCSnapshot(xids[i], GetTransactionSnapshot()))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("could not serialize access due to a concurrent refresh of view \"%s\"",
							get_rel_name(row->view)),
					 errhint("The transaction might succeed if retried.")));
	}
}

static void
put_back(const IvmViewRow *row, IvmViewRow *part, IvmCorrections *sum)
{
	IvmGenerationRow kept = require_kept(row, part);
	IvmTimeStart start;
	IvmCorrections c;

	if (ivm_time_start_get(part->id, NULL, &start) && start.start != kept.window_start)
	{
		start.start = kept.window_start;
		ivm_time_start_set(&start);
	}
	ivm_reconcile_put_back(ivm_plan_cache_require(part), kept.rows, &c);
	sum->inserted += c.inserted;
	sum->updated += c.updated;
	sum->deleted += c.deleted;
}

void
ivm_generation_roll_back(IvmViewRow *row, IvmCorrections *result)
{
	IvmRun		run = {.operation = "rollback",.started_at = GetCurrentTimestamp()};
	IvmWatermark w = {0};
	IvmWatermark *before;
	ErrorContextCallback callback;
	char	   *name = get_rel_name(row->view);
	ListCell   *lc;

	memset(result, 0, sizeof(*result));
	(void) ivm_watermark_lock(row->id, true);
	row = ivm_catalog_get(row->id);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", name)));
	w.as_of = require_kept(row, row).as_of;
	ivm_error_enter_view(&callback, get_rel_name(row->view));
	ivm_progress_begin("rollback", row->view);
	before = ivm_watermark_get(row->id, NULL);
	check_xact_snapshot(row, before);
	if (before)
	{
		w.delta_ms_per_cost = before->delta_ms_per_cost;
		w.recompute_ms_per_cost = before->recompute_ms_per_cost;
	}
	run.reason = psprintf("rolled back to %s", timestamptz_to_str(w.as_of));
	foreach(lc, ivm_restore_family(row))
		put_back(row, lfirst(lc), result);
	ivm_watermark_set(row->id, &w);
	if (row->mode == IVM_MODE_APPEND)
		ivm_append_view_put_back(row->id);
	foreach(lc, ivm_restore_family(row))
		ivm_catalog_set_status(((IvmViewRow *) lfirst(lc))->id, IVM_STATUS_ROLLED_BACK, run.reason);
	ivm_generation_drop(row);
	ivm_maintain_record(&run, row, result);
	ivm_progress_end();
	ivm_error_leave_view(&callback);
}
