/*-------------------------------------------------------------------------
 *
 * xact.c
 *	  The only transaction callbacks.
 *
 *		subtransaction	PRE_COMMIT_SUB	written out if too large
 *						COMMIT_SUB		its level is merged into the one above
 *						ABORT_SUB		its level is dropped
 *		transaction		PRE_COMMIT,		changes over several sources computed,
 *						PRE_PREPARE		changes logged, everything applied
 *						COMMIT, ABORT,	everything forgotten
 *						PREPARE
 *
 * The pre-commit callback runs after deferred triggers and the closing of
 * portals: the transaction can change base tables no more, and can still fail.
 * Capture is closed from then on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"

#include "base/lock_fields.h"
#include "base/progress.h"
#include "base/worker_call.h"
#include "capture/capture.h"
#include "capture/log_writer.h"
#include "capture/pending.h"
#include "catalog/own_command.h"
#include "commit/apply.h"
#include "commit/distinct_delta.h"
#include "commit/fold.h"
#include "commit/join_delta.h"
#include "plan/ahead.h"
#include "plan/plan_cache.h"
#include "sql/api_alter.h"
#include "sql/worker_start.h"
#include "sql/xact.h"

/*
 * Before commit or PREPARE: compute and apply the pending change.  A fold
 * is not allowed before PREPARE.
 */
static void
apply_pending(bool prepare)
{
	Assert(!ivm_own_command_is_running());
	ivm_capture_close();
	if (!ivm_pending_exists())
		return;
	ivm_fold_allow(!prepare);
	if (ivm_pending_needs_queries())
	{
		List	   *tables = ivm_pending_row_tables();

		ivm_join_delta_compute_all(tables);
		ivm_log_writer_write(tables);
	}
	if (ivm_pending_has_keys())
		ivm_apply_all();
	ivm_pending_reset();
}

/* After the end, however it came: forget all that belongs to the transaction. */
static void
end_transaction(void)
{
	ivm_lock_fields_release();
	ivm_join_delta_reset();
	ivm_distinct_delta_reset();
	ivm_pending_reset();
	ivm_log_writer_reset();
	ivm_capture_open();
	ivm_ahead_reset();
	ivm_api_alter_reset();
	ivm_progress_reset();
	(void) ivm_worker_call_take();
	ivm_plan_cache_release_old();
}

static void
xact_callback(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			ivm_api_alter_check();
			apply_pending(false);
			ivm_worker_start_before_commit();
			break;
		case XACT_EVENT_PRE_PREPARE:
			ivm_api_alter_check();
			ivm_lock_fields_will_prepare();
			apply_pending(true);
			break;
		case XACT_EVENT_COMMIT:
			ivm_worker_start_after_commit();
			end_transaction();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			end_transaction();
			break;
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
	}
}

static void
subxact_callback(SubXactEvent event, SubTransactionId mySubid,
				 SubTransactionId parentSubid, void *arg)
{
	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			ivm_pending_before_subcommit();
			if (ivm_pending_full(true))
				ivm_apply_write_out();
			break;
		case SUBXACT_EVENT_COMMIT_SUB:
			ivm_pending_subcommit();
			ivm_log_writer_subcommit();
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			ivm_pending_subabort();
			ivm_log_writer_subabort();
			ivm_progress_abort_sub();
			break;
		case SUBXACT_EVENT_START_SUB:
			break;
	}
}

void
ivm_xact_init(void)
{
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(subxact_callback, NULL);
}
