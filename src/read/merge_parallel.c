/*-------------------------------------------------------------------------
 *
 * merge_parallel.c
 *	  DeltaApply in parallel plans.
 *
 *		leader	prepares ---> TIDs, merged rows ---> shared memory
 *														 |
 *		leader, workers		scan their shares of the state table, skip the TIDs
 *		the first one that is through	emits the merged rows as well
 *
 * Where the definition is to be run, the process that asks first runs it alone.
 * All take what is pending from the leader, so they agree on which state rows
 * are skipped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "port/atomics.h"

#include "base/tidset.h"
#include "read/merge_scan.h"

/* What the leader hands to parallel workers: TIDs, then merged rows */
typedef struct SharedMerge
{
	pg_atomic_uint32 emitter_chosen;
	bool		use_definition;
	bool		by_key;			/* the child's rows are not needed */
	int			ntids;
	int			nrows;
	Size		rows_offset;	/* of the first row, aligned; each follows at
								 * MAXALIGN */
	ItemPointerData tids[FLEXIBLE_ARRAY_MEMBER];
} SharedMerge;

bool
ivm_merge_choose_emitter(IvmMergeScan *ms)
{
	uint32		expected = 0;

	return pg_atomic_compare_exchange_u32(&ms->shared->emitter_chosen, &expected, 1);
}

/* Size of what is shared */
static Size
shared_size(IvmMergeScan *ms)
{
	Size		size = offsetof(SharedMerge, tids);

	if (ms->skip)
		size = add_size(size, sizeof(ItemPointerData) * ms->skip->ntids);
	size = MAXALIGN(size);
	for (int i = 0; i < ms->nrows; i++)
		size = add_size(size, MAXALIGN(ms->rows[i].tuple->t_len));
	return size;
}

Size
ivm_merge_estimate_dsm(CustomScanState *css, ParallelContext *pcxt)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;

	if (!ms->definition_reason && !ms->prepared)
		ivm_merge_prepare(ms);
	return shared_size(ms);
}

void
ivm_merge_initialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;
	SharedMerge *shared = coordinate;
	char	   *pos;

	pg_atomic_init_u32(&shared->emitter_chosen, 0);
	shared->use_definition = ms->definition_reason != NULL;
	shared->by_key = ms->by_key;
	shared->ntids = ms->skip ? ms->skip->ntids : 0;
	shared->nrows = ms->nrows;
	if (ms->skip)
		ivm_tidset_list(ms->skip, shared->tids);
	shared->rows_offset = MAXALIGN(offsetof(SharedMerge, tids) +
								   sizeof(ItemPointerData) * shared->ntids);
	pos = (char *) shared + shared->rows_offset;
	for (int i = 0; i < ms->nrows; i++)
	{
		memcpy(pos, ms->rows[i].tuple, ms->rows[i].tuple->t_len);
		pos += MAXALIGN(ms->rows[i].tuple->t_len);
	}
	ms->shared = shared;
}

void
ivm_merge_reinitialize_dsm(CustomScanState *css, ParallelContext *pcxt, void *coordinate)
{
	pg_atomic_write_u32(&((SharedMerge *) coordinate)->emitter_chosen, 0);
}

void
ivm_merge_initialize_worker(CustomScanState *css, shm_toc *toc, void *coordinate)
{
	IvmMergeScan *ms = (IvmMergeScan *) css;
	SharedMerge *shared = coordinate;
	char	   *pos = (char *) shared + shared->rows_offset;
	MemoryContext oldcxt = MemoryContextSwitchTo(ms->cxt);

	ms->shared = shared;
	if (shared->use_definition)
		ms->definition_reason = "the leader of the parallel plan decided so";
	else
	{
		for (int i = 0; i < shared->ntids; i++)
			ivm_merge_skip(ms, &shared->tids[i]);
		for (int i = 0; i < shared->nrows; i++)
		{
			ivm_merge_add_tuple(ms, (MinimalTuple) pos);
			pos += MAXALIGN(((MinimalTuple) pos)->t_len);
		}
		ms->by_key = ms->child_done = shared->by_key;
		ms->prepared = true;
	}
	MemoryContextSwitchTo(oldcxt);
}
