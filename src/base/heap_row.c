/*-------------------------------------------------------------------------
 *
 * heap_row.c
 *	  Versions of a row of a heap, found by a TID.
 *
 * The walk to the newest version is that of the server's index scans within a page, and that of its
 * look for the latest version of a row from page to page.  A version leads to the next one by t_ctid,
 * which is that if its xmin is the xmax of the version before; line pointers that were
 * pruned and used again are told by this.  While an old snapshot keeps all
 * versions, the walk from one that was seen not long ago stays as short as what was
 * written since, where the index has an entry for each page that the row has been in.
 *
 * What the server must keep true: a buffer tuple slot has room for the tuple
 * (base.tupdata); nobody prunes a page, or moves its tuples, while another backend has it pinned.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/heap_row.h"

/*
 * Chains that a walk passes at most; each is in one page.  Who comes from the index
 * begins at another place then.
 */
#define MAX_CHAINS		16

typedef struct Walk
{
	Relation	rel;
	HeapTuple	tuple;			/* the version that the walk is at */
	Buffer		buffer;			/* pinned and locked, of the last version */
	ItemPointerData tid;		/* the version to come */
	ItemPointerData root;		/* of its chain */
	TransactionId xmin;			/* of the version to come; invalid: any */
	struct GlobalVisState *dead_to_all; /* NULL: does not matter */
	bool		all_dead;		/* what was passed of the first chain */
} Walk;

bool
ivm_heap_row_is_heap(Relation rel)
{
	return rel->rd_tableam == GetHeapamTableAmRoutine();
}

/*
 * Does a table, on which a lock is held, have this block?  What this backend
 * remembers of the size is forgotten when the table is truncated.
 */
static bool
has_block(Relation rel, BlockNumber block)
{
	BlockNumber known = RelationGetSmgr(rel)->smgr_cached_nblocks[MAIN_FORKNUM];

	return (known != InvalidBlockNumber && block < known) ||
		block < RelationGetNumberOfBlocks(rel);
}

bool
ivm_heap_row_visible(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	return has_block(rel, ItemPointerGetBlockNumber(tid)) &&
		table_tuple_fetch_row_version(rel, tid, snapshot, slot);
}

static void
let_go(Walk *walk)
{
	if (BufferIsValid(walk->buffer))
		UnlockReleaseBuffer(walk->buffer);
	walk->buffer = InvalidBuffer;
}

/* Have the page of the version to come locked; false if there is none. */
static bool
lock_page(Walk *walk)
{
	BlockNumber block = ItemPointerGetBlockNumber(&walk->tid);

	if (BufferIsValid(walk->buffer) && BufferGetBlockNumber(walk->buffer) == block)
		return true;
	let_go(walk);
	CHECK_FOR_INTERRUPTS();
	if (!has_block(walk->rel, block))
		return false;
	walk->buffer = ReadBuffer(walk->rel, block);
	LockBuffer(walk->buffer, BUFFER_LOCK_SHARE);
	return true;
}

/* Point the tuple to what the page has at an offset; false if that is no tuple. */
static bool
read_tuple(Walk *walk, OffsetNumber offset)
{
	Page		page = BufferGetPage(walk->buffer);
	ItemId		item;

	if (offset < FirstOffsetNumber || offset > PageGetMaxOffsetNumber(page))
		return false;
	item = PageGetItemId(page, offset);
	if (!ItemIdIsNormal(item))
		return false;
	walk->tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	walk->tuple->t_len = ItemIdGetLength(item);
	walk->tuple->t_tableOid = RelationGetRelid(walk->rel);
	ItemPointerSet(&walk->tuple->t_self, BufferGetBlockNumber(walk->buffer), offset);
	return true;
}

/*
 * The first version of a chain may have been pruned: then its line pointer leads to
 * the first that is left.
 */
static void
follow_redirect(Walk *walk)
{
	Page		page = BufferGetPage(walk->buffer);
	OffsetNumber offset = ItemPointerGetOffsetNumber(&walk->tid);
	ItemId		item;

	if (offset < FirstOffsetNumber || offset > PageGetMaxOffsetNumber(page))
		return;
	item = PageGetItemId(page, offset);
	if (ItemIdIsRedirected(item))
	{
		ItemPointerSetOffsetNumber(&walk->tid, ItemIdGetRedirect(item));
		walk->xmin = InvalidTransactionId;
	}
}

/* Go to the version to come; false if it is not there, or another row's. */
static bool
go_to_version(Walk *walk)
{
	return read_tuple(walk, ItemPointerGetOffsetNumber(&walk->tid)) &&
		(!TransactionIdIsValid(walk->xmin) ||
		 TransactionIdEquals(walk->xmin, HeapTupleHeaderGetXmin(walk->tuple->t_data)));
}

