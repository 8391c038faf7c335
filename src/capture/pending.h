/*-------------------------------------------------------------------------
 *
 * pending.h
 *	  The pending change of the current transaction, in memory.
 *
 * A stack with one level per (sub)transaction that has captured anything:
 *
 *		level 3 (savepoint)   view 7: {key -> change, ...}, changed rows, row counts
 *		level 1 (top)         view 7: {...}, view 9: {...}, changed rows, row counts
 *
 * A level is merged into the one below when its subtransaction commits, and dropped
 * when it aborts.  It holds, per view, a map with the net change of the view's keys
 * (changes.h) and two flags: everything below no longer counts (the base table was
 * truncated); the view must be computed afresh at the end.  For views over several
 * sources it holds the changed rows themselves, per table (row_store.h).
 *
 * No lock is taken and no table read here.  Memory: contexts "ivm pending" and "ivm
 * pending rows", reset at the end of the transaction.  Functions that look at more
 * than counts may first have to merge committed subtransactions, which compares keys:
 * they can fail, also with the error (25P02) that an earlier failure of this left.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_PENDING_H
#define IVM_PENDING_H

#include "capture/changes.h"
#include "capture/row_store.h"
#include "plan/delta_map.h"
#include "plan/plan.h"
#include "plan/table_plan.h"

/* ---- capture ---- */

/* The change map of a view at the current level, to be changed by the caller. */
extern IvmChangeMap *ivm_pending_map(IvmPlan *plan);

/*
 * Keep a changed row of a base table, given in the table's own row type, as one added
 * (sign 1) or removed (-1).  True if it is the table's first in this subtransaction.
 */
extern bool ivm_pending_add_row(IvmRowTarget *target, TupleTableSlot *slot, int sign);

/* So many row events of this table have been captured. */
extern void ivm_pending_captured(Oid relid, int64 rows);

/* The table was truncated: its row events before that no longer count. */
extern void ivm_pending_truncated(Oid relid);

/* The view's base table is empty now: forget all changes of the view up to here. */
extern void ivm_pending_discard(IvmPlan *plan);

/* The view's definition has raised an error: it is broken when the transaction commits (on_error.c). */
extern void ivm_pending_break(IvmPlan *plan, const char *message);

/*
 * A base table was changed in a way that its changed rows do not tell, as by TRUNCATE:
 * its change log gets a mark.
 */
extern void ivm_pending_mark(Oid base);

/* The view must be computed afresh at the end, unless this subtransaction aborts. */
extern void ivm_pending_rebuild(IvmPlan *plan);

/*
 * All rows of a table have been captured as the latest snapshot shows them, which
 * does not fit what an older snapshot of this transaction shows.
 */
extern void ivm_pending_scanned(void);

/* Delta or state rows were written with the current command id; were they ever? */
extern void ivm_pending_wrote(void);
extern bool ivm_pending_wrote_out(void);

/* ---- reading ---- */

/* Has the transaction captured anything?  A change of this view?  Of keys of any view? */
extern bool ivm_pending_exists(void);
extern bool ivm_pending_has(int32 view_id);
extern bool ivm_pending_has_keys(void);

/* Is there anything but changes of keys: rows, or a view to be computed afresh? */
extern bool ivm_pending_needs_queries(void);

/* Has the transaction emptied the view's base table?  Must the view be computed afresh? */
extern bool ivm_pending_discards(int32 view_id);
extern bool ivm_pending_rebuilds(int32 view_id);

/* Has the transaction broken any view, perhaps below a savepoint rolled back since? */
extern bool ivm_pending_any_broken;

/* The error by which the transaction has broken the view, or NULL. */
extern const char *ivm_pending_broken(const IvmPlan *plan);

/* Ids of all views that must be computed afresh; the list is the caller's. */
extern List *ivm_pending_rebuilt_views(void);

/*
 * The command id of the last change captured or written out.  A snapshot must be past
 * it to be merged with the pending change.
 */
extern CommandId ivm_pending_last_command(void);

/*
 * The number of row events of a table captured by what is left of this transaction, to
 * be compared with its statistics.  If they differ, rows of the transaction are visible
 * whose triggers are still to fire, and a reader must run the definition.  A number that
 * never agrees if events were captured without track_counts.
 */
extern int64 ivm_pending_captured_rows(Oid relid);

/* OIDs of the base tables with changed rows, sorted; the list is the caller's. */
extern List *ivm_pending_row_tables(void);

/* OIDs of the base tables with a mark, sorted; the list is the caller's. */
extern List *ivm_pending_marked_tables(void);

/* The number of changed rows of a base table that are kept, and the marks that it has. */
extern int64 ivm_pending_row_count(Oid relid);

/*
 * The changed rows of a base table over all levels; NULL if there are none.  They belong
 * to the pending change and stay until it changes; if *temporary is set they are a copy
 * in CurrentMemoryContext that the caller frees.
 */
extern IvmRowStore *ivm_pending_rows(Oid relid, bool *temporary);

/* Add the pending change of a view's keys, over all levels, to a set of deltas. */
extern void ivm_pending_overlay(int32 view_id, IvmDeltaMap *into);

/* ---- writing out ---- */

/*
 * Do the maps of all levels take more than ivm.pending_mem, so that the top one has to be
 * written out?  Looks only once in many calls; with subcommit, when the current
 * subtransaction is about to be merged into the level below, always.
 */
extern bool ivm_pending_full(bool subcommit);

/* Plans of the views that have a map at the top level, by view id; the list is the caller's. */
extern List *ivm_pending_level_plans(void);

/* The number of keys in a view's map at the top level, and their deltas (changes.h) */
extern int	ivm_pending_keys(IvmPlan *plan);
extern void ivm_pending_visit(IvmPlan *plan, IvmPendingVisitor visit, void *arg);

/*
 * Empty the maps of the top level, whose deltas have been written, and give their
 * memory back; flags, counts and changed rows stay.
 */
extern void ivm_pending_empty(void);

/* ---- ends of (sub)transactions; called by xact.c alone ---- */

/* The current subtransaction is about to commit: do what may fail while it still can. */
extern void ivm_pending_before_subcommit(void);

/* The current subtransaction commits: its level becomes its parent's.  Never fails. */
extern void ivm_pending_subcommit(void);

/* The current subtransaction aborts: its level goes. */
extern void ivm_pending_subabort(void);

/* The transaction has ended, or its change has been applied: forget everything. */
extern void ivm_pending_reset(void);

#endif							/* IVM_PENDING_H */
