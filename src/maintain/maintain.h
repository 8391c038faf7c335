/*-------------------------------------------------------------------------
 *
 * maintain.h
 *	  Pausing a view and bringing it back to exactness.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_MAINTAIN_H
#define IVM_MAINTAIN_H

#include "catalog/catalog_view.h"
#include "catalog/run_history.h"
#include "nodes/parsenodes.h"
#include "commit/reconcile.h"
#include "plan/plan.h"

/*
 * Has this transaction changed tables that the view reads?  Rows count that are yet to be
 * captured, in the middle of a statement.  Its change is added to the
 * state when it commits, so nothing that is computed from the tables can be written there
 * before.  The second function raises an error then, with this hint.
 */
extern bool ivm_maintain_has_changes(const IvmViewRow *row);
extern void ivm_maintain_require_unchanged(const IvmViewRow *row, const char *hint);

/*
 * Stop maintaining a view: its status is "paused".  With a NOTICE and no other
 * effect where it is paused already, or was never populated.  Waits for writers
 * of the base tables and keeps them out until the end of the transaction.
 */
extern void ivm_maintain_pause(IvmViewRow *row);

/*
 * Raise an error if the owner cannot capture all changes of the tables, or cannot read all of
 * their rows: the state would not be exact.
 */
extern void ivm_maintain_check_rights(IvmViewRow *row, IvmPlan *plan);

/*
 * See to it that changes are captured from now on.  The caller keeps writers of the base tables
 * out.  Other views that have missed changes for the same reason are marked stale.
 */
extern void ivm_maintain_restore_capture(IvmViewRow *row, const IvmPlan *plan);

/*
 * Compute a view, or a part of one, afresh and correct what is stored; *result
 * has the numbers of rows corrected.  Without a filter, the view is ready
 * afterwards, whatever it was before.  With one, only the keys that satisfy it
 * are corrected, and the status stays: filter is the analyzed form of
 * key_filter, see ivm_key_filter_query(); both may be NULL.  operation names the
 * run in ivm.history.
 *
 * Keeps writers of the base tables out, before any other lock, until the end of
 * the transaction; waits.  The view is computed under a snapshot taken after the locks, at every
 * isolation level (plan/ahead.h).  Errors: the transaction has
 * pending changes of the view; the definition is not maintainable any more; its
 * owner lacks a privilege, or row security is in force.
 */
extern void ivm_maintain_restore(IvmViewRow *row, const char *operation, Query *filter,
								 const char *key_filter, IvmCorrections *result);

/* Record a run of a view that has made these corrections; of *run the caller sets all else. */
extern void ivm_maintain_record(IvmRun *run, const IvmViewRow *row, const IvmCorrections *c);

/*
 * A key filter, as analyzed by ivm_key_filter_query(), as a condition on the state table; an error if it
 * is none.
 */
extern Node *ivm_maintain_filter_over_state(IvmViewRow *row, Query *filter);

#endif							/* IVM_MAINTAIN_H */
