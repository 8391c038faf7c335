/*-------------------------------------------------------------------------
 *
 * capture.h
 *	  From changed rows of base tables to the pending change.
 *
 *		row --(views over one table)--> filter, key, arguments --> ivm_pending_map()
 *		row --(views over several)----> columns that are read  --> ivm_pending_add_row()
 *
 * Called by the trigger functions (sql/triggers.c).  One AFTER ROW trigger per base
 * table serves all views on it.  Row triggers also fire in logical replication's apply
 * workers, are cloned to partitions and see rows that move between partitions.
 *
 * This is the hot path: per row no catalogue look-up, no allocation that outlives
 * the row except for a new key, no SQL; no table is read or written.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CAPTURE_H
#define IVM_CAPTURE_H

#include "executor/tuptable.h"
#include "utils/relcache.h"

#include "plan/plan.h"

/*
 * Add a changed row of a base table or partition to the pending change of every
 * view that the table concerns.  oldslot is the row that goes and newslot the one that
 * comes; one of them is NULL for an INSERT or a DELETE.  The caller must write out the
 * pending change when it has become too large (ivm_pending_full()).
 *
 * Expressions are evaluated as the view's owner and under the view's settings; their
 * errors are the caller's, unless the view has on_error "break".  With the first row of
 * a table in a subtransaction, AccessShareLock is taken on all that views over several
 * sources read beside it, which may wait.
 */
extern void ivm_capture_row(Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot);

/*
 * Add (sign 1) or take away (sign -1) all rows of a table for one view, as the latest
 * snapshot sees them: of a partition that comes or goes.  The caller's lock keeps
 * writers out.  A view over several sources is marked to be computed afresh at the end
 * of the transaction instead.  write_out is called when the pending change has become
 * too large.
 */
extern void ivm_capture_table(IvmPlan *plan, Oid relid, int sign, void (*write_out) (void));

/*
 * Capture is closed while a transaction's change is applied, since it is too late to
 * add to it, and opened again when the transaction has ended.  The check raises
 * an error (55000) that names the table if capture is closed.
 */
extern void ivm_capture_close(void);
extern void ivm_capture_open(void);
extern void ivm_capture_check_open(Relation rel);

/*
 * Has the transaction locked all that a view reads with a captured row, in a way that lasts until its
 * end?  Says no where that was below a savepoint.
 */
extern bool ivm_capture_has_locked(const IvmPlan *plan);

#endif							/* IVM_CAPTURE_H */
