/*-------------------------------------------------------------------------
 *
 * kept_scan.c
 *	  The scans of relations in an executor state that is kept.
 *
 * What kept_executor.c says of nodes holds for these as well.  Two things are done here in
 * another way than by the server's nodes, in row functions of our own around theirs:
 *
 * Indexes are locked and opened not before a scan has to read from them.
 *
 * Hints.  A nested loop asks its inner side for one row only where the planner has proved
 * that there is no more than one (inner_unique), or where it matters whether there is one
 * (semijoin, antijoin).  Such a scan first looks where it has found a row for these values
 * before:
 *
 *		values --hash--> TID --> row --> visible? index conditions? conditions?
 *								  |					no: scan the index
 *								  v yes
 *							the row that the scan gives
 *
 * That is right because the row found is one that the index scan would give: it is a row of
 * the table, the snapshot shows it, and it satisfies all conditions.  There may be others
 * where any will do; and if the join asks for another row, since this one fails a
 * condition of the join, it gets the whole scan from its beginning, in which the row comes
 * and fails again.  What makes a row unique is a unique index, which nobody can drop, and
 * nobody can write past, while the table is locked and the plan is valid.
 *
 * A row that no index has led to can be at a hint, too: those beside one that was looked up
 * (page_hints.c).  Nothing is different for them, since a valid index without a predicate leads to
 * all rows that the snapshot shows.
 *
 * No hints are used
 * - for a partial index: the planner leaves out conditions that follow from its
 *	 predicate, and a row found by a TID need not satisfy that;
 * - by serializable transactions, whose index scans lock what they do not find, too;
 * - for tables that are not heaps; for values that are NULL, which no row equals.
 *
 * What the server must keep true, beside what kept_executor.c lists (asserted in part):
 * - a rescan clears the slot of a scan's row and evaluates the run-time keys, so
 *	 an empty slot says that the scan stands before its first row;
 * - a scan that has not been read from begins with the first row, whatever slots hold;
 * - ExecScan() asks for rows until one satisfies the node's conditions, and projects it;
 * - NestLoop reads no further row of its inner side, with single_match or as an
 *	 antijoin, after one that satisfies its joinqual.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "executor/executor.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/heap_row.h"
#include "base/kept_scan.h"
#include "base/page_hints.h"
#include "base/row_hints.h"
#include "base/server_internals.h"

/* The type of a scan key's value */
typedef struct KeyType
{
	bool		typbyval;
	int16		typlen;
} KeyType;

/* A scan of a table; of an index, too, or not. */
typedef struct KeptScan
{
	ScanState  *node;
	ExecProcNodeMtd scan_index; /* the node's own function; NULL: no index */
	IvmRowHints *hints;			/* NULL: it uses none */
	KeyType    *keys;			/* with hints: per scan key */
	int			nkeys;
	AttrNumber *columns;		/* with hints: the table's columns that an
								 * index-only scan gives; else NULL */
	IvmHintColumn *looked_for;	/* with hints: per scan key, the table's
								 * column; NULL: not for whole pages */
	uint32		hash;			/* of the values looked for */
} KeptScan;

struct IvmKeptScans
{
	ResourceOwner owner;
	EState	   *estate;
	MemoryContextCallback callback; /* let_go() */
	int			n;
	KeptScan   *scans;
};

/* The scans that are open, for the nodes' row functions, which get only the node. */
static const IvmKeptScans *open_scans = NULL;

/* ---- relations ---- */

static Relation *
index_of(ScanState *node)
{
	switch (nodeTag(node))
	{
		case T_IndexScanState:
			return &((IndexScanState *) node)->iss_RelationDesc;
		case T_IndexOnlyScanState:
			return &((IndexOnlyScanState *) node)->ioss_RelationDesc;
		default:
			return NULL;
	}
}

static Oid
index_id(const ScanState *node)
{
	const Plan *plan = node->ps.plan;

	return IsA(plan, IndexScan) ? ((const IndexScan *) plan)->indexid :
		((const IndexOnlyScan *) plan)->indexid;
}

