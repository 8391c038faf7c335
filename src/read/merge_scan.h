/*-------------------------------------------------------------------------
 *
 * merge_scan.h
 *	  State of a DeltaApply node, and what the files that execute it share.
 *
 *		merge_exec.c		the node: which row comes next
 *		merge_delta.c		before the first row: deltas are read and merged
 *		merge_newest.c		or state rows are read by their key
 *		merge_rows.c		rows emitted beside the child's
 *		merge_match*.c		or keys are merged as the child comes to them
 *		merge_parallel.c	leader and workers
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_SCAN_H
#define IVM_MERGE_SCAN_H

#include "access/parallel.h"
#include "access/stratnum.h"
#include "nodes/execnodes.h"
#include "utils/sortsupport.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"

#include "base/tidset.h"
#include "commit/key_lookup.h"
#include "plan/delta.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "read/delta_set.h"

/* A row to be emitted beside the child's */
typedef struct IvmMergedRow
{
	MinimalTuple tuple;
	Datum	   *sort_values;	/* ordered scans: of the index's columns */
	bool	   *sort_nulls;
} IvmMergedRow;

/* A comparison of a key column that narrows the reading of the delta table */
typedef struct IvmMergeQual
{
	AttrNumber	index_attno;
	StrategyNumber strategy;
	Oid			subtype;
	Oid			collation;
	Oid			proc;
	ExprState  *arg;			/* what the column is compared with */
} IvmMergeQual;

typedef struct IvmMatch IvmMatch;	/* merge_match_key.h */

typedef struct IvmMergeScan
{
	CustomScanState css;

	/* Set when the executor starts, in its query context */
	IvmPlan    *plan;			/* kept by the cache of plans until the
								 * transaction ends */
	int			flags;			/* IVM_MERGE_BAG, IVM_MERGE_ORDERED */
	ScanState  *leaf;			/* the scan below the child whose slot has the
								 * TID */
	struct TableScanDescData *table_scan;	/* scan of leaf, if rows are read
											 * from it directly */
	AttrNumber *columns;		/* to emit, counted from 0; NULL: expressions
								 * are evaluated */
	int			ncolumns;
	AttrNumber	last_column;	/* the last of these, counted from 1 */
	bool		qual_ready;		/* css.ss.ps.qual is for rows of any slot */
	const char *definition_reason;	/* why the definition is run; NULL: it is
									 * not */
	IvmDeltaMap *overlay;		/* own pending change at executor start, or
								 * NULL */
	List	   *held;			/* Relation *: tables kept in use */
	bool		holds_all;		/* these include the partitions */
	int			nquals;
	IvmMergeQual *quals;
	ExprState  *key_qual;		/* quals of key columns alone, or NULL */
	bool		key_qual_fixed; /* they are the same for all scans of the node */
	TupleTableSlot *key_slot;	/* a key, for these */
	ExecProcNodeMtd exec;		/* the node's usual ExecProcNode; NULL: not
								 * known yet */
	TupleTableSlot *merged_slot;	/* a merged row, or one of the definition */

	/* IVM_MERGE_ORDERED: the index whose order counts */
	int			nsort;			/* number of its columns; 0: no order */
	AttrNumber *sort_attnos;
	Oid		   *sort_operators;
	Oid		   *sort_collations;
	bool	   *sort_nulls_first;
	SortSupportData *sortkeys;
	bool		index_is_partial;

	/* Results of ivm_merge_prepare(), in cxt */
	bool		prepared;
	MemoryContext cxt;
	IvmTidSet  *skip;			/* the child's rows not to be emitted, or NULL */
	IvmMatch   *match;			/* matching of the child's rows with deltas,
								 * or NULL */
	bool		by_key;			/* rows has all, instead of the child
								 * (merge_newest.c) */
	IvmKeyLookup *lookup;		/* in the state table; NULL until it is needed */
	MemoryContext key_cxt;		/* scratch, of the key at hand; NULL if no key
								 * is pending */
	int			nrows;
	int			maxrows;
	IvmMergedRow *rows;			/* merged and recomputed rows */
	Tuplestorestate *store;		/* the definition's rows, if no order counts */
	Tuplesortstate *sort;		/* the definition's rows in order */

	/* Position */
	bool		rescanned;		/* this is not the first scan */
	bool		child_done;
	TupleTableSlot *child_row;	/* ordered: fetched and not yet emitted */
	int			next_row;		/* of rows */
	TupleTableSlot *current;	/* bags: row being repeated */
	int64		repeat;			/* bags: how often it is still to be emitted */

	/* Parallel plans */
	bool		may_emit;		/* this process emits the merged rows */
	bool		emitter_known;	/* may_emit is final */
	struct SharedMerge *shared; /* NULL: not in a parallel plan, or no workers
								 * yet */

	/* Deferred views */
	TimestampTz as_of;			/* of the stored rows, if these are shown; 0:
								 * not known, or as of the snapshot */
	int64		logged_rows;	/* changed rows that were read from logs */

	/* For EXPLAIN ANALYZE */
	int64		pending_keys;
	int64		looked_up_keys;
	int64		recomputed_keys;
} IvmMergeScan;

/*
 * All functions run while the node is executed, on behalf of the user who
 * reads.  What they keep is in ms->cxt, unless another context is named; it goes
 * when the node ends, or has to prepare anew.  They read under the scan's own
 * snapshot (es_snapshot), lock tables with AccessShareLock at most, and write
 * nothing.
 */

/* ---- merge_rows.c: rows emitted beside the child's ---- */

/*
 * Keep a row in ms->rows, to be emitted.  The tuple itself is not copied.  The
 * current context is ms->cxt.
 */
extern void ivm_merge_add_tuple(IvmMergeScan *ms, MinimalTuple tuple);

