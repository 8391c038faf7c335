/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  The trigger functions on base tables.
 *
 * One AFTER ROW trigger per base table serves all views on it.  Row triggers
 * also fire in logical replication's apply workers, are cloned to partitions
 * and see rows that move between partitions.  For each view, the trigger
 * evaluates the definition's filter, keys and aggregate arguments with
 * prepared expressions, as the view's owner and under the view's settings,
 * and adds the result to the pending change.  It reads and writes no table.
 *
 * This is the hot path: per row no catalogue look-up, no allocation that
 * outlives the row except for a new key, no SQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/error_context.h"
#include "base/settings.h"
#include "capture/capture.h"
#include "capture/changes.h"
#include "capture/on_error.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/row_eval.h"
#include "plan/table_plan.h"

IVM_FUNCTION(ivm_capture);
IVM_FUNCTION(ivm_capture_truncate);

IvmCaptureHooks ivm_capture_hooks = {NULL, NULL};

/* Set while a transaction's change is applied: it is too late to add to it. */
static bool closed = false;

void
ivm_capture_close(void)
{
	closed = true;
}

void
ivm_capture_open(void)
{
	closed = false;
}

/*
 * The core's row that comes of a base row, or NULL if it does not pass the
 * filter; settings are in force.
 */
static TupleTableSlot *
evaluate(IvmRowEval *eval, TupleTableSlot *slot)
{
	ExprContext *econtext = eval->econtext;

	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	if (eval->qual && !ExecQual(eval->qual, econtext))
		return NULL;
	return ExecProject(eval->proj);
}

/* evaluate() under the view's settings */
static TupleTableSlot *
evaluate_under_settings(IvmTablePlanView *view, IvmRowEval *eval, TupleTableSlot *slot)
{
	IvmSettingsSave save;
	TupleTableSlot *volatile result;

	eval->busy = true;
	if (view->map)
		slot = execute_attr_map_slot(view->map, slot, eval->slot);
	if (unlikely(ivm_settings_enter(view->plan->settings, &save)))
	{
		PG_TRY();
		{
			result = evaluate(eval, slot);
		}
		PG_FINALLY();
		{
			ivm_settings_leave(&save);
		}
		PG_END_TRY();
	}
	else
		result = evaluate(eval, slot);
	eval->busy = false;
	return result;
}

typedef struct GuardedRow
{
	IvmTablePlanView *view;
	IvmRowEval *eval;
	TupleTableSlot *slot;
	TupleTableSlot *result;
} GuardedRow;

static void
evaluate_guarded(void *arg)
{
	GuardedRow *row = arg;

	row->result = evaluate_under_settings(row->view, row->eval, row->slot);
}

/*
 * Add (sign 1) or take away (sign -1) a row of a base table or partition for
 * one view.  An error in the definition's expressions is the writer's error,
 * or breaks the view.
 */
static void
capture_slot(IvmTablePlanView *view, TupleTableSlot *slot, int sign)
{
	IvmPlan    *plan = view->plan;
	IvmRowEval *eval;
	TupleTableSlot *result;
	IvmOwnerScope scope;
	MemoryContext oldcxt;

	if (unlikely(plan->run->broken))
		return;					/* broken by the row before */
	eval = ivm_row_eval_get(plan);
	/* reset with the next row */
	oldcxt = MemoryContextSwitchTo(eval->econtext->ecxt_per_tuple_memory);
	ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_NAMED);
	if (unlikely(plan->breaks))
	{
		GuardedRow	row = {view, eval, slot, NULL};

		(void) ivm_on_error_run(plan, evaluate_guarded, &row);
		result = row.result;
	}
	else
		result = evaluate_under_settings(view, eval, slot);
	if (result)
		ivm_changes_add(ivm_pending_map(plan), result->tts_values, result->tts_isnull, sign);
	ivm_owner_scope_leave(&scope);
	MemoryContextSwitchTo(oldcxt);
}

/*
 * Did an UPDATE leave these columns of a base table alone?  Compared by their
 * bytes; a false "no" only costs time.
 */