/* Lock and open the index of a scan, if it is not open. */
static void
open_index(const KeptScan *scan)
{
	Relation   *index = index_of(scan->node);
	ResourceOwner oldowner = CurrentResourceOwner;

	if (*index != NULL)
		return;
	LockRelationOid(index_id(scan->node), AccessShareLock);
	CurrentResourceOwner = open_scans->owner;
	*index = index_open(index_id(scan->node), NoLock);
	CurrentResourceOwner = oldowner;
}

void
ivm_kept_scan_open(IvmKeptScans *scans)
{
	EState	   *estate = scans->estate;
	ResourceOwner oldowner = CurrentResourceOwner;

	open_scans = scans;
	CurrentResourceOwner = scans->owner;
	for (int i = 0; i < scans->n; i++)
	{
		ScanState  *node = scans->scans[i].node;
		Index		rti = ((Scan *) node->ps.plan)->scanrelid;

		if (estate->es_relations[rti - 1] == NULL)
			estate->es_relations[rti - 1] = table_open(exec_rt_fetch(rti, estate)->relid, NoLock);
		node->ss_currentRelation = estate->es_relations[rti - 1];
	}
	CurrentResourceOwner = oldowner;
}

static void
end_scan(ScanState *node)
{
	IndexScanDesc *index_scan = NULL;

	if (IsA(node, IndexScanState))
		index_scan = &((IndexScanState *) node)->iss_ScanDesc;
	else if (IsA(node, IndexOnlyScanState))
	{
		Buffer	   *vm = &((IndexOnlyScanState *) node)->ioss_VMBuffer;

		index_scan = &((IndexOnlyScanState *) node)->ioss_ScanDesc;
		if (*vm != InvalidBuffer)
			ReleaseBuffer(*vm);
		*vm = InvalidBuffer;
	}
	else if (node->ss_currentScanDesc)
	{
		table_endscan(node->ss_currentScanDesc);
		node->ss_currentScanDesc = NULL;
	}
	if (index_scan && *index_scan)
	{
		index_endscan(*index_scan);
		*index_scan = NULL;
	}
}

void
ivm_kept_scan_close(IvmKeptScans *scans)
{
	EState	   *estate = scans->estate;
	ResourceOwner oldowner = CurrentResourceOwner;

	for (int i = 0; i < scans->n; i++)
		end_scan(scans->scans[i].node);
	CurrentResourceOwner = scans->owner;
	for (int i = 0; i < scans->n; i++)
	{
		Relation   *index = index_of(scans->scans[i].node);

		if (index == NULL || *index == NULL)
			continue;
		index_close(*index, NoLock);
		*index = NULL;
	}
	for (int i = 0; i < estate->es_range_table_size; i++)
	{
		if (estate->es_relations[i])
			table_close(estate->es_relations[i], NoLock);
		estate->es_relations[i] = NULL;
	}
	CurrentResourceOwner = oldowner;
	open_scans = NULL;
}

/* ---- rows at hints ---- */

static void
get_keys(ScanState *node, ScanKey *keys, int *n, bool *ready)
{
	if (IsA(node, IndexScanState))
	{
		IndexScanState *scan = (IndexScanState *) node;

		*keys = scan->iss_ScanKeys;
		*n = scan->iss_NumScanKeys;
		*ready = scan->iss_NumRuntimeKeys == 0 || scan->iss_RuntimeKeysReady;
	}
	else
	{
		IndexOnlyScanState *scan = castNode(IndexOnlyScanState, node);

		*keys = scan->ioss_ScanKeys;
		*n = scan->ioss_NumScanKeys;
		*ready = scan->ioss_NumRuntimeKeys == 0 || scan->ioss_RuntimeKeysReady;
	}
}

/*
 * May the row that a scan is to give be looked for at a hint?  Only the first one.  Sets
 * scan->hash.
 */
static bool
may_use_hint(KeptScan *scan)
{
	ScanKey		keys;
	int			n;
	bool		ready;

	if (scan->hints == NULL || !TTS_EMPTY(scan->node->ss_ScanTupleSlot) ||
		IsolationIsSerializable())
		return false;
	get_keys(scan->node, &keys, &n, &ready);
	if (!ready)
		return false;
	scan->hash = 0;
	for (int i = 0; i < n; i++)
	{
		if (keys[i].sk_flags & SK_ISNULL)
			return false;
		scan->hash = ivm_row_hints_hash(scan->hash, keys[i].sk_argument, scan->keys[i].typbyval,
										scan->keys[i].typlen);
	}
	return true;
}

