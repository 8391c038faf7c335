/*-------------------------------------------------------------------------
 *
 * log_writer.c
 *	  Writing changed rows to change logs.
 *
 * A log has one row for each row that a transaction has added to a base table, or
 * removed from it, on balance: what it adds and removes again is not logged.  That is
 * all that a deferred view costs its writers, and it does not depend on how many such
 * views there are.
 *
 * Which segment of the log is the current one is part of the table's plan.  Another
 * transaction may make a new one at any time, and later close the one before, which it
 * can only when nobody has it locked.  So a writer looks again once it has the lock: if
 * the plan still names this segment then, it cannot be closed before the writer has
 * committed.
 *
 * Most transactions log a row or two.  So what does not change from one to the next, slots
 * above all, is kept with the table's plan (IvmLogForm), and what only many rows need is
 * made for them alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "common/pg_prng.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/xid8.h"

#include "base/options.h"
#include "base/relation.h"
#include "base/signed_rows.h"
#include "base/worker_call.h"
#include "capture/log_writer.h"
#include "capture/pending.h"
#include "capture/row_store.h"
#include "catalog/catalog_view.h"
#include "catalog/change_log.h"
#include "catalog/watermark.h"
#include "plan/table_plan.h"

/* Rows that are written at once. */
#define BATCH_ROWS		256
#define BATCH_BYTES		65536

/*
 * Up to this number, rows of different sign are compared with each other in memory.
 * More are logged as they are, which is as good, but longer.
 */
#define MAX_NET_ROWS	100000

/*
 * How rows of a log are made from those of its base table.  Lives in a context below the
 * table plan's, and is valid as long as the plan: that depends on the base table and on
 * the segment.
 */
typedef struct IvmLogForm
{
	MemoryContext cxt;
	bool		busy;			/* in use, or left so by an error: not to be
								 * used again, slots have tuples that are gone */
	TupleDesc	desc;			/* of the segment; a copy, which needs no pins */
	AttrNumber *from;			/* per column of the segment: column of the
								 * base table, or 0 */
	AttrNumber	last_from;		/* the greatest of these */
	TupleTableSlot *row;		/* of the base table, as it is kept; NULL: no
								 * rows are */
	TupleTableSlot *slots[IVM_FEW_ROWS];	/* of the segment, as far as made */
} IvmLogForm;

typedef struct Writer
{
	Relation	rel;
	IvmLogForm *form;
	Datum		xid;
	BulkInsertState bistate;	/* of several batches, or NULL */
	TupleTableSlot **slots;		/* the form's, or BATCH_ROWS, as far as made */
	int			nslots;
	int			nrows;			/* waiting to be written */
	Size		bytes;			/* that they take, about */
} Writer;

/* ---- the form ---- */

/* The row type in which changed rows of a base table are kept. */
static TupleDesc
kept_desc(const IvmTablePlan *table)
{
	for (int i = 0; i < table->ntargets; i++)
		if (table->targets[i].relid == table->relid)
			return table->targets[i].desc;
	return NULL;
}

