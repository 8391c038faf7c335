/*-------------------------------------------------------------------------
 *
 * lock_set.h
 *	  Locks that are taken all at once.
 *
 * A lock is waited for only while no other one of the set is held: so who waits keeps nothing from
 * others, whatever they hold and in which order they ask.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOCK_SET_H
#define IVM_LOCK_SET_H

#include "nodes/pg_list.h"
#include "storage/lock.h"

/* Add a lock to a set (NIL: an empty one), in CurrentMemoryContext. */
extern List *ivm_lock_set_add(List *set, const LOCKTAG *tag, LOCKMODE mode);
extern List *ivm_lock_set_add_relation(List *set, Oid relid, LOCKMODE mode);

/*
 * Take all locks of a set, until the end of the transaction.  Without wait, false if one is not
 * free at once; then none is held.
 */
extern bool ivm_lock_set_take(List *set, bool wait);

/* Let go what ivm_lock_set_take() has taken. */
extern void ivm_lock_set_release(List *set);

#endif							/* IVM_LOCK_SET_H */
