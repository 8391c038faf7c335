/*-------------------------------------------------------------------------
 *
 * merge.h
 *	  DeltaApply: the scan of a state table that merges deltas in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MERGE_H
#define IVM_MERGE_H

#include "nodes/extensible.h"

#include "plan/plan.h"

/*
 * What planning (merge_path.c) tells execution (merge_exec.c), in a form that can
 * be copied: members of CustomScan.custom_private, a list of lists of integers.
 */
typedef enum IvmMergePrivate
{
	IVM_MERGE_INFO,				/* id of the view, flags below */
	IVM_MERGE_SORT,				/* if ordered: index OID, number of columns,
								 * direction */
	IVM_MERGE_KEYQUALS			/* IvmKeyQualPrivate for each of custom_exprs */
} IvmMergePrivate;

/*
 * A comparison "key column <op> expression" among the scan's quals: members of
 * a scan key for the key index of the delta table.  The expression is in
 * custom_exprs.
 */
typedef enum IvmKeyQualPrivate
{
	IVM_KEYQUAL_ATTNO,			/* column of the index */
	IVM_KEYQUAL_STRATEGY,
	IVM_KEYQUAL_SUBTYPE,
	IVM_KEYQUAL_COLLATION,
	IVM_KEYQUAL_PROC
} IvmKeyQualPrivate;

#define IVM_MERGE_BAG		0x01	/* emit a row row_count times */
#define IVM_MERGE_ORDERED	0x02	/* child is an index scan whose order
									 * counts */

extern const CustomScanMethods ivm_merge_scan_methods;

/*
 * While it is set, DeltaApply nodes that start run the definition, so that the
 * view's own query shows what it should.  Set by verify.c around ExecutorStart().
 */
extern bool ivm_merge_run_definition;

/* Does a statement that begins now tolerate rows of a deferred view that are of this time? */
extern bool ivm_merge_is_young(const IvmPlan *plan, TimestampTz as_of);

/* While set, nodes that start read deferred views as of their snapshots, whatever age is tolerated. */
extern bool ivm_merge_read_fresh;

/* Register the node and the planner hook.  Called once, when the library is loaded. */
extern void ivm_merge_init(void);

#endif							/* IVM_MERGE_H */
