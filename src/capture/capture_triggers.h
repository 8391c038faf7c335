/*-------------------------------------------------------------------------
 *
 * capture_triggers.h
 *	  Making, repairing and dropping the capture triggers of base tables and
 *	  partitions, and keeping their versions in ivm.view.
 *
 *		base table		ivm_capture				AFTER INSERT, UPDATE, DELETE, per row
 *						ivm_capture_truncate	AFTER TRUNCATE
 *		leaf partition	a clone of ivm_capture, and a trigger BEFORE TRUNCATE
 *
 * All are ENABLE ALWAYS.  They are shared by all views on the table.  After TRUNCATE of
 * a base table its views are emptied as a whole; of a leaf partition the rows are taken
 * away one by one before it.
 *
 * Whoever changes capture triggers must open their versions first and complete them
 * afterwards, in the same transaction (plan_triggers.h), or all views on the table
 * become unusable.  ensure and drop do the first.
 *
 * Functions that make or drop triggers are called as the owner of the extension
 * (owner_scope.h).  Creating a trigger takes ShareRowExclusiveLock on the table,
 * dropping one AccessExclusiveLock; both wait.  Functions that write rows of ivm.view
 * lock these first (ivm_catalog_lock), which waits for whoever writes them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CAPTURE_TRIGGERS_H
#define IVM_CAPTURE_TRIGGERS_H

#include "nodes/pg_list.h"

#include "catalog/catalog_view.h"

/* Has the table a row trigger for capture, its own or a clone? */
extern bool ivm_capture_triggers_has_row(Oid relid);

/*
 * Give a base table and its leaf partitions the capture triggers that they lack,
 * replace those that are not what this extension makes, and enable those that are not.
 * Nothing is locked if all are in order.
 */
extern void ivm_capture_triggers_ensure(Oid base, List *partitions);

/*
 * Do this for all base tables without a row trigger that are to have one: they have lost it with that of a
 * partitioned table which they are, or were, a partition of.
 */
extern void ivm_capture_triggers_ensure_all(void);

/*
 * Drop a capture trigger (IVM_TRIGGER_*) with its clones, unless there is none or it
 * is itself the clone of one that stays.
 */
extern void ivm_capture_triggers_drop(Oid relid, const char *name);

/*
 * Can rows of a base table, or of a leaf partition, have been captured since its row trigger was
 * made, or be captured yet, if it is about to be loaded?  *loaded: it has rows, of which the first
 * is older than the trigger, so it was loaded before.  *empty: it has none.
 */
extern bool ivm_capture_triggers_may_have_captured(Oid relid, bool *loaded, bool *empty);

/* Drop the TRUNCATE trigger of a leaf partition that belongs to no view's table. */
extern void ivm_capture_triggers_forget_partition(Oid leaf);

/*
 * Open the versions of the capture triggers of these tables, in all views that are
 * ready.  With repair, what is missing will be there afterwards: a view that has missed
 * changes because of that, without this being known, is marked stale.
 */
extern void ivm_capture_triggers_expect(List *tables, bool repair);

/* Remove the versions of tables that have become partitions of a view's tables, or left. */
extern void ivm_capture_triggers_forget(const IvmViewRow *row, List *tables);

/*
 * Complete what is not known of a view, or of all views, because a dump or pg_upgrade
 * does not tell: the versions of its triggers, and that its definition is internal to it
 * (definition_link.h).  Waits for nobody but transactions that write the view's row.
 */
extern void ivm_capture_triggers_note(IvmViewRow *row);
extern void ivm_capture_triggers_note_all(void);

#endif							/* IVM_CAPTURE_TRIGGERS_H */
