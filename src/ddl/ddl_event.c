/*-------------------------------------------------------------------------
 *
 * ddl_event.c
 *	  The event triggers, and the triggers of a restore: the entry points.
 *
 *		command of a user
 *			|
 *		ddl_command_start	ddl_refuse.c	what would change a view or its
 *			|								storage by hand is an error
 *			|				ddl_before.c	locks that the command would take in
 *			|								an order that can deadlock; rows of
 *			|								partitions about to be dropped
 *		core runs it
 *			|
 *		sql_drop			this file		views that lost a relation are
 *			|								dropped as a whole
 *		ddl_command_end		ddl_effects.c	what may have changed
 *							ddl_after.c		owners, persistence and partitions
 *											are followed; views whose changes
 *											can have been missed are stale
 *
 * Event triggers are a convenience: the exactness of a view does not rest on
 * them, since each derivation of a plan checks its triggers and partitions
 * (plan_check.c).  They do nothing for commands that concern no view, nor for
 * those that the extension runs itself (own_command.c).
 *
 * They also fire in the middle of a restore, where rows of ivm.view are there
 * and triggers, indexes or partitions are not yet.  So a view is judged only
 * by commands that take something away from it, never by what is missing; and
 * where the extension has no table of views yet, there is nothing to do.
 *
 * Memory: all is in the context of the event trigger, which core deletes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "capture/capture_triggers.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "catalog/own_table.h"
#include "catalog/watermark.h"
#include "ddl/adopt.h"
#include "ddl/ddl_after.h"
#include "ddl/ddl_before.h"
#include "ddl/ddl_command.h"
#include "ddl/ddl_refuse.h"
#include "ddl/ddl_stale.h"
#include "ddl/drop.h"
#include "plan/plan_check.h"

IVM_FUNCTION(ivm_event_start);
IVM_FUNCTION(ivm_event_end);
IVM_FUNCTION(ivm_event_drop);
IVM_FUNCTION(ivm_event_restored);
IVM_FUNCTION(ivm_event_restored_watermark);

static EventTriggerData *
event_data(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called by an event trigger")));
	return (EventTriggerData *) fcinfo->context;
}

/* ---- ddl_command_start ---- */

Datum
ivm_event_start(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);
	Node	   *stmt = event->parsetree;
	List	   *rows;

	if (IsA(stmt, RenameStmt))
		ivm_ddl_refuse_schema_rename((RenameStmt *) stmt);
	if (IsA(stmt, CreateTrigStmt))
		ivm_ddl_refuse_trigger((CreateTrigStmt *) stmt);
	else if (IsA(stmt, CreateStmt) && ((CreateStmt *) stmt)->inhRelations == NIL)
		PG_RETURN_NULL();		/* frequent, with temporary tables */
	else if (!ivm_own_command_is_running() && (rows = ivm_catalog_all()) != NIL)
		ivm_ddl_before_command(rows, stmt);
	PG_RETURN_NULL();
}

/* ---- sql_drop ---- */

/* Did the command say CASCADE? */
static bool
says_cascade(Node *stmt)
{
	if (IsA(stmt, DropStmt))
		return ((DropStmt *) stmt)->behavior == DROP_CASCADE;
	if (IsA(stmt, DropOwnedStmt))
		return ((DropOwnedStmt *) stmt)->behavior == DROP_CASCADE;
	return false;
}

/*
 * A view that has lost one of its relations is dropped as a whole.  One that
 * has lost a trigger, or a partition whose rows were not counted as deleted
 * (ddl_partition.c), is stale.
 */
Datum
ivm_event_drop(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);
	IvmDropped	dropped = {NIL};
	List	   *rows;
	ListCell   *lc;
	ListCell   *lc2;

	if (ivm_own_command_is_running() || (rows = ivm_catalog_all()) == NIL)
		PG_RETURN_NULL();
	ivm_ddl_command_dropped(&dropped);
	foreach(lc, dropped.relations)
	{
		IvmViewRow *row = ivm_ddl_command_row(rows, lfirst_oid(lc));

		if (row == NULL)
			continue;
		ivm_drop_views(row, dropped.cascade || says_cascade(event->parsetree));
		/* with CASCADE, views that read it have gone as well */
		rows = ivm_catalog_all();
	}
	foreach(lc, rows)
	{
		IvmViewRow *row = lfirst(lc);
		const char *reason = NULL;

		foreach(lc2, dropped.relations)
		{
			if (list_member_oid(row->partitions, lfirst_oid(lc2)))
				reason = "a partition was dropped along with other objects";
		}
		if (dropped.trigger && reason == NULL)
			reason = ivm_plan_check_captured(row);
		if (reason)
			ivm_ddl_stale_mark(row, reason);
	}
	PG_RETURN_NULL();
}

