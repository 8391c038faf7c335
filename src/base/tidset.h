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
	BlockNumber last_block;		/* looked for last, and what was found */
	IvmTidBlock *last;
} IvmTidSet;

extern IvmTidSet *ivm_tidset_create(MemoryContext cxt);
extern void ivm_tidset_add(IvmTidSet *set, ItemPointer tid);
extern IvmTidBlock *ivm_tidset_find(IvmTidSet *set, BlockNumber block);
extern void ivm_tidset_list(IvmTidSet *set, ItemPointerData *tids);

/* Tests the block before the TID: most scans go from block to block. */
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
