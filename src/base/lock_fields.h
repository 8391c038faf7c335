/*-------------------------------------------------------------------------
 *
 * lock_fields.h
 *	  Locks that are only tried, and cost two atomic instructions.
 *
 * There are as many as there are fields; what hashes to the same field shares its lock.  They are
 * exclusive, belong to a transaction, and are kept until its changes are visible, or rolled
 * back, also beyond a subtransaction that is rolled back.  A prepared transaction keeps them,
 * after a crash too.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOCK_FIELDS_H
#define IVM_LOCK_FIELDS_H

/* Is there memory for them?  If not, each try fails, in all backends. */
extern bool ivm_lock_fields_available(void);

/* Try to get a lock; true also if this transaction has it.  Never waits, raises no error. */
extern bool ivm_lock_field_try(uint64 hash);

/* Does this transaction have it? */
extern bool ivm_lock_field_is_held(uint64 hash);

/*
 * To be called before the last changes of a transaction that will be prepared: what it holds, and what it gets from
 * then on, is held by heavyweight locks, too.  May wait for a moment, and raise the error that the table of
 * locks is full.
 */
extern void ivm_lock_fields_will_prepare(void);

/* To be called at the end of each transaction, when its changes are visible, or it is prepared. */
extern void ivm_lock_fields_release(void);

#endif							/* IVM_LOCK_FIELDS_H */
