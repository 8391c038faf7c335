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
	const IvmPlan *plan;		/* that wants it, or one of several, for messages */
} IvmSourceLock;

/* Locks wanted, then held; in the memory context of the caller. */
typedef struct IvmSourceLocks
{
	int			n;
	int			max;
	IvmSourceLock *locks;
	List	   *shared;			/* of views whose values are shared with others */
} IvmSourceLocks;

extern void ivm_source_locks_lock_tables(List *plans);
extern void ivm_source_locks_want(IvmSourceLocks *s, IvmPlan *plan, List *tables, bool recompute);
extern void ivm_source_locks_take(IvmSourceLocks *s);
extern Snapshot ivm_source_locks_first_rows(const IvmSourceLocks *s, List *plans, List *tables,
										 Snapshot snapshot);
extern bool ivm_source_locks_settled(const IvmSourceLocks *s, IvmPlan *plan);

#endif							/* IVM_SOURCE_LOCKS_H */
