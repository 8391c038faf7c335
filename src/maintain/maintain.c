/*-------------------------------------------------------------------------
 *
 * maintain.c
 *	  Pausing a view and bringing it back to exactness.
 *
 *		ready <--- restore --- paused, stale, broken, unpopulated
 *		  |						 ^
 *		  +------ pause ---------+
 *
 * Whether changes are captured depends on the view's status, which therefore
 * changes only while nobody is writing: the functions that change it lock the
 * base tables against writers, before any other lock, until the end of the
 * transaction.  Readers see the old status until then.
 *
 * A view is often out of order for a reason that concerns others, too, such as
 * a disabled trigger.  Restoring one removes the reason, so the others are
 * marked stale before.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "commands/tablecmds.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/error_context.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "commit/reconcile.h"
#include "definition/core.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "definition/sources.h"
#include "maintain/base_tables.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/over_state.h"
#include "maintain/storage.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* ---- locks ---- */

/* Raise an error if a cursor or a pending trigger of this session uses the table. */
static void
check_not_in_use(Oid relid, const char *operation)
{
	Relation	rel = try_table_open(relid, NoLock);

	if (rel == NULL)
		return;					/* dropped, with the definition, where no
								 * event trigger runs */
	CheckTableNotInUse(rel, operation);
	table_close(rel, NoLock);
}

/* Tables that a view is known to read, and those that its definition reads now. */
static List *
all_bases(const IvmViewRow *row)
{
	IvmCore    *core = ivm_plan_cache_require(row)->core;

	return list_union_oid(row->bases, ivm_sources_relids(core->sources, core->nsources));
}

bool
ivm_maintain_has_changes(const IvmViewRow *row)
{
	List	   *bases = all_bases(row);
	ListCell   *lc;

	if (ivm_pending_has(row->id))
		return true;
	foreach(lc, ivm_pending_row_tables())
	{
		if (list_member_oid(bases, lfirst_oid(lc)))
			return true;
	}
	/* rows that a statement under way has written are captured later */
	return ivm_base_tables_await_triggers(bases);
}

void
ivm_maintain_require_unchanged(const IvmViewRow *row, const char *hint)
{
	if (ivm_maintain_has_changes(row))
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("view \"%s\" has pending changes of this transaction", ivm_catalog_view_name(row)),
				 errdetail("This transaction has changed its base table."),
				 errhint("%s", hint)));
}

/* Keep writers out and return the view's row as it is then. */
static IvmViewRow *
lock_view(IvmViewRow *row, const char *operation)
{
	const char *name = ivm_catalog_view_name(row);
	IvmViewRow *current;
	ListCell   *lc;

	ivm_base_tables_lock(all_bases(row));
	current = ivm_catalog_get(row->id);
	if (current == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", name)));
	foreach(lc, all_bases(current))
	{
		ListCell   *lc2;

		check_not_in_use(lfirst_oid(lc), operation);
		foreach(lc2, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock))
			check_not_in_use(lfirst_oid(lc2), operation);
	}
	ivm_maintain_require_unchanged(current, "Commit the change first.");

	/* some of what a plan rests on changes without an invalidation message */
	ivm_catalog_invalidate(current);
	(void) GetCurrentCommandId(true);
	CommandCounterIncrement();
	return current;
}

/* ---- pause ---- */

void
ivm_maintain_pause(IvmViewRow *row)
{
	row = lock_view(row, "pause");
	/* a rollback does not need the tables */
	ivm_catalog_lock(row->id);
	row = ivm_catalog_get(row->id);
	if (ivm_view_row_is_paused(row))
	{
		ereport(NOTICE,
				(errmsg("view \"%s\" is already paused", ivm_catalog_view_name(row))));
		return;
	}
	if (row->status == IVM_STATUS_UNPOPULATED)
	{
		ereport(NOTICE,
				(errmsg("view \"%s\" is not populated", ivm_catalog_view_name(row)),
				 row->building ? errdetail("It is being built, and the build goes on.") :
				 errdetail("Nothing is maintained yet: reads run its definition."),
				 row->building ? errhint("Cancel what builds it: ivm.progress shows that.") : 0));
		return;
	}
	ivm_catalog_set_status(row->id, IVM_STATUS_PAUSED, NULL);
}

/* ---- restore ---- */

Node *
ivm_maintain_filter_over_state(IvmViewRow *row, Query *filter)
{
	IvmBadColumn bad;
	Node	   *result;

	if (filter->hasSubLinks || contain_volatile_functions(filter->jointree->quals))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 filter->hasSubLinks ?
				 errmsg("the key filter must not contain subqueries") :
				 errmsg("the key filter must not contain volatile functions"),
				 errdetail("It is evaluated for stored and for recomputed rows, in no certain order."),
				 errhint("Compare columns of the view with constants.")));
	result = ivm_over_state_expression(row->view, filter->jointree->quals, &bad);
	if (bad.name)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of view \"%s\" cannot be used in a key filter",
						bad.name, ivm_catalog_view_name(row)),
				 errdetail("%s", bad.reason),
				 errhint("Filter by columns that are keys, aggregates, or computed from these.")));
	return result;
}

