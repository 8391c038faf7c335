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

typedef struct IvmSideLock
{
	LOCKTAG		tag;
	LOCKMODE	mode;
	const IvmPlan *plan;		/* that wants it, or one of several, for messages */
} IvmSideLock;

/* Locks wanted, then held; in the memory context of the caller. */
typedef struct IvmSideLocks
{
	int			n;
	int			max;
	IvmSideLock *locks;
	List	   *shared;			/* of views whose values are shared with others */
} IvmSideLocks;

extern void ivm_sidelocks_lock_tables(List *plans);
extern void ivm_sidelocks_want(IvmSideLocks *s, IvmPlan *plan, List *tables, bool recompute);
extern void ivm_sidelocks_take(IvmSideLocks *s);
extern Snapshot ivm_sidelocks_first_rows(const IvmSideLocks *s, List *plans, List *tables,
										 Snapshot snapshot);
extern bool ivm_sidelocks_settled(const IvmSideLocks *s, IvmPlan *plan);

#endif							/* IVM_SOURCE_LOCKS_H */
