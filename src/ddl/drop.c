/*-------------------------------------------------------------------------
 *
 * drop.c
 *	  Dropping views and what is left of them.
 *
 * Locks: base tables first, in the order of their OIDs, and at once as strongly
 * as needed.  Dropping a trigger needs AccessExclusiveLock on its table, and to
 * ask for that after a weaker lock could deadlock.  So the last view on a table
 * takes that lock from the beginning; the others take ShareRowExclusiveLock,
 * which waits for open writers and lets readers through.
 *
 * With CASCADE, views that read a dropped one lose their definitions by core's
 * cascade.  They are found by that, and the rest of them is dropped, until no
 * view is left without its definition.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "storage/lmgr.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/subtransaction.h"
#include "capture/capture_triggers.h"
#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "catalog/definition_link.h"
#include "catalog/own_command.h"
#include "catalog/run_history.h"
#include "catalog/schedule.h"
#include "catalog/time_start.h"
#include "catalog/watermark.h"
#include "ddl/drop.h"
#include "ddl/readers.h"
#include "maintain/generation.h"
#include "maintain/lock_set.h"
#include "maintain/log_storage.h"
#include "plan/owner_scope.h"
#include "read/finishing_functions.h"

/*
 * Drop the capture triggers that only this view needed; its row is gone, and
 * the base tables are locked by ivm_drop_lock_tables().
 */
static void
drop_unused_triggers(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		Oid			base = lfirst_oid(lc);

		if (ivm_relation_exists(base) && ivm_catalog_of_base(base) == NIL)
		{
			ivm_capture_triggers_drop(base, IVM_TRIGGER_ROW);
			ivm_capture_triggers_drop(base, IVM_TRIGGER_TRUNCATE);
		}
	}
	foreach(lc, row->partitions)
		ivm_capture_triggers_forget_partition(lfirst_oid(lc));
	ivm_capture_triggers_ensure_all();
}

/* Do views that are not among these read this table? */
static bool
has_other_views(Oid base, List *rows)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_catalog_of_base(base))
	{
		foreach(lc2, rows)
		{
			if (((IvmViewRow *) lfirst(lc2))->id == ((IvmViewRow *) lfirst(lc))->id)
				break;
		}
		if (lc2 == NULL)
			return true;
	}
	return false;
}

void
ivm_drop_lock_tables(List *rows, List *others)
{
	List	   *bases = list_copy(others);
	IvmLockSet	set = {NIL};
	ListCell   *lc;

	rows = ivm_catalog_with_parts(rows);
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		LOCKTAG		tag;

		bases = list_union_oid(bases, row->bases);
		if (row->part_of != 0)
			continue;

		/*
		 * a refresh, or a build, has the storage, and comes to the row of
		 * ivm.view next
		 */
		ivm_watermark_lock_tag(&tag, row->id);
		ivm_lock_set_add(&set, &tag, ExclusiveLock, NULL);
	}
	list_sort(bases, list_oid_cmp);
	foreach(lc, bases)
		ivm_lock_set_add_tables(&set, list_make1_oid(lfirst_oid(lc)),
								list_member_oid(others, lfirst_oid(lc)) || has_other_views(lfirst_oid(lc), rows) ?
								ShareRowExclusiveLock : AccessExclusiveLock, true);
	(void) ivm_lock_set_take(&set, true);
}

/*
 * Add what a view consists of to objects, but not kept, and delete its row of
 * ivm.view.
 */
static void
collect_view(IvmViewRow *row, Oid kept, ObjectAddresses *objects)
{
	Oid			relids[] = {row->view, row->definition, row->state, row->delta};
	ObjectAddress address;
	ListCell   *lc;

	ivm_catalog_delete(row->id);
	ivm_schedule_lock(row->id);
	ivm_schedule_remove_all(row->id);
	if (row->mode != IVM_MODE_IMMEDIATE && row->part_of == 0)
		ivm_watermark_remove(row->id);
	if (row->mode == IVM_MODE_APPEND)
		ivm_append_view_remove(row->id);
	ivm_generation_drop_one(row->id);
	ivm_time_start_remove(row->id);
	for (int i = 0; i < (int) lengthof(relids); i++)
	{
		ObjectAddressSet(address, RelationRelationId, relids[i]);
		if (relids[i] == kept)
			continue;
		LockRelationOid(relids[i], AccessExclusiveLock);
		if (ivm_relation_exists(relids[i]))
			add_exact_object_address(&address, objects);
	}
	ivm_run_history_forget(row->id);
	foreach(lc, ivm_finishing_functions_of(row->id))
	{
		ObjectAddressSet(address, ProcedureRelationId, lfirst_oid(lc));
		add_exact_object_address(&address, objects);
	}
}

