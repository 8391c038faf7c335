/*-------------------------------------------------------------------------
 *
 * ddl_partition.c
 *	  Partitions that come and go.
 *
 * A partition attached counts as its rows inserted, one detached or dropped
 * as its rows deleted: the rows are added to the pending change of the
 * transaction, for each view on a partitioned table above.  Core has locked
 * the partition against everybody by then.  The set of leaf partitions that
 * the state stands for is kept with the view; the two change in one
 * transaction.
 *
 * What changed is believed only as far as it follows from the command: other
 * partitions that have come or gone did so unseen, and the view is stale.
 *
 * Row triggers of a partitioned table are cloned to its partitions by core,
 * under the same name.  So a table that has one of its own, for views on
 * itself, loses that before it is attached, and gets it back when detached.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "capture/capture.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "catalog/view_base.h"
#include "commit/apply.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_partition.h"
#include "ddl/ddl_stale.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"

/* ---- shared ---- */

/* The leaf partitions of these tables, and those that are leaves themselves. */
static List *
leaves_of(List *relids)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			result = list_concat(result, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
		else
			result = lappend_oid(result, lfirst_oid(lc));
	}
	return result;
}

/* The leaf partitions that the view's base tables have now. */
static List *
current_leaves(IvmViewRow *row)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, row->bases)
		result = list_concat(result, ivm_relation_leaf_partitions(lfirst_oid(lc), NoLock));
	return result;
}

/* Add the rows of these tables to a view's pending change, with this sign. */
static void
capture_tables(IvmPlan *plan, List *relids, int sign)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_RELATION)
			ivm_capture_table(plan, lfirst_oid(lc), sign, ivm_apply_write_out);
	}
}

/*
 * Call work(arg) as the owner of the extension, as a command of the extension
 * itself, which its event triggers leave alone.
 */
static void
as_owner(void (*work) (void *), void *arg)
{
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		work(arg);
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

/*
 * Why changes of a view's tables may have been missed, or NULL.  One that is being built for the
 * first time is not ready, but its changes are captured as if it were.
 */
static const char *
why_missed(const IvmPlan *plan)
{
	return plan->row->building && plan->core->refusal == NULL ?
		ivm_plan_check_captured(plan->row) : plan->unusable;
}

/* ---- after the command ---- */

/*
 * Let one view follow a change of its partitions.  attached and detached are
 * the tables that the command named.
 */
static void
follow(IvmViewRow *row, List *attached, List *detached, bool concurrently)
{
	List	   *leaves = current_leaves(row);
	List	   *came = list_difference_oid(leaves, row->partitions);
	List	   *went = list_difference_oid(row->partitions, leaves);
	IvmPlan    *plan;
	const char *missed;
	ListCell   *lc;

	if (came == NIL && went == NIL)
		return;
	if (ivm_catalog_wants_triggers(row))
	{
		foreach(lc, row->bases)
			ivm_capture_triggers_ensure(lfirst_oid(lc), leaves);
	}
	ivm_catalog_set_partitions(row->id, leaves);
	ivm_capture_triggers_forget(ivm_catalog_get(row->id), list_concat_copy(came, went));
	row->partitions = leaves;
	foreach(lc, went)
		ivm_capture_triggers_forget_partition(lfirst_oid(lc));

	if (!ivm_catalog_is_captured(row))
		return;
	plan = ivm_plan_cache_get(row->id);
	if (plan == NULL)
		return;
	if (concurrently)
		ivm_ddl_stale_mark(row, "a partition was detached concurrently");
	else if (list_difference_oid(came, leaves_of(attached)) != NIL ||
			 list_difference_oid(went, leaves_of(detached)) != NIL)
		ivm_ddl_stale_mark(row, "the set of partitions has changed");
	else if ((missed = why_missed(plan)) != NULL || !plan->capturing)
		ivm_ddl_stale_mark(row, missed ? missed : "changes are not captured");
	else
	{
		capture_tables(plan, came, 1);
		capture_tables(plan, went, -1);
	}
}

/* Arguments of follow(), for as_owner() */
typedef struct Follow
{
	IvmViewRow *row;
	List	   *attached;
	List	   *detached;
	bool		concurrently;
} Follow;

static void
follow_work(void *arg)
{
	Follow	   *f = arg;
	IvmViewRow *row;

	/* another transaction may have changed another part of the tree */
	ivm_catalog_lock(f->row->id);
	row = ivm_catalog_get(f->row->id);
	if (row != NULL)
		follow(row, f->attached, f->detached, f->concurrently);
}

void
ivm_ddl_partition_follow(IvmViewRow *row, List *attached, List *detached, bool concurrently)
{
	Follow		f = {row, attached, detached, concurrently};

	as_owner(follow_work, &f);
}

static void
detached_work(void *arg)
{
	ivm_capture_triggers_ensure_all();
}

void
ivm_ddl_partition_detached(void)
{
	as_owner(detached_work, NULL);
}

/* ---- ATTACH PARTITION, before it is done ---- */

static void
attach_work(void *arg)
{
	ListCell   *lc;

	foreach(lc, (List *) arg)
		ivm_capture_triggers_drop(lfirst_oid(lc), IVM_TRIGGER_ROW);
}

void
ivm_ddl_partition_before_attach(Oid parent, Oid child)
{
	List	   *tables;

	if (!ivm_capture_triggers_has_row(parent) ||
		!ivm_compat_is_owner(parent, GetUserId()) ||
		!ivm_compat_is_owner(child, GetUserId()))
		return;
	LockRelationOid(parent, ShareUpdateExclusiveLock);
	LockRelationOid(child, AccessExclusiveLock);
	if (!ivm_relation_exists(parent) || !ivm_relation_exists(child) ||
		get_rel_relispartition(child))
		return;					/* core has something to say about it */
	tables = find_all_inheritors(child, AccessExclusiveLock, NULL);
	as_owner(attach_work, tables);
}

/* ---- DETACH PARTITION, before it is done ---- */

/* Is there a view that reads one of these tables directly? */
static bool
any_view_on(List *relids)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		if (ivm_relation_any_of(((IvmViewRow *) lfirst(lc))->bases, relids))
			return true;
	}
	return false;
}

