/*-------------------------------------------------------------------------
 *
 * refresh.h
 *	  Refreshing deferred views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_REFRESH_H
#define IVM_REFRESH_H

#include "catalog/catalog_view.h"
#include "maintain/refresh_one.h"

/*
 * Refresh deferred views, which the current user may refresh, to one snapshot: a fresh one, or
 * in REPEATABLE READ the transaction's own (40001 if a later refresh has committed), unless it has
 * filled one of the views itself: then all are brought up to now (plan/ahead.h).  Changes
 * that this transaction itself has made are left for the next refresh.  Rows of ivm.view in
 * any order; results, one per view, are in CurrentMemoryContext, in the order of their ids.
 *
 * Locks, to the end of the transaction: those of the views' refreshes, in the order of their
 * ids (waited for, unless wait is false: then a view whose lock is not free is skipped);
 * AccessShareLock on base tables; where a view is stale, unpopulated or lacks its change log,
 * the base tables against writers.  Each run is recorded in the history,
 * but for those on schedule that find nothing to do.
 */
extern List *ivm_refresh_views(List *rows, IvmRefreshHow how, bool wait);

/*
 * The same on schedule, without waiting for other refreshes; and under the snapshot of the
 * refresh, compare the view with this id with its definition, as far as its option
 * reconcile_last asks for that.  What its result counts, and the history, is what was wrong
 * after the refresh, not what the refresh took in; but if the view had to be computed afresh, it
 * is all of that, with the reason.  Writers go on.
 */
extern List *ivm_refresh_reconcile(List *rows, int32 id);

/*
 * Compute views afresh; kept: id of the one whose rows of before are kept (generation.h), or 0.  Writers are never kept out: what is not
 * ready is skipped.
 */
extern List *ivm_refresh_rebuild(List *rows, int32 kept);

/* Can a deferred view be refreshed as it is, with its writers going on?  Not before it was filled, nor while it is stale. */
extern bool ivm_refresh_is_possible(const IvmViewRow *row);

/*
 * Fill a deferred view that is being built (build.h), after its writers were waited for, and make it ready; keep: what it
 * has shown until then is kept.  An error if something has ended the build.
 */
extern IvmRefreshResult *ivm_refresh_build(IvmViewRow *row, bool keep);

#endif							/* IVM_REFRESH_H */
