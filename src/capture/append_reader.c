/*-------------------------------------------------------------------------
 *
 * append_reader.c
 *	  Reading from an append-only table the rows that a view has not taken in.
 *
 * A row is new if its transaction's changes were not visible when the view was refreshed
 * last, and are now.  Its header tells by xmin, which may be a subtransaction's; so what
 * a view has taken in lists these, too.  A snapshot with too many of them does not; then the ids
 * of all rows seen are listed instead.  Rows of one id become visible together,
 * so this is exact.
 *
 * Where to begin: no row that is still to come has a value below the *low bound*.  Values
 * come in the order in which they are drawn, be it from a sequence or from the clock;
 * what a transaction inserts it has drawn since it began.  A refresh looks up the
 * highest value of each partition (the floor), then lists the transactions that are
 * open, then takes its snapshot.  What that does not see is written by one of these or
 * by a later one, which draws values above the floor.  A transaction that the refresh before did not
 * list has begun after that one's floor.  So the bound is the floor of the last run that no
 * open transaction began before.  In this there is no clock.  test/model/append.py explores it.
 *
 * For values that are drawn earlier than this, the option overlap lowers the bound.  Without it, the
 * floor is no higher than the last value of the column's sequence, or than the clock: so values that were made up
 * do not raise it, and where the sequence stands still, as under logical replication, all
 * rows are looked at.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/nbtree.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "rewrite/rewriteHandler.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/append_value.h"
#include "base/compat.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/relation.h"
#include "base/server_internals.h"
#include "base/sql_text.h"
#include "base/xid_snapshot.h"
#include "capture/append_reader.h"
#include "definition/append_source.h"
#include "plan/owner_scope.h"
#include "plan/row_eval.h"
#include "plan/table_plan.h"

/* A partition, or the table itself, as it is now */
typedef struct Leaf
{
	Oid			relid;
	Oid			storage;
	AttrNumber	attno;			/* of the watermark column */
	AttrMap    *map;			/* base table's column -> this one's; NULL:
								 * the same */
	IvmAppendLeaf *known;		/* as the view has taken it in, or NULL */
	char	   *floor;			/* of this run, or NULL */
	IvmAppendType *type;		/* of the watermark column */
} Leaf;

struct IvmAppendReader
{
	const IvmPlan *plan;
	IvmAppendView *view;
	IvmAppendType type;
	MemoryContext cxt;
	List	   *leaves;			/* Leaf * */
	const char *obstacle;
	IvmAppendPurpose purpose;
	int			nopen;
	IvmAppendOpen *open;
	TupleDesc	desc;			/* of the base table */
	HTAB	   *in_doubt;		/* FullTransactionIds of rows seen that the
								 * snapshot does not tell of */
};

/* ---- partitions ---- */

/* Is it a btree index over all rows whose first column is this one, in the type's own order? */
static bool
is_usable(Relation index, AttrNumber attno, const IvmAppendType *type)
{
	/*
	 * as the planner: an index that lacks versions which an older snapshot
	 * sees
	 */
	if (index->rd_index->indcheckxmin &&
		!TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin))
		return false;
	return index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
		index->rd_index->indkey.values[0] == attno &&
		index->rd_opfamily[0] == type->opfamily && RelationGetIndexPredicate(index) == NIL;
}

/* Open such an index of a partition (AccessShareLock); NULL if there is none. */
static Relation
open_index(Relation rel, AttrNumber attno, const IvmAppendType *type)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (is_usable(index, attno, type))
			return index;
		index_close(index, AccessShareLock);
	}
	return NULL;
}

static void
check_storage(Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(rel))),
				 errdetail(rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE ? "It is a foreign table." :
						   "Its access method is not heap."),
				 errhint("Use mode \"immediate\" or \"deferred\".")));
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(rel))),
				 errdetail("It is not logged: a crash empties it, and its values begin anew."),
				 errhint("Use ALTER TABLE ... SET LOGGED, or mode \"immediate\" or \"deferred\".")));
}

