/*-------------------------------------------------------------------------
 *
 * follow.c
 *	  Storage that follows its view and its base tables.
 *
 * ALTER VIEW ... OWNER and ALTER TABLE ... SET LOGGED concern relations that
 * users know; the definition, the state and the delta table behind them, and the
 * change logs of the base tables, are brought in line here, when the event trigger sees such a command.  Storage
 * that was missed is only out of line, not inexact.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "catalog/catalog_view.h"
#include "catalog/change_log.h"
#include "catalog/own_command.h"
#include "ddl/follow.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"

void
ivm_follow_give_away(Oid relid, Oid owner)
{
	ivm_server_give_relation(relid, owner);
}

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

/*
 * Let the storage of a view, or of a part of it, belong to the owner of the
 * (whole) view.
 */
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

static void
make_persistent_as(Oid relid, char persistence)
{
	if (ivm_relation_exists(relid) && get_rel_persistence(relid) != persistence)
		ivm_own_command_run(ivm_storage_logged_text(relid, persistence == RELPERSISTENCE_PERMANENT));
}

/*
 * After a crash, the storage of a view must be empty if its base tables are: so
 * it is UNLOGGED if they are.  As long as only some of the base tables are
 * UNLOGGED, nothing is changed and the plan is unusable (plan_check.c).
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
		make_persistent_as(relids[i], persistence);
}

/*
 * What is logged of a table that a crash leaves as it is must not be lost by it, and what is
 * logged of one that it empties must be.  Nobody has a segment open, since the command
 * on the base table has that for itself.
 */
static void
follow_log_persistence(const IvmViewRow *row)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, row->bases)
	{
		if (!ivm_relation_exists(lfirst_oid(lc)))
			continue;
		foreach(lc2, ivm_change_log_segments(lfirst_oid(lc), NULL))
			make_persistent_as(((IvmLogSegment *) lfirst(lc2))->relid,
							   get_rel_persistence(lfirst_oid(lc)));
	}
}

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
			follow_log_persistence(lfirst(lc));
		}
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}
