/*-------------------------------------------------------------------------
 *
 * guc.c
 *	  Settings of the extension.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "base/guc.h"

int			ivm_guc_pending_mem = 65536;
int			ivm_guc_fold_batch = 64;
int			ivm_guc_recompute_limit = 50;
int			ivm_guc_history_days = 30;
bool		ivm_guc_worker = true;
bool		ivm_guc_direct_capture = true;

void
ivm_guc_init(void)
{
	DefineCustomIntVariable("ivm.pending_mem",
							"Memory that the pending change of a transaction may take.",
							"Past it, changes are written to the delta tables before commit.",
							&ivm_guc_pending_mem, 65536, 64, MAX_KILOBYTES,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("ivm.fold_batch",
							"Number of keys that a writer folds at most when it commits.",
							"Zero leaves folding to ivm.fold().",
							&ivm_guc_fold_batch, 64, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("ivm.recompute_limit",
							"Number of dirty keys that are recomputed one by one.",
							"With more of them, one pass over the base table recomputes all.",
							&ivm_guc_recompute_limit, 50, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("ivm.history_days",
							"Number of days that runs are kept in ivm.history.",
							"-1 keeps them for ever.",
							&ivm_guc_history_days, 30, -1, 36500,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("ivm.worker",
							 "Whether a background worker refreshes views that are due.",
							 "Without it, call ivm.run_due().",
							 &ivm_guc_worker, true,
							 PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("ivm.direct_capture",
							 "Whether changed rows are captured as they are written.",
							 "If not, all are captured when their triggers fire, at the end of the statement.",
							 &ivm_guc_direct_capture, true,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("ivm");
}
