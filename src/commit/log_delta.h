/*-------------------------------------------------------------------------
 *
 * log_delta.h
 *	  Bringing the state of a deferred view up to a snapshot by logged changes.
 *
 *		changed rows (capture/log_reader.h) --compute--> { key -> net change }
 *										--apply--> state table
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_DELTA_H
#define IVM_LOG_DELTA_H

#include "capture/changes.h"
#include "capture/log_reader.h"
#include "commit/reconcile.h"
#include "plan/plan.h"

/* Why the view's change does not follow from these changes, a clause; or NULL. */
extern const char *ivm_log_delta_obstacle(const IvmPlan *plan, const IvmLoggedChanges *changes);

/* What computing and applying the view's change is expected to cost, in the planner's units. */
extern double ivm_log_delta_cost(IvmPlan *plan, const IvmLoggedChanges *changes, Snapshot snapshot);

/* The same for a number of rows of a view over one table. */
extern double ivm_log_delta_cost_of_rows(double nrows);

/* Takes what a map has so far, and empties it. */
typedef void (*IvmLogDeltaFlush) (IvmChangeMap *map, void *arg);

/*
 * Add the view's change to a map: from what the tables were before these changes to what a
 * snapshot that sees them shows.  Done as the view's owner and under its settings.  Errors of
 * the definition are raised.
 *
 * The map is kept within maintenance_work_mem: past it, flush is called in the middle, if the
 * view's deltas may be applied bit by bit and are computed row by row; else, or if flush is
 * NULL, the result is false, and what is in the map is of no use.  Not so with
 * changes->unlimited.
 */
extern bool ivm_log_delta_compute(IvmPlan *plan, const IvmLoggedChanges *changes,
								  Snapshot snapshot, IvmChangeMap *into,
								  IvmLogDeltaFlush flush, void *arg);

/*
 * The same straight from the log, for views whose rows are evaluated one by one and need not
 * cancel out before: what is too much to be kept is not.  Returns an obstacle as the log reader
 * does; what flush has got by then, and what is in the map, are of no use.  nrows: rows read.
 */
extern bool ivm_log_delta_can_stream(const IvmPlan *plan);
extern const char *ivm_log_delta_stream(IvmPlan *plan, const IvmWatermark *watermark,
										Snapshot snapshot, IvmChangeMap *into,
										IvmLogDeltaFlush flush, void *arg, int64 *nrows);

/*
 * Apply a change to the state table, which nobody else writes meanwhile: the caller has the
 * lock of the view's refresh.  Keys whose state does not follow are computed under the
 * snapshot.  result: counts of state rows, to which is added.
 */
extern void ivm_log_delta_apply(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot,
								IvmCorrections *result);

/* Is a key's delta to be applied? */
typedef bool (*IvmDeltaFilter) (IvmPlan *plan, const IvmDelta *delta, void *arg);

/* The same for the keys that pass a filter. */
extern void ivm_log_delta_apply_some(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot,
									 IvmDeltaFilter filter, void *arg, IvmCorrections *result);

/* Compute the keys in a map that pass a filter, under the snapshot, whatever their change is. */
extern void ivm_log_delta_compute_keys(IvmPlan *plan, IvmChangeMap *map, Snapshot snapshot,
									   IvmDeltaFilter filter, void *arg, IvmCorrections *result);

#endif							/* IVM_LOG_DELTA_H */
