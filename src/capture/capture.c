/*-------------------------------------------------------------------------
 *
 * capture.c
 *	  From changed rows of base tables to the pending change.
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
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/row_eval.h"
#include "plan/table_plan.h"

static bool closed = false;
static uint64 transaction = 1;	/* of this backend, counted */

void
ivm_capture_close(void)
{
	closed = true;
}

void
ivm_capture_open(void)
{
	closed = false;
	transaction++;
}

bool
ivm_capture_has_locked(const IvmPlan *plan)
{
	return plan->run->locked_in == transaction;
}

/*
 * Evaluate a row.  What functions of users set is not to stay in the writer's session, or a search_path
 * could make the writer's next statement another one.
 */
static TupleTableSlot *
evaluate(IvmRowEval *eval, TupleTableSlot *slot)
{
	TupleTableSlot *result;
	int			nest;

	if (likely(!eval->calls_users))
		return ivm_row_eval_project(eval, slot);
	nest = NewGUCNestLevel();
	result = ivm_row_eval_project(eval, slot);
	AtEOXact_GUC(false, nest);
	return result;
}

/*
 * Evaluate a row, converted from a partition if need be, under the view's settings.
 * An error leaves the evaluator busy, so that nobody uses it again (row_eval.h).
 */
static TupleTableSlot *
evaluate_under_settings(IvmTablePlanView *view, IvmRowEval *eval, TupleTableSlot *slot)
{
	IvmSettingsSave save;
	TupleTableSlot *volatile result;

	eval->busy = true;
	if (view->map)
	{
		eval->slot->tts_tableOid = slot->tts_tableOid;
		slot = execute_attr_map_slot(view->map, slot, eval->slot);
	}
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

/* Arguments and result of evaluate_under_settings(), for ivm_on_error_run(). */
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

	if (unlikely(ivm_pending_any_broken) && ivm_pending_broken(plan) != NULL)
		return;					/* by an earlier row */
	eval = ivm_row_eval_get(plan);
	/* this context is reset with the next row */
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
 * commits.  Otherwise the commit might wait for a transaction that has locked one of
 * these tables exclusively and waits for one that this transaction has written.  That
 * one is locked by the statement.
 *
 * Locks taken below a savepoint may be given up before the end.
 */
static void
lock_sources(List *plans, Oid written)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, plans)
	{
		IvmPlan    *plan = lfirst(lc);
		ErrorContextCallback callback;

		if (ivm_capture_has_locked(plan))
			continue;
		ivm_error_enter_view(&callback, plan->name);
		foreach(lc2, plan->locked)
		{
			if (lfirst_oid(lc2) != written)
				LockRelationOid(lfirst_oid(lc2), AccessShareLock);
		}
		ivm_error_leave_view(&callback);
		if (GetCurrentTransactionNestLevel() == 1)
			plan->run->locked_in = transaction;
	}
}

/*
 * A value of variable length without a pointer to one stored out of line, whose storage may
 * be replaced before the transaction ends; in CurrentMemoryContext.  It stays compressed.
 */
static Datum
fetch_external(Datum value)
{
	if (likely(!VARATT_IS_EXTERNAL(DatumGetPointer(value))))
		return value;
	return PointerGetDatum(detoast_external_attr((struct varlena *) DatumGetPointer(value)));
}

/*
 * Compute the virtual columns of a row that is kept, from the others.  An error is the
 * writer's: a view over several sources cannot be broken instead (on_error).
 */
static void
compute_virtuals(IvmRowTarget *target)
{
	TupleTableSlot *row = target->slot;
	ListCell   *lc;

	ResetExprContext(target->econtext);
	target->econtext->ecxt_scantuple = row;
	foreach(lc, target->virtuals)
	{
		IvmVirtualColumn *column = lfirst(lc);
		int			n = column->attno - 1;
		IvmOwnerScope scope;

		ivm_owner_scope_enter(&scope, column->reader, IVM_SCOPE_NAMED);
		row->tts_values[n] = ExecEvalExprSwitchContext(column->value, target->econtext,
													   &row->tts_isnull[n]);
		ivm_owner_scope_leave(&scope);
	}
}

/*
 * Keep a row for the views over several sources: only the columns that they read.
 * written: the table that the statement has written it to.  Called in memory that lasts as long as the row.
 */
static void
keep_row(List *joins, IvmRowTarget *target, Oid written, TupleTableSlot *slot, int sign)
{
	TupleTableSlot *row = target->slot;

	ExecClearTuple(row);
	slot_getsomeattrs(slot, target->last_from);
	for (int i = 0; i < target->ncolumns; i++)
	{
		const IvmKeptColumn *column = &target->columns[i];
		int			n = column->attno - 1;

		row->tts_values[n] = slot->tts_values[column->from - 1];
		row->tts_isnull[n] = slot->tts_isnull[column->from - 1];
		if (column->varlena && !row->tts_isnull[n])
			row->tts_values[n] = fetch_external(row->tts_values[n]);
	}
	row->tts_tableOid = slot->tts_tableOid;
	ExecStoreVirtualTuple(row);
	if (target->virtuals != NIL)
		compute_virtuals(target);
	if (unlikely(ivm_pending_add_row(target, row, sign)))
		lock_sources(joins, written);
	ExecClearTuple(row);
}

void
ivm_capture_check_open(Relation rel)
{
	if (closed)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot change table \"%s\" at this point of the commit",
						RelationGetRelationName(rel)),
				 errdetail("The changes of this transaction have already been applied to the views on the table."),
				 errhint("Extensions that write tables when a transaction commits must be loaded after ivm.")));
}

void
ivm_capture_row(Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot)
{
	IvmTablePlan *table = ivm_table_plan_get(RelationGetRelid(rel));
	IvmTablePlanView *views = table->views; /* these stay, even if the table's
											 * plan is made anew */
	IvmRowTarget *targets = table->targets;
	List	   *joins = table->joins;
	int			nviews = table->nviews;
	int			ntargets = table->ntargets;
	bool		several = nviews + ntargets > 1;
	bool		updated = oldslot && newslot;

	if (updated && unchanged(table->used_attrs, NULL, oldslot, newslot))
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
			keep_row(joins, target, RelationGetRelid(rel), oldslot, -1);
		if (newslot)
			keep_row(joins, target, RelationGetRelid(rel), newslot, 1);
	}
	ivm_pending_captured(RelationGetRelid(rel), 1);
}

void
ivm_capture_table(IvmPlan *plan, Oid relid, int sign, void (*write_out) (void))
{
	Relation	rel;
	Relation	base;
	IvmTablePlanView view;
	TupleTableSlot *slot;
	Snapshot	snapshot;
	TableScanDesc scan;

	if (plan->deferred)
	{
		ListCell   *lc;

		foreach(lc, plan->row->bases)
			ivm_pending_mark(lfirst_oid(lc));
		return;
	}
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
			write_out();
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(base, AccessShareLock);
	table_close(rel, AccessShareLock);
	ivm_pending_scanned();
}