/* Let the child's row with this TID be passed over. */
extern void ivm_merge_skip(IvmMergeScan *ms, ItemPointer tid);

/*
 * The look-up by key in the state table: begun by the first call, and kept in
 * ms->lookup until ivm_merge_end_lookup().
 */
extern IvmKeyLookup *ivm_merge_get_lookup(IvmMergeScan *ms);
extern void ivm_merge_end_lookup(IvmMergeScan *ms);

/*
 * Look up the state rows of n deltas and merge them, to ms->rows; keys for which
 * that is not possible are recomputed.  The current context is ms->cxt.  Resets
 * ms->key_cxt.
 */
extern void ivm_merge_look_up(IvmMergeScan *ms, IvmDelta **deltas, int n);

/*
 * Merge state rows (MinimalTuple, in ms->cxt or below) that were read instead of the child's with these
 * deltas, and look up the keys of the other deltas; all to ms->rows.  The current context is
 * ms->cxt.  Resets ms->key_cxt.
 */
extern void ivm_merge_add_rows(IvmMergeScan *ms, List *rows, struct IvmDeltaSet *deltas);

/*
 * Compute these keys from the base tables, to ms->rows, one by one or all in one
 * pass.  Runs the core query as the view's owner; keeps its tables in use by
 * ivm_merge_hold_all().
 */
extern void ivm_merge_recompute(IvmMergeScan *ms, IvmDeltaMap *dirty);

/*
 * Do the scan's quals hold for a row that the child has not checked?  Resets the
 * node's per-tuple context.
 */
extern bool ivm_merge_passes(IvmMergeScan *ms, TupleTableSlot *slot);

/*
 * The quals that tell by a key alone that none of its rows is wanted, so that the key need
 * not be merged: those of key columns that cannot fail and leak nothing.  The first is
 * called at executor start; the second resets the node's per-tuple context.
 */
extern void ivm_merge_init_key_qual(IvmMergeScan *ms);
extern bool ivm_merge_wants_key(IvmMergeScan *ms, const IvmDelta *delta);

/*
 * Keep the view's base tables with their partitions in use until the scan ends, as
 * the definition's own query would: rows computed from them point to values
 * stored out of line, so while a cursor waits this session must not rewrite,
 * empty or drop the tables.  Locks them with AccessShareLock, until the end of
 * the transaction; may wait.  Tables that are gone are left out.
 */
extern void ivm_merge_hold_all(IvmMergeScan *ms);

/*
 * The same of the base tables, without a lock, where keys may have to be recomputed
 * while a cursor waits: other sessions' DDL does not wait for a reader of the view.
 */
extern void ivm_merge_use_bases(IvmMergeScan *ms);

/* ---- merge_delta.c: what is emitted beside the child's rows, or instead ---- */

/*
 * Find that out, before the first row is emitted: read the deltas and merge
 * them, or prepare for matching, or run the definition.
 */
extern void ivm_merge_prepare(IvmMergeScan *ms);

/* ---- merge_log.c: deferred views ---- */

/*
 * At executor start: decide whether the stored rows will do; if not, make the overlay from
 * the change logs.  Returns why neither is possible, a clause, or NULL.  Locks base tables
 * and logs with AccessShareLock.
 */
extern const char *ivm_merge_begin_deferred(IvmMergeScan *ms);

/* For EXPLAIN: of when the stored rows are, or that they are merged with the change log. */
struct ExplainState;
extern void ivm_merge_explain_age(IvmMergeScan *ms, struct ExplainState *es);

/* ---- merge_match.c: keys merged as the child comes to their state rows ---- */

/*
 * Prepare for matching the child's rows with these deltas, which stay as they are, if that is possible
 * and worth while; else returns false and changes nothing.  The current context
 * is ms->cxt.
 */
extern bool ivm_merge_match_begin(IvmMergeScan *ms, IvmDeltaSet *deltas);

/* Are rows matched in the order of an index, by ivm_merge_match_next()? */
extern bool ivm_merge_match_is_ordered(IvmMergeScan *ms);

/*
 * Without an order: what to emit for a row of the child, which is that row, or
 * the merged one (good until the next call), or NULL for nothing.
 */
extern TupleTableSlot *ivm_merge_match_row(IvmMergeScan *ms, TupleTableSlot *row);

/*
 * Without an order, when the child is through: merge the keys that it has not
 * shown, to ms->rows.
 */
extern void ivm_merge_match_rest(IvmMergeScan *ms);

/*
 * In order (merge_match_order.c): the next row, good until the next call, or
 * NULL at the end.  Reads the child.
 */
extern TupleTableSlot *ivm_merge_match_next(IvmMergeScan *ms);

/* For EXPLAIN: how the keys are merged, in words */
extern const char *ivm_merge_match_name(IvmMergeScan *ms);

/* Drop what is not in ms->cxt, and stop matching.  Does nothing if there is none. */
extern void ivm_merge_match_end(IvmMergeScan *ms);

/* ---- merge_parallel.c: parallel plans ---- */

/* True in one process of a parallel plan only, which emits the merged rows. */
extern bool ivm_merge_choose_emitter(IvmMergeScan *ms);

/* Methods of the custom scan.  The leader prepares before it starts workers. */
extern Size ivm_merge_estimate_dsm(CustomScanState *css, ParallelContext *pcxt);
extern void ivm_merge_initialize_dsm(CustomScanState *css, ParallelContext *pcxt,
									 void *coordinate);
extern void ivm_merge_reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt,
									   void *coordinate);
extern void ivm_merge_initialize_worker(CustomScanState *css, shm_toc *toc,
										void *coordinate);

#endif							/* IVM_MERGE_SCAN_H */
