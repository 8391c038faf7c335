/*-------------------------------------------------------------------------
 *
 * delta_cache.c
 *	  What a backend remembers of delta tables between reads.
 *
 * Deltas that cannot be folded for a while are read again and again.  So a backend keeps the
 * rows that it has read from a delta table, page by page with what they rest on
 * (heap_page.h), and the sums of these rows by key.  A read looks at each page's LSN, reads the
 * pages anew of which that or a transaction's fate has changed, and sums up anew if there are any.
 *
 *		delta table --> page: mark, rows --+
 *						page: mark, rows --+--> set of deltas, one per key --> scans
 *						page: mark, rows --+
 *
 * README.md says why that is exact.  Scans share the set; while one uses it, it is not
 * changed, and who would have to change it reads without the cache.  So does who has a
 * snapshot that is older than the newest of those that pages were read with.
 *
 * Memory: a context "ivm delta cache" for each view, below ivm_plan_context, and in it one for the set.  All
 * of them together take no more than hash tables may (work_mem, hash_mem_multiplier), or
 * those that were not used for longest are freed.  A cache goes with its plan, or when the last
 * scan that uses it ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/heap_page.h"
#include "commit/shared_hash.h"
#include "plan/delta_map.h"
#include "plan/key.h"
#include "read/delta_cache.h"

/* What rows take in memory, compared with the pages that they come from, is about this. */
#define MEMORY_PER_PAGE		(2 * BLCKSZ)

/*
 * The age of a kept snapshot, in transactions, up to which another one is compared with it.
 * Transaction ids wrap around.
 */
#define MAX_AGE				(UINT64CONST(1) << 30)

typedef struct CachedPage
{
	IvmHeapPageMark mark;
	bool		shared_hash;	/* a note is among its rows (shared_hash.h) */
	int			nrows;
	IvmDelta  **rows;
} CachedPage;

typedef struct IvmDeltaCache
{
	dlist_node	node;			/* in caches, the one used last first */
	IvmPlan    *plan;			/* NULL if it has gone */
	MemoryContext cxt;			/* of all this but the set */
	Size		size;			/* bytes that it takes */
	int			users;			/* scans that use the set, or build it */
	bool		too_large;		/* to be freed as soon as nobody uses it */
	Oid			relfilenode;	/* of the delta table */
	Snapshot	snapshot;		/* the newest that pages were read with; NULL:
								 * none */
	uint64		next_xid;		/* when that was */
	BlockNumber npages;
	BlockNumber maxpages;
	CachedPage *pages;
	MemoryContext set_cxt;
	IvmDeltaSet *set;			/* of all rows; NULL: to be made */
} IvmDeltaCache;

static dlist_head caches = DLIST_STATIC_INIT(caches);
static Size caches_size = 0;	/* of all of them */

/* ---- coming and going ---- */

static void
free_cache(IvmDeltaCache *cache)
{
	if (cache->plan)
		cache->plan->run->delta_cache = NULL;
	caches_size -= cache->size;
	dlist_delete(&cache->node);
	MemoryContextDelete(cache->cxt);
}

/*
 * While all caches take more than they may, free the one that was not used for longest, of those
 * that nobody uses.
 */
static void
trim(void)
{
	Size		limit = get_hash_memory_limit();

	while (caches_size > limit)
	{
		IvmDeltaCache *victim = NULL;
		dlist_iter	iter;

		dlist_reverse_foreach(iter, &caches)
		{
			victim = dlist_container(IvmDeltaCache, node, iter.cur);
			if (victim->users == 0)
				break;
			victim = NULL;
		}
		if (victim == NULL)
			return;
		free_cache(victim);
	}
}

/* Note what a cache takes now. */
static void
account(IvmDeltaCache *cache)
{
	caches_size -= cache->size;
	cache->size = MemoryContextMemAllocated(cache->cxt, true);
	caches_size += cache->size;
	trim();
}

/* Called when a plan's context goes. */
static void
plan_gone(void *arg)
{
	IvmPlanRun *run = arg;
	IvmDeltaCache *cache = run->delta_cache;

	if (cache == NULL)
		return;
	cache->plan = NULL;
	if (cache->users == 0)
		free_cache(cache);
}

/* Called when the context of a scan that uses a cache goes. */
static void
user_gone(void *arg)
{
	IvmDeltaCache *cache = *(IvmDeltaCache **) arg;

	if (cache == NULL)
		return;
	cache->users--;
	if (cache->users == 0 && (cache->plan == NULL || cache->too_large))
		free_cache(cache);
	else
		account(cache);
}

