/*-------------------------------------------------------------------------
 *
 * base_tables.h
 *	  Locks on the base tables of a view, and their capture triggers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_BASE_TABLES_H
#define IVM_BASE_TABLES_H

#include "catalog/catalog_view.h"
#include "definition/core.h"

/*
 * Keep writers of these tables (OIDs) out until the end of the transaction, with
 * ShareRowExclusiveLock, in the order of the OIDs; waits for open writers.
 */
extern void ivm_base_tables_lock(List *relids);

/*
 * Has a statement under way written rows of these tables, or of their partitions, whose
 * triggers are still to fire?  They are visible, but not captured yet.
 */
extern bool ivm_base_tables_await_triggers(List *relids);

/*
 * Raise an error if a statement under way writes one of these tables, or of their
 * partitions.  It would go on without triggers that are made now, and a view that is filled
 * now would get a second time what it has already written.  operation completes the message
 * "cannot ... "table" because".  A cursor over a table that the transaction has written is
 * taken for such a statement.  Called before the tables are locked; locks nothing.
 */
extern void ivm_base_tables_require_unwritten(List *relids, const char *operation);

/*
 * Bring the capture of a view in order, whatever was done to it: afterwards
 * ivm.view has the tables that the definition (core) reads now, with the real
 * set of partitions, and capture triggers are there and enabled.  The caller has
 * locked these tables against writers, and must bring the state up to date.
 * Changes row->bases and row->partitions.
 */
extern void ivm_base_tables_restore_capture(IvmViewRow *row, const IvmCore *core);

#endif							/* IVM_BASE_TABLES_H */