static AttrNumber
attno_of_leaf(AttrMap *map, AttrNumber attno)
{
	return map ? map->attnums[attno - 1] : attno;
}

static Leaf *
make_leaf(IvmAppendReader *r, Relation base, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Leaf	   *leaf = palloc0(sizeof(Leaf));

	check_storage(rel);
	leaf->relid = relid;
	leaf->type = &r->type;
	leaf->storage = rel->rd_rel->relfilenode;
	if (relid != RelationGetRelid(base))
		leaf->map = ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
	leaf->attno = attno_of_leaf(leaf->map, r->view->watermark);
	/* rows may be inserted into a partition directly, with its own default */
	if (relid != r->view->base && r->purpose != IVM_APPEND_READ &&
		ivm_options_append(r->plan->row->options, "overlap") == NULL &&
		build_column_default(rel, leaf->attno) != NULL)
		ivm_append_source_check_order(relid, leaf->attno);
	leaf->known = ivm_append_view_leaf(r->view, relid);
	table_close(rel, NoLock);
	if (leaf->known == NULL)
		return leaf;
	if (leaf->known->storage != leaf->storage)
		r->obstacle = "a table or partition was truncated or rewritten";
	else if (!leaf->known->attached)
		r->obstacle = "a partition has come back";
	return leaf;
}

/* The partitions of a table, sorted; or the table itself. */
static List *
leaf_relids(Relation base)
{
	if (base->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return ivm_relation_leaf_partitions(RelationGetRelid(base), AccessShareLock);
	if (base->rd_rel->relhassubclass &&
		find_inheritance_children(RelationGetRelid(base), NoLock) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(RelationGetRelid(base))),
				 errdetail("It has inheritance children."),
				 errhint("Use a partitioned table.")));
	return list_make1_oid(RelationGetRelid(base));
}

/* ---- the low bound ---- */

/*
 * The lower of a value and the last one that a sequence has given out; false if it has given out
 * none.
 */
static bool
clamp_to_sequence(IvmAppendReader *r, Oid sequence, Datum *value)
{
	int64		last;
	Datum		limit;

	if (!OidIsValid(sequence))
		return true;
	if (!ivm_server_sequence_value(sequence, &last))
		return false;
	limit = ivm_append_value_of_integer(&r->type, last);
	if (ivm_append_value_compare(&r->type, *value, limit) > 0)
		*value = limit;
	return true;
}

/*
 * A floor is no higher than what who begins later draws, though rows may have values that were made up,
 * or drawn in another database.  With the option overlap it is the user who says how values come.
 */
static bool
clamp(IvmAppendReader *r, Leaf *leaf, Relation rel, Datum *value)
{
	Relation	base;
	bool		result;

	if (r->type.timed)
	{
		Datum		now = ivm_append_value_of_time(&r->type, GetCurrentTimestamp());

		if (ivm_append_value_compare(&r->type, *value, now) > 0)
			*value = now;
		return true;
	}
	if (ivm_options_append(r->plan->row->options, "overlap") != NULL)
		return true;
	base = table_open(r->view->base, AccessShareLock);
	result = clamp_to_sequence(r, ivm_append_source_sequence(base, r->view->watermark), value) &&
		clamp_to_sequence(r, ivm_append_source_sequence(rel, leaf->attno), value);
	table_close(base, NoLock);
	return result;
}

