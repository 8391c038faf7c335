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

#include "capture/append_leaf.h"
#include "catalog/append_view.h"
#include "plan/plan.h"

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
 * Let the view have taken in what the snapshot shows, but for own changes: changes *view,
 * which is then to be stored.  anew: it was computed afresh.
 */
extern void ivm_append_reader_end(IvmAppendReader *reader, Snapshot snapshot, bool anew);

#endif							/* IVM_APPEND_READER_H */
