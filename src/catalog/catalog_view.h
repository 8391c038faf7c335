/*-------------------------------------------------------------------------
 *
 * catalog_view.h
 *	  The catalogue of views: rows of the table ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CATALOG_VIEW_H
#define IVM_CATALOG_VIEW_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/snapshot.h"

#include "catalog/own_table.h"
#include "catalog/view_row.h"

#define IVM_DATA_SCHEMA "ivm_data"

/* Names of the capture triggers */
#define IVM_TRIGGER_ROW			"ivm_capture"
#define IVM_TRIGGER_TRUNCATE	"ivm_capture_truncate"
#define IVM_TRIGGER_TRUNCATE_LEAF "ivm_capture_truncate_leaf"

/* Name of the trigger on what the extension alone writes */
#define IVM_TRIGGER_GUARD	"ivm_guard"

/*
 * Reading.  Functions that return rows read the newest committed ones and those
 * that this transaction has written, under AccessShareLock on ivm.view, which
 * they release.  Rows, lists and strings are in CurrentMemoryContext.  Where the
 * extension is not installed, there are no rows.
 */

/* OID of ivm.view, or InvalidOid where the extension is not installed. */
extern Oid	ivm_catalog_relid(void);

/* The role that owns the extension's tables; an error where it is not installed. */
extern Oid	ivm_catalog_owner(void);

/*
 * A tuple of ivm.view as a restore is to store it: what was known of versions and
 * column numbers of the cluster that was dumped is left out.  reason: why the
 * view is stale after the restore, or NULL if it is not.
 */
extern HeapTuple ivm_catalog_restored_row(HeapTuple tup, TupleDesc desc, const char *reason);

/* The row with this id, view or state table, or NULL. */
extern IvmViewRow *ivm_catalog_get(int32 id);
extern IvmViewRow *ivm_catalog_get_as_of(int32 id, Snapshot snapshot);	/* as a snapshot sees it */
extern IvmViewRow *ivm_catalog_find_view(Oid view);
extern IvmViewRow *ivm_catalog_find_state(Oid state);

/* All rows, those of the parts of a view, and those of the views that read a base table; by id. */
extern List *ivm_catalog_all(void);
extern List *ivm_catalog_parts(int32 id);
extern List *ivm_catalog_of_base(Oid base);

/* Rows, followed by those of the views' parts: a new list. */
extern List *ivm_catalog_with_parts(List *rows);

/* The row of the view that users know: that of which this is a part, or this itself. */
extern const IvmViewRow *ivm_catalog_whole(const IvmViewRow *row);

/* The name of that view, without its schema, for messages; NULL where it is gone. */
extern char *ivm_catalog_view_name(const IvmViewRow *row);

/*
 * Will writers of each base table of this view find the view?  They do not where
 * ivm.view was restored or written without ivm.view_base.
 */
extern bool ivm_catalog_bases_known(const IvmViewRow *row);

/*
 * Writing.  Functions that change a row lock it (ivm_catalog_lock), which may wait,
 * and do nothing if it is gone.  They keep ivm.view_base in step, send
 * invalidations for the view's relations, and let the next command see the change.
 */

/*
 * Make other writers of a view's row wait until the end of the transaction, so that
 * a row read from then on is not written over.  Waits; to be taken after all
 * locks of tables.
 */
extern void ivm_catalog_lock(int32 id);

/* A new id, from a sequence. */
extern int32 ivm_catalog_next_id(void);

/* Insert a row; created_at is the start of the transaction. */
extern void ivm_catalog_insert(const IvmViewRow *row);

/*
 * The same for a view whose relations a dump has brought without its row, and the deletion of
 * such a row.  Rows of ivm.view_base may be about to come, or have come, from a dump, so these
 * are left alone.
 */
extern void ivm_catalog_insert_alone(const IvmViewRow *row);
extern void ivm_catalog_delete_alone(int32 id);

/*
 * Set a view's status and its reason (NULL: none); a build that is going on ends.  Readers
 * with an older snapshot than this transaction run the definition.
 */
extern void ivm_catalog_set_status(int32 id, IvmStatus status, const char *reason);

/* Note that a build of the view begins, or ends without having changed anything. */
extern void ivm_catalog_set_building(int32 id, bool building);

/* Are changes of the view's base tables captured: is it ready, or being built? */
extern bool ivm_catalog_is_captured(const IvmViewRow *row);

/*
 * Are its tables to have capture triggers, whether they are used or not?  Not for an immediate view
 * that has never been filled: who does that makes them.
 */
extern bool ivm_catalog_wants_triggers(const IvmViewRow *row);

/*
 * The same unless another transaction is writing the row: nobody is waited for.  False if
 * nothing was done.
 */
extern bool ivm_catalog_try_set_status(int32 id, IvmStatus status, const char *reason);

/* Set a view's mode.  What that takes is the caller's business. */
extern void ivm_catalog_set_mode(int32 id, IvmMode mode);

/*
 * Write the row anew, so that readers with an older snapshot run the definition:
 * the base table was changed in a way that they see at once.  Without wait,
 * nothing is done while another transaction writes the row, which may itself
 * be waiting for a lock that the caller holds: its writing has the same effect.
 */
extern void ivm_catalog_touch(int32 id, bool wait);

/* Set the leaf partitions known; they must be sorted. */
extern void ivm_catalog_set_partitions(int32 id, List *partitions);

/*
 * Set what the definition reads: its base tables, the versions of the views on
 * the way to them, and the columns of rows that it reads as a whole.
 */
extern void ivm_catalog_set_sources(int32 id, List *bases, ArrayType *view_versions,
									ArrayType *row_types);

/* Set the versions of the capture triggers that the state rests on; the options. */
extern void ivm_catalog_set_trigger_versions(int32 id, ArrayType *versions);
extern void ivm_catalog_set_options(int32 id, Jsonb *options);

/* Delete the row of a view; its storage is the caller's business. */
extern void ivm_catalog_delete(int32 id);

/* Add the rows of ivm.view_base for a view, where they are missing. */
extern void ivm_catalog_list_bases(const IvmViewRow *row);

/*
 * Make each backend derive this view's plan again, once the current transaction
 * commits; this one at its next command.  Takes no locks.
 */
extern void ivm_catalog_invalidate(const IvmViewRow *row);

#endif							/* IVM_CATALOG_VIEW_H */
