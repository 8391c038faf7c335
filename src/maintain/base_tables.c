/*-------------------------------------------------------------------------
 *
 * base_tables.c
 *	  Locks on the base tables of a view, and their capture triggers.
 *
 * Locks: tables in the order of their OIDs, each before its partitions, and all
 * of them before the state and the delta table of a view.  A capture trigger of
 * a table that the view reads no more is dropped only if the table is free at
 * once: to wait for it after the others could deadlock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/relation.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "definition/core.h"
#include "definition/sources.h"
#include "maintain/base_tables.h"
#include "plan/owner_scope.h"
#include "plan/plan_check.h"
#include "plan/plan_triggers.h"

/*
 * Lock a table with all its partitions until the end of the transaction; waits.
 * A caller that locks several tables does so in the order of their OIDs.
 */
static void
lock_with_partitions(Oid relid, LOCKMODE lockmode)
{
	LockRelationOid(relid, lockmode);
	if (get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE)
		(void) find_all_inheritors(relid, lockmode, NULL);
}

void
ivm_base_tables_lock(List *relids)
{
	List	   *sorted = list_copy(relids);
	ListCell   *lc;

	list_sort(sorted, list_oid_cmp);
	foreach(lc, sorted)
		lock_with_partitions(lfirst_oid(lc), ShareRowExclusiveLock);
}

/* Tables with their leaf partitions, which hold what is written to them. */
static List *
with_partitions(List *relids)
{
	List	   *result = list_copy(relids);
	ListCell   *lc;

	foreach(lc, relids)
		result = list_concat_unique_oid(result, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
	return result;
}

bool
ivm_base_tables_await_triggers(List *relids)
{
	ListCell   *lc;

	foreach(lc, with_partitions(relids))
	{
		if (AfterTriggerPendingOnRel(lfirst_oid(lc)))
			return true;
	}
	return false;
}

/* Is a table that this transaction writes open in one of its statements? */
static bool
is_written_now(Relation rel)
{
	/* one reference is the caller's own */
	return rel->rd_refcnt > 1 && CheckRelationLockedByMe(rel, RowExclusiveLock, false);
}

void
ivm_base_tables_require_unwritten(List *relids, const char *operation)
{
	ListCell   *lc;

	foreach(lc, with_partitions(relids))
	{
		/* what is open here is there, and its lock is held */
		Relation	rel = RelationIdGetRelation(lfirst_oid(lc));

		if (rel == NULL)
			continue;
		if (is_written_now(rel) || AfterTriggerPendingOnRel(RelationGetRelid(rel)))
			CheckTableNotInUse(rel, operation);
		RelationClose(rel);
	}
}

/* Drop the triggers of tables that no view reads any more, if these are free. */
static void
leave_tables(List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		Oid			relid = lfirst_oid(lc);

		/*
		 * Another transaction may hold the table and wait for one that the
		 * caller has locked: then the triggers stay, and find nothing to do.
		 */
		if (ivm_relation_exists(relid) && ivm_catalog_of_base(relid) == NIL &&
			ConditionalLockRelationOid(relid, AccessExclusiveLock))
		{
			ivm_capture_triggers_drop(relid, IVM_TRIGGER_ROW);
			ivm_capture_triggers_drop(relid, IVM_TRIGGER_TRUNCATE);
		}
	}
}

void
ivm_base_tables_restore_capture(IvmViewRow *row, const IvmCore *core)
{
	List	   *old = row->bases;
	List	   *old_partitions = row->partitions;
	List	   *partitions = NIL;
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;
	ListCell   *lc;

	PG_TRY();
	{
		row->bases = ivm_sources_relids(core->sources, core->nsources);
		ivm_catalog_set_sources(row->id, row->bases, ivm_plan_view_versions(core),
								ivm_plan_row_types(core));
		ivm_catalog_list_bases(row);
		ivm_owner_scope_enter_extension(&scope);
		foreach(lc, row->bases)
		{
			List	   *leaves = ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock);

			ivm_capture_triggers_ensure(lfirst_oid(lc), leaves);
			partitions = list_concat(partitions, leaves);
		}
		ivm_owner_scope_leave(&scope);
		list_sort(partitions, list_oid_cmp);
		if (!equal(partitions, row->partitions))
		{
			row->partitions = partitions;
			ivm_catalog_set_partitions(row->id, partitions);
		}
		ivm_owner_scope_enter_extension(&scope);
		leave_tables(list_difference_oid(old, row->bases));
		foreach(lc, list_difference_oid(old_partitions, partitions))
		{
			if (ConditionalLockRelationOid(lfirst_oid(lc), AccessExclusiveLock))
				ivm_capture_triggers_forget_partition(lfirst_oid(lc));
		}
		ivm_capture_triggers_ensure_all();
		ivm_owner_scope_leave(&scope);
		ivm_catalog_set_trigger_versions(row->id, ivm_plan_triggers_now(row));
		ivm_capture_triggers_note_all();
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}
