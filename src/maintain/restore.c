/*-------------------------------------------------------------------------
 *
 * restore.c
 *	  A view and its parts, brought back to exactness as one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/watermark.h"
#include "maintain/base_tables.h"
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

static List *
bases_of(List *views)
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
	ivm_base_tables_lock(bases_of(views));
}

void
ivm_restore_lock_deferred(IvmViewRow *row)
{
	ivm_log_storage_lock(bases_of(ivm_restore_family(row)));
	(void) ivm_watermark_lock(row->id, true);
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

void
ivm_restore_views(List *views, const char *operation, IvmCorrections *sum)
{
	IvmViewRow *first = linitial(views);
	bool		deferred = first->mode == IVM_MODE_DEFERRED;
	ListCell   *lc;

	memset(sum, 0, sizeof(*sum));
	if (deferred)
		ivm_restore_lock_deferred(unconstify(IvmViewRow *, ivm_catalog_whole(first)));
	if (list_length(views) > 1)
		ivm_restore_lock(views);
	foreach(lc, views)
	{
		IvmCorrections c;

		ivm_maintain_restore(lfirst(lc), operation, NULL, NULL, &c);
		sum->inserted += c.inserted;
		sum->updated += c.updated;
		sum->deleted += c.deleted;
	}
	if (deferred)
		ivm_log_storage_filled(views);
}
