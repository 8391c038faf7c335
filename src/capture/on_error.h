/*-------------------------------------------------------------------------
 *
 * on_error.h
 *	  Errors of a definition that are not to be the writer's.
 *
 * An error that a definition raises for a row is an error of the statement that
 * writes the row, or of its commit.  A view with the option "on_error": "break"
 * is marked broken instead: its changes are captured no more, reads run the
 * definition (and get the error, as long as the row is there), and
 * ivm.reconcile() makes it ready again.  That takes a subtransaction per row, so
 * it is an option; and only for views over one table, because a COMMIT, when the
 * changes of others are computed, cannot roll subtransactions back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ON_ERROR_H
#define IVM_ON_ERROR_H

#include "base/subtransaction.h"
#include "plan/plan.h"

/*
 * Do some work for a view, in a subtransaction if the view has the option.  If the work
 * raises an error about the row, it is undone, the view marked broken with a WARNING,
 * plan->run->broken set, and the result is false; the caller must do nothing more for
 * the view under this plan.  Errors about the server or the transaction, such as a
 * cancelled query, are raised again.
 */
extern bool ivm_on_error_run(IvmPlan *plan, IvmSubtransactionWork work, void *arg);

#endif							/* IVM_ON_ERROR_H */