void
ivm_drop_check_not_in_use(IvmViewRow *row)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_with_parts(list_make1(row)))
	{
		const IvmViewRow *part = lfirst(lc);
		Oid			storage[] = {part->state, part->delta};

		for (int i = 0; i < (int) lengthof(storage); i++)
		{
			/* what this session uses it has locked */
			Relation	rel = RelationIdGetRelation(storage[i]);

			if (rel == NULL)
				continue;
			if (rel->rd_refcnt != 1)
				ereport(ERROR,
						(errcode(ERRCODE_OBJECT_IN_USE),
						 errmsg("view \"%s\" is being read by active queries in this session",
								ivm_catalog_view_name(ivm_catalog_whole(row))),
						 errhint("Close the cursors that read it.")));
			RelationClose(rel);
		}
	}
}

/* Drop these views, without their triggers, and without the relation kept. */
static void
drop_views(List *rows, Oid kept, bool cascade)
{
	ObjectAddresses *objects = new_object_addresses();
	ListCell   *lc;

	foreach(lc, rows)
		collect_view(lfirst(lc), kept, objects);
	performMultipleDeletions(objects, cascade ? DROP_CASCADE : DROP_RESTRICT, 0);
	free_object_addresses(objects);
	CommandCounterIncrement();
}

/*
 * The row of a view whose definition, or whose readable view, is gone: core's
 * CASCADE does that to views that read one just dropped.  NULL if there is none.
 */
static IvmViewRow *
find_incomplete_view(void)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (!ivm_relation_exists(row->view) || !ivm_relation_exists(row->definition))
			return row;
	}
	return NULL;
}

void
ivm_drop_unused(List *rows)
{
	IvmOwnerScope scope;
	ListCell   *lc;

	ivm_owner_scope_enter_extension(&scope);
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);

		drop_unused_triggers(row);
		if (row->mode == IVM_MODE_DEFERRED)
			ivm_log_storage_trim(row->bases);
	}
	ivm_owner_scope_leave(&scope);
}

List *
ivm_drop_storage(IvmViewRow *row)
{
	List	   *family = ivm_catalog_with_parts(list_make1(row));
	ListCell   *lc;

	/* by these, definitions are part of the relation that stays */
	foreach(lc, family)
		ivm_definition_link_remove(((IvmViewRow *) lfirst(lc))->definition);
	drop_views(family, row->view, false);
	return family;
}

void
ivm_drop_views(IvmViewRow *row, bool cascade)
{
	IvmViewRow *whole = row->part_of != 0 ? ivm_catalog_get(row->part_of) : NULL;
	List	   *rows;
	bool		before;

	if (whole != NULL)
		row = whole;
	rows = list_make1(row);
	if (cascade)
		rows = list_concat(rows, ivm_readers_of(ivm_catalog_all(), row->view));
	before = ivm_own_command_enter();
	PG_TRY();
	{
		ivm_drop_lock_tables(rows, NIL);
		while (row != NULL)
		{
			List	   *family = ivm_catalog_with_parts(list_make1(row));

			drop_views(family, InvalidOid, cascade);
			ivm_drop_unused(family);
			row = cascade ? find_incomplete_view() : NULL;
		}
		ivm_capture_triggers_note_all();
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

/* Lock a relation for being dropped, without waiting for others. */
static void
lock_for_drop(Oid relid)
{
	if (!ConditionalLockRelationOid(relid, AccessExclusiveLock))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("could not obtain lock on relation with OID %u", relid)));
}

/* Drop what is left of one view. */
static void
drop_remains(void *arg)
{
	IvmViewRow *row = arg;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, ivm_catalog_with_parts(list_make1(row)))
	{
		IvmViewRow *part = lfirst(lc);
		Oid			relids[] = {part->view, part->definition, part->state, part->delta};

		foreach(lc2, list_concat_copy(part->bases, part->partitions))
			lock_for_drop(lfirst_oid(lc2));
		for (int i = 0; i < (int) lengthof(relids); i++)
			lock_for_drop(relids[i]);
	}
	/* somebody may have dropped it in the meantime */
	row = ivm_catalog_get(row->id);
	if (row)
		ivm_drop_views(row, false);
}

/*
 * The same, in a subtransaction of its own: no command of a user waits or fails because of
 * it.  If somebody uses the tables, or an object of somebody depends on the view, it stays
 * for the next time.
 */
static bool
try_drop_remains(IvmViewRow *row)
{
	ErrorData  *error = ivm_subtransaction_run(drop_remains, row);

	if (error && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE &&
		error->sqlerrcode != ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST)
		ReThrowError(error);
	return error == NULL;
}

bool
ivm_drop_remains(void)
{
	bool		result = false;
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (row->part_of == 0 && !ivm_relation_exists(row->view))
			result |= try_drop_remains(row);
	}
	ivm_log_storage_drop_remains();
	return result;
}
