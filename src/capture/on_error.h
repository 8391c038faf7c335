/*-------------------------------------------------------------------------
 *
 * on_error.h
 *	  Errors of a definition that are not to be the writer's.
 *
 * An error that a definition raises for a row is an error of the statement that
 * writes the row, or of its commit.  A view with the option "on_error": "break"
 * is broken instead: its changes are captured no more, reads run the
 * definition (and get the error, as long as the row is there), and
 * ivm.reconcile() makes it ready again.  That takes a subtransaction per row, so
 * it is an option; and only for views over one table, because a COMMIT, when the
 * changes of others are computed, cannot roll subtransactions back.
 *
 * The view is marked broken in its row of ivm.view at commit only.  Until then that is part of
 * the pending change: another writer who breaks it, too, waits for the row, and must not
 * wait for a transaction that goes on, perhaps to a row that this writer has changed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ON_ERROR_H
#define IVM_ON_ERROR_H

#include "base/subtransaction.h"
#include "plan/plan.h"

/*
 * Do some work for a view, in a subtransaction if the view has the option.  If the work
 * raises an error about the row, it is undone, the view broken with a WARNING
 * (ivm_pending_broken()), and the result is false; the caller must do nothing more for
 * the view until that is rolled back.  Errors about the server or the transaction, such as a
 * cancelled query, are raised again.
 */
extern bool ivm_on_error_run(IvmPlan *plan, IvmSubtransactionWork work, void *arg);

/* At commit: mark the view broken if the transaction has broken it.  The plan is invalid then. */
extern void ivm_on_error_mark_broken(IvmPlan *plan);

#endif							/* IVM_ON_ERROR_H */
