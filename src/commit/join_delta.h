/*-------------------------------------------------------------------------
 *
 * join_delta.h
 *	  Deltas of views over several sources.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_JOIN_DELTA_H
#define IVM_JOIN_DELTA_H

#include "utils/snapshot.h"

#include "capture/changes.h"
#include "definition/core.h"
#include "plan/delta_map.h"
#include "plan/plan.h"

/* How a view is brought up to date, from the least work to the most. */
typedef enum IvmDeltaWay
{
	IVM_WAY_TERMS,				/* changed rows joined with the other sources */
	IVM_WAY_REGION,				/* what they can touch, compared with what it
								 * was */
	IVM_WAY_EXISTS,				/* the rows that they meet, compared with what
								 * these were */
	IVM_WAY_RECOMPUTE			/* all of it, compared with the definition */
} IvmDeltaWay;

/* How a view follows a transaction that changes these tables; the dearest of its addends. */
extern IvmDeltaWay ivm_join_delta_way(const IvmCore *core, List *tables);

/*
 * Why state, deltas and the rows changed by this transaction do not give the view, a
 * constant clause, or NULL if they do.
 */
extern const char *ivm_join_delta_obstacle(IvmPlan *plan);

/*
 * Add the change that this transaction has made to a view, as a reader's snapshot sees
 * it, to a set of deltas.  Takes no lock but AccessShareLock on the tables read.
 */
extern void ivm_join_delta_overlay(IvmPlan *plan, Snapshot snapshot, IvmDeltaMap *into);

/*
 * Why the change of a view does not follow from logged changes of these tables, a constant
 * clause; or NULL.  net: no table has equal rows that were added and removed.
 */
extern const char *ivm_join_delta_logged_obstacle(const IvmPlan *plan, List *tables, bool net);

/*
 * Add to a map the change of a view that follows from changes of these tables which others
 * have logged (IvmRowStore *, in the same order): from what the tables were without them to
 * what a snapshot shows now.  And what the planner expects that to cost.  False if the map
 * has grown past maintenance_work_mem without unlimited, and is of no use.
 */
extern bool ivm_join_delta_logged(IvmPlan *plan, List *tables, List *logged, Snapshot snapshot,
								  bool unlimited, IvmChangeMap *into);
extern double ivm_join_delta_logged_cost(IvmPlan *plan, List *tables, List *logged,
										 Snapshot snapshot);

/*
 * Compute the changes of all views over several sources, for ivm_apply_all() to apply,
 * or bring the views up to date otherwise; tables: ivm_pending_row_tables().  Called when the transaction is about to
 * commit: waits for its locks (source_locks.h), then takes its snapshot.
 */
extern void ivm_join_delta_compute_all(List *tables);

/* The transaction has ended, or its changes have been computed: free what was kept for it. */
extern void ivm_join_delta_reset(void);

#endif							/* IVM_JOIN_DELTA_H */
