/*-------------------------------------------------------------------------
 *
 * append_locks.c
 *	  The locks under which append views are filled and refreshed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "catalog/watermark.h"
#include "maintain/append_locks.h"
#include "maintain/lock_set.h"

/* The tables that a view reads, with what is below those that are partitioned. */
static List *
with_partitions(List *relids)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		List	   *tree = get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE ?
			find_all_inheritors(lfirst_oid(lc), NoLock, NULL) : list_make1_oid(lfirst_oid(lc));

		result = list_concat_unique_oid(result, tree);
	}
	list_sort(result, list_oid_cmp);
	return result;
}

/*
 * The locks of tables: AccessShareLock, which holds back nobody who reads or writes, and where the
 * table that is appended to is partitioned, ShareUpdateExclusiveLock on it and what is below it, against
 * ATTACH and DETACH.
 */
static void
add_tables(IvmLockSet *set, List *tables, List *appended, void *owner)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		LOCKTAG		tag;

		SET_LOCKTAG_RELATION(tag, MyDatabaseId, lfirst_oid(lc));
		ivm_lock_set_add(set, &tag, list_member_oid(appended, lfirst_oid(lc)) &&
						 get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE ?
						 ShareUpdateExclusiveLock : AccessShareLock, owner);
	}
}

bool
ivm_append_locks_take(List *relids, Oid base, int32 view_id, bool wait)
{
	for (;;)
	{
		IvmLockSet	set = {NIL};
		List	   *tables = with_partitions(relids);
		LOCKTAG		tag;

		add_tables(&set, tables, with_partitions(list_make1_oid(base)), relids);
		if (view_id != 0)
		{
			ivm_watermark_lock_tag(&tag, view_id);
			ivm_lock_set_add(&set, &tag, ExclusiveLock, relids);
		}
		if (ivm_lock_set_take(&set, wait) != NULL)
			return false;

		/*
		 * partitions may have come and gone while it waited, and none will
		 * now
		 */
		if (equal(with_partitions(relids), tables))
			return true;
		ivm_lock_set_release(&set);
	}
}