static KeptScan *
find_scan(const PlanState *node)
{
	for (int i = 0; i < open_scans->n; i++)
		if (&open_scans->scans[i].node->ps == node)
			return &open_scans->scans[i];
	elog(ERROR, "scan is not open");
}

/* Put a row of the table into the slot of an index-only scan. */
static void
give_index_columns(const KeptScan *scan, TupleTableSlot *row, TupleTableSlot *slot)
{
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
		slot->tts_values[i] = slot_getattr(row, scan->columns[i], &slot->tts_isnull[i]);
	ExecStoreVirtualTuple(slot);
}

/* For ExecScan(): the row at the hint, if it is one that the index would give, and no more. */
static TupleTableSlot *
next_at_hint(ScanState *node)
{
	KeptScan   *scan = find_scan(&node->ps);
	TupleTableSlot *slot = node->ss_ScanTupleSlot;
	bool		only = scan->columns != NULL;
	TupleTableSlot *row = only ? ((IndexOnlyScanState *) node)->ioss_TableSlot : slot;
	ExprState  *quals = only ? ((IndexOnlyScanState *) node)->recheckqual :
		((IndexScanState *) node)->indexqualorig;
	ItemPointer tid = TTS_EMPTY(slot) ? ivm_row_hints_get(scan->hints, scan->hash) : NULL;

	ExecClearTuple(slot);
	if (tid == NULL ||
		!ivm_heap_row_visible(node->ss_currentRelation, tid, node->ps.state->es_snapshot, row))
		return slot;
	if (only)
		give_index_columns(scan, row, slot);
	node->ps.ps_ExprContext->ecxt_scantuple = slot;
	return ExecQual(quals, node->ps.ps_ExprContext) ? slot : ExecClearTuple(slot);
}

/* Rows are checked again only for row locks after concurrent updates, which take none. */
static bool
check_again(ScanState *node, TupleTableSlot *slot)
{
	return true;
}

/* The TID of the row that an index scan has given. */
static ItemPointer
tid_given(ScanState *node)
{
	return IsA(node, IndexOnlyScanState) ? &((IndexOnlyScanState *) node)->ioss_ScanDesc->xs_heaptid :
		&node->ss_ScanTupleSlot->tts_tid;
}

/* Keep hints of a row that the index has led to, and of those that lie beside it. */
static void
keep_hints(KeptScan *scan, ItemPointer tid)
{
	bool		moved = ivm_row_hints_get(scan->hints, scan->hash) != NULL;

	ivm_row_hints_put(scan->hints, scan->hash, tid);
	if (scan->looked_for != NULL && ivm_row_hints_may_advance(scan->hints))
		ivm_page_hints_take(scan->node->ss_currentRelation, ItemPointerGetBlockNumber(tid),
							scan->looked_for, scan->nkeys, moved, scan->hints);
}

/* The row function of scans of indexes. */
static TupleTableSlot *
next_of_index(PlanState *pstate)
{
	KeptScan   *scan = find_scan(pstate);
	bool		hinted = may_use_hint(scan);
	TupleTableSlot *row;

	if (hinted)
	{
		row = ExecScan(scan->node, next_at_hint, check_again);
		if (!TupIsNull(row))
		{
			ivm_row_hints_hit(scan->hints);
			return row;
		}
	}
	open_index(scan);
	row = scan->scan_index(pstate);
	if (hinted && !TupIsNull(row))
		keep_hints(scan, tid_given(scan->node));
	return row;
}

/* ---- taking over ---- */

