/*-------------------------------------------------------------------------
 *
 * append_apply.h
 *	  What a refresh of an append view writes to its state.
 *
 * The caller holds the locks of the refresh, and has taken its snapshot (append_refresh.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_APPLY_H
#define IVM_APPEND_APPLY_H

#include "capture/append_reader.h"
#include "capture/append_scan.h"
#include "capture/changes.h"
#include "catalog/append_view.h"
#include "maintain/refresh.h"
#include "plan/append_bucket.h"
#include "plan/plan.h"

/* A refresh of an append view */
typedef struct IvmAppendRun
{
	IvmViewRow *row;
	const char *name;
	IvmPlan    *plan;
	IvmAppendView *view;
	IvmAppendBuckets buckets;
	Snapshot	snapshot;
	IvmRefreshHow how;
	bool		repairs;		/* also while it is paused */
	int64		late_rows;
	const char *key_filter;		/* what is computed besides, or NULL */
	List	   *touched;		/* Datum *: buckets to be computed; NULL for
								 * that of NULL */
	IvmChangeMap touched_keys;	/* the same of a view without buckets */
	bool		touched_all;	/* there were too many */
	bool		filled;			/* by the last batch of a first fill */
	IvmRefreshResult *result;
} IvmAppendRun;

/* Add the changes of rows that are new to the view, and compute what updated ones belong to; sets the method. */
extern void ivm_append_apply_new(IvmAppendRun *r, IvmAppendReader *reader);

/* Compute all that is not closed afresh, for a reason, a clause; new rows of closed buckets are counted as far as they can be told. */
extern void ivm_append_apply_all(IvmAppendRun *r, IvmAppendReader *reader, const char *reason);

/* IvmAppendTake, of an IvmAppendRun: apply what new rows bring, and note what touched ones belong to. */
extern void ivm_append_apply_rows(IvmAppendRows *rows, void *arg);

/* Compute the buckets that satisfy a condition on the state table, or (NULL) all. */
extern void ivm_append_apply_buckets(IvmAppendRun *r, Node *filter);

/* Add to what is counted. */
extern void ivm_append_apply_count(IvmAppendRun *r, const IvmCorrections *c);

#endif							/* IVM_APPEND_APPLY_H */
