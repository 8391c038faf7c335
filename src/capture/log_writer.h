/*-------------------------------------------------------------------------
 *
 * log_writer.h
 *	  Writing changed rows to change logs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LOG_WRITER_H
#define IVM_LOG_WRITER_H

#include "catalog/catalog_view.h"

/*
 * Log the pending change of all base tables that have a change log: the rows that this
 * transaction has changed on balance (tables: ivm_pending_row_tables()), and marks.  Called when it is about to commit or
 * to be prepared.  Takes RowExclusiveLock on the current segments, for which nobody but
 * commands on that table itself has to be waited for.  No view is touched, except one
 * that the transaction has filled before it went on to change the view's tables: that
 * becomes stale (ivm_log_writer_filled).
 */
extern void ivm_log_writer_write(List *tables);

/*
 * A view was filled from the tables as this transaction sees them, its own changes
 * included.  Any more changes of them in this transaction make the view stale, unless it is
 * filled once more after them.
 */
extern void ivm_log_writer_filled(const IvmViewRow *row);

/* Ends of subtransactions and of the transaction; called by xact.c alone. */
extern void ivm_log_writer_subcommit(void);
extern void ivm_log_writer_subabort(void);
extern void ivm_log_writer_reset(void);

#endif							/* IVM_LOG_WRITER_H */
