/*-------------------------------------------------------------------------
 *
 * ddl_stale.c
 *	  Views whose changes may have been missed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_stale.h"

void
ivm_ddl_stale_mark(IvmViewRow *row, const char *reason)
{
	const IvmViewRow *whole = ivm_catalog_whole(row);
	bool		said = whole->status == IVM_STATUS_STALE;
	ListCell   *lc;

	/* a view without a name is being dropped by this very command */
	if (!ivm_catalog_is_captured(row) || get_rel_name(row->view) == NULL)
		return;
	foreach(lc, ivm_catalog_parts(whole->id))
		said |= ((IvmViewRow *) lfirst(lc))->status == IVM_STATUS_STALE;
	if (row->status == IVM_STATUS_UNPOPULATED)
	{
		/* that ends the build, which says so; it may be begun again */
		ivm_catalog_set_status(row->id, IVM_STATUS_UNPOPULATED, reason);
		row->building = false;
		return;
	}
	ivm_catalog_set_status(row->id, IVM_STATUS_STALE, reason);
	row->status = IVM_STATUS_STALE;
	row->building = false;
	if (said)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("view \"%s\" is stale from now on", get_rel_name(whole->view)),
			 errdetail("The reason: %s. Queries on the view compute it from its base table.", reason),
			 errhint("Call ivm.reconcile() on the view when its base table is in order.")));
}
