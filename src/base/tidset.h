/*-------------------------------------------------------------------------
 *
 * tidset.h
 *	  Sets of TIDs of one table, as a bitmap per block.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_TIDSET_H
#define IVM_TIDSET_H

#include "access/htup_details.h"
#include "storage/itemptr.h"
#include "utils/palloc.h"

typedef struct IvmTidBlock
{
	BlockNumber block;			/* hash key */
	char		status;
	uint64		offsets[(MaxHeapTuplesPerPage + 64) / 64];
} IvmTidBlock;

typedef struct IvmTidSet
{
	struct tidblocks_hash *blocks;
	int			ntids;
	BlockNumber last_block;		/* the block looked for last */
	IvmTidBlock *last;			/* and what was found */
} IvmTidSet;

/* An empty set in cxt, which goes with cxt. */
extern IvmTidSet *ivm_tidset_create(MemoryContext cxt);

/* Add a TID that is not in the set. */
extern void ivm_tidset_add(IvmTidSet *set, ItemPointer tid);

/* The TIDs in one block, or NULL if there are none; valid until the next addition. */
extern IvmTidBlock *ivm_tidset_find(IvmTidSet *set, BlockNumber block);

/* Write all TIDs of the set, set->ntids of them, into an array; in no order. */
extern void ivm_tidset_list(IvmTidSet *set, ItemPointerData *tids);

/*
 * Is a TID in the set?  Remembers the block: most scans go from block to block, and
 * so look for it once.
 */
static inline bool
ivm_tidset_has(IvmTidSet *set, ItemPointer tid)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);
	OffsetNumber off = ItemPointerGetOffsetNumberNoCheck(tid);

	if (block != set->last_block)
	{
		set->last = ivm_tidset_find(set, block);
		set->last_block = block;
	}
	return set->last != NULL &&
		(set->last->offsets[off / 64] & (UINT64CONST(1) << (off % 64))) != 0;
}

#endif							/* IVM_TIDSET_H */