/*
 * Core will drop the clones of the parent's row trigger; views on the partition
 * itself, or on one below it, get triggers of their own again when that is done.
 * Locks as the command does: exclusively or, for a command that does not wait
 * for readers and writers, only against other commands of its kind.
 */
void
ivm_ddl_partition_before_detach(Oid parent, Oid child, bool exclusive)
{
	List	   *tables = find_all_inheritors(child, NoLock, NULL);

	if (!ivm_capture_triggers_has_row(parent) || !any_view_on(tables) ||
		!ivm_compat_is_owner(parent, GetUserId()))
		return;
	LockRelationOid(parent, exclusive ? AccessExclusiveLock : ShareUpdateExclusiveLock);
	if (exclusive)
		LockRelationOid(child, AccessExclusiveLock);
	ivm_capture_triggers_expect(tables, false);
}

/* ---- DROP TABLE, before it is done ---- */

/*
 * Take the rows of partitions that are about to be dropped away from a view,
 * and forget the partitions.  Until they are gone, the plan finds that the
 * set of partitions is not the one known, which is as it should be.
 */
static void
drop_from_view(int32 id, List *leaves)
{
	IvmViewRow *row;
	IvmPlan    *plan;
	const char *unusable;

	ivm_catalog_lock(id);
	row = ivm_catalog_get(id);
	if (row == NULL || list_difference_oid(leaves, row->partitions) != NIL)
		return;					/* sql_drop marks it stale */
	plan = ivm_plan_cache_get(id);
	unusable = why_missed(plan);
	ivm_catalog_set_partitions(id, list_difference_oid(row->partitions, leaves));
	ivm_capture_triggers_forget(row, leaves);
	if (!ivm_catalog_is_captured(row))
		return;
	if (unusable)
	{
		ivm_ddl_stale_mark(row, pstrdup(unusable));
		return;
	}
	plan = ivm_plan_cache_get(id);
	capture_tables(plan, leaves, -1);
}

/* Let the views on tables above these partitions follow. */
static void
drop_work(void *arg)
{
	List	   *tables = arg;
	List	   *ancestors = NIL;
	ListCell   *lc;

	foreach(lc, tables)
		ancestors = list_concat_unique_oid(ancestors, get_partition_ancestors(lfirst_oid(lc)));
	foreach(lc, ivm_view_base_ids(ancestors))
	{
		IvmViewRow *row = ivm_catalog_get(lfirst_int(lc));
		List	   *leaves = NIL;
		ListCell   *lc2;

		if (row == NULL)
			continue;
		foreach(lc2, tables)
		{
			if (ivm_relation_any_of(row->bases, get_partition_ancestors(lfirst_oid(lc2))))
				leaves = list_union_oid(leaves, leaves_of(list_make1_oid(lfirst_oid(lc2))));
		}
		if (leaves != NIL)
			drop_from_view(row->id, leaves);
	}
}

/*
 * Lock a partition as DROP TABLE does; false if no view counts its rows, or the
 * current user may not drop it.
 */
static bool
lock_for_drop(Oid relid)
{
	if (!get_rel_relispartition(relid) || !ivm_ddl_command_may_drop(relid) ||
		ivm_view_base_ids(get_partition_ancestors(relid)) == NIL)
		return false;
	LockRelationOid(get_partition_parent(relid, true), AccessExclusiveLock);
	LockRelationOid(relid, AccessExclusiveLock);
	if (!ivm_relation_exists(relid) || !get_rel_relispartition(relid))
		return false;
	(void) find_all_inheritors(relid, AccessExclusiveLock, NULL);
	return true;
}

void
ivm_ddl_partition_before_drop(List *relids)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (lock_for_drop(lfirst_oid(lc)))
			tables = list_append_unique_oid(tables, lfirst_oid(lc));
	}
	if (tables != NIL)
		as_owner(drop_work, tables);
}
