/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  A view and its parts, brought back to exactness as one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/change_log.h"
#include "catalog/watermark.h"
#include "maintain/base_tables.h"
#include "maintain/lock_set.h"
#include "maintain/log_storage.h"
#include "maintain/maintain.h"
#include "maintain/restore.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"

List *
ivm_restore_family(IvmViewRow *row)
{
	return lcons(row, ivm_catalog_parts(row->id));
}

List *
ivm_restore_bases(List *views)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, views)
		result = list_union_oid(result, ((IvmViewRow *) lfirst(lc))->bases);
	return result;
}

void
ivm_restore_lock(List *views)
{
	ivm_base_tables_lock(ivm_restore_bases(views));
}

bool
ivm_restore_lock_deferred(const IvmViewRow *row, bool wait)
{
	List	   *family = ivm_restore_family(unconstify(IvmViewRow *, row));
	List	   *bases = ivm_restore_bases(family);
	IvmLockSet	set = {NIL};
	LOCKTAG		tag;
	ListCell   *lc;

	foreach(lc, bases)
	{
		ivm_change_log_lock_tag(&tag, lfirst_oid(lc));
		ivm_lock_set_add(&set, &tag, ShareLock, NULL);
	}
	ivm_watermark_lock_tag(&tag, row->id);
	ivm_lock_set_add(&set, &tag, ExclusiveLock, set.locks);
	ivm_lock_set_add_tables(&set, bases, ShareRowExclusiveLock, true);
	if (ivm_lock_set_take(&set, wait) != NULL)
		return false;
	ivm_log_storage_trim(bases);
	return true;
}

List *
ivm_restore_outdated(IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, ivm_restore_family(row))
	{
		IvmViewRow *view = lfirst(lc);

		if (view->status != IVM_STATUS_READY || ivm_plan_cache_require(view)->unusable != NULL)
			result = lappend(result, view);
	}
	if (result != NIL && row->mode == IVM_MODE_DEFERRED)
		return ivm_restore_family(row);
	return result;
}

static void
add_corrections(IvmCorrections *sum, const IvmCorrections *c)
{
	sum->inserted += c->inserted;
	sum->updated += c->updated;
	sum->deleted += c->deleted;
}

void
ivm_restore_views(List *views, const char *operation, IvmCorrections *sum)
{
	IvmViewRow *first = linitial(views);
	bool		deferred = first->mode == IVM_MODE_DEFERRED;
	ListCell   *lc;

	memset(sum, 0, sizeof(*sum));

	/*
	 * the locks of a deferred view for each, since what it is may change
	 * until they are held
	 */
	if (first->mode != IVM_MODE_APPEND)
	{
		(void) ivm_restore_lock_deferred(ivm_catalog_whole(first), true);
		first = ivm_catalog_get(first->id);
		deferred = first != NULL && first->mode == IVM_MODE_DEFERRED;
	}
	if (list_length(views) > 1)
		ivm_restore_lock(views);
	foreach(lc, views)
	{
		IvmCorrections c;

		ivm_maintain_restore(lfirst(lc), operation, NULL, NULL, &c);
		add_corrections(sum, &c);
	}
	if (deferred)
		ivm_log_storage_filled(views);
}