/* The types of a scan's keys, or NULL if there are others than values to be compared with. */
static KeyType *
key_types(ScanState *node, Relation index, int *nkeys)
{
	ScanKey		keys;
	int			n;
	bool		ready;
	KeyType    *result;

	get_keys(node, &keys, &n, &ready);
	*nkeys = n;
	result = palloc(sizeof(KeyType) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		Oid			type = keys[i].sk_subtype;

		if (keys[i].sk_flags & ~SK_ISNULL)
			return NULL;
		if (!OidIsValid(type))
			type = index->rd_opcintype[keys[i].sk_attno - 1];
		get_typlenbyval(type, &result[i].typlen, &result[i].typbyval);
	}
	return n > 0 ? result : NULL;
}

/*
 * The table's columns that a scan looks for values of, or NULL if it is not that simple.
 * A value of another type than the column's may have other bytes than the equal one that
 * it finds.
 */
static IvmHintColumn *
columns_looked_for(const KeptScan *scan, Relation table, Relation index)
{
	IvmHintColumn *result = palloc(sizeof(IvmHintColumn) * scan->nkeys);
	ScanKey		keys;
	int			n;
	bool		ready;

	if (index->rd_rel->relam != BTREE_AM_OID)
		return NULL;
	get_keys(scan->node, &keys, &n, &ready);
	for (int i = 0; i < n; i++)
	{
		AttrNumber	attno = index->rd_index->indkey.values[keys[i].sk_attno - 1];
		Form_pg_attribute att = attno > 0 ? TupleDescAttr(RelationGetDescr(table), attno - 1) : NULL;

		if (keys[i].sk_strategy != BTEqualStrategyNumber || att == NULL ||
			att->attlen != scan->keys[i].typlen || att->attbyval != scan->keys[i].typbyval)
			return NULL;
		result[i].attno = attno;
		result[i].typlen = att->attlen;
		result[i].typbyval = att->attbyval;
	}
	return result;
}

/* The table's columns in an index, or NULL if it has anything else. */
static AttrNumber *
index_columns(Relation table, Relation index)
{
	int			n = IndexRelationGetNumberOfAttributes(index);
	AttrNumber *result = palloc(sizeof(AttrNumber) * n);

	for (int i = 0; i < n; i++)
	{
		result[i] = index->rd_index->indkey.values[i];
		if (result[i] <= 0 ||
			TupleDescAttr(RelationGetDescr(table), result[i] - 1)->atttypid !=
			TupleDescAttr(RelationGetDescr(index), i)->atttypid)
			return NULL;
	}
	return result;
}

/*
 * The hints of a scan, shared with others that look for values of the same columns of the index.
 * If a scan has conditions besides, another row may be the one for it, unless there is no other.
 */
static IvmRowHints *
take_hints(const KeptScan *scan, Relation index)
{
	IvmRowHintsKey key;
	ScanKey		keys;
	int			n;
	bool		ready;

	get_keys(scan->node, &keys, &n, &ready);
	if (scan->looked_for == NULL || n > IVM_HINT_COLUMNS ||
		(scan->node->ps.qual != NULL &&
		 !(index->rd_index->indisunique && n == index->rd_index->indnkeyatts)))
		return ivm_row_hints_take(NULL);
	memset(&key, 0, sizeof(key));
	key.index = RelationGetRelid(index);
	key.ncolumns = n;
	for (int i = 0; i < n; i++)
		key.columns[i] = keys[i].sk_attno;
	return ivm_row_hints_take(&key);
}

