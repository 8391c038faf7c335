/*-------------------------------------------------------------------------
 *
 * on_error.c
 *	  Errors of a definition that are not to be the writer's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "capture/on_error.h"
#include "capture/pending.h"
#include "catalog/catalog_view.h"
#include "plan/plan.h"

/* Is an error one about the row, and not about the server or the transaction? */
static bool
is_of_row(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_INTERNAL_ERROR:
			return false;
		default:
			return true;
	}
}

void
ivm_on_error_mark_broken(IvmPlan *plan)
{
	const char *message = ivm_pending_broken(plan);
	IvmViewRow *row = message ? ivm_catalog_get(plan->row->id) : NULL;

	if (row != NULL && row->status == IVM_STATUS_READY)
		ivm_catalog_set_status(row->id, IVM_STATUS_BROKEN, message);
}

static void
break_view(IvmPlan *plan, const char *message)
{
	ivm_pending_break(plan, message);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("view \"%s\" is broken from now on", ivm_catalog_view_name(plan->row)),
			 errdetail("Its definition raised the error: %s.", message),
			 errhint("Correct the row, then call ivm.reconcile() on the view.")));
}

bool
ivm_on_error_run(IvmPlan *plan, IvmSubtransactionWork work, void *arg)
{
	ErrorData  *error;

	if (!plan->breaks)
	{
		work(arg);
		return true;
	}
	error = ivm_subtransaction_run(work, arg);
	if (error == NULL)
		return true;
	if (!is_of_row(error->sqlerrcode))
		ReThrowError(error);
	break_view(plan, error->message);
	return false;
}
