/*-------------------------------------------------------------------------
 *
 * tidset.c
 *	  Sets of TIDs of one table, as a bitmap per block.
 *
 * A read sets aside the state rows that it merges with deltas, and skips them in
 * its scan of the state table.  The look-up for a row that is not in the set is
 * what counts: usually a comparison with the block looked for last.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/tidset.h"

#define SH_PREFIX tidblocks
#define SH_ELEMENT_TYPE IvmTidBlock
#define SH_KEY_TYPE BlockNumber
#define SH_KEY block
#define SH_HASH_KEY(tb, key) ((key) * 2654435769U)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

IvmTidSet *
ivm_tidset_create(MemoryContext cxt)
{
	IvmTidSet  *set = MemoryContextAllocZero(cxt, sizeof(IvmTidSet));

	set->blocks = tidblocks_create(cxt, 64, NULL);
	set->last_block = InvalidBlockNumber;
	return set;
}

void
ivm_tidset_add(IvmTidSet *set, ItemPointer tid)
{
	OffsetNumber off = ItemPointerGetOffsetNumber(tid);
	IvmTidBlock *block;
	bool		found;

	block = tidblocks_insert(set->blocks, ItemPointerGetBlockNumber(tid), &found);
	if (!found)
		memset(block->offsets, 0, sizeof(block->offsets));
	block->offsets[off / 64] |= UINT64CONST(1) << (off % 64);
	set->ntids++;
	set->last_block = InvalidBlockNumber;	/* blocks may have moved */
}

IvmTidBlock *
ivm_tidset_find(IvmTidSet *set, BlockNumber block)
{
	return tidblocks_lookup(set->blocks, block);
}

void
ivm_tidset_list(IvmTidSet *set, ItemPointerData *tids)
{
	tidblocks_iterator it;
	IvmTidBlock *block;

	tidblocks_start_iterate(set->blocks, &it);
	while ((block = tidblocks_iterate(set->blocks, &it)) != NULL)
		for (int off = 0; off < (int) lengthof(block->offsets) * 64; off++)
			if (block->offsets[off / 64] & (UINT64CONST(1) << (off % 64)))
			{
				ItemPointerSet(tids, block->block, off);
				tids++;
			}
}