/* Let a scan use hints if it can: one row of it is enough. */
static void
use_hints(KeptScan *scan)
{
	ScanState  *node = scan->node;
	Relation	table = node->ss_currentRelation;
	Relation	index = *index_of(node);
	KeyType    *keys = key_types(node, index, &scan->nkeys);
	AttrNumber *columns = NULL;

	if (keys == NULL || !ivm_heap_row_is_heap(table) ||
		!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return;
	if (IsA(node, IndexOnlyScanState))
	{
		columns = index_columns(table, index);
		if (columns == NULL ||
			node->ss_ScanTupleSlot->tts_tupleDescriptor->natts != IndexRelationGetNumberOfAttributes(index))
			return;
	}
	scan->keys = keys;
	scan->columns = columns;
	scan->looked_for = columns_looked_for(scan, table, index);
	scan->hints = take_hints(scan, index);
}

static void
take_scan(IvmKeptScans *scans, ScanState *node, bool first_only)
{
	KeptScan   *scan;

	scans->scans = scans->scans ? repalloc(scans->scans, sizeof(KeptScan) * (scans->n + 1)) :
		palloc(sizeof(KeptScan));
	scan = &scans->scans[scans->n++];
	memset(scan, 0, sizeof(KeptScan));
	scan->node = node;
	if (index_of(node) == NULL)
		return;
	scan->scan_index = ivm_server_row_function(&node->ps);
	ivm_server_set_row_function(&node->ps, next_of_index);
	if (first_only)
		use_hints(scan);
}

/* first_only: no more than the first row of each rescan is wanted of the node */
static void
take_scans(IvmKeptScans *scans, PlanState *node, bool first_only)
{
	bool		inner_first_only = false;

	if (node == NULL)
		return;
	if (IsA(node, SeqScanState) || IsA(node, IndexScanState) || IsA(node, IndexOnlyScanState))
		take_scan(scans, (ScanState *) node, first_only);
	if (IsA(node, NestLoopState))
		inner_first_only = ((NestLoopState *) node)->js.single_match ||
			((NestLoopState *) node)->js.jointype == JOIN_ANTI;
	take_scans(scans, outerPlanState(node), false);
	take_scans(scans, innerPlanState(node), inner_first_only);
}

/* Has the executor's start made of the scans what open and close know? */
static void
check_started(const IvmKeptScans *scans)
{
#ifdef USE_ASSERT_CHECKING
	const EState *estate = scans->estate;
	Bitmapset  *scanned = NULL;

	/* scans have opened their relations, but not yet begun */
	for (int i = 0; i < scans->n; i++)
	{
		ScanState  *node = scans->scans[i].node;
		Relation   *index = index_of(node);
		Index		rti = ((const Scan *) node->ps.plan)->scanrelid;

		Assert(node->ss_currentRelation == estate->es_relations[rti - 1]);
		Assert(node->ss_currentScanDesc == NULL);
		Assert(index == NULL || RelationGetRelid(*index) == index_id(node));
		if (IsA(node, IndexScanState))
			Assert(((IndexScanState *) node)->iss_ScanDesc == NULL);
		if (IsA(node, IndexOnlyScanState))
			Assert(((IndexOnlyScanState *) node)->ioss_ScanDesc == NULL &&
				   ((IndexOnlyScanState *) node)->ioss_VMBuffer == InvalidBuffer);
		scanned = bms_add_member(scanned, (int) rti - 1);
	}
	for (int i = 0; i < (int) estate->es_range_table_size; i++)
		Assert((estate->es_relations[i] != NULL) == bms_is_member(i, scanned));
	bms_free(scanned);
#endif
}

/*
 * The executor's start has locked the indexes for the state's own resource owner.
 * The lock may live longer than that, so it passes to the transaction's.
 */
static void
pass_on_locks(const IvmKeptScans *scans)
{
	ResourceOwner oldowner = CurrentResourceOwner;

	for (int i = 0; i < scans->n; i++)
	{
		if (scans->scans[i].scan_index == NULL)
			continue;
		LockRelationOid(index_id(scans->scans[i].node), AccessShareLock);
		CurrentResourceOwner = scans->owner;
		UnlockRelationOid(index_id(scans->scans[i].node), AccessShareLock);
		CurrentResourceOwner = oldowner;
	}
}

/* The callback for the end of the memory that scans are in */
static void
let_go(void *arg)
{
	IvmKeptScans *scans = arg;

	for (int i = 0; i < scans->n; i++)
		if (scans->scans[i].hints != NULL)
			ivm_row_hints_let_go(scans->scans[i].hints);
}

IvmKeptScans *
ivm_kept_scan_take(PlanState *top, ResourceOwner owner)
{
	IvmKeptScans *scans = palloc0(sizeof(IvmKeptScans));

	scans->owner = owner;
	scans->estate = top->state;
	scans->callback.func = let_go;
	scans->callback.arg = scans;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &scans->callback);
	take_scans(scans, top, false);
	check_started(scans);
	pass_on_locks(scans);
	return scans;
}
