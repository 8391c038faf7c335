/*-------------------------------------------------------------------------
 *
 * merge_newest.c
 *	  DeltaApply: rows read by their key, the newest versions first.
 *
 * While an old snapshot is open no dead version of a state row can be removed, and the table is soon
 * a thousand times as large as what is alive.  A scan passes all of that.  But the key index is in the
 * order of keys and, within a key, of TIDs, and a table that keeps all its versions grows at its end: so the
 * index is read backwards, and after a row that the snapshot sees the next key is looked for at once:
 *
 *		entries		a a a a a a a	b b b b b b b b b	c c c c
 *		read		            3				  2       	  1
 *
 * A key has one row that a snapshot sees, as the index is unique; where it is over a hash of the key, a hash has one
 * row, unless it is noted that keys have the same (commit/shared_hash.c).  So it is with the delta rows of a key and a
 * slot; only of slot 0 there can be many, and all entries are read.  Nothing depends on the order of the entries but
 * the number of those that are read.
 *
 * Rows are kept in memory, within work_mem.  What is tried and turns out to take too long ends in the
 * child's scan, which has not begun yet.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/heap_row.h"
#include "commit/key_lookup.h"
#include "commit/shared_hash.h"
#include "definition/core.h"
#include "plan/key.h"
#include "plan/plan.h"
#include "plan/state.h"
#include "read/merge_newest.h"

/*
 * A table of fewer blocks is scanned as fast.  Tests have few delta rows, so with assertions these
 * are read by key whatever their number.
 */
#define MIN_BLOCKS		16
#ifdef USE_ASSERT_CHECKING
#define MIN_DELTA_BLOCKS	1
#else
#define MIN_DELTA_BLOCKS	MIN_BLOCKS
#endif

/* The number of look-ups that take no longer than scanning a block of dead versions. */
#define FETCHES_PER_BLOCK	2

typedef struct Newest
{
	IvmMergeScan *ms;
	IvmPlan    *plan;
	Relation	rel;			/* the state table, or the delta table */
	bool		is_delta;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *row;		/* found by the scan */
	TupleTableSlot *last;		/* the row kept last */
	int			ncols;			/* of the index */
	bool		one_key;		/* the key quals, or the core, leave one key */
	bool		many_entries;	/* keys seem to have several entries each */
	int			level;			/* the scan goes on below the last row's value
								 * of this column, within its values of those
								 * before; -1: it is at its first range */
	ScanKeyData *quals;			/* the key quals */
	ScanKeyData *keys;			/* of the range: these, and one per column */
	List	   *rows;			/* of MinimalTuple */
	int64		fetches;
	int64		max_fetches;
	Size		bytes;
} Newest;

/* ---- is it worth while? ---- */

/* Is a row the only one of its index key that a snapshot sees? */
static bool
is_possible(const IvmPlan *plan, Relation rel, Oid index)
{
	return OidIsValid(index) && ivm_heap_row_is_heap(rel) &&
		(!plan->layout.hashed || plan->core->kind == IVM_CORE_GLOBAL ||
		 (!plan->deferred && ivm_shared_hash_is_noted(plan)));
}

/*
 * Statistics of a table that grows may be old.  If so, and it has as many rows as blocks, that is found out by
 * trying, and not tried again before the table is twice as large.
 */
bool
ivm_merge_newest_pays(const IvmPlan *plan, Relation state)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(state);

	return blocks >= MIN_BLOCKS && blocks / 2 >= plan->run->dense_blocks &&
		state->rd_rel->reltuples < blocks && is_possible(plan, state, plan->state_index);
}

static bool
is_readable(IvmMergeScan *ms)
{
	return ms->css.ss.ps.state->es_epq_active == NULL &&
		ivm_key_lookup_is_recent(ms->css.ss.ps.state->es_snapshot);
}

/* ---- ranges of the index ---- */

