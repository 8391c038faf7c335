/*-------------------------------------------------------------------------
 *
 * heap_row.h
 *	  Versions of a row of a heap, found by a TID.
 *
 * The newest version is for who writes rows that nobody else can write meanwhile.  What
 * the table access method's own functions would do besides is left out: they prune the
 * page at each fetch, where a tenth of it is not free, and see of an update chain only
 * what is in one page.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_HEAP_ROW_H
#define IVM_HEAP_ROW_H

#include "executor/tuptable.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* Is the relation a heap, so that ivm_heap_row_newest() can be used? */
extern bool ivm_heap_row_is_heap(Relation rel);

/*
 * Put the version at a TID into slot, which holds a pin on its buffer then, if an MVCC
 * snapshot shows it; false, and the slot empty, if not, or if there is nothing at this TID any
 * more.  Whatever is found, the caller checks that it is the row that he looks for.  The caller
 * holds a lock on the table.
 */
extern bool ivm_heap_row_visible(Relation rel, ItemPointer tid, Snapshot snapshot,
								 TupleTableSlot *slot);

/*
 * A version of a row: its place in a block that is known, and the lower half of its xmin, by
 * which another row's version is told that has the place by now; mostly, as there are 65,536 of them.
 */
typedef struct IvmRowVersion
{
	OffsetNumber offset;		/* InvalidOffsetNumber: not known */
	uint16		xmin;
} IvmRowVersion;

/* The version in slot, as ivm_heap_row_newest() has put it there. */
extern IvmRowVersion ivm_heap_row_version(TupleTableSlot *slot);

/*
 * Follow an update chain to the version that is committed, or own, and not updated or
 * deleted: SnapshotSelf.  Goes on into other pages, a few at most.
 *
 * *root is where index entries of the chain point to, which may be stale.  The walk
 * begins at a version within the chain, in the same block, if from is not NULL; and at the root, if
 * that one is not there or leads nowhere.  Whatever is found, the caller checks that it is his row.
 *
 * If there is one it is put into slot, which holds a pin on its buffer, and the result is
 * true; *root is that of its chain then.  The page is pruned if a next version, not much
 * longer, would not fit.
 *
 * all_dead may be NULL; else the walk begins at the root, which an index entry points
 * to, and it says whether nobody can see any version of this chain.
 *
 * The caller holds a lock on the table and has a snapshot.  Locks one buffer at a time,
 * and none at the end.
 */
extern bool ivm_heap_row_newest(Relation rel, ItemPointer root, const IvmRowVersion *from,
								TupleTableSlot *slot, bool *all_dead);

#endif							/* IVM_HEAP_ROW_H */
