/*-------------------------------------------------------------------------
 *
 * merge_scan.h
 *	  State of a DeltaApply node, shared by the files that execute it.
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

typedef struct IvmMergedRow
{
	MinimalTuple tuple;
	Datum	   *sort_values;	/* ordered scans: the index's columns */
	bool	   *sort_nulls;
} IvmMergedRow;

/* A comparison of a key column that narrows the delta table. */
typedef struct IvmMergeQual
{
	AttrNumber	index_attno;
	StrategyNumber strategy;
	Oid			subtype;
	Oid			collation;
	Oid			proc;
	ExprState  *arg;
} IvmMergeQual;

typedef struct IvmMatch IvmMatch;	/* merge_match.c */

typedef struct IvmMergeScan
{
	CustomScanState css;
	IvmPlan    *plan;
	int			flags;
	ScanState  *leaf;			/* the scan whose slot has the TID */
	struct TableScanDescData *table_scan;	/* its, if rows are read from there */
	AttrNumber *columns;		/* to emit, counted from 0, or NULL */
	int			ncolumns;
	AttrNumber	last_column;	/* counted from 1 */
	const char *definition_reason;	/* why the definition is run, or NULL */
	IvmDeltaMap *overlay;		/* own pending change at executor start, or NULL */
	List	   *held;			/* Relation *: tables kept in use */
	bool		holds_all;		/* partitions as well */
	int			nquals;
	IvmMergeQual *quals;

	/* Results of ivm_merge_prepare(), in cxt */
	bool		prepared;
	MemoryContext cxt;
	IvmTidSet  *skip;			/* the child's rows not to be emitted, or NULL */
	IvmMatch   *match;				/* or keys merged when the child comes to them */
	IvmKeyLookup *lookup;		/* in the state table, once it is needed */
	MemoryContext key_cxt;		/* likewise; of the key at hand */
	int			nrows;
	int			maxrows;
	IvmMergedRow *rows;
	Tuplestorestate *store;		/* definition's rows, or ... */
	Tuplesortstate *sort;		/* ... in order */

	ExecProcNodeMtd exec;		/* the node's own, once it is known */

	bool		rescanned;		/* this is not the first scan */

	/* Position */
	bool		child_done;
	TupleTableSlot *child_row;	/* ordered: fetched and not yet emitted */
	int			next_row;
	bool		may_emit;		/* this process emits the merged rows */
	bool		emitter_known;
	TupleTableSlot *current;	/* row being repeated */
	int64		repeat;

	TupleTableSlot *merged_slot;
	int			nsort;			/* ordered: the index's columns */
	AttrNumber *sort_attnos;
	Oid		   *sort_operators;
	Oid		   *sort_collations;
	bool	   *sort_nulls_first;
	bool		index_is_partial;
	SortSupportData *sortkeys;
	struct SharedMerge *shared;	/* parallel plans */

	/* For EXPLAIN ANALYZE */
	int64		pending_keys;
	int64		looked_up_keys;
	int64		recomputed_keys;
} IvmMergeScan;

/* merge_exec.c */
extern void ivm_merge_hold_all(IvmMergeScan *ms);
extern void ivm_merge_use_bases(IvmMergeScan *ms);
extern bool ivm_merge_passes(IvmMergeScan *ms, TupleTableSlot *slot);

/* merge_delta.c */
extern void ivm_merge_prepare(IvmMergeScan *ms);
extern void ivm_merge_add_tuple(IvmMergeScan *ms, MinimalTuple tuple);
extern void ivm_merge_skip(IvmMergeScan *ms, ItemPointer tid);
extern IvmKeyLookup *ivm_merge_get_lookup(IvmMergeScan *ms);
extern void ivm_merge_end_lookup(IvmMergeScan *ms);
extern void ivm_merge_look_up(IvmMergeScan *ms, IvmDelta **deltas, int n);
extern void ivm_merge_recompute(IvmMergeScan *ms, IvmDeltaMap *dirty);

/* merge_delta.c */
extern void ivm_merge_prepare(IvmMergeScan *ms);

/* merge_match.c */
extern bool ivm_merge_match_begin(IvmMergeScan *ms, IvmDeltaMap *deltas);
extern bool ivm_merge_match_is_ordered(IvmMergeScan *ms);
extern TupleTableSlot *ivm_merge_match_row(IvmMergeScan *ms, TupleTableSlot *row);
extern void ivm_merge_match_rest(IvmMergeScan *ms);
extern TupleTableSlot *ivm_merge_match_next(IvmMergeScan *ms);
extern const char *ivm_merge_match_name(IvmMergeScan *ms);
extern void ivm_merge_match_end(IvmMergeScan *ms);

/* merge_parallel.c */
extern bool ivm_merge_choose_emitter(IvmMergeScan *ms);
extern Size ivm_merge_estimate_dsm(CustomScanState *css, ParallelContext *pcxt);
extern void ivm_merge_initialize_dsm(CustomScanState *css, ParallelContext *pcxt,
									 void *coordinate);
extern void ivm_merge_reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt,
									   void *coordinate);
extern void ivm_merge_initialize_worker(CustomScanState *css, shm_toc *toc,
										void *coordinate);

#endif							/* IVM_MERGE_SCAN_H */