/* The key quals as scan keys; false if one of them holds for no row. */
static bool
init_quals(Newest *n)
{
	IvmMergeScan *ms = n->ms;
	Bitmapset  *equal = NULL;

	n->quals = palloc(sizeof(ScanKeyData) * Max(ms->nquals, 1));
	for (int i = 0; i < ms->nquals; i++)
	{
		IvmMergeQual *q = &ms->quals[i];
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(q->arg, ms->css.ss.ps.ps_ExprContext, &isnull);

		if (isnull)
			return false;
		ScanKeyEntryInitialize(&n->quals[i], 0, q->index_attno, q->strategy, q->subtype,
							   q->collation, q->proc, value);
		if (q->strategy == BTEqualStrategyNumber)
			equal = bms_add_member(equal, q->index_attno);
	}
	n->ncols = (n->plan->layout.hashed ? 1 : n->plan->nkeys) + (n->is_delta ? 1 : 0);
	n->one_key = !n->is_delta &&
		(n->plan->core->kind == IVM_CORE_GLOBAL || bms_num_members(equal) == n->ncols);
	return true;
}

/* A scan key that compares a column of the index with the last row's value. */
static void
add_bound(Newest *n, ScanKey key, int col, StrategyNumber strategy)
{
	Oid			opfamily = n->index->rd_opfamily[col];
	Oid			type = n->index->rd_opcintype[col];
	bool		isnull;
	Datum		value = slot_getattr(n->last, n->index->rd_index->indkey.values[col], &isnull);

	/* NULLs are last, so they come first, and all other values are below */
	if (isnull)
		ScanKeyEntryInitialize(key, SK_ISNULL |
							   (strategy == BTEqualStrategyNumber ? SK_SEARCHNULL : SK_SEARCHNOTNULL),
							   col + 1, InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
	else
		ScanKeyEntryInitialize(key, 0, col + 1, strategy, InvalidOid, n->index->rd_indcollation[col],
							   get_opcode(get_opfamily_member(opfamily, type, type, strategy)), value);
}

/* Start the scan at its range, which the quals, the level and the last row give. */
static void
start_range(Newest *n)
{
	int			nkeys = 0;
	int			qual = 0;

	for (int col = 0; col < n->ncols; col++)
	{
		while (qual < n->ms->nquals && n->quals[qual].sk_attno == col + 1)
			n->keys[nkeys++] = n->quals[qual++];
		if (col <= n->level)
			add_bound(n, &n->keys[nkeys++], col, col < n->level ? BTEqualStrategyNumber : BTLessStrategyNumber);
	}
	n->scan->numberOfKeys = nkeys;
	index_rescan(n->scan, n->keys, nkeys, NULL, 0);
}

/* ---- rows ---- */

/* Keep the row found; false if there is too much to be kept. */
static bool
keep_row(Newest *n)
{
	MinimalTuple tuple = ExecCopySlotMinimalTuple(n->row);

	n->rows = lappend(n->rows, tuple);
	n->bytes += tuple->t_len;
	ExecStoreMinimalTuple(tuple, n->last, false);
	return n->bytes <= (Size) work_mem * 1024;
}

/* Does the snapshot see no other row with the index key of the row found? */
static bool
is_only_one(Newest *n)
{
	bool		isnull;

	return !n->is_delta ||
		DatumGetInt32(slot_getattr(n->row, n->plan->layout.delta_slot + 1, &isnull)) != 0;
}

/* Go on at the keys that are less than that of the last row, within the values of all its columns but the last. */
static void
leave_key(Newest *n)
{
	n->level = n->ncols - 1;
	start_range(n);
}

/*
 * Read the rows; false if that takes too much.  The entry behind a row found is that of the next key, or it is an
 * older one of the same: from the first time that it shows nothing keys are left at once.
 */
static bool
read_rows(Newest *n)
{
	bool		found = false;	/* by the entry before */

	start_range(n);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (index_getnext_tid(n->scan, BackwardScanDirection) == NULL)
		{
			if (n->level <= 0)
				return true;
			n->level--;
			start_range(n);
			found = false;
			continue;
		}
		if (++n->fetches > n->max_fetches)
			return false;
		if (index_fetch_heap(n->scan, n->row))
		{
			if (!keep_row(n))
				return false;
			if (n->one_key)
				return true;
			found = is_only_one(n);
			if (found && n->many_entries)
			{
				found = false;
				leave_key(n);
			}
		}
		else if (found)
		{
			n->many_entries = true;
			found = false;
			leave_key(n);
		}
	}
}

