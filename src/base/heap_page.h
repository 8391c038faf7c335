/*-------------------------------------------------------------------------
 *
 * heap_page.h
 *	  What a snapshot sees in a page of a heap, and whether another one still sees that.
 *
 * For who keeps what was read from pages.  A mark says what the rows seen rest on: the
 * page's LSN, and the transactions in it that were not over for the snapshot.  As long as
 * the LSN is the same, and these transactions are not over for a later snapshot either,
 * that one sees the same rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_HEAP_PAGE_H
#define IVM_HEAP_PAGE_H

#include "access/htup_details.h"
#include "access/xlogdefs.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* With more transactions in a page that are not over, nothing of it is to be kept. */
#define IVM_HEAP_PAGE_MAX_RUNNING 6

typedef struct IvmHeapPageMark
{
	XLogRecPtr	lsn;
	bool		valid;
	int			nrunning;
	TransactionId running[IVM_HEAP_PAGE_MAX_RUNNING];
} IvmHeapPageMark;

/* The rows of a page that a snapshot sees */
typedef struct IvmHeapPageRows
{
	Buffer		buffer;			/* pinned */
	BlockNumber block;
	int			n;
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} IvmHeapPageRows;

/*
 * Can pages of this table be told apart by their LSN, and this snapshot be compared with
 * others?  Not if the transaction may have changed the table itself, nor where a
 * serializable reader has to meet what others have written.
 */
extern bool ivm_heap_page_is_comparable(Relation rel, Snapshot snapshot);

/*
 * A copy of what ivm_heap_page_sees_no_less() needs of a snapshot, in CurrentMemoryContext.
 * It holds no xmin back, so rows cannot be read by it.
 */
extern Snapshot ivm_heap_page_copy_snapshot(Snapshot snapshot);

/*
 * Does a snapshot see all transactions as over that the older one does?  May say no where
 * that is hard to tell.
 */
extern bool ivm_heap_page_sees_no_less(Snapshot snapshot, Snapshot older);

/*
 * Does this snapshot see in a page what was seen when the mark was made?  It must see no
 * less than the mark's (ivm_heap_page_sees_no_less()).  Pins the page, and locks nothing.
 */
extern bool ivm_heap_page_is_as_marked(Relation rel, BlockNumber block,
									   const IvmHeapPageMark *mark, Snapshot snapshot);

/*
 * Find the rows that a snapshot sees in a page, and mark that; the mark may be found not to
 * be valid.  Pins the page, for ivm_heap_page_done() to let go; locks it meanwhile.
 */
extern void ivm_heap_page_find_rows(Relation rel, BlockNumber block, Snapshot snapshot,
									IvmHeapPageRows *rows, IvmHeapPageMark *mark);

/* Put one of these rows into a slot for rows in buffers, which pins the page, too. */
extern void ivm_heap_page_store_row(Relation rel, const IvmHeapPageRows *rows, int i,
									TupleTableSlot *slot);

extern void ivm_heap_page_done(IvmHeapPageRows *rows);

#endif							/* IVM_HEAP_PAGE_H */
