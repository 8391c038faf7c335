/*-------------------------------------------------------------------------
 *
 * view_rows.h
 *	  Rows about a view in tables of the extension.
 *
 * These tables, such as ivm.watermark, have view_id as their first column, and it is the
 * first or the only one of the primary key.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VIEW_ROWS_H
#define IVM_VIEW_ROWS_H

#include "access/genam.h"
#include "access/skey.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/* Open such a table, by its name in schema ivm; the caller closes it. */
extern Relation ivm_view_rows_open(const char *table, LOCKMODE lockmode);

/* Find a view's rows, by the catalog snapshot if snapshot is NULL; key is used by the scan. */
extern SysScanDesc ivm_view_rows_scan(Relation rel, int32 view_id, Snapshot snapshot, ScanKey key);

/* Write a row in place of an old one, or (NULL) beside the others. */
extern void ivm_view_rows_write(Relation rel, HeapTuple old, Datum *values, bool *nulls);

/* Write a view's only row in place of the one that is there, if any, and make it visible. */
extern void ivm_view_rows_put(const char *table, int32 view_id, Datum *values, bool *nulls);

/* Replace the rows of a view in one table by those in another one, which has the same columns; makes that visible. */
extern void ivm_view_rows_copy(const char *from, const char *to, int32 view_id);

/* Delete all rows of a view, and make that visible. */
extern void ivm_view_rows_remove(const char *table, int32 view_id);

#endif							/* IVM_VIEW_ROWS_H */
