/*-------------------------------------------------------------------------
 *
 * append_scan.h
 *	  Reading rows from the partitions of an append-only table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_SCAN_H
#define IVM_APPEND_SCAN_H

#include "capture/append_leaf.h"
#include "capture/changes.h"
#include "capture/row_store.h"

/*
 * Rows read: those to be added, and others for which what they stand for must be computed, which are new versions of
 * updated rows, and frozen ones that may be old.  Where the view is over one table, they
 * are evaluated as they are read; else they are kept, of the table's row type, with the columns that the view is
 * refreshed from.  All of it is kept within maintenance_work_mem: see IvmAppendTake.
 */
typedef struct IvmAppendRows
{
	int64		nnew;			/* read until now, taken or not */
	int64		ntouched;
	bool		exceeded;		/* there was more than fits, and nobody to
								 * take it: the rest is missing */
	IvmChangeMap new_changes;	/* of a view over one table */
	IvmChangeMap touched_changes;
	IvmRowStore *new;			/* of others; or NULL */
	IvmRowStore *touched;
} IvmAppendRows;

/* Takes what has been read until now; rows are emptied afterwards by who has read them. */
typedef void (*IvmAppendTake) (IvmAppendRows *rows, void *arg);

/*
 * Read under a snapshot, as the view's owner; rows, to be filled, have their memory in CurrentMemoryContext.  take
 * (NULL: nobody) is called in the middle when they are too many.  rows NULL, or there is
 * an obstacle: nothing is stored, but what the snapshot does not tell of transactions is noted.
 */
extern void ivm_append_scan_read(IvmAppendReader *reader, Snapshot snapshot, IvmAppendRows *rows,
								 IvmAppendTake take, void *arg);

/*
 * The same for the next batch of a first fill: rows that the view's snapshot saw when the fill began, about so
 * many, in the order of the watermark column; all of them go to the new ones.  Changes view->leaves: how far
 * each has been read, and whether it is still there.  True: nothing is left.
 */
extern bool ivm_append_scan_fill(IvmAppendReader *reader, Snapshot snapshot, int64 nrows,
								 IvmAppendRows *rows, IvmAppendTake take, void *arg);
extern void ivm_append_scan_free_rows(IvmAppendRows *rows);

/* Does ivm_append_scan_read() have to be called even if the rows are not wanted? */
extern bool ivm_append_scan_is_needed(Snapshot snapshot);

#endif							/* IVM_APPEND_SCAN_H */