/* The highest value in a partition that a snapshot sees, as text; NULL if there is none. */
static char *
find_floor(IvmAppendReader *r, Leaf *leaf, Snapshot snapshot)
{
	Relation	rel = table_open(leaf->relid, NoLock);
	Relation	index = open_index(rel, leaf->attno, &r->type);
	TupleTableSlot *slot;
	IndexScanDesc scan;
	ScanDirection direction;
	char	   *result = NULL;

	if (index == NULL)
	{
		table_close(rel, NoLock);
		return NULL;
	}
	direction = (index->rd_indoption[0] & INDOPTION_DESC) ? ForwardScanDirection : BackwardScanDirection;
	slot = table_slot_create(rel, NULL);
	scan = ivm_compat_index_beginscan(rel, index, snapshot, 0);
	index_rescan(scan, NULL, 0, NULL, 0);
	while (result == NULL && index_getnext_slot(scan, direction, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, leaf->attno, &isnull);

		CHECK_FOR_INTERRUPTS();
		/* infinity does not tell what rows to come are above */
		if (isnull || !ivm_append_value_is_finite(&r->type, value))
			continue;
		if (!clamp(r, leaf, rel, &value))
			break;
		result = ivm_append_value_out(&r->type, value);
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	index_close(index, NoLock);
	table_close(rel, NoLock);
	return result;
}

/* The last run that no transaction began before which was open at it, or has been since. */
static int64
bounding_run(const IvmAppendView *view)
{
	int64		result = view->run;

	for (int i = 0; i < view->nopen; i++)
		result = Min(result, view->open[i].run);
	return result;
}

static void
add_open(IvmAppendReader *r, VirtualTransactionId vxid)
{
	IvmAppendView *view = r->view;
	IvmAppendOpen *open = &r->open[r->nopen++];

	open->backend = ivm_compat_vxid_backend(vxid);
	open->lxid = vxid.localTransactionId;
	for (int i = 0; i < view->nopen; i++)
	{
		if (view->open[i].backend == open->backend && view->open[i].lxid == open->lxid)
		{
			open->run = view->open[i].run;
			return;
		}
	}
	/* a transaction prepared before the server started has another id now */
	open->run = open->backend < 0 ? bounding_run(view) : view->run;
}

/* List the open transactions of this database, prepared ones, too. */
static void
list_open(IvmAppendReader *r, bool counts_own)
{
	int			n;
	VirtualTransactionId *vxids = GetCurrentVirtualXIDs(InvalidTransactionId, false, false,
														PROC_IS_AUTOVACUUM | PROC_IN_VACUUM, &n);

	r->open = palloc(sizeof(IvmAppendOpen) * (n + 1));
	for (int i = 0; i < n; i++)
		add_open(r, vxids[i]);
	if (counts_own)
		add_open(r, ivm_compat_own_vxid());
}

/* The value that rows still to come are not below, less overlap; false if there is none. */
static bool
low_bound(const IvmAppendReader *r, const Leaf *leaf, Datum *value)
{
	int64		run = bounding_run(r->view);
	const char *floor = NULL;
	const char *overlap = ivm_options_append(r->plan->row->options, "overlap");
	ListCell   *lc;

	if (leaf->known == NULL || r->obstacle)
		return false;
	foreach(lc, leaf->known->floors)
	{
		if (((IvmAppendFloor *) lfirst(lc))->run <= run)
			floor = ((IvmAppendFloor *) lfirst(lc))->value;
	}
	if (floor == NULL)
		return false;
	*value = ivm_append_value_in(&r->type, floor);

	/*
	 * a transaction's time is a little earlier than what shows that it has
	 * begun
	 */
	if (overlap == NULL && r->type.timed)
		overlap = "1 min";
	if (overlap)
		*value = ivm_append_value_less(&r->type, *value, overlap);
	return true;
}

/* ---- beginning ---- */

IvmAppendReader *
ivm_append_reader_begin(const IvmPlan *plan, IvmAppendView *view,
						IvmAppendPurpose purpose, bool counts_own)
{
	IvmAppendReader *r = palloc0(sizeof(IvmAppendReader));
	Relation	base = table_open(view->base, AccessShareLock);
	ListCell   *lc;

	r->plan = plan;
	r->view = view;
	r->cxt = CurrentMemoryContext;
	r->purpose = purpose;
	if (TupleDescAttr(RelationGetDescr(base), view->watermark - 1)->attisdropped ||
		!ivm_append_type_init(&r->type, TupleDescAttr(RelationGetDescr(base), view->watermark - 1)->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("new rows of table %s cannot be found", ivm_sql_text_relation_name(view->base)),
				 errdetail("The watermark column of view \"%s\" was dropped, or has a type without a usable order.",
						   get_rel_name(plan->row->view)),
				 errhint("Create the view anew with ivm.create_view() and the option \"replace\".")));
	r->desc = CreateTupleDescCopy(RelationGetDescr(base));
	foreach(lc, leaf_relids(base))
		r->leaves = lappend(r->leaves, make_leaf(r, base, lfirst_oid(lc)));
	table_close(base, NoLock);
	if (!view->filled)
		r->obstacle = view->run == 0 ? "nothing has been taken in yet" :
			"what the view has taken in is not known in this database";
	if (purpose != IVM_APPEND_READ && ivm_options_append(plan->row->options, "overlap") == NULL)
		ivm_append_source_check_order(view->base, view->watermark);
	if (purpose == IVM_APPEND_REFRESH)
	{
		Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());

		foreach(lc, r->leaves)
			((Leaf *) lfirst(lc))->floor = find_floor(r, lfirst(lc), snapshot);
		UnregisterSnapshot(snapshot);
		list_open(r, counts_own);
	}
	return r;
}

