/*-------------------------------------------------------------------------
 *
 * keep_rows.h
 *	  Dropping a view but keeping its rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_KEEP_ROWS_H
#define IVM_KEEP_ROWS_H

#include "catalog/catalog_view.h"

/*
 * Take the locks for that: those of ivm_drop_lock_tables(), then AccessExclusiveLock on the view;
 * waits.  An error if another transaction has meanwhile dropped or replaced the view.
 */
extern void ivm_keep_rows_lock(IvmViewRow *row);

/*
 * Make a table, or a materialized view with the same definition, of a view: with the rows that the
 * view shows now.  kind is RELKIND_RELATION or RELKIND_MATVIEW.  The OID stays, and with it owner,
 * rights, comments and what depends on it.  No view of this extension reads it, which the caller has
 * checked; the current user is its owner.  The caller has called ivm_keep_rows_lock().
 */
extern void ivm_keep_rows(IvmViewRow *row, char kind);

#endif							/* IVM_KEEP_ROWS_H */
