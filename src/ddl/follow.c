/*-------------------------------------------------------------------------
 *
 * follow.c
 *	  Creating and dropping views and their storage.
 *
 * Storage lives in schema ivm_data, where users cannot create anything: it is
 * created as the owner of the extension and then given to the view's owner.
 * The caller (api.c) has checked privileges.
 *
 * Locks: base tables before state and delta tables, always.  Creating takes
 * ShareRowExclusiveLock on the base table and its partitions, which waits for
 * open writers and lets readers through.  So does dropping, except that of the
 * last view on a table: dropping a trigger needs AccessExclusiveLock, and to
 * ask for that later could deadlock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "commands/view.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "base/compat.h"
#include "base/relation.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "ddl/follow.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* ---- statements ---- */

/* ---- view relations ---- */

/* ---- own commands ---- */

/* ---- triggers ---- */

/* ---- locks ---- */

/* ---- create ---- */

void
ivm_follow_give_away(Oid relid, Oid owner)
{
	ATExecChangeOwner(relid, owner, false, AccessExclusiveLock);
	CommandCounterIncrement();
}

/* ---- drop ---- */

/* ---- what is left of dropped views ---- */

/* ---- alter ---- */

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tup))
	{
		owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
		ReleaseSysCache(tup);
	}
	return owner;
}

/* The storage of a view, or of a part of it, belongs to the owner of the view. */
static void
follow_owner(IvmViewRow *row)
{
	Oid			relids[] = {row->definition, row->state, row->delta, row->view};
	IvmViewRow *whole = row->part_of != 0 ? ivm_catalog_get(row->part_of) : NULL;
	Oid			owner = relation_owner(whole ? whole->view : row->view);

	for (int i = 0; i < (int) lengthof(relids) && OidIsValid(owner); i++)
	{
		if (!ivm_relation_exists(relids[i]) || relation_owner(relids[i]) == owner)
			continue;
		ivm_follow_give_away(relids[i], owner);
		ivm_catalog_invalidate(row);
	}
}

/*
 * After a crash, the storage of a view is empty if its base tables are.  As
 * long as only some of them would be, the plan is unusable (plan_check.c).
 */
static void
follow_persistence(IvmViewRow *row)
{
	Oid			relids[] = {row->state, row->delta};
	char		persistence = '\0';
	ListCell   *lc;

	foreach(lc, row->bases)
	{
		if (!ivm_relation_exists(lfirst_oid(lc)))
			return;
		if (persistence != '\0' && get_rel_persistence(lfirst_oid(lc)) != persistence)
			return;
		persistence = get_rel_persistence(lfirst_oid(lc));
	}
	for (int i = 0; i < (int) lengthof(relids) && persistence != '\0'; i++)
		if (ivm_relation_exists(relids[i]) && get_rel_persistence(relids[i]) != persistence)
			ivm_own_command_run(ivm_storage_logged_text(relids[i],
											 persistence == RELPERSISTENCE_PERMANENT));
}

/*
 * Let the storage of a view and of its parts follow what the view and its base
 * tables have become.
 */
void
ivm_follow_changes(IvmViewRow *row)
{
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;
	ListCell   *lc;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		foreach(lc, ivm_catalog_with_parts(list_make1(row)))
		{
			follow_owner(lfirst(lc));
			follow_persistence(lfirst(lc));
		}
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}