/* A scan that uses a cache until the context that this is in goes */
typedef struct User
{
	MemoryContextCallback callback;
	IvmDeltaCache *cache;		/* NULL: not any more */
} User;

static User *
begin_use(IvmDeltaCache *cache, MemoryContext cxt)
{
	User	   *user = MemoryContextAlloc(cxt, sizeof(User));

	user->callback.func = user_gone;
	user->callback.arg = &user->cache;
	user->cache = cache;
	MemoryContextRegisterResetCallback(cxt, &user->callback);
	cache->users++;
	return user;
}

static void
end_use(User *user)
{
	user_gone(&user->cache);
	user->cache = NULL;
}

static IvmDeltaCache *
make_cache(IvmPlan *plan, Relation rel)
{
	MemoryContext cxt = AllocSetContextCreate(ivm_plan_context, "ivm delta cache",
											  ALLOCSET_SMALL_SIZES);
	IvmDeltaCache *cache = MemoryContextAllocZero(cxt, sizeof(IvmDeltaCache));

	cache->cxt = cxt;
	cache->set_cxt = AllocSetContextCreate(cxt, "ivm delta set", ALLOCSET_SMALL_SIZES);
	cache->plan = plan;
	cache->relfilenode = rel->rd_rel->relfilenode;
	if (!plan->run->delta_cache_known)
	{
		MemoryContextCallback *callback = MemoryContextAlloc(plan->cxt, sizeof(MemoryContextCallback));

		callback->func = plan_gone;
		callback->arg = plan->run;
		MemoryContextRegisterResetCallback(plan->cxt, callback);
		plan->run->delta_cache_known = true;
	}
	dlist_push_head(&caches, &cache->node);
	plan->run->delta_cache = cache;
	return cache;
}

/* ---- pages ---- */

/* Forget what was read of a page. */
static void
forget_page(IvmDeltaCache *cache, TupleDesc desc, CachedPage *page)
{
	page->mark.valid = false;
	page->shared_hash = false;
	while (page->nrows > 0)
		ivm_delta_map_free_row(cache->plan, desc, page->rows[--page->nrows]);
	if (page->rows)
		pfree(page->rows);
	page->rows = NULL;
}

/*
 * Does a cache take more than all of them may?  The rows of a few pages can, since values that
 * are compressed or stored out of line are kept whole.
 */
static bool
is_too_large(const IvmDeltaCache *cache)
{
	return MemoryContextMemAllocated(cache->cxt, true) > get_hash_memory_limit();
}

/*
 * Read a page anew.  Returns false if its rows take too much memory; then, and after an error,
 * the mark is not valid.
 */
static bool
read_page(IvmDeltaCache *cache, Relation rel, BlockNumber block, Snapshot snapshot,
		  TupleTableSlot *slot)
{
	CachedPage *page = &cache->pages[block];
	IvmHeapPageRows rows;
	IvmHeapPageMark mark;

	forget_page(cache, RelationGetDescr(rel), page);
	ivm_heap_page_find_rows(rel, block, snapshot, &rows, &mark);
	if (rows.n > 0)
		page->rows = palloc(sizeof(IvmDelta *) * rows.n);
	for (int i = 0; i < rows.n && !is_too_large(cache); i++)
	{
		ivm_heap_page_store_row(rel, &rows, i, slot);
		if (ivm_shared_hash_is_note(cache->plan, slot))
		{
			page->shared_hash = true;
			continue;
		}
		page->rows[page->nrows] = ivm_delta_map_copy_row(cache->plan, slot);
		page->nrows++;
	}
	ExecClearTuple(slot);
	ivm_heap_page_done(&rows);
	if (is_too_large(cache))
		return false;
	page->mark = mark;
	return true;
}

/* Enlarge the array of pages, so that it has room for npages. */
static void
make_room(IvmDeltaCache *cache, BlockNumber npages)
{
	if (npages > cache->maxpages)
	{
		BlockNumber max = Max(npages, Max(cache->maxpages * 2, 8));

		cache->pages = cache->pages ? repalloc(cache->pages, sizeof(CachedPage) * max) :
			palloc(sizeof(CachedPage) * max);
		memset(cache->pages + cache->maxpages, 0, sizeof(CachedPage) * (max - cache->maxpages));
		cache->maxpages = max;
	}
	cache->npages = npages;
}

/* The set is not that of the pages any more.  Nobody but the caller uses it. */
static void
forget_set(IvmDeltaCache *cache)
{
	Assert(cache->users == 1);
	cache->set = NULL;
	MemoryContextReset(cache->set_cxt);
}

