/*-------------------------------------------------------------------------
 *
 * ddl_stale.c
 *	  Views whose changes may have been missed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "ddl/ddl_stale.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_type.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Changes may have been missed: reads run the definition from now on. */
void
ivm_ddl_stale_mark(IvmViewRow *row, const char *reason)
{
	const IvmViewRow *whole = ivm_catalog_whole(row);
	bool		said = whole->status == IVM_STATUS_STALE;
	ListCell   *lc;

	/* or being dropped by this very command */
	if (row->status != IVM_STATUS_READY || get_rel_name(row->view) == NULL)
		return;
	foreach(lc, ivm_catalog_parts(whole->id))
		said |= ((IvmViewRow *) lfirst(lc))->status == IVM_STATUS_STALE;
	ivm_catalog_set_status(row->id, IVM_STATUS_STALE, reason);
	row->status = IVM_STATUS_STALE;
	if (said)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("view \"%s\" is stale from now on", get_rel_name(whole->view)),
			 errdetail("The reason: %s. Queries on the view compute it from its base table.", reason),
			 errhint("Call ivm.reconcile() on the view when its base table is in order.")));
}