/* What follows the version that the walk is at, if something does. */
static bool
has_next(Walk *walk)
{
	HeapTupleHeader version = walk->tuple->t_data;

	if ((version->t_infomask & HEAP_XMAX_INVALID) || HeapTupleHeaderIsOnlyLocked(version) ||
		HeapTupleHeaderIndicatesMovedPartitions(version) ||
		ItemPointerEquals(&walk->tuple->t_self, &version->t_ctid))
		return false;
	walk->tid = version->t_ctid;
	walk->xmin = HeapTupleHeaderGetUpdateXid(version);
	return true;
}

/*
 * Walk to the end of one chain; is the version that is seen in it?  If not, *more
 * says whether the row goes on in another chain.
 */
static bool
walk_chain(Walk *walk, bool *more)
{
	*more = false;
	if (!lock_page(walk))
	{
		walk->all_dead = false;
		return false;
	}
	follow_redirect(walk);
	while (go_to_version(walk))
	{
		bool		heap_only_follows = HeapTupleHeaderIsHotUpdated(walk->tuple->t_data);

		if (HeapTupleSatisfiesVisibility(walk->tuple, SnapshotSelf, walk->buffer))
			return true;
		if (walk->all_dead && walk->dead_to_all != NULL)
			walk->all_dead = HeapTupleIsSurelyDead(walk->tuple, walk->dead_to_all);
		if (!has_next(walk))
			return false;
		if (!heap_only_follows)
		{
			*more = true;
			return false;
		}
	}
	return false;
}

/*
 * Prune the page where the row found is, if there is no room for a next version of it, which may be
 * a little longer.  Pruning moves tuples but leaves their line pointers alone.
 */
static void
make_room(Walk *walk)
{
	Page		page = BufferGetPage(walk->buffer);
	Size		needed = MAXALIGN(walk->tuple->t_len) + MAXIMUM_ALIGNOF;

	if (PageGetHeapFreeSpace(page) >= needed ||
		!TransactionIdIsValid(((PageHeader) page)->pd_prune_xid))
		return;
	LockBuffer(walk->buffer, BUFFER_LOCK_UNLOCK);
	heap_page_prune_opt(walk->rel, walk->buffer);
	LockBuffer(walk->buffer, BUFFER_LOCK_SHARE);
	if (!read_tuple(walk, ItemPointerGetOffsetNumber(&walk->tuple->t_self)))
		elog(ERROR, "row is gone that nobody else may write");
}

/* Walk from chain to chain until the version is found that is seen. */
static bool
walk_chains(Walk *walk)
{
	for (int chains = 0; chains < MAX_CHAINS; chains++)
	{
		bool		more;

		if (walk_chain(walk, &more))
			return true;
		if (!more || (walk->dead_to_all != NULL && walk->all_dead))
			return false;
		walk->dead_to_all = NULL;
		walk->root = walk->tid;
	}
	return false;
}

static void
begin_at_root(Walk *walk, const ItemPointerData *root)
{
	walk->root = walk->tid = *root;
	walk->xmin = InvalidTransactionId;
}

/* Begin at a version in the block of the root, if it is there. */
static bool
begin_at_version(Walk *walk, const ItemPointerData *root, const IvmRowVersion *from)
{
	begin_at_root(walk, root);
	ItemPointerSetOffsetNumber(&walk->tid, from->offset);
	return lock_page(walk) && read_tuple(walk, from->offset) &&
		(uint16) HeapTupleHeaderGetRawXmin(walk->tuple->t_data) == from->xmin;
}

IvmRowVersion
ivm_heap_row_version(TupleTableSlot *slot)
{
	HeapTuple	tuple = ((BufferHeapTupleTableSlot *) slot)->base.tuple;
	IvmRowVersion version = {
		.offset = ItemPointerGetOffsetNumber(&tuple->t_self),
		.xmin = (uint16) HeapTupleHeaderGetRawXmin(tuple->t_data)
	};

	Assert(TTS_IS_BUFFERTUPLE(slot));
	return version;
}

bool
ivm_heap_row_newest(Relation rel, ItemPointer root, const IvmRowVersion *from,
					TupleTableSlot *slot, bool *all_dead)
{
	Walk		walk = {
		.rel = rel,
		.tuple = &((BufferHeapTupleTableSlot *) slot)->base.tupdata,
		.dead_to_all = all_dead ? GlobalVisTestFor(rel) : NULL,
		.all_dead = true
	};
	bool		found;

	Assert(TTS_IS_BUFFERTUPLE(slot));
	Assert(all_dead == NULL || from == NULL);
	ExecClearTuple(slot);
	found = from != NULL && begin_at_version(&walk, root, from) && walk_chains(&walk);
	if (!found)
	{
		begin_at_root(&walk, root);
		found = walk_chains(&walk);
	}
	if (all_dead)
		*all_dead = !found && walk.all_dead;
	if (found)
	{
		make_room(&walk);
		LockBuffer(walk.buffer, BUFFER_LOCK_UNLOCK);
		ExecStorePinnedBufferHeapTuple(walk.tuple, slot, walk.buffer);
		slot->tts_tableOid = RelationGetRelid(rel);
		*root = walk.root;
	}
	else
		let_go(&walk);
	return found;
}
