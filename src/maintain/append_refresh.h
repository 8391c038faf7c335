/*-------------------------------------------------------------------------
 *
 * append_refresh.h
 *	  Filling and refreshing append views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_REFRESH_H
#define IVM_APPEND_REFRESH_H

#include "utils/snapshot.h"

#include "catalog/append_view.h"
#include "catalog/catalog_view.h"
#include "maintain/refresh.h"
#include "plan/plan.h"

/*
 * Fill the empty state table of a new view, whose tables are locked, and return the number of
 * rows; sets *view, for the caller to store.  Changes of the own transaction are left out.
 */
extern int64 ivm_append_refresh_fill(IvmPlan *plan, IvmAppendView *view);

/*
 * Refresh an append view, with the contract of ivm_refresh_views().  bare: the transaction has done nothing
 * before and does nothing afterwards.
 */
extern IvmRefreshResult *ivm_append_refresh(IvmViewRow *row, IvmRefreshHow how, bool wait, bool bare);

/* Compute all that is not closed afresh; keep: what is stored before is kept (generation.h). */
extern IvmRefreshResult *ivm_append_refresh_rebuild(IvmViewRow *row, bool keep);

/*
 * Compute buckets of a range anew, from one value (NULL: the lowest) up to another, which is not in the
 * range (NULL: all), closed ones too.  Values are texts in the bucket's type.  Locks as a refresh.
 */
extern IvmRefreshResult *ivm_append_refresh_backfill(IvmViewRow *row, const char *from, const char *to);

/*
 * Refresh the view, then compare all that is not closed with the definition, and count in the
 * result what had to be corrected.  recent: only the buckets that the option reconcile_last names.
 * Without wait, nothing is done, "skipped", if a lock is not free.
 */
extern IvmRefreshResult *ivm_append_refresh_reconcile(IvmViewRow *row, bool recent, bool wait);

/* Let no refresh run until the view is resumed, or let them run again; waits for one that runs. */
extern void ivm_append_refresh_pause(IvmViewRow *row, bool pause);

/*
 * A condition on columns of the view, as SQL text, that holds for what is not closed, as a snapshot
 * sees it; NULL if nothing is closed.
 */
extern char *ivm_append_refresh_open_text(IvmPlan *plan, Snapshot snapshot);

#endif							/* IVM_APPEND_REFRESH_H */