static bool
unchanged(const Bitmapset *attrs, const AttrMap *map,
		  TupleTableSlot *oldslot, TupleTableSlot *newslot)
{
	TupleDesc	desc = oldslot->tts_tupleDescriptor;
	int			attno = -1;

	while ((attno = bms_next_member(attrs, attno)) >= 0)
	{
		int			i = (map ? map->attnums[attno - 1] : attno) - 1;
		Form_pg_attribute att = TupleDescAttr(desc, i);

		slot_getsomeattrs(oldslot, i + 1);
		slot_getsomeattrs(newslot, i + 1);
		if (oldslot->tts_isnull[i] != newslot->tts_isnull[i])
			return false;
		if (!oldslot->tts_isnull[i] &&
			!datumIsEqual(oldslot->tts_values[i], newslot->tts_values[i],
						  att->attbyval, att->attlen))
			return false;
	}
	return true;
}

/*
 * Lock what the views over several sources will read when this transaction
 * commits.  Somebody who holds one of these tables exclusively, and comes for one
 * that this transaction has written, would otherwise be waited for then.
 */
static void
lock_sources(List *plans)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);
		ErrorContextCallback callback;

		ivm_error_enter_view(&callback, plan->name);
		foreach(lc2, plan->locked)
			LockRelationOid(lfirst_oid(lc2), AccessShareLock);
		ivm_error_leave_view(&callback);
	}
}

/*
 * A value that does not point into its table's storage, which may be replaced
 * before the transaction ends; in CurrentMemoryContext.  It stays compressed.
 */
static Datum
fetch_external(Datum value, int16 typlen)
{
	if (typlen != -1 || likely(!VARATT_IS_EXTERNAL(DatumGetPointer(value))))
		return value;
	return PointerGetDatum(detoast_external_attr((struct varlena *) DatumGetPointer(value)));
}

/*
 * Keep a row for the views over several sources: only the columns that they read.
 * Called in memory that lasts as long as the row.
 */
static void
keep_row(List *joins, IvmRowTarget *target, TupleTableSlot *slot, int sign)
{
	TupleTableSlot *row = target->slot;
	int			attno = -1;

	ExecClearTuple(row);
	memset(row->tts_isnull, true, sizeof(bool) * target->desc->natts);
	while ((attno = bms_next_member(target->attrs, attno)) >= 0)
	{
		int			from = target->map ? target->map->attnums[attno - 1] : attno;

		row->tts_values[attno - 1] = slot_getattr(slot, from, &row->tts_isnull[attno - 1]);
		if (!row->tts_isnull[attno - 1])
			row->tts_values[attno - 1] =
				fetch_external(row->tts_values[attno - 1],
							   TupleDescAttr(target->desc, attno - 1)->attlen);
	}
	ExecStoreVirtualTuple(row);
	if (unlikely(ivm_pending_add_row(target, row, sign)))
		lock_sources(joins);
	ExecClearTuple(row);
}

static void
check_open(Relation rel)
{
	if (closed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot change table \"%s\" at this point of the commit",
						RelationGetRelationName(rel)),
				 errdetail("The changes of this transaction have already been applied to the views on the table."),
				 errhint("Extensions that write tables when a transaction commits must be loaded after ivm.")));
}

