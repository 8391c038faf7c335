/*-------------------------------------------------------------------------
 *
 * ahead.h
 *	  Views whose stored rows are ahead of this transaction's snapshot.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_AHEAD_H
#define IVM_AHEAD_H

/*
 * What is stored of a view, or of a part of one, is about to be computed under the latest
 * snapshot.  Nothing is noted in READ COMMITTED, whose statements have later snapshots.
 * ivm_ahead_is() tells whether it was noted since the transaction began; also after a rollback
 * to a savepoint, as to take a view for ahead is never wrong.  In TopTransactionContext.
 */
extern void ivm_ahead_note(int32 view_id);
extern bool ivm_ahead_is(int32 view_id);

/* At the end of the transaction. */
extern void ivm_ahead_reset(void);

#endif							/* IVM_AHEAD_H */
