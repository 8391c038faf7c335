/*-------------------------------------------------------------------------
 *
 * append_scan.c
 *	  Reading rows from the partitions of an append-only table.
 *
 * What is read is evaluated at once, or kept for queries that join it; when it exceeds
 * maintenance_work_mem, it is handed to the caller and forgotten.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/append_value.h"
#include "base/compat.h"
#include "base/progress.h"
#include "base/xid_snapshot.h"
#include "capture/append_leaf.h"
#include "capture/append_scan.h"
#include "plan/owner_scope.h"
#include "plan/row_eval.h"
#include "plan/table_plan.h"

/* ---- reading ---- */

/* A partition being read */
typedef struct RowScan
{
	IvmAppendReader *reader;
	IvmAppendPartition *leaf;
	Snapshot	snapshot;
	FullTransactionId next;
	FullTransactionId xmin;		/* of the snapshot */
	FullTransactionId xmax;
	bool		notes;			/* ids between them are to be noted */
	TransactionId last;			/* xmin of the row before */
	bool		last_is_new;
	TupleTableSlot *row;		/* of the base table's type */
	const Bitmapset *columns;
	IvmAppendRows *rows;
	Size		bytes;			/* of rows kept */
	IvmAppendTake take;
	void	   *arg;
	IvmRowEval *eval;			/* of a view over one table */
	int64		nwanted;		/* of a batch: rows left to be read */
	const Datum *low;			/* no row to come has a lower value; or NULL */
} RowScan;

/* How often it is looked how much memory is used */
#define ROWS_PER_LOOK	1024

static bool
has_many_own(void)
{
	return MyProc->subxidStatus.overflowed;
}

bool
ivm_append_scan_is_needed(Snapshot snapshot)
{
	return snapshot->suboverflowed || has_many_own();
}

