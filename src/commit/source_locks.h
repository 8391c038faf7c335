/*-------------------------------------------------------------------------
 *
 * source_locks.h
 *	  The locks that views over several sources take at the end of a transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SOURCE_LOCKS_H
#define IVM_SOURCE_LOCKS_H

#include "storage/lock.h"
#include "utils/snapshot.h"

#include "plan/plan.h"

typedef struct IvmSourceLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
	const IvmPlan *plan;		/* that wants it, or one of several, for
								 * messages */
} IvmSourceLock;

/* Locks wanted, then held; in the memory context of the caller. */
typedef struct IvmSourceLocks
{
	int			n;
	int			max;
	IvmSourceLock *locks;
	List	   *shared;			/* of views whose values are shared with
								 * others */
} IvmSourceLocks;

/*
 * Lock what the views read (AccessShareLock, in OID order), before any lock of their own:
 * a transaction that empties a table holds it when it comes to the views' locks.  Tables
 * that this transaction has changed are locked by its statements.
 */
extern void ivm_source_locks_lock_tables(List *plans, List *changed);

/*
 * Add the locks that a view asks for after a change of these tables, or, to recompute it,
 * all that its writers take.  Locks nothing.
 */
extern void ivm_source_locks_want(IvmSourceLocks *s, IvmPlan *plan, List *tables, bool recompute);

/* Add one lock; distinct_delta.c has sets of its own, which it takes after those of all joins. */
extern void ivm_source_locks_add(IvmSourceLocks *s, const IvmPlan *plan, const LOCKTAG *tag, LOCKMODE mode);

/* Take all locks, in one order; waits.  They are held until the commit is visible. */
extern void ivm_source_locks_take(IvmSourceLocks *s);

/*
 * Of transactions that share a value, only one at a time may add what may be its first
 * row: wait for that right where it is needed.  snapshot was taken after the locks; the
 * result, registered in its place, shows all that the change must be computed with.
 */
extern Snapshot ivm_source_locks_first_rows(const IvmSourceLocks *s, List *plans, List *tables,
											Snapshot snapshot);

/* Did ivm_source_locks_first_rows() find that no addend of the view loses rows? */
extern bool ivm_source_locks_settled(const IvmSourceLocks *s, IvmPlan *plan);

#endif							/* IVM_SOURCE_LOCKS_H */
