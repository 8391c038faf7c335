/*-------------------------------------------------------------------------
 *
 * on_error.c
 *	  Errors of a definition that are not to be the writer's.
 *
 * An error that a definition raises for a row is an error of the statement that
 * writes the row, or of its commit.  A view with the option "on_error": "break"
 * is marked broken instead: its changes are captured no more, reads run the
 * definition (and get the error, as long as the row is there), and
 * ivm.reconcile() makes it ready again.  That takes a subtransaction per row, so
 * it is an option; and only for views over one table, as a COMMIT cannot roll
 * subtransactions back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "capture/on_error.h"
#include "catalog/catalog_view.h"
#include "plan/plan.h"

/* Errors that say something about the server or the transaction, not the row. */
static bool
is_ours(int sqlerrcode)
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

static void
mark_broken(IvmPlan *plan, const char *message)
{
	IvmViewRow *row = ivm_catalog_get(plan->row->id);

	if (row == NULL || row->status != IVM_STATUS_READY)
		return;
	ivm_catalog_set_status(row->id, IVM_STATUS_BROKEN, message);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("view \"%s\" is broken from now on", ivm_catalog_view_name(row)),
			 errdetail("Its definition raised the error: %s.", message),
			 errhint("Correct the row, then call ivm.reconcile() on the view.")));
}

/*
 * Do some work for a view.  If that raises an error for which the view is to be
 * broken, the work is undone and the view marked; the result is false then.
 * Nothing more is to be done for the view under this plan then (plan->run->broken).
 */
bool
ivm_on_error_run(IvmPlan *plan, IvmGuardedWork work, void *arg)
{
	MemoryContext oldcxt = CurrentMemoryContext;
	ResourceOwner oldowner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	if (!plan->breaks)
	{
		work(arg);
		return true;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(oldcxt);
	PG_TRY();
	{
		work(arg);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(oldcxt);
		CurrentResourceOwner = oldowner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(oldcxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(oldcxt);
		CurrentResourceOwner = oldowner;
	}
	PG_END_TRY();
	if (error == NULL)
		return true;
	if (!is_ours(error->sqlerrcode))
		ReThrowError(error);
	plan->run->broken = true;
	mark_broken(plan, error->message);
	return false;
}
