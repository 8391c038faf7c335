/*-------------------------------------------------------------------------
 *
 * subtransaction.h
 *	  Work that may fail without failing the transaction.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SUBTRANSACTION_H
#define IVM_SUBTRANSACTION_H

#include "utils/elog.h"

typedef void (*IvmSubtransactionWork) (void *arg);

/*
 * Do some work in a subtransaction of its own, and commit that.  Returns NULL; or, if the work
 * raised an error, that error, allocated in CurrentMemoryContext, after the subtransaction was
 * rolled back: with it go the rows written, locks, snapshots, settings and the user changed to.
 * A caller that does not want the error calls ReThrowError().  An error must not leave the
 * subtransaction open, because whoever catches it next rolls back the one that he has begun.
 *
 * Variables that the work sets before it fails must be volatile, or reached through arg.
 */
extern ErrorData *ivm_subtransaction_run(IvmSubtransactionWork work, void *arg);

#endif							/* IVM_SUBTRANSACTION_H */
