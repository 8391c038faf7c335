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

#include "delta.h"
#include "merge.h"
#include "plan.h"
#include "tidset.h"

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

typedef struct IvmMergeScan
{
	CustomScanState css;
	IvmPlan    *plan;
	int			flags;
	ScanState  *leaf;			/* the scan whose slot has the TID */
	const char *definition_reason;	/* why the definition is run, or NULL */
	IvmDeltaMap *overlay;		/* own pending change at executor start, or NULL */
	int			nquals;
	IvmMergeQual *quals;

	/* Results of ivm_merge_prepare(), in cxt */
	bool		prepared;
	MemoryContext cxt;
	IvmTidSet  *skip;			/* the child's rows not to be emitted, or NULL */
	int			nrows;
	int			maxrows;
	IvmMergedRow *rows;
	Tuplestorestate *store;		/* definition's rows, or ... */
	Tuplesortstate *sort;		/* ... in order */

	ExecProcNodeMtd exec;		/* the node's own, once it is known */

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
	SortSupportData *sortkeys;
	struct SharedMerge *shared;	/* parallel plans */

	/* For EXPLAIN ANALYZE */
	int64		pending_keys;
	int64		recomputed_keys;
} IvmMergeScan;

/* merge_delta.c */
extern void ivm_merge_prepare(IvmMergeScan *ms);
extern void ivm_merge_add_tuple(IvmMergeScan *ms, MinimalTuple tuple);
extern void ivm_merge_skip(IvmMergeScan *ms, ItemPointer tid);

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
