/*-------------------------------------------------------------------------
 *
 * worker_presence.h
 *	  Who is the worker of a database.
 *
 * The worker holds a heavyweight lock, as long as its process lives and whether or not it
 * has a transaction.  So there is one at most, others see without shared memory of our own
 * whether it is there, and a crash leaves nothing behind.  (pg_locks shows the lock as one
 * of an object of pg_database.)
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WORKER_PRESENCE_H
#define IVM_WORKER_PRESENCE_H

/*
 * Become the worker of this database, or stay it; false if another one is.  And cease to be
 * it, which nothing is done for if it is not.  A transaction that is rolled back takes the
 * presence with it: claim it again.
 */
extern bool ivm_worker_presence_claim(void);
extern void ivm_worker_presence_release(void);

/*
 * Is there a worker of a database?  Raises no error and does not wait.  (It takes the
 * worker's lock for a moment; a worker that tries to claim it just then tries again.)
 */
extern bool ivm_worker_presence_exists(Oid database);

/*
 * A session that has told the log of a lack of worker slots keeps a lock, so that others
 * do not tell the same: true for the one that is to tell it.
 */
extern bool ivm_worker_presence_claim_telling(void);
extern void ivm_worker_presence_release_telling(void);

/*
 * Does somebody want this database for himself: to drop it, rename it, or copy it?  He
 * waits five seconds at most for other sessions to end.
 */
extern bool ivm_worker_presence_is_disturbing(void);

#endif							/* IVM_WORKER_PRESENCE_H */
