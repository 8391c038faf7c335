/*-------------------------------------------------------------------------
 *
 * triggers.c
 *	  The trigger functions on base tables, and the one on storage.
 *
 * Those on base tables hand changed rows to capture, and write the pending change out
 * when it has become too large.  As they use both, they are above both.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "replication/logicalworker.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "capture/capture.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "commit/apply.h"
#include "ddl/ddl_stale.h"
#include "plan/plan.h"
#include "plan/table_plan.h"
#include "sql/direct_capture.h"

IVM_FUNCTION(ivm_capture);
IVM_FUNCTION(ivm_capture_truncate);
IVM_FUNCTION(ivm_guard_storage);

/* Row trigger: AFTER INSERT OR UPDATE OR DELETE. */
Datum
ivm_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;
	TriggerEvent event;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trig->tg_event) ||
		!TRIGGER_FIRED_AFTER(trig->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by a row trigger", "ivm._capture"),
				 errhint("It is attached to tables by ivm.create_view().")));
	if (strcmp(trig->tg_trigger->tgname, IVM_TRIGGER_ROW) != 0)
		return PointerGetDatum(NULL);	/* a trigger renamed, or made by hand */
	ivm_direct_capture_learn(fcinfo->flinfo->fn_oid);
	event = trig->tg_event;
	if (TRIGGER_FIRED_BY_INSERT(event))
		ivm_direct_capture_row(trig->tg_relation, NULL, trig->tg_trigslot);
	else if (TRIGGER_FIRED_BY_DELETE(event))
		ivm_direct_capture_row(trig->tg_relation, trig->tg_trigslot, NULL);
	else
		ivm_direct_capture_row(trig->tg_relation, trig->tg_trigslot, trig->tg_newslot);
	return PointerGetDatum(NULL);
}

/*
 * Statement trigger.  AFTER TRUNCATE of a base table empties the views on it;
 * BEFORE TRUNCATE of a leaf partition counts its rows as deleted.  A TRUNCATE of
 * the whole partitioned table fires both: first those of its leaf partitions,
 * then that of the table.  Views over several sources are computed afresh when
 * the transaction ends.
 */
Datum
ivm_capture_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;
	Oid			relid;
	IvmTablePlan *table;
	IvmTablePlanView *views;
	int			nviews;
	ListCell   *lc;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BY_TRUNCATE(trig->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by a TRUNCATE trigger", "ivm._capture_truncate"),
				 errhint("It is attached to tables by ivm.create_view().")));
	if (strcmp(trig->tg_trigger->tgname, IVM_TRIGGER_TRUNCATE) != 0 &&
		strcmp(trig->tg_trigger->tgname, IVM_TRIGGER_TRUNCATE_LEAF) != 0)
		return PointerGetDatum(NULL);
	relid = RelationGetRelid(trig->tg_relation);
	ivm_capture_check_open(trig->tg_relation);
	table = ivm_table_plan_get(relid);
	views = table->views;
	nviews = table->nviews;
	for (int i = 0; i < nviews; i++)
	{
		IvmPlan    *plan = views[i].plan;
		bool		whole = plan->core->base == relid;

		if (whole && TRIGGER_FIRED_AFTER(trig->tg_event))
		{
			ivm_pending_discard(plan);
			ivm_apply_truncate(plan);
		}
		else if (!whole && TRIGGER_FIRED_BEFORE(trig->tg_event))
		{
			ivm_capture_table(plan, relid, -1, ivm_apply_write_out);
			ivm_catalog_touch(plan->row->id, false);
		}
	}
	foreach(lc, table->joins)
	{
		IvmPlan    *plan = lfirst(lc);

		ivm_pending_rebuild(plan);
		ivm_catalog_touch(plan->row->id, TRIGGER_FIRED_AFTER(trig->tg_event));
	}
	foreach(lc, table->logged)
		ivm_pending_mark(lfirst_oid(lc));
	ivm_pending_truncated(relid);
	return PointerGetDatum(NULL);
}

#define WRITTEN		"rows were put into its storage by a restore or by hand"

/* The view whose storage has rows inserted by an SQL command is not what its tables give. */
static void
mark_written(Oid storage)
{
	ListCell   *lc;

	foreach(lc, ivm_catalog_all())
	{
		IvmViewRow *row = lfirst(lc);

		if (row->state != storage && row->delta != storage)
			continue;
		ivm_ddl_stale_mark(row, WRITTEN);
		/* nothing is captured, but its rows are read */
		if (row->status == IVM_STATUS_ROLLED_BACK)
			ivm_catalog_set_status(row->id, IVM_STATUS_PAUSED, WRITTEN);
	}
}

/*
 * Row trigger: BEFORE INSERT OR UPDATE OR DELETE, of storage, change logs and the
 * extension's own tables.  The extension itself fires no triggers: it writes by access
 * methods and as catalogues are written.
 *
 * What logical replication brings is dropped: a publication FOR ALL TABLES has these tables,
 * too, and the subscriber makes what they hold from the rows of the base tables.  A session
 * that loads a dump under session_replication_role = replica is no such worker.
 *
 * A restore of data into a database that has the view already brings rows of its state, beside
 * those of its base tables, which are captured.
 */
Datum
ivm_guard_storage(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trig->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trig->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by a row trigger", "ivm._guard_storage"),
				 errhint("It is attached to storage by ivm.create_view().")));
	if (IsLogicalWorker())
		return PointerGetDatum(NULL);
	if (TRIGGER_FIRED_BY_INSERT(trig->tg_event) && fcinfo->flinfo->fn_extra == NULL)
	{
		mark_written(RelationGetRelid(trig->tg_relation));
		fcinfo->flinfo->fn_extra = fcinfo;	/* once per command */
	}
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trig->tg_event) ? trig->tg_newtuple : trig->tg_trigtuple);
}
