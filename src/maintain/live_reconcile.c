/*-------------------------------------------------------------------------
 *
 * live_reconcile.c
 *	  Correcting an immediate view while its base tables are written.
 *
 * State and deltas are compared with the definition under one snapshot, which any snapshot allows;
 * a key that differs is marked dirty, which is right at any time.  So nobody has to be kept out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "base/progress.h"
#include "catalog/watermark.h"
#include "commit/fold.h"
#include "maintain/base_tables.h"
#include "maintain/build.h"
#include "maintain/live_reconcile.h"
#include "maintain/lock_set.h"
#include "maintain/maintain.h"
#include "maintain/restore.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

/* Is a view, like all that belong to it, read from what is stored? */
static bool
is_live(List *family)
{
	ListCell   *lc;

	foreach(lc, family)
	{
		IvmViewRow *row = lfirst(lc);

		if (row->status != IVM_STATUS_READY || ivm_plan_cache_require(row)->unusable != NULL)
			return false;
	}
	return true;
}

static bool
mark(IvmViewRow *row, Query *filter, IvmCorrections *sum)
{
	IvmPlan    *plan = ivm_plan_cache_require(row);
	IvmCorrections c;

	ivm_progress_view(row->view);
	ivm_maintain_check_rights(row, plan);
	if (!ivm_reconcile_mark(plan, filter ? ivm_maintain_filter_over_state(row, filter) : NULL, &c))
		return false;
	sum->inserted += c.inserted;
	sum->updated += c.updated;
	sum->deleted += c.deleted;
	return true;
}

/* The view and its parts, locked; NIL if they are not live. */
static List *
lock_live_family(IvmViewRow *row, bool with_parts)
{
	const char *name = ivm_catalog_view_name(row);
	IvmLockSet	set = {NIL};
	List	   *family;
	ListCell   *lc;

	/* a build, which has the lock, may wait for the transactions that have */
	foreach(lc, ivm_restore_family(row))
		ivm_maintain_require_unchanged(lfirst(lc), "Commit the change first.");
	(void) ivm_watermark_lock(row->id, true);
	row = ivm_catalog_get(row->id);
	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view \"%s\" was dropped", name)));
	if (row->building)
		ivm_build_give_up(row->id);
	family = with_parts ? ivm_restore_family(row) : list_make1(row);
	ivm_lock_set_add_tables(&set, ivm_restore_bases(family), AccessShareLock, true);
	(void) ivm_lock_set_take(&set, true);
	foreach(lc, family)
	{
		lfirst(lc) = ivm_catalog_get(((IvmViewRow *) lfirst(lc))->id);
		if (lfirst(lc) == NULL)
			return NIL;
		ivm_base_tables_require_unwritten(((IvmViewRow *) lfirst(lc))->bases, "reconcile");
		ivm_maintain_require_unchanged(lfirst(lc), "Commit the change first.");
	}
	return ((IvmViewRow *) linitial(family))->mode == IVM_MODE_IMMEDIATE && is_live(family) ? family : NIL;
}

bool
ivm_live_reconcile(IvmViewRow *row, Query *filter, const char *key_filter, IvmCorrections *result)
{
	IvmRun		run = {.operation = "reconcile",.key_filter = key_filter};
	List	   *family;
	ListCell   *lc;

	memset(result, 0, sizeof(IvmCorrections));
	run.started_at = GetCurrentTimestamp();
	ivm_progress_begin("reconcile", row->view);
	family = lock_live_family(row, filter == NULL);
	if (family == NIL)
		return false;
	foreach(lc, family)
	{
		if (!mark(lfirst(lc), filter, result))
			return false;
	}
	foreach(lc, family)
		(void) ivm_fold_all(ivm_plan_cache_require(lfirst(lc)));
	ivm_maintain_record(&run, row, result);
	ivm_progress_end();
	return true;
}
