/*-------------------------------------------------------------------------
 *
 * worker_call.c
 *	  Whether this transaction has met work for the background worker.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/worker_call.h"

static IvmWorkerCall noted = IVM_CALL_NONE;

IvmWorkerCall
ivm_worker_call_for(IvmRefreshWhen when)
{
	switch (when)
	{
		case IVM_REFRESH_ON_DEMAND:
			return IVM_CALL_NONE;
		case IVM_REFRESH_ON_CHANGE:
			return IVM_CALL_NOW;
		case IVM_REFRESH_BY_LAG:
		case IVM_REFRESH_BY_CRON:
			break;
	}
	return IVM_CALL_IF_DUE;
}

void
ivm_worker_call_note(IvmWorkerCall call)
{
	noted = Max(noted, call);
}

IvmWorkerCall
ivm_worker_call_take(void)
{
	IvmWorkerCall result = noted;

	noted = IVM_CALL_NONE;
	return result;
}
