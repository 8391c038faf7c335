/*-------------------------------------------------------------------------
 *
 * lock_set.h
 *	  Several locks, of which none is held while another one is waited for.
 *
 * Refreshes are called in transactions of users, which hold locks already: one that has
 * written a table calls a refresh, which needs a lock that another refresh holds, which
 * waits for the table.  No order of locks prevents that.  So a set is taken by trying for
 * all of its locks; if one is not free, all are let go, that one is waited for, and all
 * others are tried again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOCK_SET_H
#define IVM_LOCK_SET_H

#include "nodes/pg_list.h"
#include "storage/lock.h"

typedef struct IvmLockSet
{
	List	   *locks;
} IvmLockSet;

/* Add a lock; of what is an object of the caller's, returned if the lock is not free, or NULL. */
extern void ivm_lock_set_add(IvmLockSet *set, const LOCKTAG *tag, LOCKMODE mode, void *owner);

/* Add locks of tables, and of the partitions of those that are partitioned. */
extern void ivm_lock_set_add_tables(IvmLockSet *set, List *relids, LOCKMODE mode, bool partitions);

/*
 * Take all locks, to the end of the transaction, and learn of what has changed meanwhile.  A lock
 * with an owner is not waited for unless wait is set: then nothing is taken, and its owner is
 * returned.  Else the result is NULL.
 */
extern void *ivm_lock_set_take(IvmLockSet *set, bool wait);

/*
 * Take all locks as a command does that must have them in the end, however busy the tables are: in the order in which they were
 * added, queueing for each, while those before are held.  Nobody queues behind that for long, and nobody runs into a
 * deadlock with it: after some time all are let go, and it is tried again, for longer.  Ends with an error after
 * lock_timeout, if that is set; and (40P01) if a deadlock lasts, because others wait for what the transaction had locked before.
 */
extern void ivm_lock_set_take_in_turn(IvmLockSet *set);

/* Let go what ivm_lock_set_take() has taken. */
extern void ivm_lock_set_release(IvmLockSet *set);

#endif							/* IVM_LOCK_SET_H */
