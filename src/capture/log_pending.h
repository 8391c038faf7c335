/*-------------------------------------------------------------------------
 *
 * log_pending.h
 *	  How much a deferred view has not taken in from the change logs, for ivm.views.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_PENDING_H
#define IVM_LOG_PENDING_H

#include "nodes/pg_list.h"
#include "utils/snapshot.h"

#include "catalog/watermark.h"

typedef struct IvmLogPending
{
	int64		rows;			/* an estimate, exact for a few pages */
	int64		bytes;			/* of the pages with these rows, and their
								 * part of the TOAST table */
} IvmLogPending;

/*
 * Estimate what the logs of these base tables have that a snapshot sees and a watermark,
 * which must have a snapshot of its own, does not.  Looks at a number of pages that grows
 * with the logarithm of the logs' size.  Waits for nobody: a segment that cannot be locked
 * at once is being dropped, and so has nothing for any view.  Keeps no locks.
 */
extern void ivm_log_pending_estimate(List *bases, const IvmWatermark *watermark, Snapshot snapshot,
									 IvmLogPending *result);

#endif							/* IVM_LOG_PENDING_H */
