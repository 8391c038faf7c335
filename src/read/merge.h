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

/* Members of CustomScan.custom_private, a list of integer lists */
typedef enum IvmMergePrivate
{
	IVM_MERGE_INFO,				/* view id, flags below */
	IVM_MERGE_SORT,				/* ordered: index OID, number of columns, direction */
	IVM_MERGE_KEYQUALS			/* a list for each of custom_exprs: see below */
} IvmMergePrivate;

/*
 * A comparison "key column <op> expression" of the scan's quals, which narrows
 * the delta table by its key index too.
 */
typedef enum IvmKeyQualPrivate
{
	IVM_KEYQUAL_ATTNO,			/* of the index */
	IVM_KEYQUAL_STRATEGY,
	IVM_KEYQUAL_SUBTYPE,
	IVM_KEYQUAL_COLLATION,
	IVM_KEYQUAL_PROC
} IvmKeyQualPrivate;

#define IVM_MERGE_BAG		0x01	/* emit a row row_count times */
#define IVM_MERGE_ORDERED	0x02	/* child is an index scan whose order counts */

extern const CustomScanMethods ivm_merge_scan_methods;

/*
 * While set, scans that start run the definition, so that the view's own query
 * shows what it should.
 */
extern bool ivm_merge_run_definition;

extern void ivm_merge_init(void);

#endif							/* IVM_MERGE_H */
