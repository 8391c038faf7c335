/*-------------------------------------------------------------------------
 *
 * append_apply.c
 *	  What a refresh of an append view writes to its state.
 *
 *		new rows		--> change of the view, without closed buckets --> state
 *		updated ones	--> their buckets, or keys, noted --> computed, after all new rows have been added
 *		a reason		--> all that is not closed, computed
 *
 * Rows of closed buckets are counted, and left out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "base/append_value.h"
#include "base/progress.h"
#include "capture/log_reader.h"
#include "catalog/run_history.h"
#include "commit/log_delta.h"
#include "commit/reconcile.h"
#include "maintain/append_apply.h"

/* Up to this number, buckets are computed one by one. */
#define MAX_BUCKETS		100

/* ---- buckets ---- */

/* IvmDeltaFilter: is the bucket open?  Counts the rows of closed ones. */
static bool
is_open(IvmPlan *plan, const IvmDelta *delta, void *arg)
{
	IvmAppendRun *r = arg;

	if (ivm_append_bucket_is_open(&r->buckets, plan, delta))
		return true;
	r->late_rows += ivm_delta_row_count(plan, delta);
	return false;
}

/* ---- computing ---- */

void
ivm_append_apply_count(IvmAppendRun *r, const IvmCorrections *c)
{
	r->result->changes.inserted += c->inserted;
	r->result->changes.updated += c->updated;
	r->result->changes.deleted += c->deleted;
}

void
ivm_append_apply_buckets(IvmAppendRun *r, Node *filter)
{
	IvmCorrections c;

	ivm_reconcile_state(r->plan, filter, true, r->snapshot, &c);
	ivm_append_apply_count(r, &c);
}

/*
 * The change that rows bring to the view: as evaluated, or by joining those kept.  It is not
 * limited, since to compute the view afresh would be something else: rows may be gone.
 */
static IvmChangeMap *
compute_change(IvmAppendRun *r, IvmRowStore *store, IvmChangeMap *map)
{
	IvmLoggedChanges changes = {.net = true,.unlimited = true};

	if (store == NULL)
		return map;
	changes.relids = list_make1_oid(r->view->base);
	changes.stores = list_make1(store);
	changes.nrows = store->nrows[0];
	(void) ivm_log_delta_compute(r->plan, &changes, r->snapshot, map, NULL, NULL);
	return map;
}

static void
note_touched(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	IvmAppendRun *r = arg;
	Datum		value;
	bool		notnull;
	ListCell   *lc;
	MemoryContext oldcxt;

	if (!is_open(plan, delta, r) || r->touched_all)
		return;
	notnull = ivm_append_bucket_of(&r->buckets, plan, delta, &value);
	foreach(lc, r->touched)
	{
		Datum	   *other = lfirst(lc);

		if (notnull ? other && ivm_append_value_compare(&r->buckets.type, *other, value) == 0 : other == NULL)
			return;
	}
	if (list_length(r->touched) == MAX_BUCKETS)
	{
		r->touched_all = true;
		return;
	}
	oldcxt = MemoryContextSwitchTo(GetMemoryChunkContext(r));
	if (notnull)
	{
		Datum	   *copy = palloc(sizeof(Datum));

		*copy = datumCopy(value, r->buckets.type.typbyval, r->buckets.type.typlen);
		r->touched = lappend(r->touched, copy);
	}
	else
		r->touched = lappend(r->touched, NULL);
	MemoryContextSwitchTo(oldcxt);
}

/* Note the buckets of touched rows; without buckets, their keys. */
static void
add_touched(IvmAppendRun *r, IvmChangeMap *map)
{
	if (r->buckets.key >= 0)
	{
		ivm_changes_visit(map, note_touched, r);
		return;
	}
	if (!r->touched_all)
		ivm_changes_merge(&r->touched_keys, map);
	if (ivm_changes_exceed(&r->touched_keys, maintenance_work_mem))
	{
		r->touched_all = true;
		ivm_changes_empty(&r->touched_keys);
	}
}

/* Compute what touched rows belong to, once all new rows have been added. */
static void
compute_touched(IvmAppendRun *r)
{
	List	   *filter = NIL;
	ListCell   *lc;

	if (r->touched_all)
	{
		ivm_append_apply_buckets(r, ivm_append_bucket_open(&r->buckets, r->plan));
		return;
	}
	if (r->buckets.key < 0)
	{
		ivm_log_delta_compute_keys(r->plan, &r->touched_keys, r->snapshot, NULL, NULL, &r->result->changes);
		return;
	}
	if (r->touched == NIL)
		return;
	foreach(lc, r->touched)
		filter = lappend(filter, lfirst(lc) == NULL ? ivm_append_bucket_null(&r->buckets, r->plan) :
						 ivm_append_bucket_compare(&r->buckets, r->plan, BTEqualStrategyNumber,
												   *(Datum *) lfirst(lc)));
	ivm_append_apply_buckets(r, (Node *) make_orclause(filter));
}

static void
count_late(IvmPlan *plan, IvmDelta *delta, void *arg)
{
	(void) is_open(plan, delta, arg);
}

static void
count_late_of(IvmAppendRows *rows, void *arg)
{
	IvmAppendRun *r = arg;

	ivm_changes_visit(compute_change(r, rows->new, &rows->new_changes), count_late, r);
	ivm_changes_visit(compute_change(r, rows->touched, &rows->touched_changes), count_late, r);
}

/* Where everything else is computed afresh: count new rows of closed buckets, as far as they can be told. */
static void
count_late_rows(IvmAppendRun *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append late rows",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmAppendRows rows;

	ivm_append_scan_read(reader, r->snapshot, &rows, count_late_of, r);
	count_late_of(&rows, r);
	ivm_append_scan_free_rows(&rows);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

void
ivm_append_apply_all(IvmAppendRun *r, IvmAppendReader *reader, const char *reason)
{
	r->result->method = "recompute";
	r->result->reason = reason;
	ivm_append_apply_buckets(r, ivm_append_bucket_open(&r->buckets, r->plan));
	ivm_run_history_count_recomputation(r->row->id);
	if (r->buckets.closes && ivm_append_reader_obstacle(reader) == NULL)
		count_late_rows(r, reader);
	else if (ivm_append_scan_is_needed(r->snapshot))
		ivm_append_scan_read(reader, r->snapshot, NULL, NULL, NULL);
}

void
ivm_append_apply_rows(IvmAppendRows *rows, void *arg)
{
	IvmAppendRun *r = arg;
	IvmChangeMap *new = compute_change(r, rows->new, &rows->new_changes);

	if (ivm_changes_count(new) > 0)
		ivm_log_delta_apply_some(r->plan, new, r->snapshot, is_open, r, &r->result->changes);
	if (rows->ntouched > 0)
		add_touched(r, compute_change(r, rows->touched, &rows->touched_changes));
}

void
ivm_append_apply_new(IvmAppendRun *r, IvmAppendReader *reader)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm append refresh",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmAppendRows rows;

	ivm_progress_phase(IVM_PROGRESS_DELTA, 0);
	ivm_changes_init_apart(&r->touched_keys, r->plan, cxt);
	ivm_append_scan_read(reader, r->snapshot, &rows, ivm_append_apply_rows, r);
	ivm_append_apply_rows(&rows, r);
	r->result->rows_read = rows.nnew + rows.ntouched;
	r->result->method = r->result->rows_read > 0 ? "delta" : "nothing";
	if (rows.ntouched > 0)
	{
		compute_touched(r);
		r->result->reason = "rows were updated, or frozen: what they belong to was computed";
	}
	ivm_append_scan_free_rows(&rows);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}