/* Row trigger: AFTER INSERT OR UPDATE OR DELETE. */
Datum
ivm_capture(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;
	TriggerEvent event;
	IvmTablePlan    *base;
	IvmTablePlanView *views;
	int			nviews;
	IvmRowTarget *targets;
	int			ntargets;
	List	   *joins;
	bool		several;
	bool		updated;
	TupleTableSlot *oldslot;
	TupleTableSlot *newslot;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trig->tg_event) ||
		!TRIGGER_FIRED_AFTER(trig->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by a row trigger", "ivm._capture"),
				 errhint("It is attached to tables by ivm.create_view().")));
	if (strcmp(trig->tg_trigger->tgname, IVM_TRIGGER_ROW) != 0)
		return PointerGetDatum(NULL);	/* renamed, or a second one */
	event = trig->tg_event;
	check_open(trig->tg_relation);
	base = ivm_table_plan_get(RelationGetRelid(trig->tg_relation));
	views = base->views;		/* these stay, even if base is built anew */
	nviews = base->nviews;
	targets = base->targets;
	ntargets = base->ntargets;
	joins = base->joins;
	several = nviews + ntargets > 1;
	/* what goes and what comes, or NULL */
	oldslot = TRIGGER_FIRED_BY_INSERT(event) ? NULL : trig->tg_trigslot;
	newslot = TRIGGER_FIRED_BY_INSERT(event) ? trig->tg_trigslot :
		TRIGGER_FIRED_BY_UPDATE(event) ? trig->tg_newslot : NULL;
	updated = oldslot && newslot;
	if (updated && unchanged(base->used_attrs, NULL, oldslot, newslot))
		nviews = ntargets = 0;
	for (int i = 0; i < nviews; i++)
	{
		IvmTablePlanView *view = &views[i];

		if (updated && several &&
			unchanged(view->plan->used_attrs, view->map, oldslot, newslot))
			continue;
		if (oldslot)
			capture_slot(view, oldslot, -1);
		if (newslot)
			capture_slot(view, newslot, 1);
	}
	for (int i = 0; i < ntargets; i++)
	{
		IvmRowTarget *target = &targets[i];

		if (updated && several && unchanged(target->attrs, target->map, oldslot, newslot))
			continue;
		if (oldslot)
			keep_row(joins, target, oldslot, -1);
		if (newslot)
			keep_row(joins, target, newslot, 1);
	}
	ivm_pending_captured(RelationGetRelid(trig->tg_relation));
	if (unlikely(ivm_pending_full(false)))
		ivm_capture_hooks.write_out();
	return PointerGetDatum(NULL);
}

/*
 * Add or take away all rows of a table for one view, as the latest snapshot
 * sees them.  The caller's lock keeps writers out.  A view over several
 * sources is computed afresh instead, when the transaction ends.
 */
void
ivm_capture_table(IvmPlan *plan, Oid relid, int sign)
{
	Relation	rel;
	Relation	base;
	IvmTablePlanView view;
	TupleTableSlot *slot;
	Snapshot	snapshot;
	TableScanDesc scan;

	if (!plan->core->single)
	{
		ivm_pending_rebuild(plan);
		return;
	}
	rel = table_open(relid, AccessShareLock);
	base = table_open(plan->core->base, AccessShareLock);
	slot = table_slot_create(rel, NULL);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	view.plan = plan;
	view.map = relid == plan->core->base ? NULL :
		ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
	scan = table_beginscan(rel, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		capture_slot(&view, slot, sign);
		if (unlikely(ivm_pending_full(false)))
			ivm_capture_hooks.write_out();
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(base, AccessShareLock);
	table_close(rel, AccessShareLock);
	ivm_pending_scanned();
}

/*
 * Statement trigger: AFTER TRUNCATE of a base table empties its views; BEFORE
 * TRUNCATE of a leaf partition takes its rows away.  (A TRUNCATE of the whole
 * partitioned table does both, in that order of effect.)  Views over several
 * sources are computed afresh when the transaction ends.
 */
Datum
ivm_capture_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trig = (TriggerData *) fcinfo->context;
	Oid			relid;
	IvmTablePlan    *base;
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
	check_open(trig->tg_relation);
	base = ivm_table_plan_get(relid);
	views = base->views;
	nviews = base->nviews;
	for (int i = 0; i < nviews; i++)
	{
		IvmPlan    *plan = views[i].plan;
		bool		whole = plan->core->base == relid;

		if (whole && TRIGGER_FIRED_AFTER(trig->tg_event))
		{
			ivm_pending_discard(plan);
			ivm_capture_hooks.truncate(plan);
		}
		else if (!whole && TRIGGER_FIRED_BEFORE(trig->tg_event))
		{
			ivm_capture_table(plan, relid, -1);
			ivm_catalog_touch(plan->row->id, false);
		}
	}
	foreach(lc, base->joins)
	{
		IvmPlan    *plan = lfirst(lc);

		ivm_pending_rebuild(plan);
		ivm_catalog_touch(plan->row->id, TRIGGER_FIRED_AFTER(trig->tg_event));
	}
	ivm_pending_truncated(relid);
	return PointerGetDatum(NULL);
}
