/*-------------------------------------------------------------------------
 *
 * append_reader.h
 *	  Reading from an append-only table the rows that a view has not taken in.
 *
 *		floors, open transactions, then the snapshot
 *		partitions --index on the watermark column, from the low bound--> rows
 *				   --by xmin: taken in?--> rows to add, rows to be looked at
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_READER_H
#define IVM_APPEND_READER_H

#include "capture/changes.h"
#include "capture/row_store.h"
#include "catalog/append_view.h"
#include "plan/plan.h"

typedef struct IvmAppendReader IvmAppendReader;

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

typedef enum IvmAppendPurpose
{
	IVM_APPEND_READ,			/* nothing is stored */
	IVM_APPEND_REFRESH_OLD,		/* by a snapshot that was taken before */
	IVM_APPEND_REFRESH			/* by one taken afterwards */
} IvmAppendPurpose;

/*
 * Prepare to read what a view has not taken in, in CurrentMemoryContext.  The tables are locked, by a refresh in
 * such a way that partitions do not come and go; a reader may find that they do.  IVM_APPEND_REFRESH
 * notes what raises the low bounds of the next one: so the snapshot must be taken afterwards.
 * counts_own: this transaction may write rows of the table that have values
 * drawn before.  view is changed by ivm_append_reader_end() only.
 */
extern IvmAppendReader *ivm_append_reader_begin(const IvmPlan *plan, IvmAppendView *view,
												IvmAppendPurpose purpose, bool counts_own);

/*
 * Why rows cannot be told by their transaction ids, a constant clause, or NULL: storage was
 * written anew, a partition has come back, or nothing has been taken in yet.
 */
extern const char *ivm_append_reader_obstacle(const IvmAppendReader *reader);

/*
 * Read under a snapshot, as the view's owner; rows, to be filled, have their memory in CurrentMemoryContext.  take
 * (NULL: nobody) is called in the middle when they are too many.  rows NULL, or there is
 * an obstacle: nothing is stored, but what the snapshot does not tell of transactions is noted.
 */
extern void ivm_append_reader_read(IvmAppendReader *reader, Snapshot snapshot, IvmAppendRows *rows,
								   IvmAppendTake take, void *arg);

/*
 * The same for the next batch of a first fill: rows that the view's snapshot saw when the fill began, about so
 * many, in the order of the watermark column; all of them go to the new ones.  Changes view->leaves: how far
 * each has been read, and whether it is still there.  True: nothing is left.
 */
extern bool ivm_append_reader_fill(IvmAppendReader *reader, Snapshot snapshot, int64 nrows,
								   IvmAppendRows *rows, IvmAppendTake take, void *arg);
extern void ivm_append_reader_free_rows(IvmAppendRows *rows);

/* Does ivm_append_reader_read() have to be called even if the rows are not wanted? */
extern bool ivm_append_reader_is_needed(Snapshot snapshot);

/*
 * Let the view have taken in what the snapshot shows, but for own changes: changes *view,
 * which is then to be stored.  anew: it was computed afresh.
 */
extern void ivm_append_reader_end(IvmAppendReader *reader, Snapshot snapshot, bool anew);

/*
 * Check that the table, and each of its partitions, has what reading needs: heap storage, and
 * the watermark column NOT NULL and first in a btree index.  An error names what is missing.
 */
extern void ivm_append_reader_check_table(Oid base, AttrNumber watermark);

#endif							/* IVM_APPEND_READER_H */