/* The pages will be those of this snapshot, too; nobody but the caller uses the set. */
static void
note_snapshot(IvmDeltaCache *cache, Snapshot snapshot)
{
	Snapshot	old = cache->snapshot;

	cache->snapshot = ivm_heap_page_copy_snapshot(snapshot);
	cache->next_xid = U64FromFullTransactionId(ReadNextFullTransactionId());
	if (old)
	{
		pfree(old->xip);
		pfree(old->subxip);
		pfree(old);
	}
}

/*
 * Read the pages that are not as the snapshot sees them.  Returns false if that would
 * change a set that others use, or take too much memory.  The current context is the cache's.
 */
static bool
bring_up_to_date(IvmDeltaCache *cache, Relation rel, BlockNumber npages, Snapshot snapshot,
				 MemoryContext user)
{
	TupleTableSlot *slot = NULL;
	bool		result = true;

	if (cache->npages != npages)
	{
		if (cache->users > 1)
			return false;
		forget_set(cache);
		while (cache->npages > npages)
			forget_page(cache, RelationGetDescr(rel), &cache->pages[--cache->npages]);
		make_room(cache, npages);
	}
	for (BlockNumber block = 0; block < npages && result; block++)
	{
		CHECK_FOR_INTERRUPTS();
		if (cache->snapshot &&
			ivm_heap_page_is_as_marked(rel, block, &cache->pages[block].mark, snapshot))
			continue;
		if (slot == NULL)
		{
			if (cache->users > 1)
				return false;
			forget_set(cache);
			note_snapshot(cache, snapshot);
			MemoryContextSwitchTo(user);
			slot = table_slot_create(rel, NULL);
			MemoryContextSwitchTo(cache->cxt);
		}
		result = read_page(cache, rel, block, snapshot, slot);
	}
	if (slot)
		ExecDropSingleTupleTableSlot(slot);
	return result;
}

/* Sum the rows up by key. */
static void
make_set(IvmDeltaCache *cache)
{
	IvmDeltaSet *set;

	MemoryContextReset(cache->set_cxt);
	set = ivm_delta_set_create(cache->plan, cache->set_cxt);
	for (BlockNumber block = 0; block < cache->npages; block++)
	{
		CachedPage *page = &cache->pages[block];

		for (int i = 0; i < page->nrows; i++)
			ivm_delta_map_add_kept(set->map, page->rows[i]);
		set->shared_hash |= page->shared_hash;
	}
	ivm_delta_set_complete(set);
	cache->set = set;
}

/* ---- use ---- */

/*
 * Is a cache of use for a snapshot?  One that cannot be any more is freed, and *cache NULL
 * then.
 */
static bool
is_of_use(IvmDeltaCache **cache, Relation rel, Snapshot snapshot)
{
	IvmDeltaCache *c = *cache;

	if (c->relfilenode != rel->rd_rel->relfilenode ||
		(c->snapshot &&
		 U64FromFullTransactionId(ReadNextFullTransactionId()) - c->next_xid > MAX_AGE))
	{
		if (c->users > 0)
			return false;
		free_cache(c);
		*cache = NULL;
		return true;
	}
	return c->snapshot == NULL || ivm_heap_page_sees_no_less(snapshot, c->snapshot);
}

IvmDeltaSet *
ivm_delta_cache_get(IvmPlan *plan, Relation rel, Snapshot snapshot, MemoryContext user)
{
	IvmDeltaCache *cache;
	BlockNumber npages = RelationGetNumberOfBlocks(rel);
	User	   *use;
	MemoryContext oldcxt;
	bool		done;

	trim();
	cache = plan->run->delta_cache;
	if (!ivm_heap_page_is_comparable(rel, snapshot) || ivm_key_count_permanent(plan) > 0 ||
		npages > get_hash_memory_limit() / MEMORY_PER_PAGE ||
		(plan->run->uncached_blocks > 0 && npages >= plan->run->uncached_blocks))
		return NULL;
	if (cache && !is_of_use(&cache, rel, snapshot))
		return NULL;
	if (cache == NULL)
		cache = make_cache(plan, rel);
	dlist_move_head(&caches, &cache->node);
	/* it is in use from here on: functions of key types may come back to it */
	use = begin_use(cache, user);
	oldcxt = MemoryContextSwitchTo(cache->cxt);
	done = bring_up_to_date(cache, rel, npages, snapshot, user) &&
		(cache->set != NULL || cache->users == 1);
	if (done && cache->set == NULL)
		make_set(cache);
	MemoryContextSwitchTo(oldcxt);
	if (is_too_large(cache))
	{
		cache->too_large = true;
		plan->run->uncached_blocks = npages;
	}
	if (!done)
	{
		end_use(use);
		return NULL;
	}
	account(cache);
	return cache->set;
}