static void
note_in_doubt(IvmAppendReader *r, FullTransactionId xid)
{
	if (r->in_doubt == NULL)
	{
		HASHCTL		ctl;

		ctl.keysize = ctl.entrysize = sizeof(FullTransactionId);
		ctl.hcxt = r->cxt;
		r->in_doubt = hash_create("ivm transactions seen", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	(void) hash_search(r->in_doubt, &xid, HASH_ENTER, NULL);
}

/* Has the view not taken in rows with this xmin? */
static bool
is_new(RowScan *s, TransactionId raw)
{
	FullTransactionId xid;

	if (raw == s->last)
		return s->last_is_new;
	xid = ivm_xid_snapshot_widen(raw, s->next);
	if (s->notes && !FullTransactionIdPrecedes(xid, s->xmin) && FullTransactionIdPrecedes(xid, s->xmax) &&
		!TransactionIdIsCurrentTransactionId(raw))
		note_in_doubt(s->reader, xid);
	s->last = raw;
	s->last_is_new = s->leaf->known == NULL ||
		(TransactionIdIsNormal(raw) && !ivm_append_view_sees(s->reader->view, xid));
	return s->last_is_new;
}

/* The row as one of the base table, with the columns that are read. */
static TupleTableSlot *
base_row(RowScan *s, TupleTableSlot *slot)
{
	TupleTableSlot *row = s->row;
	int			attno = -1;

	while ((attno = bms_next_member(s->columns, attno)) >= 0)
		row->tts_values[attno - 1] = slot_getattr(slot, ivm_append_leaf_attno(s->leaf->map, attno),
												  &row->tts_isnull[attno - 1]);
	return row;
}

static void
store_row(RowScan *s, IvmRowStore **store, TupleTableSlot *slot)
{
	TupleTableSlot *row = base_row(s, slot);

	if (*store == NULL)
	{
		*store = ivm_row_store_create(s->reader->view->base, s->reader->cxt);
		(*store)->desc = s->reader->desc;
	}
	ivm_row_store_put(*store, s->reader->desc, row->tts_values, row->tts_isnull, 1);
}

static void
add_row(RowScan *s, IvmChangeMap *changes, TupleTableSlot *slot)
{
	TupleTableSlot *row = ivm_row_eval_project(s->eval, s->leaf->map ? base_row(s, slot) : slot);
	MemoryContext oldcxt;

	if (row == NULL)
		return;
	oldcxt = MemoryContextSwitchTo(s->eval->econtext->ecxt_per_tuple_memory);
	ivm_changes_add(changes, row->tts_values, row->tts_isnull, 1);
	MemoryContextSwitchTo(oldcxt);
}

/* Let what has been read be taken, and go on without it. */
static void
hand_over(RowScan *s)
{
	IvmAppendRows *rows = s->rows;

	if (s->take == NULL)
	{
		rows->exceeded = true;
		return;
	}
	s->take(rows, s->arg);
	ivm_append_scan_free_rows(rows);
	ivm_changes_empty(&rows->new_changes);
	ivm_changes_empty(&rows->touched_changes);
	s->bytes = 0;
}

static bool
is_too_much(const RowScan *s)
{
	if (s->eval == NULL)
		return s->bytes > (Size) maintenance_work_mem * 1024;
	return ivm_changes_exceed(&s->rows->new_changes, maintenance_work_mem) ||
		ivm_changes_exceed(&s->rows->touched_changes, maintenance_work_mem);
}

/* Add a row to those that are new, or to those that are touched. */
static void
keep_row(RowScan *s, TupleTableSlot *slot, bool touched)
{
	IvmAppendRows *rows = s->rows;
	int64	   *n = touched ? &rows->ntouched : &rows->nnew;

	if (s->eval)
		add_row(s, touched ? &rows->touched_changes : &rows->new_changes, slot);
	else
		store_row(s, touched ? &rows->touched : &rows->new, slot);
	s->bytes += ((BufferHeapTupleTableSlot *) slot)->base.tuple->t_len;
	ivm_progress_add(1);
	if (++*n % ROWS_PER_LOOK == 0 && is_too_much(s))
		hand_over(s);
}

static void
read_row(RowScan *s, TupleTableSlot *slot)
{
	HeapTupleHeader header = ((BufferHeapTupleTableSlot *) slot)->base.tuple->t_data;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	if (!is_new(s, HeapTupleHeaderGetRawXmin(header)) || s->rows == NULL || s->rows->exceeded)
		return;

	/*
	 * All rows of a partition that has come are new.  Of the others, a row
	 * that was updated may have been taken in before, and the xmin of a
	 * frozen one may be from an earlier epoch.
	 */
	keep_row(s, slot, s->leaf->known != NULL &&
			 ((header->t_infomask & HEAP_UPDATED) || HeapTupleHeaderXminFrozen(header)));
}

/*
 * Is a row one of a first fill?  It is if the view's snapshot saw it when the fill began.  Where no
 * refresh will look, all are, by whatever transaction they were written: a row that was updated since
 * then, or one whose frozen xmin is from an earlier epoch.
 */
static bool
is_of_fill(RowScan *s, TupleTableSlot *slot, const Datum *value)
{
	HeapTupleHeader header = ((BufferHeapTupleTableSlot *) slot)->base.tuple->t_data;

	return !is_new(s, HeapTupleHeaderGetRawXmin(header)) ||
		(value && s->low && ivm_append_value_compare(&s->reader->type, *value, *s->low) < 0);
}

static void
scan_index(RowScan *s, Relation rel, Relation index, Datum bound)
{
	IvmAppendType *type = &s->reader->type;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	IndexScanDesc scan = ivm_compat_index_beginscan(rel, index, s->snapshot, 1);
	ScanKeyData key;
	Oid			operator = get_opfamily_member(type->opfamily, type->opcintype, type->opcintype,
											   BTGreaterEqualStrategyNumber);

	ScanKeyInit(&key, 1, BTGreaterEqualStrategyNumber, get_opcode(operator), bound);
	index_rescan(scan, &key, 1, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		read_row(s, slot);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* bound: NULL, or rows with lower values have all been taken in */
static void
scan_all(RowScan *s, Relation rel, const Datum *bound)
{
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, s->snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, s->leaf->attno, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (bound == NULL || isnull || ivm_append_value_compare(&s->reader->type, value, *bound) >= 0)
			read_row(s, slot);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* A column that may be NULL by now has rows that the index does not find by its order. */
static bool
may_be_null(Relation rel, AttrNumber attno)
{
	return !TupleDescAttr(RelationGetDescr(rel), attno - 1)->attnotnull;
}

static void
scan_leaf(RowScan *s)
{
	Relation	rel = table_open(s->leaf->relid, AccessShareLock);
	Datum		bound;
	bool		bounded = ivm_append_leaf_low_bound(s->reader, s->leaf, &bound);
	Relation	index = NULL;

	if (bounded && !may_be_null(rel, s->leaf->attno))
		index = ivm_append_leaf_open_index(rel, s->leaf->attno, &s->reader->type);
	if (index)
	{
		scan_index(s, rel, index, bound);
		index_close(index, NoLock);
	}
	else
		scan_all(s, rel, bounded ? &bound : NULL);
	table_close(rel, NoLock);
}

static void
begin_scan(RowScan *s, IvmAppendReader *reader, Snapshot snapshot, IvmAppendRows *rows, IvmOwnerScope *scope)
{
	IvmPlan    *plan = unconstify(IvmPlan *, reader->plan);

	if (rows)
	{
		memset(rows, 0, sizeof(IvmAppendRows));
		ivm_changes_init_apart(&rows->new_changes, plan, CurrentMemoryContext);
		ivm_changes_init_apart(&rows->touched_changes, plan, CurrentMemoryContext);
	}
	s->reader = reader;
	s->snapshot = snapshot;
	s->rows = reader->obstacle ? NULL : rows;
	s->next = ReadNextFullTransactionId();
	s->xmin = ivm_xid_snapshot_widen(snapshot->xmin, s->next);
	s->xmax = ivm_xid_snapshot_widen(snapshot->xmax, s->next);
	s->notes = reader->purpose != IVM_APPEND_READ && ivm_append_scan_is_needed(snapshot);
	s->columns = ivm_table_plan_read_columns(plan, reader->view->base);
	s->row = MakeSingleTupleTableSlot(reader->desc, &TTSOpsVirtual);
	ExecStoreAllNullTuple(s->row);
	ivm_owner_scope_enter(scope, plan, IVM_SCOPE_COMMIT);
	PushActiveSnapshot(snapshot);
	if (s->rows && plan->core->single)
	{
		s->eval = ivm_row_eval_get(plan);
		s->eval->busy = true;
	}
}

static void
end_scan(RowScan *s, IvmOwnerScope *scope)
{
	if (s->eval)
		s->eval->busy = false;
	PopActiveSnapshot();
	ivm_owner_scope_leave(scope);
	ExecDropSingleTupleTableSlot(s->row);
}

void
ivm_append_scan_read(IvmAppendReader *reader, Snapshot snapshot, IvmAppendRows *rows,
					 IvmAppendTake take, void *arg)
{
	RowScan		s = {.take = take,.arg = arg};
	IvmOwnerScope scope;
	ListCell   *lc;

	begin_scan(&s, reader, snapshot, rows, &scope);
	foreach(lc, reader->leaves)
	{
		s.leaf = lfirst(lc);
		s.last = InvalidTransactionId;
		scan_leaf(&s);
	}
	end_scan(&s, &scope);
}

/* ---- a first fill in batches ---- */

/*
 * Read from a partition, in the order of the watermark column, the rows after those of the batch before, up to the
 * number wanted, and then on to the next other value.  True: none is left.
 */
static bool
fill_by_index(RowScan *s, Relation rel, Relation index)
{
	IvmAppendType *type = &s->reader->type;
	IvmAppendLeaf *leaf = s->leaf->known;
	bool		descending = s->reader->view->newest_first;
	ScanDirection direction = descending == ((index->rd_indoption[0] & INDOPTION_DESC) != 0) ?
		ForwardScanDirection : BackwardScanDirection;
	StrategyNumber strategy = descending ? BTLessStrategyNumber : BTGreaterStrategyNumber;
	int			nkeys = leaf->filled_to ? 1 : 0;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	IndexScanDesc scan = ivm_compat_index_beginscan(rel, index, s->snapshot, nkeys);
	MemoryContext values = AllocSetContextCreate(CurrentMemoryContext, "ivm watermark value", ALLOCSET_SMALL_SIZES);
	Datum		last = (Datum) 0;
	bool		any = false;
	bool		done = true;
	ScanKeyData key;

	if (nkeys > 0)
		ScanKeyInit(&key, 1, strategy,
					get_opcode(get_opfamily_member(type->opfamily, type->opcintype, type->opcintype, strategy)),
					ivm_append_value_in(type, leaf->filled_to));
	index_rescan(scan, &key, nkeys, NULL, 0);
	while (index_getnext_slot(scan, direction, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, s->leaf->attno, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (!any || ivm_append_value_compare(type, value, last) != 0)
		{
			MemoryContext oldcxt;

			if (any && s->nwanted <= 0)
			{
				done = false;
				break;
			}
			MemoryContextReset(values);
			oldcxt = MemoryContextSwitchTo(values);
			last = datumCopy(value, type->typbyval, type->typlen);
			MemoryContextSwitchTo(oldcxt);
			any = true;
		}
		s->nwanted--;
		if (is_of_fill(s, slot, &value))
			keep_row(s, slot, false);
	}
	if (!done)
		leaf->filled_to = ivm_append_value_out(type, last);
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(values);
	return done;
}

/* Without an index, read all that is left of a partition. */
static void
fill_by_scan(RowScan *s, Relation rel)
{
	IvmAppendType *type = &s->reader->type;
	IvmAppendLeaf *leaf = s->leaf->known;
	bool		descending = s->reader->view->newest_first;
	Datum		from = leaf->filled_to ? ivm_append_value_in(type, leaf->filled_to) : (Datum) 0;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, s->snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, s->leaf->attno, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (leaf->filled_to && !isnull &&
			(descending ? ivm_append_value_compare(type, value, from) >= 0 :
			 ivm_append_value_compare(type, value, from) <= 0))
			continue;
		s->nwanted--;
		if (is_of_fill(s, slot, isnull ? NULL : &value))
			keep_row(s, slot, false);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
fill_leaf(RowScan *s)
{
	IvmAppendLeaf *leaf = s->leaf->known;
	Relation	rel = table_open(s->leaf->relid, AccessShareLock);
	Datum		low;
	Relation	index = NULL;

	s->low = ivm_append_leaf_low_bound(s->reader, s->leaf, &low) ? &low : NULL;
	s->last = InvalidTransactionId;
	if (!may_be_null(rel, s->leaf->attno))
		index = ivm_append_leaf_open_index(rel, s->leaf->attno, &s->reader->type);
	if (index)
	{
		leaf->filled = fill_by_index(s, rel, index);
		index_close(index, NoLock);
	}
	else
	{
		fill_by_scan(s, rel);
		leaf->filled = true;
	}
	leaf->changed = true;
	table_close(rel, NoLock);
}

/* Orders partitions by their highest value as it was when the fill began, those with the newest rows first. */
static int
compare_leaves(const ListCell *a, const ListCell *b)
{
	const IvmAppendLeaf *leaves[2] = {((IvmAppendPartition *) lfirst(a))->known, ((IvmAppendPartition *) lfirst(b))->known};
	IvmAppendType *type = ((IvmAppendPartition *) lfirst(a))->type;
	const char *floors[2];

	for (int i = 0; i < 2; i++)
		floors[i] = leaves[i] && leaves[i]->floors ? ((IvmAppendFloor *) llast(leaves[i]->floors))->value : NULL;
	if (floors[0] == NULL || floors[1] == NULL)
		return (floors[0] == NULL) - (floors[1] == NULL);
	return -ivm_append_value_compare(type, ivm_append_value_in(type, floors[0]),
									 ivm_append_value_in(type, floors[1]));
}

bool
ivm_append_scan_fill(IvmAppendReader *reader, Snapshot snapshot, int64 nrows,
					 IvmAppendRows *rows, IvmAppendTake take, void *arg)
{
	RowScan		s = {.nwanted = nrows,.take = take,.arg = arg};
	List	   *attached = NIL;
	bool		done = true;
	IvmOwnerScope scope;
	ListCell   *lc;

	begin_scan(&s, reader, snapshot, rows, &scope);
	if (reader->view->newest_first)
		list_sort(reader->leaves, compare_leaves);
	foreach(lc, reader->leaves)
	{
		s.leaf = lfirst(lc);
		attached = lappend_oid(attached, s.leaf->relid);
		if (s.leaf->known == NULL || s.leaf->known->filled)
			continue;			/* one that has come since then is new */
		if (s.nwanted > 0)
			fill_leaf(&s);
		done &= s.leaf->known->filled;
	}
	end_scan(&s, &scope);
	ivm_append_leaf_leave(reader->view, attached);
	return done;
}

void
ivm_append_scan_free_rows(IvmAppendRows *rows)
{
	if (rows->new)
		ivm_row_store_free(rows->new);
	if (rows->touched)
		ivm_row_store_free(rows->touched);
	rows->new = rows->touched = NULL;
}
