/*-------------------------------------------------------------------------
 *
 * server_internals.h
 *	  Uses of the server's internals that no interface promises.
 *
 * Each of these works because of how the server happens to be written.  What has
 * to stay so is said in server_internals.c, and asserted there.  Six more such
 * places are large enough for files of their own: heap_row.c, heap_page.c,
 * kept_executor.c, kept_scan.c, settings.c and progress.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SERVER_INTERNALS_H
#define IVM_SERVER_INTERNALS_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"

/*
 * The function that computes a node's rows, without the wrappers that check the
 * depth of the stack and time the node; and another function in its place.
 * The node must have been initialized; the new function is called from the next
 * row on, in the wrappers that the node needs.
 */
extern ExecProcNodeMtd ivm_server_row_function(const PlanState *node);
extern void ivm_server_set_row_function(PlanState *node, ExecProcNodeMtd function);

/*
 * A function that is told of each row that a statement writes, right after it was written: the
 * row that goes and the row that comes, one of them NULL for INSERT and DELETE.  They are the
 * executor's: their contents may be looked at, and stay until the function returns.
 * It is called in memory that is reset for each row, and may raise errors.
 */
typedef void (*IvmRowWatcher) (Relation rel, TupleTableSlot *oldslot, TupleTableSlot *newslot);

/*
 * Let a watcher be told of the rows of a result relation instead of a trigger of it, which
 * must be an AFTER ROW trigger without WHEN: its events are not queued any more.  The trigger is
 * given by its position in ri_TrigDesc, and must be enabled for the watcher to be told.  To be
 * called before the first row is written, in the context of the query.
 */
extern void ivm_server_watch_rows(ResultRelInfo *result, int trigger, IvmRowWatcher watcher);

/*
 * Let the watcher of a result relation not be told of updates, which saves the server fetching
 * the rows that go.  No other trigger may be an AFTER ROW trigger for UPDATE.  And whether this
 * was done.
 */
extern void ivm_server_leave_out_updates(ResultRelInfo *result);
extern bool ivm_server_updates_left_out(const ResultRelInfo *result);

/*
 * Let a statement that is about to run do without parallel workers, though its plan has some. To be called
 * while its nodes are initialized.
 */
extern void ivm_server_do_without_workers(EState *estate);

/*
 * The number of rows that this transaction has inserted, updated and deleted in
 * a table, without what was rolled back to a savepoint; -1 if the server does not
 * count them.  The table must be open, under any lock.
 */
extern int64 ivm_server_rows_written(Relation rel);

/*
 * Make a role the owner of a relation, with its indexes, TOAST table and row
 * type, or of a function.  Nothing is done if it is the owner already.
 *
 * Checks privileges as ALTER ... OWNER does, so the current user must be allowed
 * that; calls no event triggers.  Takes AccessExclusiveLock on the relation,
 * waiting for it, and no lock on the function.  The change is seen by what the
 * caller does next.
 */
extern void ivm_server_give_relation(Oid relid, Oid owner);
extern void ivm_server_give_function(Oid funcid, Oid owner);

/*
 * The last value that a sequence has given out, whoever asks; false if it has given out none.
 * Takes AccessShareLock until the end of the transaction.
 */
extern bool ivm_server_sequence_value(Oid sequence, int64 *value);

#endif							/* IVM_SERVER_INTERNALS_H */
