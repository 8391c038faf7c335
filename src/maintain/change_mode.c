/*-------------------------------------------------------------------------
 *
 * change_mode.c
 *	  Changing when a view is maintained.
 *
 * Triggers stay as they are; what they do with a row follows from the mode, which
 * each backend learns before it can write to a base table again.
 *
 *		immediate -> deferred	deltas are folded, a change log begins, and the
 *								watermark is now
 *		deferred -> immediate	a last refresh; nothing is left to be taken in
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "catalog/watermark.h"
#include "commit/fold.h"
#include "commit/old_buckets.h"
#include "commit/reconcile.h"
#include "commit/shared_hash.h"
#include "maintain/build.h"
#include "maintain/change_mode.h"
#include "maintain/generation.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/refresh.h"
#include "maintain/restore.h"
#include "plan/ahead.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

/* Is a delta table without rows? */
static bool
is_empty(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	bool		result = !table_scan_getnextslot(scan, ForwardScanDirection, slot);

	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(rel, NoLock);
	return result;
}

/* Move all deltas of a view into its state, which nobody else writes now. */
static void
fold_all(IvmPlan *plan)
{
	IvmCorrections corrections;

	(void) ivm_fold_all(plan);
	CommandCounterIncrement();
	if (!is_empty(plan->row->delta))
		ivm_reconcile_state(plan, NULL, true, NULL, &corrections);
}

static void
make_deferred(List *family)
{
	ListCell   *lc;

	foreach(lc, family)
	{
		IvmViewRow *row = lfirst(lc);
		IvmPlan    *plan = ivm_plan_cache_require(row);

		if (plan->unusable == NULL)
			fold_all(plan);
		ivm_old_buckets_note(plan->core, row->id, true);
		ivm_catalog_set_mode(row->id, IVM_MODE_DEFERRED);
	}
	foreach(lc, family)
	{
		IvmPlan    *plan = ivm_plan_cache_require(lfirst(lc));

		if (plan->unusable == NULL)
			ivm_log_storage_ensure(plan);
	}
	if (ivm_restore_outdated(linitial(family)) == NIL)
		ivm_log_storage_filled(family);
}

static void
make_immediate(List *family)
{
	IvmViewRow *row = linitial(family);
	ListCell   *lc;

	if (ivm_restore_outdated(row) == NIL)
		(void) ivm_refresh_views(list_make1(row), IVM_REFRESH_AUTO, true);
	foreach(lc, family)
	{
		IvmViewRow *member = lfirst(lc);

		ivm_old_buckets_note(ivm_plan_cache_require(member)->core, member->id, false);
		/* refreshes do without */
		ivm_shared_hash_note_all(ivm_plan_cache_require(member));
		ivm_catalog_set_mode(member->id, IVM_MODE_IMMEDIATE);
		/* of an immediate view, these would be wrong */
		if (member->status == IVM_STATUS_ROLLED_BACK)
			ivm_catalog_set_status(member->id, IVM_STATUS_PAUSED, NULL);
	}
	ivm_generation_drop(row);
	ivm_watermark_remove(row->id);
	foreach(lc, family)
		ivm_log_storage_trim(((IvmViewRow *) lfirst(lc))->bases);
}

void
ivm_change_mode(IvmViewRow *row, IvmMode mode)
{
	List	   *family;
	ListCell   *lc;

	(void) ivm_restore_lock_deferred(row, true);
	row = ivm_catalog_get(row->id);
	if (row == NULL || row->mode == mode)
		return;					/* another one has dropped or changed it
								 * meanwhile */
	/* nobody is at a build, whose lock is the same: it was left behind */
	ivm_build_give_up(row->id);
	row = ivm_catalog_get(row->id);
	family = ivm_restore_family(row);
	foreach(lc, family)
	{
		ivm_maintain_require_unchanged(lfirst(lc), "Commit the change first.");
		ivm_ahead_note(((IvmViewRow *) lfirst(lc))->id);
	}
	CommandCounterIncrement();
	if (mode == IVM_MODE_DEFERRED)
		make_deferred(family);
	else
		make_immediate(family);
}
