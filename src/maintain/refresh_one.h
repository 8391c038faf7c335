/*-------------------------------------------------------------------------
 *
 * refresh_one.h
 *	  The refresh of one deferred view, once its locks and its snapshot are there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_REFRESH_ONE_H
#define IVM_REFRESH_ONE_H

#include "utils/snapshot.h"

#include "catalog/catalog_view.h"
#include "catalog/watermark.h"
#include "commit/reconcile.h"

/* How a view is to be refreshed. */
typedef enum IvmRefreshHow
{
	IVM_REFRESH_AUTO,			/* by the cheaper way */
	IVM_REFRESH_DUE,			/* the same, on schedule */
	IVM_REFRESH_DELTA,			/* by what has changed; an error if that
								 * cannot be */
	IVM_REFRESH_RECOMPUTE		/* by its definition */
} IvmRefreshHow;

/* What a refresh has done to a view. */
typedef struct IvmRefreshResult
{
	const IvmViewRow *row;
	const char *method;			/* delta, recompute, nothing, skipped; a
								 * constant */
	const char *reason;			/* for the method, a clause; or NULL */
	int64		rows_read;		/* changed rows of base tables */
	IvmCorrections changes;		/* of rows of the state */
	TimestampTz as_of;			/* 0: not known */
} IvmRefreshResult;

/* A view being refreshed */
typedef struct IvmRefresh
{
	const IvmViewRow *row;
	const char *name;			/* of the view, for messages */
	List	   *plans;			/* IvmPlan *, of it and its parts */
	IvmWatermark *watermark;	/* NULL: nothing taken in yet */
	IvmRefreshHow how;
	bool		builds;			/* what is not ready: the end of an online
								 * build */
	bool		rebuilds;		/* nobody is held back: a view that is not
								 * ready is left out */
	bool		keeps;			/* first, what is stored (generation.h) */
	bool		compares;		/* with the definition, and counts that alone */
	const char *key_filter;		/* what is compared, or NULL */
	bool		own;			/* filled by this transaction: include its own
								 * changes */
	bool		latest;			/* to a fresh snapshot at every isolation
								 * level, see plan/ahead.h */
	double		delta_ms;		/* predictions, or -1 */
	double		recompute_ms;
	double		log_rows;		/* to be read, about; 0: few */
	IvmRefreshResult *result;
} IvmRefresh;

/*
 * Bring the view to the snapshot, which has command id 0 unless own changes are included: by what its
 * change logs have, or by its definition; set the watermark, and record the run.  r->result gets what was
 * done.  The caller holds the lock of the refresh and AccessShareLock on the tables.
 */
extern void ivm_refresh_one(IvmRefresh *r, Snapshot snapshot, TimestampTz as_of);

/* Raise the error of a refresh that was to go by changes alone; reason is a clause. */
extern void ivm_refresh_fail_delta(const IvmRefresh *r, const char *reason);

/* The name of what is done, for the history; and a row there if the view was skipped. */
extern const char *ivm_refresh_operation(const IvmRefresh *r);
extern void ivm_refresh_record_skipped(const IvmRefresh *r);

#endif							/* IVM_REFRESH_ONE_H */
