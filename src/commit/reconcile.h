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
 * The caller keeps out all that write deltas of the view: by ShareRowExclusiveLock on
 * its base tables (maintain.c) or, at commit, by the locks of source_locks.c.  Changes
 * that this transaction has captured must have been discarded.
 *
 * The definition is computed under the snapshot given, or (NULL) under the one by which the
 * state is read (plan/ahead.h).  A deferred view, whose state only its refreshes write, is computed with
 * writers going on.
 *
 * Takes a fresh snapshot, and ShareRowExclusiveLock on the state table, which waits for
 * VACUUM and REINDEX.  Transactions that have called ivm.fold() have locked the base tables;
 * but the locks of source_locks.c do not wait for them, so at commit the caller tries for
 * the state table first.
 */
extern void ivm_reconcile_state(IvmPlan *plan, Node *filter, bool trust_deltas,
								Snapshot snapshot, IvmCorrections *result);

/*
 * Make the stored rows those of another table, which has the columns of the state table, and leave no delta.  The
 * caller holds the lock of the refresh of the view, which is deferred or append.  Locks and result as above.
 */
extern void ivm_reconcile_put_back(IvmPlan *plan, Oid rows, IvmCorrections *result);

/*
 * Repair a view that is read from its state and deltas, with writers and folds going on: each key
 * that is wrong under the latest snapshot gets a dirty delta row, so that whoever needs it
 * computes it, until a fold has.  Reads are right with the commit of the caller.
 *
 * False, and nothing is written, if a stored row is not the one that a look-up of its key finds: only
 * ivm_reconcile_state() repairs that.  The caller has AccessShareLock on the base tables, which keeps
 * TRUNCATE out; RowExclusiveLock on the delta table is taken.
 */
extern bool ivm_reconcile_mark(IvmPlan *plan, Node *filter, IvmCorrections *result);

#endif							/* IVM_RECONCILE_H */