/* Read the rows into n->rows; false if that takes too much. */
static bool
collect(Newest *n)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(n->rel);
	bool		done = true;

	n->max_fetches = (int64) blocks * FETCHES_PER_BLOCK;
	if (!init_quals(n))
		return true;
	n->index = index_open(n->is_delta ? n->plan->delta_index : n->plan->state_index, AccessShareLock);
	for (int i = 0; i < n->index->rd_index->indnkeyatts; i++)
		done &= n->index->rd_indoption[i] == 0;
	if (done)
	{
		n->row = table_slot_create(n->rel, NULL);
		n->last = MakeSingleTupleTableSlot(RelationGetDescr(n->rel), &TTSOpsMinimalTuple);
		n->keys = palloc(sizeof(ScanKeyData) * (n->ms->nquals + n->ncols));
		n->scan = ivm_compat_index_beginscan(n->rel, n->index, n->ms->css.ss.ps.state->es_snapshot,
											 n->ms->nquals + n->ncols);
		done = read_rows(n);
		index_endscan(n->scan);
		ExecDropSingleTupleTableSlot(n->row);
		ExecDropSingleTupleTableSlot(n->last);
	}
	index_close(n->index, NoLock);
	return done;
}

/* The same, in a context of its own.  If it takes too much, remember with how many blocks. */
static bool
try_collect(Newest *n, BlockNumber *dense_blocks)
{
	MemoryContext cxt = AllocSetContextCreate(n->ms->cxt, "ivm merge newest", ALLOCSET_DEFAULT_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	bool		done = collect(n);

	MemoryContextSwitchTo(oldcxt);
	if (!done)
	{
		*dense_blocks = RelationGetNumberOfBlocks(n->rel);
		MemoryContextDelete(cxt);
	}
	return done;
}

bool
ivm_merge_newest(IvmMergeScan *ms, IvmDeltaSet *deltas)
{
	Newest		n = {
		.ms = ms,
		.plan = ms->plan,
		.rel = ms->css.ss.ss_currentRelation,
		.level = -1
	};

	if (deltas->shared_hash || !ivm_merge_newest_pays(ms->plan, n.rel) || !is_readable(ms) ||
		!try_collect(&n, &ms->plan->run->dense_blocks))
		return false;
	ivm_merge_add_rows(ms, n.rows, deltas);
	ms->by_key = ms->child_done = true;
	return true;
}

/* ---- delta rows ---- */

/* Is there a note among these delta rows?  Then there may be rows that were left out. */
static bool
has_note(const IvmPlan *plan, List *rows, TupleTableSlot *slot)
{
	ListCell   *lc;

	if (!plan->layout.hashed)
		return false;
	foreach(lc, rows)
	{
		ExecStoreMinimalTuple(lfirst(lc), slot, false);
		if (ivm_shared_hash_is_note(plan, slot))
			return true;
	}
	return false;
}

bool
ivm_merge_newest_deltas(IvmMergeScan *ms, Relation delta, BlockNumber blocks, IvmDeltaMap *deltas)
{
	IvmPlan    *plan = ms->plan;
	TupleTableSlot *slot;
	bool		done;
	ListCell   *lc;
	Newest		n = {
		.ms = ms,
		.plan = plan,
		.rel = delta,
		.is_delta = true,
		.level = -1
	};

	if (blocks < MIN_DELTA_BLOCKS || blocks / 2 < plan->run->dense_delta_blocks ||
		!is_possible(plan, delta, plan->delta_index) || !is_readable(ms) ||
		!try_collect(&n, &plan->run->dense_delta_blocks))
		return false;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(delta), &TTSOpsMinimalTuple);
	done = !has_note(plan, n.rows, slot);
	if (done)
	{
		foreach(lc, n.rows)
		{
			ExecStoreMinimalTuple(lfirst(lc), slot, false);
			ivm_delta_map_add_row(deltas, slot);
		}
	}
	else
		plan->run->dense_delta_blocks = blocks;
	ExecDropSingleTupleTableSlot(slot);
	return done;
}