/* Do two views read a table, or a partition, in common? */
static bool
shares_table(const IvmViewRow *a, const IvmViewRow *b)
{
	List	   *tables = list_concat_copy(a->bases, a->partitions);
	ListCell   *lc;

	foreach(lc, list_concat_copy(b->bases, b->partitions))
	{
		if (list_member_oid(tables, lfirst_oid(lc)))
			return true;
	}
	return false;
}

/*
 * Other views may have missed changes for the same reason as this one, and
 * nothing but that reason shows it.  So they are marked stale before it is
 * removed.
 */
static void
mark_others_stale(const IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *other = lfirst(lc);
		IvmPlan    *plan;

		if (other->id == row->id || other->status != IVM_STATUS_READY ||
			!shares_table(row, other))
			continue;
		plan = ivm_plan_cache_get(other->id);
		if (plan != NULL && plan->unusable)
			ivm_catalog_set_status(other->id, IVM_STATUS_STALE, plan->unusable);
	}
}

void
ivm_maintain_restore_capture(IvmViewRow *row, const IvmPlan *plan)
{
	mark_others_stale(row);
	ivm_storage_ensure_guards(row);
	ivm_base_tables_restore_capture(row, plan->core);
}

/* Make sure that changes are captured from now on, and set the status to ready. */
static void
make_ready(IvmViewRow *row, IvmPlan *plan)
{
	ivm_maintain_restore_capture(row, plan);
	ivm_storage_ensure_indexes(plan);
	ivm_catalog_set_status(row->id, IVM_STATUS_READY, NULL);
	plan = ivm_plan_cache_require(row);
	if (plan->unusable)
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("view \"%s\" still runs its definition when it is read", ivm_catalog_view_name(row)),
				 errdetail("The reason: %s.", plan->unusable)));
}

void
ivm_maintain_check_rights(IvmViewRow *row, IvmPlan *plan)
{
	const IvmTableUse *use = ivm_rights_no_trigger(plan->core->definition, plan->owner, row->bases);
	const char *reason;

	if (use != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", get_rel_name(use->relid)),
				 errdetail("The owner of view \"%s\", which reads the table since a view was replaced, does not have the privilege TRIGGER on it.",
						   ivm_catalog_view_name(row)),
				 errhint("Ask the table's owner for GRANT TRIGGER ON %s.", ivm_sql_text_relation_name(use->relid))));
	if ((reason = ivm_plan_check_row_security(plan)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("view \"%s\" cannot be computed under row security", ivm_catalog_view_name(row)),
				 errdetail("To the one who reads it for the view, %s.", reason),
				 errhint("Give the view to the table's owner or to a role with BYPASSRLS, or disable row security.")));
	if (!ivm_plan_owner_may_read(plan))
		ivm_plan_check_owner_may_read(plan);
}

void
ivm_maintain_record(IvmRun *run, const IvmViewRow *row, const IvmCorrections *c)
{
	run->view_id = row->id;
	run->view = row->view;
	run->rows_inserted = c->inserted;
	run->rows_updated = c->updated;
	run->rows_deleted = c->deleted;
	ivm_run_history_record(run);
}

void
ivm_maintain_restore(IvmViewRow *row, const char *operation, Query *filter,
					 const char *key_filter, IvmCorrections *result)
{
	IvmRun		run = {.operation = operation,.key_filter = key_filter};
	IvmPlan    *plan;

	run.started_at = GetCurrentTimestamp();
	ivm_progress_begin(operation, row->view);
	ivm_progress_view(row->view);
	row = lock_view(row, operation);
	plan = ivm_plan_cache_require(row);
	if (plan->core->refusal != NULL)
		ivm_error_report_refusal(ivm_catalog_view_name(row), plan->core->refusal->message);
	ivm_maintain_check_rights(row, plan);
	if (strcmp(operation, "refresh") == 0)
		run.method = "recompute";
	if (plan->unusable)
		run.reason = pstrdup(plan->unusable);
	else if (row->reason)
		run.reason = row->reason;
	if (plan->deferred)
		ivm_log_storage_ensure(plan);
	ivm_reconcile_state(plan, filter ? ivm_maintain_filter_over_state(row, filter) : NULL,
						plan->unusable == NULL, NULL, result);
	if (filter == NULL && (plan->unusable != NULL || row->status == IVM_STATUS_ROLLED_BACK))
		make_ready(row, plan);

	ivm_maintain_record(&run, row, result);
	ivm_progress_end();
}