static IvmLogForm *
make_form(const IvmTablePlan *table, TupleDesc logged)
{
	MemoryContext cxt = AllocSetContextCreate(table->cxt, "ivm log form", ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmLogForm *form = palloc0(sizeof(IvmLogForm));
	TupleDesc	kept = kept_desc(table);
	Bitmapset  *columns = kept ? ivm_change_log_columns(table->log, logged, kept) : NULL;

	form->cxt = cxt;
	form->desc = CreateTupleDescCopy(logged);
	form->from = palloc0(sizeof(AttrNumber) * logged->natts);
	for (int i = 0; i < table->log->ncolumns && IVM_LOG_NCONTROL + i < logged->natts; i++)
	{
		if (!bms_is_member(table->log->columns[i], columns))
			continue;
		form->from[IVM_LOG_NCONTROL + i] = table->log->columns[i];
		form->last_from = Max(form->last_from, table->log->columns[i]);
	}
	if (kept)
		form->row = MakeSingleTupleTableSlot(kept, &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(oldcxt);
	return form;
}

/* The form of a table plan's log, which is open. */
static IvmLogForm *
get_form(IvmTablePlan *table, Relation log)
{
	IvmLogForm *form = table->log_form;

	if (form != NULL && !form->busy)
		return form;
	table->log_form = NULL;
	if (form != NULL)
		MemoryContextDelete(form->cxt);
	return table->log_form = make_form(table, RelationGetDescr(log));
}

/* A slot for a row of the segment, in CurrentMemoryContext. */
static TupleTableSlot *
make_slot(const Writer *w)
{
	return MakeSingleTupleTableSlot(w->form->desc, &TTSOpsHeapTuple);
}

/* ---- writing rows ---- */

static void
flush(Writer *w)
{
	bool		toasted = OidIsValid(w->rel->rd_rel->reltoastrelid);

	/*
	 * the table access method asks for a snapshot, to write values out of
	 * line
	 */
	if (toasted)
		PushActiveSnapshot(GetTransactionSnapshot());
	if (w->nrows == 1)
		table_tuple_insert(w->rel, w->slots[0], GetCurrentCommandId(true), 0, w->bistate);
	else if (w->nrows > 1)
		table_multi_insert(w->rel, w->slots, w->nrows, GetCurrentCommandId(true), 0, w->bistate);
	if (toasted)
		PopActiveSnapshot();
	for (int i = 0; i < w->nrows; i++)
		ExecClearTuple(w->slots[i]);
	w->nrows = 0;
	w->bytes = 0;
}

/* An empty slot for the next row, after room was made for it. */
static TupleTableSlot *
next_slot(Writer *w)
{
	if (w->nrows == BATCH_ROWS || w->bytes > BATCH_BYTES)
	{
		if (w->bistate == NULL)
			w->bistate = GetBulkInsertState();
		flush(w);
	}
	if (w->nrows == w->nslots)
		w->slots[w->nslots++] = make_slot(w);
	return w->slots[w->nrows];
}

/* Make a row of the log, of one of the base table or (row NULL) a mark, to be written next. */
static void
store_row(Writer *w, TupleTableSlot *slot, TupleTableSlot *row, int sign)
{
	TupleDesc	desc = w->form->desc;
	const AttrNumber *from = w->form->from;
	Datum	   *values = slot->tts_values;
	bool	   *nulls = slot->tts_isnull;
	HeapTuple	tup;

	values[IVM_LOG_XID - 1] = w->xid;
	nulls[IVM_LOG_XID - 1] = false;
	values[IVM_LOG_SIGN - 1] = Int16GetDatum(sign);
	nulls[IVM_LOG_SIGN - 1] = false;
	if (row)
		slot_getsomeattrs(row, w->form->last_from);
	for (int i = IVM_LOG_NCONTROL; i < desc->natts; i++)
	{
		nulls[i] = row == NULL || from[i] == 0 || row->tts_isnull[from[i] - 1];
		if (!nulls[i])
			values[i] = row->tts_values[from[i] - 1];
	}
	tup = heap_form_tuple(desc, values, nulls);
	w->bytes += tup->t_len;
	ExecStoreHeapTuple(tup, slot, true);
	slot->tts_tableOid = RelationGetRelid(w->rel);
	w->nrows++;
}

static void
put_row(Writer *w, TupleTableSlot *row, int sign)
{
	store_row(w, next_slot(w), row, sign);
}

static void
visit_net_row(TupleTableSlot *slot, int64 copies, void *arg)
{
	for (; copies > 0; copies--)
		put_row(arg, slot, 1);
	for (; copies < 0; copies++)
		put_row(arg, slot, -1);
}

/* Log few rows, without anything that has to be made for it. */
static void
write_few(Writer *w, const MinimalTuple *tuples, const int *signs, int n)
{
	IvmLogForm *form = w->form;

	w->slots = form->slots;
	for (int i = 0; i < n; i++)
	{
		if (form->slots[i] == NULL)
		{
			MemoryContext oldcxt = MemoryContextSwitchTo(form->cxt);

			form->slots[i] = make_slot(w);
			MemoryContextSwitchTo(oldcxt);
		}
		ExecStoreMinimalTuple(tuples[i], form->row, false);
		store_row(w, form->slots[i], form->row, signs[i]);
	}
	ExecClearTuple(form->row);
	flush(w);
}

/* Log the rows of a store that are left on balance. */
static void
write_net(Writer *w, IvmRowStore *rows)
{
	bool		net = rows->nrows[0] > 0 && rows->nrows[1] > 0 &&
		rows->nrows[0] + rows->nrows[1] <= MAX_NET_ROWS;
	IvmSignedRows *bag = net ? ivm_signed_rows_create(CurrentMemoryContext) : NULL;
	TupleTableSlot *slot = w->form->row;
	IvmRowScan	scan;

	for (int n = 0; n < 2; n++)
	{
		ivm_row_store_scan(&scan, rows, n);
		while (ivm_row_store_next(&scan, slot))
		{
			CHECK_FOR_INTERRUPTS();
			slot_getallattrs(slot);
			if (net)
				ivm_signed_rows_add(bag, slot, n == 0 ? 1 : -1);
			else
				put_row(w, slot, n == 0 ? 1 : -1);
		}
	}
	if (net)
		ivm_signed_rows_visit(bag, visit_net_row, w);
}

/* Log a mark, if there is one, and the rows of a store, which may be NULL. */
static void
write_many(Writer *w, IvmRowStore *rows, bool marked)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm log writer",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);

	w->slots = palloc(sizeof(TupleTableSlot *) * BATCH_ROWS);
	if (marked)
		put_row(w, NULL, 0);
	if (rows)
		write_net(w, rows);
	flush(w);
	if (w->bistate)
	{
		FreeBulkInsertState(w->bistate);
		table_finish_bulk_insert(w->rel, 0);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextDelete(cxt);
}

/* ---- the limit ---- */

/* The log's size is looked at once per this number of commits, and after one of many rows. */
#define COMMITS_PER_LOOK	64

/* Bytes of a log that a view has not taken in. */
static int64
count_pending(Oid base, const IvmWatermark *watermark)
{
	int64		result = 0;
	ListCell   *lc;

	foreach(lc, ivm_change_log_segments(base, NULL))
	{
		IvmLogSegment *segment = lfirst(lc);
		Relation	rel;

		if (ivm_change_log_is_passed(segment, watermark->snapshot->xmin) ||
			!ConditionalLockRelationOid(segment->relid, AccessShareLock))
			continue;
		rel = try_relation_open(segment->relid, NoLock);
		if (rel == NULL)
			continue;
		result += (int64) RelationGetNumberOfBlocks(rel) * BLCKSZ;
		relation_close(rel, NoLock);
	}
	return result;
}

/*
 * Give up the views whose part of a log has grown past their limits, so that the log can be
 * trimmed, and, if there are no others, ends.
 */
static void
check_limits(Oid base)
{
	ListCell   *lc;

	PushActiveSnapshot(GetTransactionSnapshot());
	foreach(lc, ivm_catalog_of_base(base))
	{
		IvmViewRow *row = lfirst(lc);
		IvmWatermark *watermark;

		if (row->mode != IVM_MODE_DEFERRED || row->status != IVM_STATUS_READY)
			continue;
		watermark = ivm_watermark_get(ivm_catalog_whole(row)->id, NULL);
		if (watermark && watermark->snapshot &&
			count_pending(base, watermark) > ivm_options_log_limit(row->options))
			(void) ivm_catalog_try_set_status(row->id, IVM_STATUS_STALE,
											  "its change log has grown past log_limit");
	}
	PopActiveSnapshot();
}

/* Is this a commit after which the log's size is looked at? */
static bool
is_time_to_look(const Writer *w, int64 nrows)
{
	return (nrows > COMMITS_PER_LOOK ||
			pg_prng_uint64_range(&pg_global_prng_state, 1, COMMITS_PER_LOOK) == 1) &&
		RelationGetNumberOfBlocks(w->rel) > IVM_MIN_LOG_LIMIT / BLCKSZ / 8;
}

/* ---- which tables ---- */

/* The current segment of a base table's log, as far as messages have told; or InvalidOid. */
static Oid
current_segment(Oid base)
{
	IvmTablePlan *table = ivm_table_plan_get(base);

	return table->log ? table->log->relid : InvalidOid;
}

/*
 * Open the current segment of a base table's log; NULL if it has none.  A lock that is not
 * free at once is a reason to look again: whoever drops the segment has made another one
 * the current one before.  Who gets a lock has accepted the messages that were sent before;
 * that there is a log at all is known by the lock on the base table.
 */
static Relation
open_segment(Oid base)
{
	Oid			segment = current_segment(base);

	while (OidIsValid(segment))
	{
		Oid			now;
		bool		locked = ConditionalLockRelationOid(segment, RowExclusiveLock);

		if (!locked)
			AcceptInvalidationMessages();
		now = current_segment(base);
		if (!locked && now == segment)
		{
			/* a command of a user on the segment itself */
			LockRelationOid(segment, RowExclusiveLock);
			locked = true;
			now = current_segment(base);
		}
		if (now == segment)
			return ivm_relation_open_locked(segment);
		if (locked)
			UnlockRelationOid(segment, RowExclusiveLock);
		segment = now;
	}
	return NULL;
}

static void
write_table(Oid base, bool marked)
{
	Writer		w = {.rel = open_segment(base)};
	MinimalTuple few[IVM_FEW_ROWS];
	int			signs[IVM_FEW_ROWS];
	IvmTablePlan *table;
	IvmRowStore *rows;
	int			nfew;
	bool		temporary;
	bool		look;

	if (w.rel == NULL)
		return;
	table = ivm_table_plan_get(base);
	ivm_worker_call_note(table->call);
	w.form = get_form(table, w.rel);
	w.form->busy = true;
	w.xid = FullTransactionIdGetDatum(GetTopFullTransactionId());
	rows = ivm_pending_rows(base, &temporary);
	nfew = rows && !marked ? ivm_row_store_few_net(rows, few, signs) : -1;
	if (nfew >= 0)
		write_few(&w, few, signs, nfew);
	else
		write_many(&w, rows, marked);
	look = is_time_to_look(&w, rows ? rows->nrows[0] + rows->nrows[1] : 0);
	if (rows && temporary)
		ivm_row_store_free(rows);
	w.form->busy = false;
	relation_close(w.rel, NoLock);
	if (look)
		check_limits(base);
}

/* ---- views filled by this transaction ---- */

typedef struct FilledView
{
	int32		id;
	int			nest_level;		/* of the subtransaction that has filled it */
	List	   *bases;
	int64		changes;		/* that the tables had then */
} FilledView;

static MemoryContext filled_cxt = NULL;
static List *filled = NIL;		/* FilledView *, oldest first */

static int64
count_changes(List *bases)
{
	int64		result = 0;
	ListCell   *lc;

	foreach(lc, bases)
		result += ivm_pending_row_count(lfirst_oid(lc));
	return result;
}

void
ivm_log_writer_filled(const IvmViewRow *row)
{
	MemoryContext oldcxt;
	FilledView *view;

	if (filled_cxt == NULL)
		filled_cxt = AllocSetContextCreate(TopMemoryContext, "ivm filled views",
										   ALLOCSET_SMALL_SIZES);
	oldcxt = MemoryContextSwitchTo(filled_cxt);
	view = palloc(sizeof(FilledView));
	view->id = row->id;
	view->nest_level = GetCurrentTransactionNestLevel();
	view->bases = list_copy(row->bases);
	view->changes = count_changes(row->bases);
	filled = lappend(filled, view);
	MemoryContextSwitchTo(oldcxt);
}

static bool
is_filled_later(ListCell *cell, int32 id)
{
	ListCell   *lc;

	for_each_cell(lc, filled, lnext(filled, cell))
	{
		if (((FilledView *) lfirst(lc))->id == id)
			return true;
	}
	return false;
}

static void
give_up_filled(void)
{
	ListCell   *lc;

	foreach(lc, filled)
	{
		FilledView *view = lfirst(lc);

		if (is_filled_later(lc, view->id))
			continue;
		if (count_changes(view->bases) != view->changes && ivm_catalog_get(view->id) != NULL)
			ivm_catalog_set_status(view->id, IVM_STATUS_STALE,
								   "the transaction that filled it has changed its tables afterwards");
	}
}

void
ivm_log_writer_subcommit(void)
{
	int			nest = GetCurrentTransactionNestLevel();
	ListCell   *lc;

	foreach(lc, filled)
	{
		FilledView *view = lfirst(lc);

		view->nest_level = Min(view->nest_level, nest - 1);
	}
}

/* What was filled by the subtransaction is as it was before. */
void
ivm_log_writer_subabort(void)
{
	int			nest = GetCurrentTransactionNestLevel();
	ListCell   *lc;

	foreach(lc, filled)
	{
		if (((FilledView *) lfirst(lc))->nest_level >= nest)
			filled = foreach_delete_current(filled, lc);
	}
}

void
ivm_log_writer_reset(void)
{
	filled = NIL;
	if (filled_cxt)
		MemoryContextReset(filled_cxt);
}

void
ivm_log_writer_write(List *tables)
{
	List	   *marked = ivm_pending_marked_tables();
	ListCell   *lc;

	if (marked != NIL)
		tables = list_union_oid(tables, marked);
	foreach(lc, tables)
		write_table(lfirst_oid(lc), list_member_oid(marked, lfirst_oid(lc)));
	if (filled != NIL)
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		give_up_filled();
		PopActiveSnapshot();
	}
}