const char *
ivm_append_reader_obstacle(const IvmAppendReader *reader)
{
	return reader->obstacle;
}

/* ---- reading ---- */

/* A partition being read */
typedef struct RowScan
{
	IvmAppendReader *reader;
	Leaf	   *leaf;
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
ivm_append_reader_is_needed(Snapshot snapshot)
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
		row->tts_values[attno - 1] = slot_getattr(slot, attno_of_leaf(s->leaf->map, attno),
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
	ivm_append_reader_free_rows(rows);
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
	bool		bounded = low_bound(s->reader, s->leaf, &bound);
	Relation	index = NULL;

	if (bounded && !may_be_null(rel, s->leaf->attno))
		index = open_index(rel, s->leaf->attno, &s->reader->type);
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
	s->notes = reader->purpose != IVM_APPEND_READ && ivm_append_reader_is_needed(snapshot);
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
ivm_append_reader_read(IvmAppendReader *reader, Snapshot snapshot, IvmAppendRows *rows,
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

/* Partitions that are not there any more are remembered as long as they exist. */
static void
leave_others(IvmAppendView *view, List *attached)
{
	ListCell   *lc;

	foreach(lc, view->leaves)
	{
		IvmAppendLeaf *leaf = lfirst(lc);

		if (list_member_oid(attached, leaf->relid))
			continue;
		leaf->gone = !ivm_relation_exists(leaf->relid);
		leaf->changed = leaf->changed || leaf->attached || leaf->gone;
		leaf->attached = false;
	}
}

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

	s->low = low_bound(s->reader, s->leaf, &low) ? &low : NULL;
	s->last = InvalidTransactionId;
	if (!may_be_null(rel, s->leaf->attno))
		index = open_index(rel, s->leaf->attno, &s->reader->type);
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
	const IvmAppendLeaf *leaves[2] = {((Leaf *) lfirst(a))->known, ((Leaf *) lfirst(b))->known};
	IvmAppendType *type = ((Leaf *) lfirst(a))->type;
	const char *floors[2];

	for (int i = 0; i < 2; i++)
		floors[i] = leaves[i] && leaves[i]->floors ? ((IvmAppendFloor *) llast(leaves[i]->floors))->value : NULL;
	if (floors[0] == NULL || floors[1] == NULL)
		return (floors[0] == NULL) - (floors[1] == NULL);
	return -ivm_append_value_compare(type, ivm_append_value_in(type, floors[0]),
									 ivm_append_value_in(type, floors[1]));
}

bool
ivm_append_reader_fill(IvmAppendReader *reader, Snapshot snapshot, int64 nrows,
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
	leave_others(reader->view, attached);
	return done;
}

void
ivm_append_reader_free_rows(IvmAppendRows *rows)
{
	if (rows->new)
		ivm_row_store_free(rows->new);
	if (rows->touched)
		ivm_row_store_free(rows->touched);
	rows->new = rows->touched = NULL;
}

/* ---- the end ---- */

static void
add_xid(IvmAppendView *view, TransactionId xid, FullTransactionId next)
{
	FullTransactionId full = ivm_xid_snapshot_widen(xid, next);

	if (!FullTransactionIdPrecedes(full, view->xmax))
		return;
	view->xids[view->nxids++] = full;
	if (FullTransactionIdPrecedes(full, view->xmin))
		view->xmin = full;
}

/* The server leaves a backend's own transaction and subtransactions out of its snapshots. */
static void
set_unseen(IvmAppendView *view, Snapshot snapshot, FullTransactionId next)
{
	int			nown = MyProc->subxidStatus.count;

	view->xids_seen = false;
	view->nxids = 0;
	view->xids = palloc(sizeof(FullTransactionId) * (snapshot->xcnt + snapshot->subxcnt + nown + 1));
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		add_xid(view, snapshot->xip[i], next);
	for (int32 i = 0; i < snapshot->subxcnt; i++)
		add_xid(view, snapshot->subxip[i], next);
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		add_xid(view, GetTopTransactionIdIfAny(), next);
	for (int i = 0; i < nown; i++)
		add_xid(view, MyProc->subxids.xids[i], next);
}

static void
set_seen(IvmAppendReader *r)
{
	IvmAppendView *view = r->view;
	HASH_SEQ_STATUS status;
	FullTransactionId *xid;

	view->xids_seen = true;
	view->nxids = 0;
	view->xids = palloc(sizeof(FullTransactionId) * ((r->in_doubt ? hash_get_num_entries(r->in_doubt) : 0) + 1));
	if (r->in_doubt == NULL)
		return;
	hash_seq_init(&status, r->in_doubt);
	while ((xid = hash_seq_search(&status)) != NULL)
		view->xids[view->nxids++] = *xid;
}

static void
set_transactions(IvmAppendReader *r, Snapshot snapshot)
{
	IvmAppendView *view = r->view;
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId own = GetTopTransactionIdIfAny();

	Assert(!snapshot->takenDuringRecovery);
	view->xmin = ivm_xid_snapshot_widen(snapshot->xmin, next);
	view->xmax = ivm_xid_snapshot_widen(snapshot->xmax, next);
	if (!ivm_append_reader_is_needed(snapshot))
		set_unseen(view, snapshot, next);
	else
	{
		if (TransactionIdIsValid(own) &&
			FullTransactionIdPrecedes(ivm_xid_snapshot_widen(own, next), view->xmin))
			view->xmin = ivm_xid_snapshot_widen(own, next);
		set_seen(r);
	}
	ivm_append_view_sort(view);
}

/* Keep of a partition's floors those that some open transaction, or the next run, may need. */
static void
trim_floors(IvmAppendLeaf *leaf, const IvmAppendView *view)
{
	List	   *kept = NIL;

	for (int i = 0; i < list_length(leaf->floors); i++)
	{
		IvmAppendFloor *floor = list_nth(leaf->floors, i);
		int64		end = i + 1 < list_length(leaf->floors) ?
			((IvmAppendFloor *) list_nth(leaf->floors, i + 1))->run : PG_INT64_MAX;
		bool		needed = view->run >= floor->run && view->run < end;

		for (int n = 0; n < view->nopen && !needed; n++)
			needed = view->open[n].run >= floor->run && view->open[n].run < end;
		if (needed)
			kept = lappend(kept, floor);
	}
	leaf->floors = kept;
}

/* Note a floor, if it is higher than the last one. */
static void
raise_floor(IvmAppendReader *r, IvmAppendLeaf *leaf, const char *value)
{
	IvmAppendFloor *last = leaf->floors == NIL ? NULL : llast(leaf->floors);
	IvmAppendFloor *floor;

	if (value == NULL ||
		(last && ivm_append_value_compare(&r->type, ivm_append_value_in(&r->type, value),
										  ivm_append_value_in(&r->type, last->value)) <= 0))
		return;
	floor = palloc(sizeof(IvmAppendFloor));
	floor->run = r->view->run;
	floor->value = unconstify(char *, value);
	leaf->floors = lappend(leaf->floors, floor);
	trim_floors(leaf, r->view);
	leaf->changed = true;
}

void
ivm_append_reader_end(IvmAppendReader *r, Snapshot snapshot, bool anew)
{
	IvmAppendView *view = r->view;
	List	   *attached = NIL;
	ListCell   *lc;

	set_transactions(r, snapshot);
	if (r->purpose == IVM_APPEND_REFRESH)
	{
		view->run++;
		view->open = r->open;
		view->nopen = r->nopen;
	}
	if (anew || !view->filled)
	{
		view->forgets_leaves = true;
		view->leaves = NIL;
	}
	view->filled = true;
	foreach(lc, r->leaves)
	{
		Leaf	   *now = lfirst(lc);
		IvmAppendLeaf *leaf = now->known;

		attached = lappend_oid(attached, now->relid);
		if (leaf == NULL)
		{
			leaf = palloc0(sizeof(IvmAppendLeaf));
			leaf->relid = now->relid;
			leaf->filled = leaf->changed = true;
		}
		if (leaf->storage != now->storage)
			leaf->floors = NIL;
		leaf->changed = leaf->changed || leaf->storage != now->storage || !leaf->attached;
		leaf->storage = now->storage;
		leaf->attached = true;
		if (r->purpose == IVM_APPEND_REFRESH)
			raise_floor(r, leaf, now->floor);
		if (ivm_append_view_leaf(view, leaf->relid) == NULL)
			view->leaves = lappend(view->leaves, leaf);
	}
	leave_others(view, attached);
}

/* ---- checks ---- */

void
ivm_append_reader_check_table(Oid relid, AttrNumber watermark)
{
	Relation	base = table_open(relid, AccessShareLock);
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(base), watermark - 1);
	IvmAppendType type;
	ListCell   *lc;

	if (!ivm_append_type_init(&type, column->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" cannot be a watermark", NameStr(column->attname),
						RelationGetRelationName(base)),
				 errdetail("Its type is %s.", format_type_be(column->atttypid)),
				 errhint("Use a column with a number, a time, or a UUID of version 7.")));
	if (!column->attnotnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"%s\" of table \"%s\" cannot be a watermark", NameStr(column->attname),
						RelationGetRelationName(base)),
				 errdetail("It may be NULL: such rows have no place in its order."),
				 errhint("Make the column NOT NULL.")));
	foreach(lc, leaf_relids(base))
	{
		Relation	rel = table_open(lfirst_oid(lc), AccessShareLock);
		AttrMap    *map = lfirst_oid(lc) == relid ? NULL :
			ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
		Relation	index = open_index(rel, attno_of_leaf(map, watermark), &type);

		check_storage(rel);
		if (index == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("column \"%s\" of table \"%s\" is not indexed", NameStr(column->attname),
							RelationGetRelationName(rel)),
					 errdetail("Each refresh of an append view looks up new rows by its watermark."),
					 errhint("CREATE INDEX ON %s (%s).", ivm_sql_text_relation_name(relid),
							 quote_identifier(NameStr(column->attname)))));
		index_close(index, NoLock);
		table_close(rel, NoLock);
	}
	table_close(base, NoLock);
}
