/*-------------------------------------------------------------------------
 *
 * ddl_trigger.c
 *	  Capture triggers that change for a good reason.
 *
 * A view is stale where the capture triggers of a table are not the ones that
 * ivm.view knows (plan_triggers.c).  The extension itself makes, enables and
 * drops triggers that views share, and ATTACH and DETACH PARTITION make and
 * drop clones.  Before that, the versions of all views on these tables are
 * opened, if they are right, and after it completed.  Both is part of the
 * transaction; who changes triggers has locked the table against writers.
 *
 * A dump has no versions, so they are completed by what follows a restore: the
 * commands that create the triggers, other DDL on a view's tables, functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "ddl/ddl.h"
#include "ddl/ddl_event.h"
#include "ddl/sqlgen.h"
#include "plan/plan_triggers.h"

/*
 * Capture triggers of these tables are about to change for a good reason.  With
 * repair, what is missing will be there afterwards: a view that has missed
 * changes for that, without this being known, is marked stale.
 */
void
ivm_ddl_expect_triggers(List *tables, bool repair)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);
		ArrayType  *versions;
		Oid			missed;

		/* of others, the versions are taken anew when they are brought up to date */
		if (row->status != IVM_STATUS_READY ||
			!(ivm_event_any_of(tables, row->bases) || ivm_event_any_of(tables, row->partitions)))
			continue;
		ivm_catalog_lock(row->id);
		row = ivm_catalog_get(row->id);
		if (row == NULL || row->status != IVM_STATUS_READY)
			continue;
		versions = ivm_plan_triggers_expect(row, tables, &missed);
		if (versions != NULL)
			ivm_catalog_set_trigger_versions(row->id, versions);
		if (repair && OidIsValid(missed))
			ivm_catalog_set_status(row->id, IVM_STATUS_STALE,
								   psprintf("a capture trigger of table %s was missing or disabled",
											ivm_sql_relation_name(missed)));
	}
}

/* These tables have become partitions of a view's tables, or are so no more. */
void
ivm_ddl_forget_triggers(const IvmViewRow *row, List *tables)
{
	ArrayType  *versions = ivm_plan_triggers_without(row, tables);

	if (versions != NULL)
		ivm_catalog_set_trigger_versions(row->id, versions);
}

/*
 * Complete what is not known of a view: the versions of its triggers, and that
 * its definition is internal to it, which no dump tells either.  Waits for nobody
 * but others who write the view's row.
 */
void
ivm_ddl_note_triggers(IvmViewRow *row)
{
	ArrayType  *versions;

	if (get_rel_name(row->view) == NULL)
		return;					/* being dropped */
	if (row->trigger_versions == NULL)
		ivm_ddl_tie_definition(row);
	if (row->status != IVM_STATUS_READY || ivm_plan_triggers_complete(row) == NULL)
		return;
	ivm_catalog_lock(row->id);
	row = ivm_catalog_get(row->id);
	if (row != NULL && row->status == IVM_STATUS_READY &&
		(versions = ivm_plan_triggers_complete(row)) != NULL)
		ivm_catalog_set_trigger_versions(row->id, versions);
}

/* The same for all views. */
void
ivm_ddl_note_all_triggers(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
		ivm_ddl_note_triggers(lfirst(lc));
}
