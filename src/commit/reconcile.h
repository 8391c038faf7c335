/*-------------------------------------------------------------------------
 *
 * reconcile.h
 *	  Repairing the state of a view by the smallest difference.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_RECONCILE_H
#define IVM_RECONCILE_H

#include "utils/snapshot.h"

#include "plan/plan.h"

/* What a reader saw wrong, in groups or distinct rows. */
typedef struct IvmCorrections
{
	int64		inserted;
	int64		updated;
	int64		deleted;
} IvmCorrections;

/*
 * Make the stored rows what the definition gives now.  filter, or NULL, is an expression
 * over the columns of the state table (varno 1) that tells which keys to look at.
 * trust_deltas: state and deltas are what readers get; otherwise readers run the
 * definition, and the deltas mean nothing.
 *
 * The caller keeps writers of the base tables out and has made sure that this
 * transaction's own changes are either none or not captured.  Takes
 * ShareRowExclusiveLock on the state table, which may wait, and a fresh snapshot to read
 * it.  The definition is computed under that, or under the snapshot given, if it is not
 * NULL; of a deferred view, whose state nobody else writes, with writers going on.
 */
extern void ivm_reconcile_state(IvmPlan *plan, Node *filter, bool trust_deltas,
								Snapshot snapshot, IvmCorrections *result);

#endif							/* IVM_RECONCILE_H */