/* ---- ddl_command_end ---- */

/* Does a command disable all triggers of ivm.view, as a restore of the data alone may do? */
static bool
disables_restored(Node *stmt)
{
	ListCell   *lc;

	if (!IsA(stmt, AlterTableStmt) ||
		ivm_ddl_command_relation(((AlterTableStmt *) stmt)->relation) != ivm_catalog_relid())
		return false;
	foreach(lc, ((AlterTableStmt *) stmt)->cmds)
	{
		if (lfirst_node(AlterTableCmd, lc)->subtype == AT_DisableTrigAll)
			return true;
	}
	return false;
}

/* A restore of the schema alone makes rows of ivm.view, which give way to those of a dump. */
static void
adopt_after(Node *stmt)
{
	if (IsA(stmt, CreateTrigStmt) && strcmp(((CreateTrigStmt *) stmt)->trigname, IVM_TRIGGER_GUARD) == 0)
		ivm_adopt_state(ivm_ddl_command_relation(((CreateTrigStmt *) stmt)->relation));
	else if (disables_restored(stmt))
		ivm_adopt_undo(0);
}

Datum
ivm_event_end(PG_FUNCTION_ARGS)
{
	EventTriggerData *event = event_data(fcinfo);

	if (ivm_own_command_is_running())
		PG_RETURN_NULL();
	adopt_after(event->parsetree);
	if (ivm_catalog_all() != NIL)
		ivm_ddl_after_command(event->parsetree);
	PG_RETURN_NULL();
}

/* ---- restore ---- */

/* The call of a trigger function, on the one table that has it: everybody may attach it to others. */
static TriggerData *
restore_data(FunctionCallInfo fcinfo, const char *function, Oid relid)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trig->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trig->tg_event) || !TRIGGER_FIRED_BY_INSERT(trig->tg_event) ||
		RelationGetRelid(trig->tg_relation) != relid)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by its trigger", function)));
	return trig;
}

/*
 * Can rows of a view's tables have been captured for it, or be captured yet before its state is
 * restored?  Not where all triggers are younger than what the tables have: a parallel restore
 * has loaded them, then made the triggers, and comes to ivm.view only now.  An empty table may
 * be loaded later, unless another one of the view shows that such a restore is going on.
 */
static bool
may_have_captured(const IvmViewRow *row)
{
	bool		any_loaded = false;
	bool		any_empty = false;
	ListCell   *lc;

	foreach(lc, list_concat_copy(row->bases, row->partitions))
	{
		bool		loaded;
		bool		empty;

		if (!ivm_capture_triggers_may_have_captured(lfirst_oid(lc), &loaded, &empty))
			any_loaded |= loaded;
		else if (!empty)
			return true;
		else
			any_empty = true;
	}
	return any_empty && !any_loaded;
}

/* Is a column NULL that must not be?  The executor looks at that after triggers have run. */
static bool
violates_not_null(HeapTuple tup, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attnotnull && heap_attisnull(tup, i + 1, desc))
			return true;
	return false;
}

/*
 * Row trigger on ivm.view, which nothing but a restore writes by SQL.  Where the
 * base table has its triggers before the view has its row, data are restored
 * into a database that has the schema already: then the base table's rows may be
 * captured, and restored with the state as well, so the view is stale.
 */
Datum
ivm_event_restored(PG_FUNCTION_ARGS)
{
	TriggerData *trig = restore_data(fcinfo, "ivm._restored", ivm_catalog_relid());
	IvmViewRow *row;
	const char *reason = NULL;

	if (violates_not_null(trig->tg_trigtuple, RelationGetDescr(trig->tg_relation)))
		return PointerGetDatum(trig->tg_trigtuple);
	row = ivm_view_row_from_tuple(trig->tg_trigtuple, RelationGetDescr(trig->tg_relation));
	ivm_adopt_undo(row->id);
	if ((row->status == IVM_STATUS_READY || row->status == IVM_STATUS_ROLLED_BACK) && may_have_captured(row))
		reason = "data were restored while changes were captured";
	return PointerGetDatum(ivm_catalog_restored_row(trig->tg_trigtuple,
													RelationGetDescr(trig->tg_relation), reason));
}

/*
 * Row trigger on ivm.watermark, likewise.  The stored rows that come with a watermark are
 * as old as it says, but there is no log that leads on from there, even if the
 * transaction ids are of this cluster.
 */
Datum
ivm_event_restored_watermark(PG_FUNCTION_ARGS)
{
	TriggerData *trig = restore_data(fcinfo, "ivm._restored_watermark", ivm_own_table_relid("watermark"));

	return PointerGetDatum(ivm_watermark_restored_row(trig->tg_trigtuple,
													  RelationGetDescr(trig->tg_relation)));
}
